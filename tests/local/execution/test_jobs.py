"""What a job sees below /opt/ml, what comes back from it, and how it ends."""

from __future__ import annotations

import io
import json
import os
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest

from local.execution.ports import LogLine
from tests.local.execution.bench import BUCKET, Bench, branch, compare, function, processing, training, until

SHOW = """
import json, os, pathlib, sys
out = pathlib.Path(sys.argv[1]); out.mkdir(parents=True, exist_ok=True)
(out / "seen.json").write_text(json.dumps({"env": dict(os.environ), "argv": sys.argv[2:]}))
print("hello")
"""
TRAIN = """
import json, os, pathlib
base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
model = pathlib.Path(os.environ["SM_MODEL_DIR"])
(model / "sub").mkdir()
(model / "b.txt").write_text("b"); (model / "sub" / "a.txt").write_text("a")
seen = {p.name: json.loads(p.read_text()) for p in (base / "input/config").iterdir()}
seen["env"] = {k: v for k, v in os.environ.items() if k.startswith("SM_")}
(base / "output/data/seen.json").write_text(json.dumps(seen))
kept = base / "checkpoints/epoch"
print("epoch before:", kept.read_text() if kept.exists() else 0)
kept.write_text(str(int(kept.read_text() if kept.exists() else 0) + 1))
print("rmse=3.5;"); print("rmse=1.25;"); print("rmse=none;")
"""


def unpack(bench: Bench, uri: str) -> dict[str, bytes]:
    data = bench.objects.read_bytes(BUCKET, uri.removeprefix(f"s3://{BUCKET}/"))
    with tarfile.open(fileobj=io.BytesIO(data)) as packed:
        return {m.name: file.read() for m in packed.getmembers() if (file := packed.extractfile(m))}


def training_job(bench: Bench, arn: str, step: str = "T") -> dict[str, Any]:
    name = bench.steps(arn)[step]["Metadata"]["TrainingJob"]["Arn"].rsplit("/", 1)[-1]
    return bench.engine.describe_training_job({"TrainingJobName": name})


def test_a_processing_job_sees_its_inputs_arguments_and_environment_and_its_outputs_are_stored(bench: Bench) -> None:
    script = bench.put("code/x.py", SHOW)
    step = processing(
        "Show", script, arguments=["/opt/ml/processing/out/deep", "/opt/ml/a", "--b", {"Get": "Execution.PipelineName"}]
    )
    step["Arguments"]["Environment"] = {"WHERE": "/opt/ml/processing/out", "N": "1"}
    arn, status = bench.run(step)
    assert status == "Succeeded", bench.reason(arn)
    seen = json.loads(bench.text("Show/deep/seen.json"))
    assert seen["argv"][0].endswith("/opt/ml/a")
    assert seen["argv"][1:] == ["--b", "P"]
    assert Path(seen["env"]["WHERE"]).is_relative_to(bench.home.jobs)
    assert seen["env"]["N"] == "1"
    assert "AWS_SECRET_ACCESS_KEY" not in seen["env"]
    assert [event.line for event in bench.events if isinstance(event, LogLine)] == ["hello"]
    name = bench.steps(arn)["Show"]["Metadata"]["ProcessingJob"]["Arn"].rsplit("/", 1)[-1]
    assert bench.engine.describe_processing_job({"ProcessingJobName": name})["ProcessingJobStatus"] == "Completed"


def test_a_property_file_decides_a_condition(bench: Bench) -> None:
    script = bench.put(
        "code/x.py", "import sys; open(sys.argv[1] + '/r.json', 'w').write('{\"judge\": {\"m\": [0.5]}}')"
    )
    files = [{"PropertyFileName": "Report", "OutputName": "out", "FilePath": "r.json"}]
    step = processing("E", script, arguments=["/opt/ml/processing/out"], PropertyFiles=files)
    margin = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.E.PropertyFiles.Report"}, "Path": "judge.m[0]"}}
    uri = {"Get": "Steps.E.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"}
    judge = branch("J", compare("GreaterThanOrEqualTo", margin, 0.5), [function("Yes", event={"uri": uri})], [])
    arn, status = bench.run(step, judge)
    assert status == "Succeeded", bench.reason(arn)
    assert bench.calls == [("yes", {"uri": f"s3://{BUCKET}/E"})]


