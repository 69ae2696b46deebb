"""One comment says what is true now: made once, written only when it differs, never by an older refresh last."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts import names
from contracts.errors import GitHubError
from lambdas.github import GitHub
from lambdas.issue_record import IssueRecord
from lambdas.services import Services, connect_services
from lambdas.status_comment import refresh
from lambdas.status_comment.post import CLAIM, StatusComment
from lambdas.status_comment.render import MARKER
from tests.lambdas import runs
from tests.lambdas.fakes import FakeS3
from tests.lambdas.world import REPO, World, report

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@pytest.fixture
def running(world: World, services: Services, open_issue: Callable[..., int]) -> tuple[int, str]:
    """An issue whose execution prepares data."""
    number = open_issue()
    arn = runs.start(world, number)
    know(services, number, arn)
    runs.step(world, arn, names.PREPARE_DATA, "Executing")
    return number, arn


def know(services: Services, number: int, arn: str) -> None:
    services.records.change(REPO, number, lambda record: record.with_execution(arn))


def status_comments(world: World, number: int) -> list[str]:
    return [body for body in world.bodies(number) if body.startswith(MARKER)]


def the_comment(world: World, number: int) -> str:
    (comment,) = status_comments(world, number)
    return comment


@pytest.fixture
def writes(world: World, services: Services, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is written from now on, to GitHub and to S3."""
    written: list[str] = []

    def noting(owner: type, name: str) -> None:
        original = getattr(owner, name)

        def noted(self: object, *args: Any, **kwargs: Any) -> Any:
            written.append(name)
            return original(self, *args, **kwargs)

        monkeypatch.setattr(owner, name, noted)

    for name in ("edit_comment", "upsert_comment", "set_status_label"):
        noting(GitHub, name)
    noting(FakeS3, "put_object")
    return written


def test_an_issue_without_anything_to_show_gets_no_comment(
    world: World, services: Services, open_issue: Callable[..., int], writes: list[str]
) -> None:
    number = open_issue()

    assert refresh(services, REPO, number) is None
    assert world.bodies(number) == []
    assert writes == []


def test_a_refresh_makes_the_comment_and_remembers_it(
    world: World, services: Services, running: tuple[int, str]
) -> None:
    posted = refresh(services, REPO, running[0])

    assert posted is not None
    assert posted.changed
    record = services.records.read(REPO, running[0])
    assert (record.comment_id, record.comment_url) == (posted.id, posted.url)
    assert "Preparing data: `random_forest` on `penguins`" in the_comment(world, running[0])


def test_a_repeated_refresh_writes_nothing_at_all(
    world: World, services: Services, running: tuple[int, str], writes: list[str]
) -> None:
    first = refresh(services, REPO, running[0])
    writes.clear()

    again = refresh(services, REPO, running[0])

    assert first is not None
    assert again is not None
    assert (again.id, again.changed) == (first.id, False)
    assert writes == []


def test_the_comment_is_edited_in_place_as_the_run_goes_on(
    world: World, services: Services, running: tuple[int, str]
) -> None:
    number, arn = running
    refresh(services, REPO, number)
    runs.evaluate(world, arn, 0.44)
    runs.step(world, arn, names.CHECK_RETRY_LIMIT)
    world.sagemaker.ask(arn)
    refresh(services, REPO, number)

    comment = the_comment(world, number)
    assert "Waiting for an operator: `accuracy` is **0.44**, the goal is `accuracy ≥ 0.95`" in comment
    assert "missed its goal by **0.51**" in comment
    assert "`/retrain n_estimators=2`" in comment
    assert "| accuracy | 0.44 | 0.44 |" in comment


def test_the_question_says_when_it_answers_itself(world: World, services: Services, running: tuple[int, str]) -> None:
    runs.evaluate(world, running[1], 0.44)
    runs.step(world, running[1], names.WAIT_FOR_OPERATOR_INPUT, "Executing")
    refresh(services, REPO, running[0])

    assert "Without an answer until **2026-11-27 15:04 UTC**" in the_comment(world, running[0])


def test_a_retry_shows_what_changed_and_keeps_the_earlier_attempt_folded(
    world: World, services: Services, running: tuple[int, str]
) -> None:
    number, first = running
    runs.evaluate(world, first, 0.44)
    world.sagemaker.end(first)
    second = runs.start(
        world, number, retry=1, hyperparameters='{"max_depth":8,"n_estimators":1}', ParentExecutionArn=first
    )
    runs.evaluate(world, second, 0.97)
    # The events of the second came first.
    services.records.change(REPO, number, lambda _: IssueRecord(REPO, number, executions=(second, first)))
    runs.register(world, second, number, version=4)
    refresh(services, REPO, number)

    comment = the_comment(world, number)
    assert "Goal reached: `accuracy` is **0.97**" in comment
    assert "Version **4** of `penguin-species` is registered and **waits for approval**" in comment
    assert "`/approve 4`" in comment
    assert "**`max_depth=8`** (was 1), `n_estimators=1`" in comment
    assert "<details><summary>All attempts: 2</summary>" in comment
    assert "| first `exec00000000` | 0.44 | – | 🔁 retrained |" in comment


