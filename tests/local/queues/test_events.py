"""Every transition is told as the event that EventBridge would send, once or more, in order, whatever dies."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from contracts import deployment
from local import events
from tests.local.execution.bench import Bench, until
from tests.local.execution.bench import function as bench_function
from tests.local.queues.stacks import ACCOUNT, REGION, Row, callback_step, lambda_step, noted, stack, start

EVENTS = Row("events.fifo", "keep", batch_size=10)
DRIVER = Path(__file__).with_name("driver.py")


def told(home: Path, kind: str = "") -> list[dict[str, Any]]:
    """The events that reached their function."""
    found = [json.loads(record["body"]) for record in noted(home) if "body" in record]
    return [event for event in found if kind in ("", event["detail-type"])]


def test_the_names_of_events_are_those_of_the_contracts() -> None:
    assert events.SOURCE == deployment.EVENTS_SOURCE
    assert (events.EXECUTION_EVENT, events.STEP_EVENT, events.PACKAGE_EVENT) == deployment.EVENT_TYPES


def test_an_execution_is_told_from_its_start_to_its_end(tmp_path: Path) -> None:
    with stack(tmp_path, EVENTS, events="events.fifo") as local:
        arn = start(local, lambda_step("A", "tick"))
        assert local.wait(arn) == "Succeeded"
    executions = told(tmp_path, events.EXECUTION_EVENT)
    assert [event["detail"]["currentPipelineExecutionStatus"] for event in executions] == ["Executing", "Succeeded"]
    last = executions[-1]
    assert last["version"] == "0"
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", last["id"])
    assert (last["source"], last["account"], last["region"]) == ("aws.sagemaker", ACCOUNT, REGION)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", last["time"])
    pipeline_arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/p"
    assert last["resources"] == [pipeline_arn, arn]
    detail = last["detail"]
    assert detail["pipelineExecutionArn"] == arn
    assert detail["pipelineArn"] == pipeline_arn
    assert detail["pipelineExecutionDisplayName"] == "issue-7-retry-0"
    assert detail["previousPipelineExecutionStatus"] == "Executing"
    assert detail["executionEndTime"] >= detail["executionStartTime"]
    assert "executionEndTime" not in executions[0]["detail"]
    assert "previousPipelineExecutionStatus" not in executions[0]["detail"]


def test_steps_are_told_with_their_types_and_both_statuses(tmp_path: Path) -> None:
    with stack(tmp_path, EVENTS, events="events.fifo") as local:
        arn = start(local, lambda_step("A", "tick"), lambda_step("B", "nobody", after="A"))
        assert local.wait(arn) == "Failed"
    steps = [event["detail"] for event in told(tmp_path, events.STEP_EVENT)]
    assert [(s["stepName"], s.get("previousStepStatus"), s["currentStepStatus"]) for s in steps] == [
        ("A", None, "Executing"),
        ("A", "Executing", "Succeeded"),
        ("B", None, "Executing"),
        ("B", "Executing", "Failed"),
    ]
    assert {step["stepType"] for step in steps} == {"Lambda"}
    assert steps[1]["stepEndTime"] >= steps[1]["stepStartTime"]
    assert "stepEndTime" not in steps[0]
    assert steps[0]["pipelineExecutionArn"] == arn


def test_a_stop_is_told_and_no_callback_token_with_it(tmp_path: Path) -> None:
    with stack(tmp_path, EVENTS, events="events.fifo") as local:
        arn = start(local, callback_step("Ask"))
        assert local.wait(arn) == "Waiting"
        token = json.loads(local.queues.peek("questions")[0].body)["token"]
        local.engine.stop_pipeline_execution({"PipelineExecutionArn": arn})
        until(lambda: len(local.queues.peek("questions")) == 2)
        local.engine.send_pipeline_execution_step_failure({"CallbackToken": token, "FailureReason": "stopped"})
        assert local.wait(arn) == "Stopped"
    statuses = [e["detail"]["currentPipelineExecutionStatus"] for e in told(tmp_path, events.EXECUTION_EVENT)]
    assert statuses == ["Executing", "Stopping", "Stopped"]
    assert token not in (tmp_path / "log.jsonl").read_text(encoding="utf-8")


def test_changes_of_a_package_are_told_with_the_fields_that_changed(tmp_path: Path) -> None:
    with stack(tmp_path, EVENTS, events="events.fifo") as local:
        sagemaker = local.client("sagemaker")
        sagemaker.create_model_package_group(ModelPackageGroupName="models")
        properties = {"IssueNumber": "7"}
        arn = sagemaker.create_model_package(
            ModelPackageGroupName="models", CustomerMetadataProperties=properties, ClientToken="t" * 36
        )["ModelPackageArn"]
        sagemaker.create_model_package(ModelPackageGroupName="models", ClientToken="t" * 36)
        sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="good")
        sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
        cycle = {"Stage": "Archived", "StageStatus": "Approved"}
        sagemaker.update_model_package(ModelPackageArn=arn, ModelLifeCycle=cycle)
        assert local.drain(10)
    packages = told(tmp_path, events.PACKAGE_EVENT)
    assert [event["detail"]["UpdatedModelPackageFields"] for event in packages] == [
        ["ModelApprovalStatus", "CustomerMetadataProperties"],
        ["ModelApprovalStatus", "ApprovalDescription"],
        ["ModelLifeCycle"],
    ]
    detail = packages[-1]["detail"]
    assert packages[-1]["resources"] == [arn] == [detail["ModelPackageArn"]]
    assert (detail["ModelPackageGroupName"], detail["ModelPackageVersion"]) == ("models", 1)
    assert (detail["ModelPackageStatus"], detail["ModelApprovalStatus"]) == ("Completed", "Approved")
    assert detail["CustomerMetadataProperties"] == properties
    assert detail["ModelLifeCycle"] == cycle


def test_an_update_that_is_refused_tells_nothing(tmp_path: Path) -> None:
    with stack(tmp_path, EVENTS, events="events.fifo") as local:
        local.registry.ensure_group("models")
        arn = local.registry.create_model_package({"ModelPackageGroupName": "models"})["ModelPackageArn"]
        with pytest.raises(Exception, match="ModelApprovalStatus"):
            local.registry.update_model_package({"ModelPackageArn": arn, "ModelApprovalStatus": "Perhaps"})
        assert local.drain(10)
    assert len(told(tmp_path)) == 1


def test_what_was_committed_and_not_told_is_told_at_the_next_start(tmp_path: Path) -> None:
    bench = Bench(tmp_path)  # an engine whose bus died
    arn, status = bench.run(bench_function("A"))
    bench.close()
    assert status == "Succeeded"
    with stack(tmp_path, EVENTS, events="events.fifo") as local:
        assert local.drain(10)
    assert [event["detail"].get("currentStepStatus") for event in told(tmp_path)] == [
        None, "Executing", "Succeeded", None,
    ]  # fmt: skip
    assert {event["detail"]["pipelineExecutionArn"] for event in told(tmp_path)} == {arn}


def test_an_event_told_again_after_a_kill_is_the_same_and_is_dropped_by_its_queue(tmp_path: Path) -> None:
    with stack(tmp_path, EVENTS, events="events.fifo") as local:
        database = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
        database.execute("CREATE TRIGGER stuck BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'killed'); END")
        local.registry.ensure_group("models")
        local.registry.create_model_package({"ModelPackageGroupName": "models"})
        assert local.drain(10)
    with stack(tmp_path, EVENTS, events="events.fifo") as local:
        database.execute("DROP TRIGGER stuck")
        local.registry.create_model_package({"ModelPackageGroupName": "models"})
        assert local.drain(10)
    database.close()
    assert [event["detail"]["ModelPackageVersion"] for event in told(tmp_path)] == [1, 2]


def test_without_an_events_queue_nothing_is_told_and_nothing_piles_up(tmp_path: Path) -> None:
    with stack(tmp_path) as local:
        assert local.wait(start(local, lambda_step("A", "tick"))) == "Succeeded"
    database = sqlite3.connect(tmp_path / "state.db")
    assert database.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
    database.close()


def test_an_events_queue_that_nobody_consumes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"events\.fifo"), stack(tmp_path, Row("work"), events="events.fifo"):
        pass


@pytest.mark.parametrize("seed", range(3))
def test_a_kill_at_any_moment_leaves_no_transition_untold(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(2):
        process = subprocess.Popen([sys.executable, str(DRIVER), str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.0, 0.6))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    with stack(tmp_path, EVENTS, events="events.fifo") as local:
        for arn in local.engine.resume():
            assert local.wait(arn) == "Succeeded"
        assert local.drain(30)
    executions: dict[str, str] = {}
    steps: dict[tuple[str, str], str] = {}
    packages: dict[tuple[str, int], str] = {}
    for event in told(tmp_path):
        detail = event["detail"]
        if event["detail-type"] == events.EXECUTION_EVENT:
            executions[detail["pipelineExecutionArn"]] = detail["currentPipelineExecutionStatus"]
        elif event["detail-type"] == events.STEP_EVENT:
            steps[detail["pipelineExecutionArn"], detail["stepName"]] = detail["currentStepStatus"]
        else:
            packages[detail["ModelPackageGroupName"], detail["ModelPackageVersion"]] = detail["ModelApprovalStatus"]
    database = sqlite3.connect(tmp_path / "state.db")
    assert dict(database.execute("SELECT arn, status FROM executions").fetchall()) == executions
    known = database.execute("SELECT execution, name, status FROM steps").fetchall()
    assert {(execution, name): status for execution, name, status in known} == steps
    kept = database.execute("SELECT group_name, version, document FROM model_packages").fetchall()
    assert {(group, version): json.loads(d)["ModelApprovalStatus"] for group, version, d in kept} == packages
    database.close()
    assert executions
