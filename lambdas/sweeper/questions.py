"""A question that waits too long: one reminder, then the answer "reject" in nobody's name.

Place in the flow: the sweeper shows each running execution to `attend`. The pipeline then ends through its reject
branch, which tells the issue. One cost: a question is looked at by the sweeper's clock, so it lives some minutes longer
than the policy says.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from contracts import names
from contracts.messages import message
from lambdas import executions
from lambdas.executions import Question, request_token
from lambdas.issue_record import IssueRecord
from lambdas.run_comment import marker
from lambdas.services import Services
from lambdas.settings import Policy
from lambdas.sweeper.report import Report

REMINDED = "reminded"


def due(question: Question, policy: Policy, *, now: datetime, reminded: bool) -> Literal["remind", "expire"] | None:
    """What a question's age asks for."""
    if not question.waiting:
        return None
    age = now - question.asked
    if policy.expire_after is not None and age >= policy.expire_after:
        return "expire"
    if policy.remind_after is not None and age >= policy.remind_after and not reminded:
        return "remind"
    return None


def attend(
    services: Services, execution_arn: str, record: IssueRecord | None, *, now: datetime, report: Report
) -> None:
    """Remind of the execution's question, or answer it, where it is time to.

    Args:
        record: of the execution's issue; None where it belongs to none, and nobody can be reminded.
    """
    question = executions.question_of(services.sagemaker, execution_arn)
    if question is None:
        return
    reminded = record is None or record.told.get(REMINDED) == _key(question)
    step = due(question, services.settings.policy, now=now, reminded=reminded)
    if step == "expire":
        if _expire(services, question):
            report.note("expired", execution_arn)
    elif step == "remind" and record is not None:
        _remind(services, question, record)
        report.note("reminded", execution_arn)


def _remind(services: Services, question: Question, record: IssueRecord) -> None:
    """The comment says nothing that changes, so that saying it again changes nothing."""
    settings, after = services.settings, services.settings.policy.expire_after
    since = _shown(question.asked)
    if after is None:
        text = message("reminder_for_ever", settings.language, since=since)
    else:
        text = message("reminder", settings.language, since=since, until=_shown(question.asked + after))
    scope = marker(_id(question), f"reminder-{question.asked.astimezone(UTC):%Y%m%d%H%M%S}")
    services.github.upsert_comment(record.repository, record.number, marker=scope, body=text)
    services.records.change(record.repository, record.number, lambda found: found.having_told(REMINDED, _key(question)))


def _expire(services: Services, question: Question) -> bool:
    """Answer for everybody who did not; False where somebody was faster."""
    after, sagemaker = services.settings.policy.expire_after, services.sagemaker
    assert after is not None  # noqa: S101 - only then a question expires
    parameters = executions.parameters_of(sagemaker, question.execution_arn)
    hours = f"{after.total_seconds() / 3600:g}"
    outputs = {
        "decision": "reject",
        "hyperparameters": parameters.get(names.HYPERPARAMETERS, "{}"),
        "reason": message("no_answer", services.settings.language, hours=hours),
        "operator": "",
    }
    request = request_token(question.execution_arn, question.token, "expired")
    return executions.answer(sagemaker, question.token, outputs, request=request)


def _key(question: Question) -> str:
    """Which question: an execution that was retried may ask again."""
    return f"{_id(question)} {question.asked.astimezone(UTC).isoformat()}"


def _id(question: Question) -> str:
    return question.execution_arn.rsplit("/", 1)[-1]


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
