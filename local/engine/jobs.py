"""Carries out a job plan: prepares the folder, brings inputs, runs the process, takes outputs away.

Place in the flow: the executor of Processing and Training steps calls `run`. Whatever moment the engine is killed at,
the same call afterwards completes the job: a process still running is ended and started anew, one that had ended well
is not run again. One cost: inputs are copied for every job.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from local.engine.archive import pack, unpack
from local.engine.cancellation import Cancellation
from local.engine.failures import StepFailed, machine_failure
from local.engine.job_plan import JobFolder, JobPlan, RequestError, Transfer
from local.engine.ports import ObjectStore
from local.engine.process import OrphanError, Process, exclusive
from local.engine.retry import INTERNAL_ERROR
from local.engine.s3_uri import TransferError, download, holds_objects, parse_s3_uri, upload

FAILURE_FILE = "/opt/ml/output/failure"
MAX_REASON = 900
LAST_LINES = 5
MAX_METRIC_LINE = 4096


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a job left: the objects it stored, and the last value of every metric it printed."""

    uploaded: tuple[str, ...]
    metrics: tuple[tuple[str, float], ...]


class JobRunner:
    """Runs jobs below one directory."""

    def __init__(self, jobs: Path, objects: ObjectStore) -> None:
        self._jobs = jobs
        self._objects = objects

    def folder(self, name: str) -> JobFolder:
        """The folder of a job; it need not exist."""
        return JobFolder(self._jobs / name)

    def run(self, plan: JobPlan, cancellation: Cancellation, on_line: Callable[[str], None]) -> JobResult:
        """Run a job to its end.

        Raises:
            StepFailed: with the reason and, where the machine is to blame, the kind that retry policies match.
            StepStopped, StepInterrupted: it was cancelled.
        """
        folder = self.folder(plan.name)
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
            with exclusive(folder) as lock:
                cancellation.check()
                if not folder.exited.exists():
                    self._save_checkpoints(plan, folder)
                    self._prepare(plan, folder)
                    self._execute(plan, folder, lock=lock, cancellation=cancellation, on_line=on_line)
                    folder.exited.touch()
                return self._collect(plan, folder)
        except (RequestError, TransferError) as error:
            raise StepFailed(f"ClientError: {error}") from error
        except OrphanError as error:
            raise StepFailed(f"InternalServerError: {error}", INTERNAL_ERROR) from error
        except OSError as error:
            raise machine_failure(error) from error

    def end_orphan(self, name: str) -> None:
        """End the process that a killed engine left of this job, if it still runs."""
        folder = self.folder(name)
        if folder.path.is_dir():
            with suppress(OrphanError), exclusive(folder):
                pass

    def tidy(self, name: str) -> None:
        """Remove the /opt/ml tree of a job whose end is on record; its log stays."""
        shutil.rmtree(self.folder(name).path / "opt", ignore_errors=True)

    def _prepare(self, plan: JobPlan, folder: JobFolder) -> None:
        shutil.rmtree(folder.path / "opt", ignore_errors=True)
        folder.log.unlink(missing_ok=True)
        for container_path in ("/opt/ml/input/config", "/opt/ml/output", "/opt/ml/config", *plan.folders):
            folder.place(container_path).mkdir(parents=True, exist_ok=True)
        for transfer in plan.inputs:
            download(self._objects, transfer.uri, folder.place(transfer.path))
        if plan.checkpoints is not None and holds_objects(self._objects, plan.checkpoints.uri):
            download(self._objects, plan.checkpoints.uri, folder.place(plan.checkpoints.path))
        if plan.source is not None:
            self._bring_source(plan.source, folder)
        for container_path, document in plan.documents.items():
            folder.place(container_path).write_text(json.dumps(document, indent=1), encoding="utf-8")

    def _bring_source(self, source: Transfer, folder: JobFolder) -> None:
        target = folder.place(source.path)
        if not source.uri.endswith((".tar.gz", ".tgz", ".tar")):
            download(self._objects, source.uri, target)
            return
        _, key = parse_s3_uri(source.uri)
        arrived = folder.path / "source"
        shutil.rmtree(arrived, ignore_errors=True)
        download(self._objects, source.uri, arrived)
        unpack(arrived / Path(key).name, target)

    def _execute(
        self,
        plan: JobPlan,
        folder: JobFolder,
        *,
        lock: int,
        cancellation: Cancellation,
        on_line: Callable[[str], None],
    ) -> None:
        cancellation.check()
        process = Process(
            plan.command,
            folder=folder,
            environment=plan.environment,
            working_directory=folder.place(plan.working_directory),
            lock=lock,
            on_line=on_line,
        )
        with cancellation.ending_with(process.end):
            status = process.wait(plan.max_seconds)
        if status == 0 and not process.timed_out:
            return
        self._save_checkpoints(plan, folder)
        cancellation.check()
        if process.timed_out:
            raise StepFailed(f"MaxRuntimeExceeded: the job ran longer than {plan.max_seconds:g} seconds")
        reason = _failure_reason(folder)
        if status == -signal.SIGKILL:  # what the kernel does when memory runs out
            raise StepFailed(f"InternalServerError: the process was killed; {reason}", INTERNAL_ERROR)
        if status < 0:
            raise StepFailed(f"AlgorithmError: {reason}, ended by {signal.Signals(-status).name}")
        raise StepFailed(f"AlgorithmError: {reason}, exit code: {status}")

    def _save_checkpoints(self, plan: JobPlan, folder: JobFolder) -> None:
        if plan.checkpoints is not None:
            path = folder.place(plan.checkpoints.path)
            if path.is_dir():
                upload(self._objects, path, plan.checkpoints.uri, root=folder.root)

    def _collect(self, plan: JobPlan, folder: JobFolder) -> JobResult:
        self._save_checkpoints(plan, folder)
        uploaded: list[str] = []
        for output in plan.outputs:
            uploaded += upload(self._objects, folder.place(output.path), output.uri, root=folder.root)
        for archive in plan.archives:
            source = folder.place(archive.path)
            if archive.optional and not any(source.iterdir()):
                continue
            packed = folder.path / "archive.tar.gz"
            pack(source, packed, root=folder.root)
            self._objects.put_file(*parse_s3_uri(archive.uri), packed)
            packed.unlink()
            uploaded.append(archive.uri)
        return JobResult(tuple(uploaded), tuple(_metrics(plan, folder)))


