"""`/cancel`, `/retry`, `/status`, `/help`: what runs, what waits, what failed, and what is possible now."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contracts import names
from lambdas.issue_record import WITHDRAWN
from lambdas.start_execution.handler import handler as start_execution
from tests.lambdas.operating import admission, ask, queued, record, register, reply_to, say, start
from tests.lambdas.world import ISSUE, REPO, World, records


def test_cancel_stops_what_runs_and_says_what(world: World) -> None:
    number, arn = start(world)

    comment, answer = say(world, number, "/cancel wrong data")

    assert answer == {"status": "accepted", "message": answer["message"], "execution_arn": arn}
    assert world.sagemaker.status(arn) == "Stopping"
    assert f"stopping execution {arn.rsplit('/', 1)[-1]}" in reply_to(world, number, comment)


def test_cancel_takes_an_issue_out_of_the_line(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    start(world)
    monkeypatch.setenv("ISSUEOPS_MAX_EXECUTIONS", "1")
    number = world.github.open_issue(REPO, "Penguins", ISSUE, [names.LABEL_TRAIN])
    start_execution(records({"repository": REPO, "issue_number": number}), None)
    assert admission(world).place(REPO, number) == 1

    comment, answer = say(world, number, "/cancel")

    assert answer["status"] == "accepted"
    assert admission(world).place(REPO, number) == 0
    assert "out of the line" in reply_to(world, number, comment)
    again = start_execution(records({"repository": REPO, "issue_number": number}), None)["results"][0]
    assert again["status"] == "ignored"

    comment, answer = say(world, number, "/retry")

    assert answer["status"] == "accepted"
    assert WITHDRAWN not in record(world, number).told
    assert world.sent(names.REQUESTS_QUEUE)[-1] == {"repository": REPO, "issue_number": number, "action": "called"}


def test_cancel_is_heard_between_the_place_and_the_start(world: World) -> None:
    number = world.github.open_issue(REPO, "Penguins", ISSUE, [names.LABEL_TRAIN])
    assert admission(world).enter(REPO, number, now=datetime.now(UTC)) == 0

    assert say(world, number, "/cancel")[1]["status"] == "accepted"

    assert admission(world).running() == []
    again = start_execution(records({"repository": REPO, "issue_number": number}), None)["results"][0]
    assert again["status"] == "ignored"


def test_where_nothing_runs_there_is_nothing_to_cancel(world: World) -> None:
    number, arn = start(world)
    world.sagemaker.end(arn)

    assert "nothing to cancel" in say(world, number, "/cancel")[1]["message"]


def test_a_cancel_delivered_again_after_a_retry_stops_nothing(world: World) -> None:
    number, arn = start(world)
    comment, _ = say(world, number, "/cancel")
    world.sagemaker.end(arn, "Stopped")
    say(world, number, "/retry")

    assert queued(number, comment) == "accepted"
    assert world.sagemaker.status(arn) == "Executing"


@pytest.mark.parametrize("status", ["Failed", "Stopped", "CompletedWithFailures"])
def test_retry_runs_again_what_failed_by_an_error_or_was_stopped(world: World, status: str) -> None:
    number, arn = start(world)
    world.sagemaker.fail(arn, names.TRAIN_MODEL, "out of memory")
    world.sagemaker.end(arn, status)
    admission(world).ended(arn)

    comment, answer = say(world, number, "/retry")

    assert (answer["status"], answer["execution_arn"]) == ("accepted", arn)
    assert world.sagemaker.status(arn) == "Executing"
    assert [place.arn for place in admission(world).running()] == [arn]
    assert names.LABEL_RUNNING in world.labels(number)
    assert "runs again" in reply_to(world, number, comment)


@pytest.mark.parametrize(
    ("status", "step", "expected"),
    [
        ("Executing", "", "has not ended (it is Executing); /cancel stops it"),
        ("Stopping", "", "has not ended (it is Stopping)"),
        ("Succeeded", names.REGISTER_MODEL, "succeeded, so there is nothing to retry"),
        ("Failed", names.MODEL_REJECTED, "Open a new issue with other hyperparameters"),
        ("Failed", names.RETRIES_EXHAUSTED, "Open a new issue with other hyperparameters"),
    ],
)
def test_a_retry_that_makes_no_sense_is_told_what_to_do_instead(
    world: World, status: str, step: str, expected: str
) -> None:
    number, arn = start(world)
    if step:
        world.sagemaker.fail(arn, step, "")
    world.sagemaker.end(arn, status)

    _, answer = say(world, number, "/retry")

    assert answer["status"] == "refused"
    assert expected in answer["message"]
    assert world.sagemaker.status(arn) == status


def test_a_closed_issue_is_reopened_before_it_is_retried(world: World) -> None:
    number, arn = start(world)
    world.sagemaker.end(arn, "Stopped")
    world.github.edit_issue(REPO, number, {"state": "closed"})

    assert "reopen it" in say(world, number, "/retry")[1]["message"]


def test_a_retry_waits_for_a_place_like_everybody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    number, arn = start(world)
    world.sagemaker.end(arn, "Failed")
    start(world)
    monkeypatch.setenv("ISSUEOPS_MAX_EXECUTIONS", "1")

    assert "say /retry again" in say(world, number, "/retry")[1]["message"]
    assert world.sagemaker.status(arn) == "Failed"
    assert admission(world, 1).line() == []


def test_where_nothing_was_started_there_is_nothing_to_retry(world: World) -> None:
    number = world.github.open_issue(REPO, "Penguins", "nothing", [names.LABEL_TRAIN])

    assert "nothing to retry" in say(world, number, "/retry")[1]["message"]


def test_status_points_to_the_status_comment(world: World) -> None:
    number, _ = start(world)

    comment, answer = say(world, number, "/status")

    assert answer["status"] == "accepted"
    assert f"[The status comment is up to date]({record(world, number).comment_url})" in reply_to(
        world, number, comment
    )


def marked(reply: str) -> set[str]:
    """The commands that the help says are possible now."""
    rows = [line for line in reply.splitlines() if line.startswith("| `/")]
    return {line.split("`")[1].split()[0] for line in rows if "✅" in line}


def test_help_says_what_is_possible_now(world: World) -> None:
    number, arn = start(world)
    always = {"/status", "/help"}

    def possible() -> set[str]:
        comment, answer = say(world, number, "/help")
        assert answer["status"] == "accepted"
        return marked(reply_to(world, number, comment))

    assert possible() == always | {"/cancel"}
    ask(world, (number, arn))
    assert possible() == always | {"/cancel", "/retrain", "/accept", "/reject"}
    say(world, number, "/accept")
    register(world, arn)
    assert possible() == always | {"/approve"}
    register(world, arn, "Approved")
    say(world, number, "/approve 1")
    assert possible() == always | {"/approve", "/rollback"}
    world.sagemaker.end(arn, "Stopped")
    assert possible() == always | {"/approve", "/rollback", "/retry"}


def test_help_for_an_issue_without_a_run(world: World) -> None:
    number = world.github.open_issue(REPO, "Penguins", "nothing", [names.LABEL_TRAIN])

    comment, _ = say(world, number, "/help")

    assert marked(reply_to(world, number, comment)) == {"/status", "/help"}
    assert "Possible now: status, help" in reply_to(world, number, comment)