def test_a_training_job_sees_the_contract_and_gives_model_metrics_and_checkpoints(bench: Bench) -> None:
    request = {
        "AlgorithmSpecification": {"MetricDefinitions": [{"Name": "rmse", "Regex": "rmse=(.*?);"}]},
        "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/checkpoints"},
        "HyperParameters": {"lr": 0.1},
    }
    step = training("T", bench.put("code/t.py", TRAIN), request=request)
    arn, status = bench.run(step)
    assert status == "Succeeded", bench.reason(arn)
    job = training_job(bench, arn)
    model = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert unpack(bench, model) == {"b.txt": b"b", "sub/a.txt": b"a"}
    assert [(m["MetricName"], m["Value"]) for m in job["FinalMetricDataList"]] == [("rmse", 1.25)]
    seen = json.loads(unpack(bench, model.replace("model.tar.gz", "output.tar.gz"))["seen.json"])
    assert seen["hyperparameters.json"] == {"depth": "3", "lr": "0.1"}
    assert seen["resourceconfig.json"]["current_instance_type"] == "ml.m5.xlarge"
    assert seen["resourceconfig.json"]["hosts"] == ["algo-1"]
    assert seen["inputdataconfig.json"] == {"code": {"TrainingInputMode": "File"}}
    assert json.loads(seen["env"]["SM_HPS"]) == {"depth": "3", "lr": "0.1"}
    assert seen["env"]["SM_CHANNEL_CODE"].endswith("/opt/ml/input/data/code")
    assert bench.text("checkpoints/epoch") == "1"

    second, _ = bench.run(step)
    again = training_job(bench, second)["ModelArtifacts"]["S3ModelArtifacts"]
    assert bench.text("checkpoints/epoch") == "2"
    first_bytes, second_bytes = (bench.objects.read_bytes(BUCKET, uri[len(BUCKET) + 6 :]) for uri in (model, again))
    assert model != again
    assert first_bytes == second_bytes


def test_script_mode_runs_the_named_program_of_the_source_archive(bench: Bench) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        body = b"import os; open(os.environ['SM_MODEL_DIR'] + '/m', 'w').write('made')"
        info = tarfile.TarInfo("go.py")
        info.size = len(body)
        archive.addfile(info, io.BytesIO(body))
    bench.objects.put_bytes(BUCKET, "source.tar.gz", packed.getvalue())
    step = training("T", bench.put("code/t.py", ""))
    step["Arguments"]["AlgorithmSpecification"] = {}
    step["Arguments"]["HyperParameters"] = {
        "sagemaker_program": '"go.py"', "sagemaker_submit_directory": f'"s3://{BUCKET}/source.tar.gz"',
    }  # fmt: skip
    arn, status = bench.run(step)
    assert status == "Succeeded", bench.reason(arn)
    assert unpack(bench, training_job(bench, arn)["ModelArtifacts"]["S3ModelArtifacts"]) == {"m": b"made"}


FAILURES = {
    "its failure file": (
        "import os,sys; open(os.environ['SAGEMAKER_BASE_DIR'] + '/output/failure','w').write('bad data'); sys.exit(3)",
        "bad data",
    ),
    "its last words": ("import sys; print('x' * 9000); print('the end'); sys.exit(4)", "exit code 4"),
    "a signal": ("import os; os.kill(os.getpid(), 9)", "exit code -9"),
    "a link for an output": (
        "import os,sys,shutil; p=sys.argv[1]; shutil.rmtree(p); os.symlink('/etc', p)",
        "has become a link",
    ),
}


@pytest.mark.parametrize(("script", "said"), FAILURES.values(), ids=FAILURES)
def test_the_failure_reason_is(bench: Bench, script: str, said: str) -> None:
    step = processing("F", bench.put("code/x.py", script), arguments=["/opt/ml/processing/out"])
    arn, status = bench.run(step)
    assert status == "Failed"
    assert said in bench.steps(arn)["F"]["FailureReason"]
    assert list(bench.objects.list(BUCKET, "F/")) == []


def test_linked_files_in_an_output_are_left_out(bench: Bench) -> None:
    script = bench.put("code/x.py", "import os,sys; os.symlink('/etc/hostname', sys.argv[1]+'/l'); os.symlink('/etc', sys.argv[1]+'/d'); open(sys.argv[1]+'/f','w')")  # fmt: skip # noqa: E501
    _, status = bench.run(processing("L", script, arguments=["/opt/ml/processing/out"]))
    assert status == "Succeeded"
    assert list(bench.objects.list(BUCKET, "L/")) == ["L/f"]


