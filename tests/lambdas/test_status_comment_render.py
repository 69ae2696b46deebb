"""The comment as text: right in every phase, harmless with anybody's values, below GitHub's limit whatever comes."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import names
from contracts.algorithms import ALGORITHMS
from contracts.evaluation_context import ComparedChampion, Context, DataFinding, Importance, Measurement, Slice
from contracts.evaluation_report import EvaluationReport
from contracts.hyperparameters import validate_hyperparameters
from contracts.messages import LANGUAGES
from contracts.operator_commands import COMMANDS, parse_comment
from lambdas.status_comment.next_steps import OFFERED, example_change
from lambdas.status_comment.phase import Phase, phase_of
from lambdas.status_comment.records import Attempt, IssueState, Package, Step
from lambdas.status_comment.render import DISPENSABLE, MARKER, MAX_CHARACTERS, View, render, size
from lambdas.status_comment.words import Words
from tests.lambdas.runs import DEFINITION, KINDS
from tests.lambdas.world import report, whole_report

GOLDEN = Path(__file__).parent / "golden"
BEGIN = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/issueops-training/execution/"
PARAMETERS = {
    **{name: str(value) for name, value in names.PARAMETER_DEFAULTS.items()},
    names.REPOSITORY: "octo/models",
    names.ISSUE_NUMBER: "7",
    names.HYPERPARAMETERS: '{"max_depth":4,"n_estimators":100}',
    names.DATASET_FINGERPRINT: "3f2a9c1b77aa0011",
    names.EVALUATION_METRIC: "f1_macro",
    names.EVALUATION_THRESHOLD: "0.95",
    names.MODEL_NAME: "penguin-species",
    names.CHAMPION: "penguin-species@3",
    names.REQUESTED_BY: "ada",
}
REPORT = EvaluationReport.from_json(
    whole_report(
        judge={
            "metric": "f1_macro", "value": 0.92, "threshold": 0.95, "direction": "maximize",
            "margin": 0.92 - 0.95, "passed": False,
        }
    )
)  # fmt: skip
VIEW = View("en", logs_url="https://logs.example/{kind}/{job}")


def step(name: str, status: str = "Succeeded", *, minute: int = 0, seconds: int = 30, **more: Any) -> Step:
    kind = KINDS.get(name, "Lambda")
    begun = BEGIN + timedelta(minutes=minute)
    return Step(
        name,
        status,
        kind=kind,
        started=begun,
        ended=None if status == "Executing" else begun + timedelta(seconds=seconds),
        job=f"pipelines-abc-{name}" if kind.endswith("Job") else "",
        **more,
    )


TRUNK = (
    step(names.PREPARE_DATA, cached=True, seconds=1),
    step(names.TRAIN_MODEL, minute=1, seconds=312, attempts=2),
    step(names.EVALUATE_MODEL, minute=7, seconds=41),
    step(names.JUDGE_RESULTS, minute=8, seconds=0),
)
FIRST = Attempt(
    f"{ARN}firsttry0001",
    "Succeeded",
    BEGIN - timedelta(hours=1),
    parameters={**PARAMETERS, names.HYPERPARAMETERS: '{"max_depth":1,"n_estimators":100}'},
    report=EvaluationReport.from_json(report(0.44)),
)


def attempt(*steps: Step, status: str = "Executing", **more: Any) -> Attempt:
    values: dict[str, Any] = {"parameters": PARAMETERS, **more}
    return Attempt(f"{ARN}abcdef123456", status, BEGIN, steps=steps, **values)


def state(*attempts: Attempt, **more: Any) -> IssueState:
    return IssueState("octo/models", 7, attempts=attempts, definition=json.loads(DEFINITION), **more)


def package(status: str = "PendingManualApproval", **more: Any) -> Package:
    return Package("penguin-species", 4, status, **more)


REGISTERED = (*TRUNK, step(names.REGISTER_MODEL), step(names.WRITE_HISTORY), step(names.NOTIFY_SUCCESS))
ASKED = (*TRUNK, step(names.CHECK_RETRY_LIMIT), step(names.WAIT_FOR_OPERATOR_INPUT, "Executing", minute=9))
MISSED = (*TRUNK, step(names.CHECK_RETRY_LIMIT, minute=8, seconds=0))
ANSWERED = {"decision": "accept", "operator": "bob", "reason": "good enough"}
ANSWER = step(names.WAIT_FOR_OPERATOR_INPUT, minute=9, outputs=ANSWERED)
RETRY = {**PARAMETERS, names.CURRENT_RETRY: "1", names.PARENT_EXECUTION_ARN: FIRST.arn}
STATES: dict[Phase, IssueState] = {
    "idle": IssueState("octo/models", 7),
    "refused": IssueState("octo/models", 7, findings=("algorithm must be one of ….", "dataset_id 'x' is unknown.")),
    "queued": IssueState("octo/models", 7, place=2, line=5),
    "starting": state(attempt()),
    "preparing": state(attempt(step(names.PREPARE_DATA, "Executing"))),
    "training": state(attempt(TRUNK[0], step(names.TRAIN_MODEL, "Executing"))),
    "evaluating": state(attempt(*TRUNK[:2])),
    "judging": state(attempt(*TRUNK, report=REPORT)),
    "waiting": state(
        attempt(*ASKED, report=REPORT, parameters=RETRY), FIRST, expires=BEGIN + timedelta(hours=72, minutes=9)
    ),
    "registering": state(attempt(*REGISTERED[:5], report=REPORT)),
    "retraining": state(attempt(*MISSED, ANSWER, step(names.RETRAIN_MODEL), status="Succeeded", report=REPORT)),
    "concluding": state(attempt(*MISSED, step(names.ROLLBACK_MODEL), report=REPORT)),
    "stopping": state(attempt(TRUNK[0], status="Stopping")),
    "stopped": state(attempt(TRUNK[0], status="Stopped"), closed=True),
    "failed": state(
        attempt(TRUNK[0], step(names.TRAIN_MODEL, "Failed", failure="no memory is left"), status="Failed")
    ),
    "missed": state(
        attempt(*MISSED, step(names.ROLLBACK_MODEL), step(names.RETRIES_EXHAUSTED, "Failed"), status="Failed",
                report=REPORT)
    ),
    "rejected": state(
        attempt(*MISSED, ANSWER, step(names.ROLLBACK_REJECTED_MODEL), step(names.MODEL_REJECTED, "Failed"),
                status="Failed", report=REPORT)
    ),
    "registered": state(attempt(*REGISTERED, status="Succeeded", report=REPORT, package=package())),
    "accepted": state(
        attempt(*MISSED, ANSWER, step(names.REGISTER_ACCEPTED_MODEL), status="Succeeded", report=REPORT,
                package=package())
    ),
    "approved": state(
        attempt(*REGISTERED, status="Succeeded", report=REPORT, package=package("Approved", decision="Approved by ada"))
    ),
    "declined": state(attempt(*REGISTERED, status="Succeeded", report=REPORT, package=package("Rejected"))),
    "archived": state(
        attempt(*REGISTERED, status="Succeeded", report=REPORT, package=package("Approved", archived=True))
    ),
    "succeeded": state(attempt(*REGISTERED, status="Succeeded", report=REPORT)),
}  # fmt: skip


def check_whole(text: str, limit: int = MAX_CHARACTERS) -> None:
    """It fits, begins with the marker, and leaves nothing open."""
    assert size(text) <= limit
    assert text.startswith(f"{MARKER}\n## ")
    fences = re.findall(r"^```.*$", text, re.MULTILINE)
    assert fences in ([], ["```mermaid", "```"])
    assert text.count("<details") == text.count("</details>")
    assert text.count("<sub>") == text.count("</sub>")
    assert set(re.findall(r"<[^>]*>", text)) <= {
        MARKER, "<details>", "<details open>", "</details>", "<summary>", "</summary>", "<sub>", "</sub>",
    }  # fmt: skip
    assert text.count("<!--") == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("phase", get_args(Phase))
def test_every_phase_has_its_headline_in_every_language(phase: Phase, language: str) -> None:
    assert phase_of(STATES[phase]) == phase
    text = render(STATES[phase], dataclasses.replace(VIEW, language=language))

    check_whole(text)
    assert "{" not in text.replace('{"', "").partition("```")[0]
    assert bool(re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", text)) is (language == "ja")


def test_the_waiting_comment_reads_like_this() -> None:
    assert render(STATES["waiting"], VIEW) + "\n" == (GOLDEN / "status_waiting.md").read_text()


def test_the_failed_comment_reads_like_this() -> None:
    assert render(STATES["failed"], VIEW) + "\n" == (GOLDEN / "status_failed.md").read_text()


def test_the_same_state_gives_the_same_text() -> None:
    assert render(STATES["waiting"], VIEW) == render(STATES["waiting"], VIEW)


@pytest.mark.parametrize("phase", OFFERED)
def test_every_command_that_is_offered_is_understood(phase: Phase) -> None:
    text = render(STATES[phase], VIEW)
    offered = [line for line in text.splitlines() if line.startswith("- `/")]
    assert len(offered) == len(OFFERED[phase])
    for line in offered:
        parsed = parse_comment(line.split("`")[1])
        assert [command.name in COMMANDS for command in parsed.commands] == [True]
        assert parsed.findings == ()


def test_a_failed_run_that_has_not_ended_cannot_be_retried_yet() -> None:
    running = state(attempt(step(names.PREPARE_DATA, "Failed", failure="x")))
    assert "/retry" not in render(running, VIEW)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_change_that_is_proposed_is_allowed(algorithm: str) -> None:
    name, _, value = example_change({names.ALGORITHM: algorithm}).partition("=")
    if name != "NAME":
        parsed = float(value) if "." in value or "e" in value else int(value)
        assert validate_hyperparameters(ALGORITHMS[algorithm], {name: parsed})[1] == []


def test_logs_are_linked_by_the_deployments_address_only() -> None:
    assert "[log](https://logs.example/TrainingJobs/pipelines-abc-TrainModel)" in render(STATES["training"], VIEW)
    for address in ("", "javascript:alert({job})", "https://x/) [a]({job}", "https://x/ {job}"):
        assert "[log]" not in render(STATES["training"], dataclasses.replace(VIEW, logs_url=address))


def test_plots_and_the_history_are_shown_from_their_commit() -> None:
    address = f"https://github.com/octo/models/blob/{'a' * 40}/training_history/job.md"
    written = step(names.WRITE_HISTORY, outputs={"history_url": address, "history_plots": "roc_curve"})
    shown = attempt(*TRUNK, step(names.REGISTER_MODEL), written, status="Succeeded", report=REPORT, package=package())
    text = render(state(shown), VIEW)

    assert f"![ROC curve]({address.removesuffix('.md')}/roc_curve.png?raw=true)" in text
    assert f"[history]({address})" in text


def test_an_own_pipelines_step_keeps_the_name_it_was_given() -> None:
    own = Step("Deploy", "Executing", title="Deploy <b> | everywhere", started=BEGIN)
    text = render(state(attempt(*TRUNK, own)), VIEW)
    assert "⏳ Deploy &lt;b&gt; ¦ everywhere" in text


def test_a_closed_issue_says_so() -> None:
    assert "The issue is closed." in render(STATES["stopped"], VIEW)


@pytest.mark.parametrize("limit", [*range(500, 4000, 250), 1, 100])
def test_parts_go_as_a_whole_the_most_dispensable_first(limit: int) -> None:
    text = render(STATES["waiting"], VIEW, limit=limit)
    least = size(render(STATES["waiting"], VIEW, limit=0))

    check_whole(text, max(limit, least))
    assert "Waiting for an operator" in text
    assert "/retrain" in text
    if size(render(STATES["waiting"], VIEW)) > limit:
        assert "Some parts are left out" in text
        assert "<details><summary>⚠️" not in text


def test_every_section_but_the_head_can_go() -> None:
    text = render(STATES["waiting"], VIEW, limit=0)
    assert "###" in text
    assert not {"| metric", "```", "<details", "Execution"} & set(text.split())
    assert len(DISPENSABLE) == 9


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "```", "~~~", "<details>", "</details>", "<!-- issueops:status -->", "-->", "@all", "#1", "\n# x\n/approve",
            "|", "`", "](http://x)", "![a](http://x)", "x" * 30_000, "😀" * 20_000, "`" * 5_000, "|\n" * 5_000,
            "\ud800", "\u202e", "%%{init}%%", '"]; click s0 "x"', "[[[[" * 4_000, "&" * 9_000, "```mermaid\n",
        ]
    ),
)  # fmt: skip
WHEN = st.one_of(st.none(), st.just(BEGIN), st.just(BEGIN + timedelta(days=400)))
STEPS = st.builds(
    Step,
    name=st.one_of(HOSTILE, st.sampled_from([*KINDS, names.NOTIFY_SUCCESS, names.WRITE_HISTORY, names.RETRAIN_MODEL])),
    status=st.one_of(HOSTILE, st.sampled_from(["Executing", "Succeeded", "Failed", "Stopped", "Starting"])),
    kind=st.sampled_from(["", "Callback", "TrainingJob", "Lambda", "Fail", "Condition"]),
    title=HOSTILE,
    started=WHEN,
    ended=WHEN,
    attempts=st.integers(1, 10**9),
    cached=st.booleans(),
    failure=HOSTILE,
    job=HOSTILE,
    outputs=st.dictionaries(
        st.sampled_from(["history_url", "history_plots", "operator", "reason", "decision"]), HOSTILE, max_size=5
    ),
)
NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
MEASURED = st.builds(Measurement, NUMBERS, st.one_of(st.none(), NUMBERS))
CONTEXTS = st.builds(
    Context,
    champion=st.one_of(
        st.none(),
        st.builds(
            ComparedChampion,
            reference=HOSTILE,
            outcome=st.sampled_from(["better", "worse", "same", "unknown"]),
            verdict=HOSTILE,
            difference=st.one_of(st.none(), MEASURED),
            remarks=st.lists(HOSTILE, max_size=4).map(tuple),
        ),
    ),
    findings=st.lists(st.builds(DataFinding, st.just("warning"), HOSTILE, HOSTILE), max_size=40).map(tuple),
    slices=st.lists(st.builds(Slice, HOSTILE, HOSTILE, st.integers(), HOSTILE, MEASURED, NUMBERS), max_size=4).map(
        tuple
    ),
    importances=st.lists(st.builds(Importance, HOSTILE, MEASURED), max_size=4).map(tuple),
)
REPORTS = st.builds(lambda context: dataclasses.replace(REPORT, context=context), CONTEXTS)
ATTEMPTS = st.builds(
    Attempt,
    arn=HOSTILE,
    status=st.one_of(HOSTILE, st.sampled_from(["Executing", "Stopping", "Succeeded", "Failed", "Stopped"])),
    created=st.just(BEGIN),
    failure=HOSTILE,
    parameters=st.dictionaries(st.sampled_from([*PARAMETERS]), HOSTILE, max_size=12),
    steps=st.lists(STEPS, max_size=60).map(tuple),
    report=st.one_of(st.none(), REPORTS),
    unreadable_report=HOSTILE,
    package=st.one_of(
        st.none(),
        st.builds(
            Package,
            HOSTILE,
            st.integers(),
            st.one_of(HOSTILE, st.sampled_from(["Approved", "Rejected"])),
            HOSTILE,
            st.booleans(),
            HOSTILE,
        ),
    ),
)
ISSUES = st.builds(
    IssueState,
    repository=HOSTILE,
    number=st.integers(),
    closed=st.booleans(),
    findings=st.lists(HOSTILE, max_size=60).map(tuple),
    place=st.integers(0, 3),
    line=st.integers(0, 10**6),
    attempts=st.lists(ATTEMPTS, max_size=12).map(tuple),
    left_out=st.integers(0, 10**6),
    definition=st.one_of(
        st.none(),
        st.just(json.loads(DEFINITION)),
        st.builds(
            lambda found: {
                "Steps": [
                    {"Name": name, "Type": "Lambda", "DisplayName": title, "Arguments": {}} for name, title in found
                ]
            },
            st.lists(st.tuples(HOSTILE, HOSTILE), max_size=60),
        ),
    ),
    expires=WHEN,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(ISSUES, st.sampled_from(LANGUAGES))
def test_whatever_the_world_says_the_comment_is_whole_and_fits(issue: IssueState, language: str) -> None:
    text = render(issue, View(language, logs_url="https://logs.example/{kind}/{job}"))

    check_whole(text)
    assert not re.search(r"@(?!\u200b)", re.sub(r"`[^`\n]*`", "", text))
    text.encode()


def test_a_repeated_word_of_the_state_is_a_word_of_the_language() -> None:
    assert Words("ja").title(names.TRAIN_MODEL) == "モデル学習"
    assert Words("en").title("Deploy") == ""
