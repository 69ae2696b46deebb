"""Jobs can be described from their start on: while they run, when they failed, when they were stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.local.execution.bench import Bench, processing, training, until

METRICS = {"AlgorithmSpecification": {"MetricDefinitions": [{"Name": "loss", "Regex": "loss=([-+0-9.eE]+|nan);"}]}}
WAITS = """
import os, time
print('loss=0.5;')
print('loss=nan;')
while not os.path.exists(os.environ['GO']):
    time.sleep(0.01)
"""


def only(bench: Bench) -> dict[str, Any]:
    """The one training job, as Describe answers."""
    (row,) = bench.engine.list_training_jobs({})["TrainingJobSummaries"]
    return bench.engine.describe_training_job({"TrainingJobName": row["TrainingJobName"]})


def has_metrics(bench: Bench) -> bool:
    listed = bench.engine.list_training_jobs({})["TrainingJobSummaries"]
    return bool(listed) and bool(only(bench).get("FinalMetricDataList"))


def stages(job: dict[str, Any]) -> list[str]:
    return [transition["Status"] for transition in job["SecondaryStatusTransitions"]]


def test_a_running_training_is_in_progress_and_shows_its_metrics(bench: Bench, tmp_path: Path) -> None:
    go = tmp_path / "go"
    request = METRICS | {"Environment": {"GO": str(go)}}
    arn = bench.start(training("T", bench.put("code/t.py", WAITS), request=request))
    until(lambda: has_metrics(bench))
    job = only(bench)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("InProgress", "Training")
    assert [(m["MetricName"], m["Value"]) for m in job["FinalMetricDataList"]] == [("loss", 0.5)]
    assert "TrainingEndTime" not in job
    go.touch()
    assert bench.wait(arn) == "Succeeded"
    job = only(bench)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Completed", "Completed")
    assert stages(job) == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert all("EndTime" in transition for transition in job["SecondaryStatusTransitions"])


def test_a_failed_training_keeps_its_reason_and_its_metrics(bench: Bench) -> None:
    script = "import sys; print('loss=2.5;'); sys.exit('the data is bad')"
    bench.run(training("T", bench.put("code/t.py", script), request=METRICS))
    job = only(bench)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert "the data is bad" in job["FailureReason"]
    assert [m["Value"] for m in job["FinalMetricDataList"]] == [2.5]
    assert "ModelArtifacts" not in job


def test_a_training_that_could_not_start_says_why(bench: Bench) -> None:
    bench.run(training("T", "s3://bench/none/t.py"))
    assert "no object lies at" in only(bench)["FailureReason"]


def test_a_stopped_training_is_stopped(bench: Bench, tmp_path: Path) -> None:
    request = METRICS | {"Environment": {"GO": str(tmp_path / "never")}}
    arn = bench.start(training("T", bench.put("code/t.py", WAITS), request=request))
    until(lambda: has_metrics(bench))
    bench.engine.stop_pipeline_execution({"PipelineExecutionArn": arn})
    bench.wait(arn)
    job = only(bench)
    assert (job["TrainingJobStatus"], "FailureReason" in job) == ("Stopped", False)


def test_a_training_that_exceeded_its_time_says_so(bench: Bench, tmp_path: Path) -> None:
    step = training("T", bench.put("code/t.py", WAITS), request={"Environment": {"GO": str(tmp_path / "never")}})
    step["Arguments"]["StoppingCondition"] = {"MaxRuntimeInSeconds": 0.3}
    bench.run(step)
    job = only(bench)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_a_failed_processing_job_keeps_its_reason(bench: Bench) -> None:
    bench.run(processing("F", bench.put("code/x.py", "import sys; sys.exit('no rows')")))
    (path,) = bench.home.jobs.iterdir()
    job = bench.engine.describe_processing_job({"ProcessingJobName": path.name})
    assert job["ProcessingJobStatus"] == "Failed"
    assert "no rows" in job["FailureReason"]
    assert job["ProcessingEndTime"] >= job["ProcessingStartTime"]
    assert "SecondaryStatus" not in job


def test_a_job_interrupted_with_its_engine_is_in_progress_until_it_is_resumed(bench: Bench, tmp_path: Path) -> None:
    go = tmp_path / "go"
    request = METRICS | {"Environment": {"GO": str(go)}}
    arn = bench.start(training("T", bench.put("code/t.py", WAITS), request=request))
    until(lambda: has_metrics(bench))
    bench.reopen()
    assert only(bench)["TrainingJobStatus"] == "InProgress"
    go.touch()
    bench.engine.resume()
    assert bench.wait(arn) == "Succeeded"
    assert only(bench)["TrainingJobStatus"] == "Completed"
