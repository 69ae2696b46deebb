"""Processing and training jobs as subprocesses that see SageMaker's container contract.

Place in the flow: called by the step executors with a resolved Create…Job request; fills the job's record, and returns
what Describe…Job would.
Images are not used: the entrypoint runs in this interpreter. One cost: a job sees this machine's libraries, so their
versions follow the image's.

Source: CreateProcessingJob, CreateTrainingJob; the SageMaker training toolkit's environment.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.execution.checkpoints import COPY_SECONDS, Checkpoints
from local.execution.job_folder import JobFolder, join_uri, regular_files, split_uri
from local.execution.job_process import Processes, end_orphan
from local.execution.job_record import JobRecord
from local.execution.metric_log import MetricLog
from local.execution.ports import Objects, StepError

_INHERITED = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "OMP_NUM_THREADS",
)
_MAX_UNPACKED = 1 << 30


@dataclass(frozen=True, slots=True)
class JobRunner:
    """Runs jobs below one directory."""

    root: Path
    objects: Objects
    processes: Processes
    account: str
    region: str
    interpreter: str = sys.executable
    checkpoint_seconds: float = COPY_SECONDS

    def processing(
        self, name: str, request: Mapping[str, Any], *, record: JobRecord, owner: str, on_line: Callable[[str], None]
    ) -> dict[str, Any]:
        """Run a processing job; returns its description."""
        folder = JobFolder(self.root / name)
        end_orphan(folder)
        folder.reset()
        for item in request.get("ProcessingInputs") or []:
            s3 = item.get("S3Input") or {}
            folder.download(
                self.objects,
                s3["S3Uri"],
                folder.inside(s3.get("LocalPath", f"/opt/ml/processing/input/{item['InputName']}")),
            )
        outputs = (request.get("ProcessingOutputConfig") or {}).get("Outputs") or []
        for item in outputs:
            folder.inside(item["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
        _write(folder.base / "config" / "processingjobconfig.json", {**request, "ProcessingJobName": name})
        cluster = request.get("ProcessingResources", {}).get("ClusterConfig", {})
        _write(folder.base / "config" / "resourceconfig.json", _hosts(cluster))
        specification = request["AppSpecification"]
        argv = self._argv(
            folder, specification.get("ContainerEntrypoint") or [], specification.get("ContainerArguments") or []
        )
        record.running()
        self._run(folder, argv, self._environment(folder, request), request, owner, on_line)
        for item in outputs:
            folder.upload(self.objects, folder.inside(item["S3Output"]["LocalPath"]), item["S3Output"]["S3Uri"])
        return record.completed()

    def training(
        self, name: str, request: Mapping[str, Any], *, record: JobRecord, owner: str, on_line: Callable[[str], None]
    ) -> dict[str, Any]:
        """Run a training job; returns its description, with the model's place and the final metrics."""
        folder = JobFolder(self.root / name)
        end_orphan(folder)
        checkpoints = self._checkpoints(folder, request.get("CheckpointConfig") or {})
        checkpoints.rescue()
        folder.reset()
        record.stage("Downloading")
        hyperparameters = {str(k): str(v) for k, v in (request.get("HyperParameters") or {}).items()}
        channels = request.get("InputDataConfig") or []
        for channel in channels:
            source = channel["DataSource"]["S3DataSource"]["S3Uri"]
            folder.download(self.objects, source, folder.inside(f"/opt/ml/input/data/{channel['ChannelName']}"))
        config = folder.base / "input" / "config"
        _write(config / "hyperparameters.json", hyperparameters)
        _write(config / "inputdataconfig.json", {c["ChannelName"]: {"TrainingInputMode": "File"} for c in channels})
        _write(config / "resourceconfig.json", _hosts(request.get("ResourceConfig") or {}))
        checkpoints.restore()
        specification = request["AlgorithmSpecification"]
        environment = self._environment(folder, request) | self._training_environment(
            folder, name, hyperparameters, channels
        )
        entrypoint = specification.get("ContainerEntrypoint") or self._script_mode(folder, hyperparameters)
        argv = self._argv(folder, entrypoint, specification.get("ContainerArguments") or [])
        metrics = MetricLog(
            specification.get("MetricDefinitions") or [],
            on_line,
            report=lambda values: record.update(FinalMetricDataList=values),
        )
        record.running()
        try:
            with checkpoints.kept():
                self._run(folder, argv, environment, request, owner, metrics)
        finally:
            record.update(FinalMetricDataList=metrics.values())
        record.stage("Uploading")
        output = join_uri(request["OutputDataConfig"]["S3OutputPath"], name, "output")
        model_uri = join_uri(output, "model.tar.gz")
        archive = folder.path / "model.tar.gz"
        folder.archive(folder.base / "model", archive)
        self.objects.put_file(*split_uri(model_uri), archive)
        if any(True for _ in regular_files(folder.base / "output" / "data")):
            folder.archive(folder.base / "output" / "data", archive)
            self.objects.put_file(*split_uri(join_uri(output, "output.tar.gz")), archive)
        archive.unlink()
        return record.completed(ModelArtifacts={"S3ModelArtifacts": model_uri})

    def arn(self, kind: str, name: str) -> str:
        """ARN of a job; `kind` is training-job or processing-job."""
        return f"arn:aws:sagemaker:{self.region}:{self.account}:{kind}/{name}"

    def end_orphan(self, name: str) -> None:
        """End the job's process that an engine killed earlier left running."""
        end_orphan(JobFolder(self.root / name))

    def _checkpoints(self, folder: JobFolder, config: Mapping[str, Any]) -> Checkpoints:
        path = folder.inside(config.get("LocalPath", "/opt/ml/checkpoints"))
        return Checkpoints(self.objects, folder, path, config.get("S3Uri"), self.checkpoint_seconds)

    def _argv(self, folder: JobFolder, entrypoint: list[Any], arguments: list[Any]) -> list[str]:
        words = [folder.argument(str(word)) for word in [*entrypoint, *arguments]]
        if not entrypoint:
            raise StepError(
                "the job names no ContainerEntrypoint; this runtime has no image to take one from", "ClientError"
            )
        if re.fullmatch(r"(/usr(/local)?/bin/|/opt/conda/bin/)?python(3(\.\d+)?)?", words[0]):
            words[0] = self.interpreter
        return words

    def _environment(self, folder: JobFolder, request: Mapping[str, Any]) -> dict[str, str]:
        own = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        stated = {str(k): folder.argument(str(v)) for k, v in (request.get("Environment") or {}).items()}
        return {
            **own,
            "OMP_WAIT_POLICY": "PASSIVE",
            "PYTHONUNBUFFERED": "1",
            "AWS_REGION": self.region,
            **stated,
            "SAGEMAKER_BASE_DIR": str(folder.base),
        }

    def _training_environment(
        self, folder: JobFolder, name: str, hyperparameters: Mapping[str, str], channels: list[Mapping[str, Any]]
    ) -> dict[str, str]:
        return {
            "SM_MODEL_DIR": str(folder.base / "model"),
            "SM_OUTPUT_DIR": str(folder.base / "output"),
            "SM_OUTPUT_DATA_DIR": str(folder.base / "output" / "data"),
            "SM_INPUT_DIR": str(folder.base / "input"),
            "SM_INPUT_CONFIG_DIR": str(folder.base / "input" / "config"),
            "SM_HPS": json.dumps(hyperparameters, sort_keys=True),
            "SM_CHANNELS": json.dumps(sorted(c["ChannelName"] for c in channels)),
            "SM_NUM_CPUS": str(os.cpu_count() or 1),
            "SM_NUM_GPUS": "0",
            "SM_HOSTS": '["algo-1"]',
            "SM_CURRENT_HOST": "algo-1",
            "TRAINING_JOB_NAME": name,
            **{
                f"SM_CHANNEL_{c['ChannelName'].upper()}": str(folder.base / "input" / "data" / c["ChannelName"])
                for c in channels
            },
        }

    def _script_mode(self, folder: JobFolder, hyperparameters: Mapping[str, str]) -> list[str]:
        """The training toolkit's way: a source archive and the name of the script in it."""
        program = hyperparameters.get("sagemaker_program", "").strip('"')
        source = hyperparameters.get("sagemaker_submit_directory", "").strip('"')
        if not program or not source:
            raise StepError("the job names neither ContainerEntrypoint nor sagemaker_program", "ClientError")
        archive = folder.path / "sourcedir.tar.gz"
        self.objects.get_file(*split_uri(source), archive)
        code = folder.base / "code"
        try:
            with tarfile.open(archive) as packed:
                if sum(member.size for member in packed.getmembers()) > _MAX_UNPACKED:
                    raise StepError(f"{source} unpacks to more than {_MAX_UNPACKED} bytes", "ClientError")
                packed.extractall(code, filter="data")
        except tarfile.TarError as error:
            raise StepError(f"{source} cannot be unpacked: {error}", "ClientError") from error
        return ["python3", str(folder.inside(f"/opt/ml/code/{program}"))]

    def _run(
        self,
        folder: JobFolder,
        argv: list[str],
        environment: Mapping[str, str],
        request: Mapping[str, Any],
        owner: str,
        on_line: Callable[[str], None],
    ) -> None:
        limit = (request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds")
        code = self.processes.run(
            argv, folder, environment, owner=owner, max_seconds=float(limit) if limit else None, on_line=on_line
        )
        if code != 0:
            kind = "SageMaker.JOB_INTERNAL_ERROR" if code < 0 else "AlgorithmError"
            raise StepError(folder.failure_reason(code), kind)


def _hosts(cluster: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "current_host": "algo-1",
        "hosts": ["algo-1"],
        "current_instance_type": cluster.get("InstanceType", "local"),
        "network_interface_name": "lo",
    }


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, sort_keys=True), encoding="utf-8")