@pytest.mark.parametrize(
    ("status", "description", "expected"),
    [
        ("Approved", "Approved by ada: checked on the island", "> Approved by ada: checked on the island"),
        ("Rejected", "Approved by ada: checked on the island", "> Rejected by studio-user"),
        ("Approved", "", "> Approved by studio-user"),
    ],
)
def test_a_decision_in_the_registry_is_shown_with_who_and_why(
    world: World, services: Services, running: tuple[int, str], status: str, description: str, expected: str
) -> None:
    number, arn = running
    runs.evaluate(world, arn)
    runs.register(world, arn, number)
    world.sagemaker.packages[0].update(
        ModelApprovalStatus=status,
        ApprovalDescription=description,
        LastModifiedBy={"UserProfileName": "studio-user"},
    )
    refresh(services, REPO, number)

    assert expected in the_comment(world, number)


def test_a_failed_step_is_named_with_its_reason_as_text(
    world: World, services: Services, running: tuple[int, str]
) -> None:
    number, arn = running
    runs.step(world, arn, names.PREPARE_DATA, "Failed", reason="no column <b>mass</b>, @all\n\n# x")
    world.sagemaker.end(arn, "Failed")
    refresh(services, REPO, number)

    comment = the_comment(world, number)
    assert "💥 Failed in the step “Prepare data”" in comment
    assert "> no column &lt;b&gt;mass&lt;/b&gt;, @\u200ball #\u200b x" in comment
    assert "`/retry`" in comment


