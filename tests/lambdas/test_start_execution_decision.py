"""What becomes of an issue: every state of issue and record, without a single service."""

import dataclasses
import itertools
from datetime import UTC, datetime

import pytest

from contracts import names
from contracts.findings import Finding
from contracts.issue_text import parse_issue
from lambdas.github import Issue
from lambdas.issue_record import WITHDRAWN, IssueRecord, body_digest
from lambdas.start_execution.decision import EDITED, UNREADABLE, Action, Decision, decide
from lambdas.start_execution.reading import Reading
from tests.lambdas.world import ISSUE

ARN = names.execution_arn(names.LOCAL_ACCOUNT, names.REGION, "one")
READING = Reading(parse_issue(ISSUE).config, (), "fingerprint")
OTHER = Reading(parse_issue(ISSUE.replace("0.95", "0.5")).config, (), "fingerprint")
UNKNOWN_DATA = dataclasses.replace(READING, findings=(Finding("dataset_id", "it does not exist."),))
NONSENSE = Reading(None, (Finding("", "the issue holds no configuration."),))

ISSUE_SEEN = Issue(
    number=1,
    title="Penguins",
    body=ISSUE,
    author="ada",
    state="open",
    labels=(names.LABEL_TRAIN,),
    updated=datetime(2026, 1, 1, tzinfo=UTC),
    url="https://github.example/octo/models/issues/1",
    is_pull_request=False,
)
FRESH = IssueRecord("octo/models", 1)
STARTED = dataclasses.replace(FRESH, revision=READING.revision, body=body_digest(ISSUE), executions=(ARN,))


def issue(**changes: object) -> Issue:
    return dataclasses.replace(ISSUE_SEEN, **changes)  # type: ignore[arg-type]


def record(base: IssueRecord = FRESH, **changes: object) -> IssueRecord:
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def test_the_body_of_an_issue_that_was_not_started_is_read_first() -> None:
    assert decide(issue(), FRESH) == Decision(Action.READ)


@pytest.mark.parametrize(
    ("reading", "action"),
    [
        (READING, Action.START),
        (UNKNOWN_DATA, Action.REFUSE),
        (NONSENSE, Action.REFUSE),
    ],
)
@pytest.mark.parametrize(
    "before",
    [
        FRESH,
        record(refused="abc", findings=("wrong",), comment_id=5),
        record(closed=True, comment_id=5),
        record(revision="begun", body="begun"),
    ],
)
def test_an_open_issue_starts_or_is_refused_by_what_it_says_now(
    before: IssueRecord, reading: Reading, action: Action
) -> None:
    assert decide(issue(), before, reading) == Decision(action)


@pytest.mark.parametrize("state", ["open", "closed"])
@pytest.mark.parametrize("before", [FRESH, STARTED])
def test_a_pull_request_is_never_anything(before: IssueRecord, state: str) -> None:
    assert decide(issue(is_pull_request=True, state=state), before) == Decision(Action.IGNORE)


def test_an_issue_without_the_label_is_left_alone() -> None:
    assert decide(issue(labels=("bug",)), FRESH) == Decision(Action.IGNORE)
    assert decide(issue(labels=("bug",), state="closed"), FRESH) == Decision(Action.IGNORE)
    assert decide(issue(labels=("bug",)), record(refused="x", findings=("wrong",))) == Decision(Action.IGNORE)


def test_what_was_started_is_stopped_by_closing_even_if_somebody_took_the_label_off() -> None:
    assert decide(issue(labels=(), state="closed"), STARTED) == Decision(Action.CLOSE)


@pytest.mark.parametrize("reading", [None, READING, NONSENSE])
@pytest.mark.parametrize("before", [FRESH, STARTED, record(STARTED, closed=True), record(revision="begun")])
def test_a_closed_issue_never_starts(before: IssueRecord, reading: Reading | None) -> None:
    assert decide(issue(state="closed"), before, reading) == Decision(Action.CLOSE)


def test_an_unchanged_body_is_not_even_read_again() -> None:
    assert decide(issue(), STARTED) == Decision(Action.KEEP)


def test_what_an_operator_took_out_of_the_line_stays_out_until_it_is_edited() -> None:
    withdrawn = FRESH.having_told(WITHDRAWN, body_digest(ISSUE))

    assert decide(issue(), withdrawn, READING) == Decision(Action.IGNORE)
    assert decide(issue(body=ISSUE + "\n"), withdrawn, READING) == Decision(Action.START)


def test_other_prose_around_the_same_configuration_is_no_edit() -> None:
    changed = issue(body="Please hurry.\n\n```yaml\n" + ISSUE + "```\n")

    assert decide(changed, STARTED) == Decision(Action.READ)
    assert decide(changed, STARTED, READING) == Decision(Action.KEEP)


def test_an_edited_configuration_is_answered_once_for_each_revision() -> None:
    changed = issue(body=ISSUE.replace("0.95", "0.5"))

    assert decide(changed, STARTED, OTHER) == Decision(Action.TELL_EDITED, OTHER.revision)
    assert decide(changed, STARTED.having_told(EDITED, OTHER.revision), OTHER) == Decision(Action.KEEP)
    assert decide(changed, STARTED.having_told(EDITED, "another"), OTHER).action is Action.TELL_EDITED


def test_an_edit_that_cannot_be_read_is_answered_once_whatever_it_says() -> None:
    changed = issue(body="oops")

    assert decide(changed, STARTED, NONSENSE) == Decision(Action.TELL_EDITED, UNREADABLE)
    assert decide(issue(body="oops!"), STARTED.having_told(EDITED, UNREADABLE), NONSENSE) == Decision(Action.KEEP)


def test_data_that_vanished_after_the_start_is_no_edit() -> None:
    assert decide(issue(body=ISSUE + "\n"), STARTED, UNKNOWN_DATA) == Decision(Action.KEEP)


def test_a_reopened_issue_is_told_what_to_do_or_starts_where_nothing_was_started() -> None:
    assert decide(issue(), record(STARTED, closed=True)) == Decision(Action.TELL_REOPENED, ARN)
    assert decide(issue(), record(closed=True), READING) == Decision(Action.START)


def test_an_execution_from_studio_has_no_body_to_be_compared_with() -> None:
    assert decide(issue(), FRESH.with_execution(ARN)) == Decision(Action.KEEP)


def test_no_state_whatever_starts_a_second_execution() -> None:
    states = itertools.product(
        ("open", "closed"),
        ((), (names.LABEL_TRAIN,)),
        ("", ISSUE, "x"),
        (False, True),
        (None, READING, OTHER, NONSENSE),
    )
    for state, labels, body, closed, reading in states:
        seen = issue(state=state, labels=labels, body=body)
        decision = decide(seen, record(STARTED, closed=closed), reading)
        assert decision.action not in (Action.START, Action.REFUSE)
        assert decision.action is not Action.READ or reading is None


def test_a_revision_follows_every_setting_and_nothing_else() -> None:
    same = [ISSUE, ISSUE + "\n# a comment\n", "Text.\n\n```yaml\n" + ISSUE + "```\n"]
    other = [
        ISSUE.replace(*pair) for pair in (("0.95", "0.96"), ("max_depth: 1", "max_depth: 2"), ("max_retry: 2", ""))
    ]

    revisions = {Reading(parse_issue(body).config, ()).revision for body in same}
    assert revisions == {READING.revision}
    assert len(READING.revision) == 64
    assert len({Reading(parse_issue(body).config, ()).revision for body in other} | revisions) == 4
