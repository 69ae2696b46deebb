"""Killed at any moment, resumed: nothing lost, nothing done twice that may be done once."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.local.execution.bench import Bench, callback, function, processing, until
from tests.local.execution.test_jobs import running

DRIVER = Path(__file__).with_name("driver.py")


def drive(home: Path, seconds: float | None) -> str:
    """Run the driver; kill it that long after it is ready. Its last word."""
    process = subprocess.Popen([sys.executable, str(DRIVER), str(home)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as out:
        if seconds is not None:
            out.readline()
            time.sleep(seconds)
            process.kill()
        said = out.read().strip()
    code = process.wait(30)
    assert seconds is not None or code == 0
    return said.split("\n")[-1]


@pytest.mark.parametrize("seed", range(4))
def test_an_execution_killed_at_random_moments_ends_as_if_it_had_not_been(tmp_path: Path, seed: int) -> None:
    home = tmp_path / "home"
    moments = random.Random(seed)
    for _ in range(3):
        if drive(home, moments.uniform(0.0, 0.3)) == "Succeeded":
            break
    assert drive(home, None) == "Succeeded"
    bench = Bench(home)
    try:
        (known,) = bench.engine.list_pipeline_executions({"PipelineName": "P"})["PipelineExecutionSummaries"]
        arn = known["PipelineExecutionArn"]
        assert bench.statuses(arn) == dict.fromkeys(("A", "T", "Ask", "R", "End"), "Succeeded")
        assert "CacheHitResult" not in bench.steps(arn)["A"]
        assert bench.text("A/out.txt") == "done"
    finally:
        bench.close()
    log = [json.loads(line) for line in (home / "log.jsonl").read_text().splitlines()]
    assert len({token for what, token in log if what == "queue"}) == 1
    assert len({token for what, token in log if what == "registry"}) == 1
    assert {what for what, _ in log} == {"job A", "queue", "registry", "lambda end"}
    assert not any(running(pid) for what, pid in log if what == "job A")


def orphan(tmp_path: Path) -> tuple[Path, int]:
    """A home whose engine was killed while its job sleeps; the job's process id."""
    home, pid = tmp_path / "home", tmp_path / "pid"
    script = "import os,sys,time\nif not os.path.exists(sys.argv[1]):\n  open(sys.argv[1],'w').write(str(os.getpid())+'.'); time.sleep(60)"  # fmt: skip # noqa: E501
    first = Bench(home)
    first.put("code/x.py", script)
    first.close()
    process = subprocess.Popen([sys.executable, str(DRIVER), str(home), str(pid)])
    try:
        until(lambda: pid.exists() and pid.read_text().endswith("."))
    finally:
        process.kill()
        process.wait()
    return home, int(pid.read_text()[:-1])


def test_resume_ends_the_process_that_a_killed_engine_left_and_runs_the_job_again(tmp_path: Path) -> None:
    home, pid = orphan(tmp_path)
    assert running(pid)
    bench = Bench(home)
    (arn,) = bench.engine.resume()
    assert bench.wait(arn) == "Succeeded"
    assert not running(pid)
    bench.close()


def test_an_execution_stopped_while_nobody_ran_it_ends_on_resume_with_its_orphan(tmp_path: Path) -> None:
    home, pid = orphan(tmp_path)
    bench = Bench(home)
    (row,) = bench.engine.list_pipeline_executions({"PipelineName": "P"})["PipelineExecutionSummaries"]
    bench.engine.stop_pipeline_execution({"PipelineExecutionArn": row["PipelineExecutionArn"]})
    (arn,) = bench.reopen().resume()
    assert bench.wait(arn) == "Stopped"
    assert not running(pid)
    bench.close()


def test_a_waiting_callback_keeps_its_token_and_its_question_is_asked_again(bench: Bench) -> None:
    arn, _ = bench.run(callback("Ask"), function("Use", DependsOn=["Ask"]))
    assert bench.reopen().resume() == [arn]
    assert bench.message(2) == bench.message(1)
    assert bench.wait(arn) == "Waiting"
    bench.engine.send_pipeline_execution_step_success({"CallbackToken": bench.message()["token"]})
    assert bench.wait(arn) == "Succeeded"


def test_an_answer_given_while_nobody_ran_the_execution_counts_on_resume(bench: Bench) -> None:
    arn, _ = bench.run(callback("Ask"), function("Use", DependsOn=["Ask"]))
    bench.reopen().send_pipeline_execution_step_success({"CallbackToken": bench.message()["token"]})
    bench.engine.resume()
    assert bench.wait(arn) == "Succeeded"
    assert len(bench.messages) == 1


def test_a_stop_asked_for_before_a_kill_is_told_to_the_callback_after_it(bench: Bench) -> None:
    arn, _ = bench.run(callback("Ask"))
    bench.engine.stop_pipeline_execution({"PipelineExecutionArn": arn})
    bench.message(2)
    bench.reopen().resume()
    assert bench.message(3)["status"] == "Stopping"
    bench.engine.send_pipeline_execution_step_failure({"CallbackToken": bench.message()["token"]})
    assert bench.wait(arn) == "Stopped"


def test_an_attempt_goes_on_counting_after_a_resume(bench: Bench, tmp_path: Path) -> None:
    mark: dict[str, Any] = {"RetryPolicies": [{"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "IntervalSeconds": 0.0, "MaxAttempts": 2}]}  # fmt: skip # noqa: E501
    path = str(tmp_path / "n")
    script = f"import os,time\nn=len(open({path!r}).read()) if os.path.exists({path!r}) else 0\nopen({path!r},'a').write('x')\nif n==1: time.sleep(60)\nos.kill(os.getpid(),9)"  # fmt: skip # noqa: E501
    arn = bench.start(processing("F", bench.put("code/x.py", script)) | mark)
    until(lambda: Path(path).exists() and Path(path).read_text() == "xx")
    bench.reopen().resume()
    assert bench.wait(arn) == "Failed"
    assert bench.steps(arn)["F"]["AttemptCount"] == 2
    assert Path(path).read_text() == "xxx"