def test_an_issue_in_line_is_told_its_place(
    world: World, services: Services, open_issue: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_MAX_EXECUTIONS", "1")
    services = connect_services()
    numbers = [open_issue() for _ in range(3)]
    for number in numbers:
        services.admission.enter(REPO, number, now=NOW)
    refresh(services, REPO, numbers[2])

    assert "In line: place 2 of 2" in the_comment(world, numbers[2])

    services.admission.withdraw(REPO, numbers[2])
    refresh(services, REPO, numbers[2])
    assert "Nothing runs for this issue" in the_comment(world, numbers[2])


def test_a_refused_issue_shows_every_finding(world: World, services: Services, open_issue: Callable[..., int]) -> None:
    number = open_issue()
    findings = ("algorithm must be one of …, got 'x'.", "dataset_id 'y' is unknown.")
    services.records.change(REPO, number, lambda _: IssueRecord(REPO, number, refused="abc", findings=findings))
    refresh(services, REPO, number)

    comment = the_comment(world, number)
    assert all(f"- {finding}" in comment for finding in findings)


def test_the_comment_is_japanese_where_that_is_asked(
    world: World, running: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_LANGUAGE", "ja")
    refresh(connect_services(), REPO, running[0])

    assert "データ準備中" in the_comment(world, running[0])


def test_an_execution_that_is_gone_is_left_out(world: World, services: Services, running: tuple[int, str]) -> None:
    know(services, running[0], names.execution_arn(names.LOCAL_ACCOUNT, names.REGION, "gone00000000"))
    refresh(services, REPO, running[0])

    assert "Preparing data" in the_comment(world, running[0])


def test_a_report_that_cannot_be_read_is_said_to_be_so(
    world: World, services: Services, running: tuple[int, str]
) -> None:
    runs.evaluate(world, running[1], document=b"{}")
    refresh(services, REPO, running[0])

    assert "The evaluation cannot be shown: evaluation.json is not an evaluation report" in the_comment(
        world, running[0]
    )


def test_the_same_marker_in_a_strangers_comment_is_no_comment_of_ours(
    world: World, services: Services, running: tuple[int, str]
) -> None:
    world.github.add_comment(REPO, running[0], f"{MARKER}\nhello", "stranger")
    refresh(services, REPO, running[0])

    assert status_comments(world, running[0])[0] == f"{MARKER}\nhello"
    assert "Preparing data" in status_comments(world, running[0])[1]


def test_a_history_that_was_committed_late_is_linked(
    world: World, services: Services, running: tuple[int, str]
) -> None:
    number, arn = running
    runs.evaluate(world, arn)
    runs.register(world, arn, number)
    address = f"https://github.com/octo/models/blob/{'a' * 40}/training_history/job.md"
    note = f"{address} roc_curve"
    services.records.change(REPO, number, lambda r: r.having_told(f"history:{arn.rsplit('/', 1)[-1]}", note))
    refresh(services, REPO, number)

    assert f"[history]({address})" in the_comment(world, number)
    assert "![ROC curve]" in the_comment(world, number)


# Two at the same time, and functions that die


def test_an_older_refresh_that_writes_late_does_not_have_the_last_word(
    world: World, services: Services, running: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    number, arn = running
    refresh(services, REPO, number)
    runs.step(world, arn, names.PREPARE_DATA)
    edit, late = GitHub.edit_comment, []

    def edit_after_a_newer_one(self: GitHub, *args: Any) -> Any:
        if not late:
            late.append(True)
            runs.step(world, arn, names.TRAIN_MODEL)
            refresh(services, REPO, number)
            assert "Evaluating" in the_comment(world, number)
        return edit(self, *args)

    monkeypatch.setattr(GitHub, "edit_comment", edit_after_a_newer_one)
    StatusComment(services, REPO, number, sleep=lambda _: None).refresh()

    assert late
    assert "Evaluating" in the_comment(world, number)


def test_a_refresh_that_finds_all_well_while_another_one_writes_takes_part_all_the_same(
    world: World, services: Services, running: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    number, arn = running
    refresh(services, REPO, number)
    runs.step(world, arn, names.PREPARE_DATA)
    edit, late = GitHub.edit_comment, []

    def edit_after_the_truth_went_back(self: GitHub, *args: Any) -> Any:
        if not late:
            late.append(True)
            runs.step(world, arn, names.PREPARE_DATA, "Executing")
            refresh(services, REPO, number)  # what it wants to write is there already
        return edit(self, *args)

    monkeypatch.setattr(GitHub, "edit_comment", edit_after_the_truth_went_back)
    StatusComment(services, REPO, number, sleep=lambda _: None).refresh()

    assert "Preparing data" in the_comment(world, number)


def test_many_refreshes_at_the_same_time_make_one_comment_and_end_in_the_truth(
    world: World, services: Services, running: tuple[int, str]
) -> None:
    number, arn = running
    errors: list[Exception] = []
    begin = threading.Barrier(4)

    def move(position: int) -> None:
        begin.wait()
        if position == 3:
            runs.step(world, arn, names.PREPARE_DATA)
        try:
            StatusComment(services, REPO, number, sleep=lambda seconds: threading.Event().wait(seconds / 10)).refresh()
        except RuntimeError as error:
            errors.append(error)

    threads = [threading.Thread(target=move, args=(position,)) for position in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:  # told to come again, as a queue would
        refresh(services, REPO, number)

    assert "Training: `random_forest`" in the_comment(world, number)


def test_a_function_that_dies_between_making_and_remembering_leaves_one_comment(
    world: World, services: Services, running: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    upsert = GitHub.upsert_comment

    def die(self: GitHub, *args: Any, **kwargs: Any) -> Any:
        upsert(self, *args, **kwargs)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(GitHub, "upsert_comment", die)
        with pytest.raises(KeyboardInterrupt):
            refresh(services, REPO, running[0])
    assert services.records.read(REPO, running[0]).comment_id == 0

    slept: list[float] = []
    with pytest.raises(RuntimeError, match="another function is making the status comment of octo/models#"):
        StatusComment(services, REPO, running[0], sleep=slept.append).refresh()
    assert slept

    later = datetime.now(UTC) + CLAIM + timedelta(seconds=1)
    StatusComment(services, REPO, running[0], sleep=slept.append, now=lambda: later).refresh()
    assert len(status_comments(world, running[0])) == 1
    assert services.records.read(REPO, running[0]).comment_id != 0


def test_where_github_refuses_the_comment_the_next_try_need_not_wait(
    world: World, services: Services, running: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise GitHubError("cannot comment: GitHub answered 502.")

    with monkeypatch.context() as patch:
        patch.setattr(GitHub, "upsert_comment", refuse)
        with pytest.raises(GitHubError):
            refresh(services, REPO, running[0])
    refresh(services, REPO, running[0])

    assert len(status_comments(world, running[0])) == 1


def test_a_comment_that_somebody_deleted_is_made_anew_once(
    world: World, services: Services, running: tuple[int, str]
) -> None:
    first = refresh(services, REPO, running[0])
    assert first is not None
    world.github.delete_comment(REPO, first.id)

    again = refresh(services, REPO, running[0])
    third = refresh(services, REPO, running[0])

    assert again is not None
    assert third is not None
    assert again.id == third.id != first.id
    assert len(status_comments(world, running[0])) == 1


def test_a_comment_that_somebody_changed_is_put_right(
    world: World, services: Services, running: tuple[int, str]
) -> None:
    first = refresh(services, REPO, running[0])
    assert first is not None
    services.github.edit_comment(REPO, first.id, "nonsense")
    refresh(services, REPO, running[0])

    assert "Preparing data" in the_comment(world, running[0])


def test_a_lost_record_finds_its_comment_again(world: World, services: Services, running: tuple[int, str]) -> None:
    refresh(services, REPO, running[0])
    services.records.change(REPO, running[0], lambda _: IssueRecord(REPO, running[0], executions=(running[1],)))
    refresh(services, REPO, running[0])

    assert len(status_comments(world, running[0])) == 1


def test_evaluations_lie_where_the_definition_lets_them_be_written() -> None:
    from lambdas.status_comment.state import evaluation_uri

    uri = evaluation_uri("issueops-us-east-1-123456789012", "EXECUTION")
    head, tail = uri.split("/EXECUTION/")
    folder = tail.removesuffix("/evaluation/evaluation.json")
    compact = "".join(runs.DEFINITION.split())
    assert f'"{head}",{{"Get":"Execution.PipelineExecutionId"}},"{folder}","evaluation"' in compact
    assert report(0.9)
