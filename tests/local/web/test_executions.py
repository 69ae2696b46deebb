"""Executions: what the page says of each step, and how it stays live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local.web.runs import step_of

from .conftest import House

ID = "abc123def456"


def step(name: str, status: str = "Succeeded", metadata: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    ended = {"EndTime": 1065.0} if status in ("Succeeded", "Failed") else {}
    return {"StepName": name, "StepStatus": status, "StartTime": 1000.0, "Metadata": metadata or {}} | ended | more


def job(name: str) -> dict[str, Any]:
    return {"TrainingJob": {"Arn": f"arn:aws:sagemaker:us-east-1:1:training-job/{name}"}}


def write_log(home: Path, name: str, text: str) -> None:
    (home / "jobs" / name).mkdir(parents=True)
    (home / "jobs" / name / "log.txt").write_text(text)


def test_the_page_shows_graph_steps_times_attempts_and_failures(house: House) -> None:
    steps = [
        step("PrepareData", CacheHitResult={"SourcePipelineExecutionArn": "x"}),
        step("TrainModel", "Failed", job("j-1"), AttemptCount=3, FailureReason="out of <memory>"),
        step("JudgeResults", metadata={"Condition": {"Outcome": "False"}}),
        step("RegisterModel", metadata={"RegisterModel": {"Arn": "arn:aws:sagemaker:us-east-1:1:model-package/m/7"}}),
    ]
    house.engine.add(ID, status="Failed", issue=4, name="penguins", steps=steps, failure="it broke")
    page = house.browser.get(f"/executions/{ID}")
    for piece in (
        '<svg class="flowchart', "node is-Failed", "1 min 5 s", "from the cache", "attempt 3", "out of &lt;memory&gt;",
        "it broke", 'href="/octo/models/issues/4"', 'href="/models/m#version-7"',
        f'href="/executions/{ID}/log/TrainModel"',
    ):  # fmt: skip
        assert piece in page.text, piece


def test_a_running_execution_is_asked_for_again_and_answered_only_with_news(house: House) -> None:
    record = house.engine.add(ID, status="Executing", steps=[step("TrainModel", "Executing", job("j-1"))])
    assert f'data-live="/executions/{ID}/live"' in house.browser.get(f"/executions/{ID}").text
    live = f"/executions/{ID}/live"
    first = house.browser.get(live)
    assert first.headers["X-Live"] is None
    assert house.browser.get(live, If_None_Match=first.headers["ETag"]).status == 304
    write_log(house.home, "j-1", "epoch 1\n")
    second = house.browser.get(live, If_None_Match=first.headers["ETag"])
    assert "epoch 1" in second.text
    record |= {"status": "Succeeded", "steps": [step("TrainModel", metadata=job("j-1"))]}
    last = house.browser.get(live, If_None_Match=second.headers["ETag"])
    assert (last.status, last.headers["X-Live"]) == (200, "done")
    assert "data-live" not in house.browser.get(f"/executions/{ID}").text


def test_an_execution_that_only_waits_for_an_answer_says_so(house: House) -> None:
    waiting = step("Wait", "Executing", {"Callback": {"CallbackToken": "SECRETTOKEN"}})
    house.engine.add(ID, status="Executing", issue=4, steps=[waiting])
    page = house.browser.get(f"/executions/{ID}")
    assert "Waiting for an answer" in page.text
    assert 'href="/octo/models/issues/4#reply"' in page.text
    assert "SECRETTOKEN" not in page.text
    house.engine.add(ID, status="Executing", steps=[waiting, step("TrainModel", "Executing")])
    assert "An operator is asked" not in house.browser.get(f"/executions/{ID}").text


def test_the_end_of_a_log_is_shown_without_control_characters(house: House) -> None:
    write_log(house.home, "j-1", "x" * 80_000 + "\n\x1b[31mred\x1b[0m <b>\x00\nlast")
    house.engine.add(ID, status="Failed", steps=[step("TrainModel", "Failed", job("j-1"))])
    page = house.browser.get(f"/executions/{ID}/log/TrainModel")
    assert "red &lt;b&gt;\nlast" in page.text
    assert "xxx" not in page.text


def test_a_log_is_read_from_the_jobs_folder_only(house: House) -> None:
    (house.home / "log.txt").write_text("secret")
    for name in ("..", "../..", "a/../..", "", "x" * 64):
        house.engine.add(ID, status="Failed", steps=[step("TrainModel", "Failed", job(name) if name else {})])
        page = house.browser.get(f"/executions/{ID}/log/TrainModel")
        assert "secret" not in page.text
    assert house.browser.get(f"/executions/{ID}/log/Other").status == 404


def test_odd_identifiers_are_not_found(house: House) -> None:
    for name in ("..", "x", "ABC", "a" * 40, "%2e%2e%2f%2e%2e"):
        assert house.browser.get(f"/executions/{name}").status == 404


def test_a_step_of_an_unknown_kind_is_still_a_step() -> None:
    found = step_of({"StepName": "Odd", "StepStatus": "Executing", "Metadata": {"EMR": {"ClusterId": "j"}}})
    assert (found.name, found.kind, found.seconds, found.job) == ("Odd", "EMR", None, "")
    assert step_of({"StepName": "Bare"}).status == ""
