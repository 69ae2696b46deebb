"""What is true of an issue, as small records: its attempts, their steps, the model that came of them. Pure.

Place in the flow: `state` fills these from the services, everything that renders reads them. One cost: fields of the
services that no reader of a comment asks for are dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts import names
from contracts.evaluation_report import EvaluationReport

ACTIVE = ("Executing", "Stopping")
WAITING, CACHED = "Waiting", "Cached"
HISTORY_STEPS = (
    names.WRITE_HISTORY,
    names.WRITE_ACCEPTED_HISTORY,
    names.WRITE_REJECTED_HISTORY,
    names.WRITE_FAILED_HISTORY,
)
NOTIFY_STEPS: Mapping[str, str] = {
    names.NOTIFY_SUCCESS: names.LABEL_SUCCEEDED,
    names.NOTIFY_ACCEPTED: names.LABEL_SUCCEEDED,
    names.NOTIFY_REJECTED: names.LABEL_FAILED,
    names.NOTIFY_FAILURE: names.LABEL_FAILED,
    names.NOTIFY_PREPARE_DATA_ERROR: names.LABEL_FAILED,
    names.NOTIFY_TRAIN_MODEL_ERROR: names.LABEL_FAILED,
    names.NOTIFY_EVALUATE_MODEL_ERROR: names.LABEL_FAILED,
}
ERROR_STEPS = (names.NOTIFY_PREPARE_DATA_ERROR, names.NOTIFY_TRAIN_MODEL_ERROR, names.NOTIFY_EVALUATE_MODEL_ERROR)


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was reached.

    Attributes:
        kind: the member of the service's Metadata: ProcessingJob, TrainingJob, Lambda, Condition, Fail, …; or empty.
        job: name of its job, where it is one.
        outputs: what a Lambda or Callback step gave, by name.
    """

    name: str
    status: str
    kind: str = ""
    title: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    attempts: int = 1
    cached: bool = False
    failure: str = ""
    job: str = ""
    package_arn: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown_status(self) -> str:
        """The service's status, or Cached, or Waiting where an answer of a person is awaited."""
        if self.cached and self.status == "Succeeded":
            return CACHED
        return WAITING if self.kind == "Callback" and self.status == "Executing" else self.status

    @property
    def broke(self) -> bool:
        """It failed, and not because ending as failed is its work."""
        return self.status == "Failed" and self.kind != "Fail"


def first_broken(steps: Sequence[Step]) -> Step | None:
    """The step that failed first; telling about it may fail later."""
    broke = [step for step in steps if step.broke]
    return next((step for step in broke if step.name not in NOTIFY_STEPS), broke[0] if broke else None)


@dataclass(frozen=True, slots=True)
class Package:
    """A version in the registry; `decision` is who approved or rejected it and why, as far as the registry says."""

    group: str
    version: int
    status: str
    decision: str = ""
    archived: bool = False
    archived_because: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One execution of the issue; `steps` of an earlier attempt are not read.

    Attributes:
        late_history: where its history stands, and `late_plots` beside it, where that was committed after its step.
    """

    arn: str
    status: str
    created: datetime
    failure: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    report: EvaluationReport | None = None
    unreadable_report: str = ""
    package: Package | None = None
    late_history: str = ""
    late_plots: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The last part of its ARN."""
        return self.arn.rsplit("/", 1)[-1]

    @property
    def active(self) -> bool:
        """It has not ended."""
        return self.status in ACTIVE

    @property
    def retry(self) -> str:
        """How many retries led to it, as text."""
        return self.parameters.get(names.CURRENT_RETRY, "0")

    def step(self, *wanted: str) -> Step | None:
        """The first of these steps that was reached."""
        return next((step for name in wanted for step in self.steps if step.name == name), None)

    @property
    def broken(self) -> Step | None:
        """The step that failed first."""
        return first_broken(self.steps)

    @property
    def question(self) -> Step | None:
        """The step that asks the operator, while it waits."""
        asked = self.step(names.WAIT_FOR_OPERATOR_INPUT)
        return asked if asked is not None and asked.status == "Executing" and self.status == "Executing" else None

    @property
    def answer(self) -> Mapping[str, str]:
        """What the operator answered: decision, reason, operator, hyperparameters; empty before."""
        asked = self.step(names.WAIT_FOR_OPERATOR_INPUT)
        return asked.outputs if asked is not None and asked.status == "Succeeded" else {}


@dataclass(frozen=True, slots=True)
class IssueState:
    """Everything that the comment shows.

    Attributes:
        findings: the mistakes a body was refused with.
        place: how many-th in line the issue is, 0 where it does not wait; `line` is how many wait.
        attempts: newest first.
        left_out: how many older attempts were not read.
        definition: of the newest execution; None where it cannot be read.
        expires: when the newest execution's question answers itself; None where it never does, or nothing is asked.
    """

    repository: str
    number: int
    closed: bool = False
    findings: tuple[str, ...] = ()
    place: int = 0
    line: int = 0
    attempts: tuple[Attempt, ...] = ()
    left_out: int = 0
    definition: Mapping[str, Any] | None = None
    expires: datetime | None = None

    @property
    def newest(self) -> Attempt | None:
        """The attempt that counts."""
        return self.attempts[0] if self.attempts else None