def test_a_job_beyond_its_time_is_ended(bench: Bench) -> None:
    step = processing("Slow", bench.put("code/x.py", "import time; time.sleep(60)"))
    step["Arguments"]["StoppingCondition"] = {"MaxRuntimeInSeconds": 0.3}
    began = time.monotonic()
    arn, status = bench.run(step)
    assert (status, time.monotonic() - began < 10) == ("Failed", True)
    assert "exceeded its time" in bench.reason(arn)


def test_children_that_a_job_leaves_behind_neither_prolong_nor_outlive_it(bench: Bench) -> None:
    script = "import subprocess,sys; p=subprocess.Popen(['sleep','60']); open(sys.argv[1]+'/pid','w').write(str(p.pid))"
    began = time.monotonic()
    arn, status = bench.run(processing("B", bench.put("code/x.py", script), arguments=["/opt/ml/processing/out"]))
    assert (status, time.monotonic() - began < 10) == ("Succeeded", True), bench.reason(arn)
    until(lambda: not running(int(bench.text("B/pid"))))


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("path", ["/opt/ml/../../../../evil", "/../evil", "/opt/ml/processing/../../../../x"])
def test_a_local_path_that_leaves_the_folder_is_refused(bench: Bench, path: str) -> None:
    step = processing("T", bench.put("code/x.py", ""))
    step["Arguments"]["ProcessingInputs"][0]["S3Input"]["LocalPath"] = path
    arn, status = bench.run(step)
    assert status == "Failed"
    assert "leads outside the job's folder" in bench.reason(arn)


@pytest.mark.parametrize("key", ["data/../../../../../evil", "data/../other/x.py", "data//etc/passwd"])
def test_a_key_that_leaves_its_inputs_folder_is_refused(bench: Bench, key: str) -> None:
    bench.put(key, "x")
    step = processing("T", bench.put("code/x.py", ""))
    step["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3Uri"] = f"s3://{BUCKET}/data"
    arn, status = bench.run(step)
    assert status == "Failed"
    assert "leads outside its input's folder" in bench.reason(arn)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"AppSpecification": {}}, "names no ContainerEntrypoint"),
        ({"AppSpecification": {"ContainerEntrypoint": ["no-such-program"]}}, "there is no program 'no-such-program'"),
        ({"ProcessingInputs": [{"InputName": "i", "S3Input": {"S3Uri": f"s3://{BUCKET}/none/"}}]}, "no object lies at"),
        ({"ProcessingInputs": [{"InputName": "i", "S3Input": {"S3Uri": "s3://nowhere/none/"}}]}, "does not exist"),
        ({"ProcessingInputs": [{"InputName": "i", "S3Input": {}}]}, "lack S3Uri"),
        ({"ProcessingInputs": [{"InputName": "i", "S3Input": {"S3Uri": "file:///etc/passwd"}}]}, "is not an s3:// URI"),
    ],
)
def test_a_request_that_cannot_run_says_why(bench: Bench, change: dict[str, Any], said: str) -> None:
    arn, status = bench.run(processing("T", bench.put("code/x.py", ""), request=change))
    assert status == "Failed"
    assert said in bench.reason(arn)


FLAKY = """
import os, sys, pathlib
count = pathlib.Path(os.environ["COUNT"]); n = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(n))
if n < 3: os.kill(os.getpid(), 9)
"""