def training_metrics(result: JobResult) -> list[dict[str, object]]:
    """FinalMetricDataList."""
    now = time.time()
    return [{"MetricName": name, "Value": value, "Timestamp": now} for name, value in result.metrics]


def _failure_reason(folder: JobFolder) -> str:
    """What the job wrote to output/failure, else the last lines of its log."""
    with suppress(OSError), folder.place(FAILURE_FILE).open("rb") as file:
        reason = file.read(MAX_REASON).decode("utf-8", "replace").strip()
        if reason:
            return reason
    with suppress(OSError), folder.log.open("rb") as file:
        lines = deque((line.decode("utf-8", "replace").strip() for line in file), maxlen=LAST_LINES * 4)
        last = " | ".join([line for line in lines if line][-LAST_LINES:])
        return last[-MAX_REASON:] or "the job wrote no reason"
    return "the job wrote no reason"


def _metrics(plan: JobPlan, folder: JobFolder) -> list[tuple[str, float]]:
    if not plan.metrics:
        return []
    patterns = [(metric.name, re.compile(metric.pattern)) for metric in plan.metrics]
    found: dict[str, float] = {}
    with suppress(OSError), folder.log.open(encoding="utf-8", errors="replace") as log:
        for line in log:
            for name, pattern in patterns:
                match = pattern.search(line[:MAX_METRIC_LINE])
                if match is not None:
                    with suppress(ValueError, TypeError):
                        found[name] = float(match[1])
    return list(found.items())