def policies(**more: Any) -> dict[str, Any]:
    return {"RetryPolicies": [{"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "BackoffRate": 1.0, **more}]}


@pytest.mark.parametrize(("attempts", "expected"), [(5, ("Succeeded", 3)), (2, ("Failed", 2))])
def test_a_retry_policy_tries_again_up_to_its_attempts(
    bench: Bench, tmp_path: Path, attempts: int, expected: tuple[str, int]
) -> None:
    step = processing("F", bench.put("code/x.py", FLAKY), **policies(MaxAttempts=attempts, IntervalSeconds=0.01))
    step["Arguments"]["Environment"] = {"COUNT": str(tmp_path / "count")}
    arn, status = bench.run(step)
    assert (status, bench.steps(arn)["F"]["AttemptCount"]) == expected


def test_stop_ends_the_wait_before_another_attempt(bench: Bench) -> None:
    step = processing("F", bench.put("code/x.py", "import os; os.kill(os.getpid(), 9)"))
    arn = bench.start(step | policies(MaxAttempts=5, IntervalSeconds=3600))
    until(lambda: bool(list(bench.home.jobs.glob("*/log.txt"))))
    time.sleep(0.3)
    bench.engine.stop_pipeline_execution({"PipelineExecutionArn": arn})
    assert bench.wait(arn) == "Stopped"


def test_stop_ends_the_running_job(bench: Bench, tmp_path: Path) -> None:
    script = f"import os,time; open({str(tmp_path / 'pid')!r},'w').write(str(os.getpid())+'.'); time.sleep(60)"
    arn = bench.start(processing("Slow", bench.put("code/x.py", script)), function("After", DependsOn=["Slow"]))
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().endswith("."))
    bench.engine.stop_pipeline_execution({"PipelineExecutionArn": arn})
    assert bench.wait(arn) == "Stopped"
    assert bench.statuses(arn) == {"Slow": "Stopped"}
    assert not running(int((tmp_path / "pid").read_text()[:-1]))
    bench.put("code/x.py", "")
    bench.engine.retry_pipeline_execution({"PipelineExecutionArn": arn})
    assert bench.wait(arn) == "Succeeded"


WRITE = "import sys; open(sys.argv[1] + '/f', 'w').write('x')"


def cached(bench: Bench, expires: str = "P30D") -> dict[str, Any]:
    cache: dict[str, Any] = {"CacheConfig": {"Enabled": True, "ExpireAfter": expires}}
    return processing("C", bench.put("code/x.py", WRITE), arguments=["/opt/ml/processing/out"], **cache)


def test_the_same_work_is_served_from_the_cache_and_names_its_source(bench: Bench) -> None:
    first, _ = bench.run(cached(bench))
    second, status = bench.run(cached(bench))
    assert status == "Succeeded"
    assert "CacheHitResult" not in bench.steps(first)["C"]
    assert bench.steps(second)["C"]["CacheHitResult"] == {"SourcePipelineExecutionArn": first}
    assert bench.steps(second)["C"]["Metadata"] == bench.steps(first)["C"]["Metadata"]
    changed = cached(bench)
    changed["Arguments"]["Environment"] = {"NEW": "1"}
    third, _ = bench.run(changed)
    assert "CacheHitResult" not in bench.steps(third)["C"]


def test_the_cache_is_passed_over_when_expired_or_when_the_outputs_are_gone(bench: Bench) -> None:
    bench.run(cached(bench))
    time.sleep(0.01)
    late, _ = bench.run(cached(bench, "T0.001S"))
    assert "CacheHitResult" not in bench.steps(late)["C"]
    bench.objects.delete(BUCKET, "C/f")
    gone, status = bench.run(cached(bench))
    assert (status, "CacheHitResult" in bench.steps(gone)["C"]) == ("Succeeded", False)


def test_closing_interrupts_a_job_without_failing_it_and_resume_runs_it_again(bench: Bench, tmp_path: Path) -> None:
    mark = tmp_path / "began"
    script = (
        f"import time,os; p={str(mark)!r}; again=os.path.exists(p); open(p,'w').close(); time.sleep(0 if again else 60)"
    )
    arn = bench.start(processing("Slow", bench.put("code/x.py", script)))
    until(mark.exists)
    engine = bench.reopen()
    assert bench.statuses(arn) == {"Slow": "Executing"}
    assert engine.resume() == [arn]
    assert bench.wait(arn) == "Succeeded"


def test_what_a_function_did_while_the_engine_closed_is_not_done_again(bench: Bench) -> None:
    def slow(event: dict[str, Any]) -> dict[str, Any]:
        time.sleep(0.2)
        return {}

    bench.functions["a"] = slow
    arn = bench.start(function("A"), function("B", DependsOn=["A"]))
    until(lambda: bool(bench.calls))
    bench.reopen().resume()
    assert bench.wait(arn) == "Succeeded"
    assert [name for name, _ in bench.calls] == ["a", "b"]


def test_a_job_finds_no_open_descriptors_but_its_own(bench: Bench) -> None:
    script = "import os,sys; open(sys.argv[1]+'/n','w').write(str(len(os.listdir('/proc/self/fd'))))"
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("needs /proc")
    bench.run(processing("D", bench.put("code/x.py", script), arguments=["/opt/ml/processing/out"]))
    assert int(bench.text("D/n")) <= 6
