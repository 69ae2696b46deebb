"""The notifications of a run and of a model, in words.

Place in the flow: the notification step, execution_events and operator_reply make one here and give it to `deliver`.
Pure. One cost: a new kind needs a text (`contracts/texts/run.py`) and a builder.
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts.evaluation_report import EvaluationReport
from contracts.messages import message
from lambdas.channels.notification import Notification
from lambdas.issue_record import IssueRecord
from lambdas.run_comment import decided, run_comment
from lambdas.run_facts import RunFacts
from lambdas.settings import GITHUB_API_URL, Settings


def where_to_read(settings: Settings, record: IssueRecord) -> str:
    """The status comment, or the issue where there is none yet."""
    return record.comment_url or issue_url(settings.github_api_url, record.repository, record.number)


def issue_url(api_url: str, repository: str, number: int) -> str:
    """The issue's page: GitHub Enterprise serves its API below /api/v3 of the host that serves the pages."""
    pages = "https://github.com" if api_url == GITHUB_API_URL else api_url.removesuffix("/api/v3")
    return f"{pages}/{repository}/issues/{number}"


def run_notification(
    kind: str,
    language: str,
    facts: RunFacts,
    report: EvaluationReport | None,
    *,
    url: str,
    model_version: str = "",
    history_path: str = "",
    history_url: str = "",
    failed_step: str = "",
    reason: str = "",
    outcome: Mapping[str, str] | None = None,
) -> Notification:
    """How a run stands. The arguments are those of `run_comment`.

    Raises:
        ConfigError: no such kind or language.
    """
    text = run_comment(
        kind,
        language,
        facts,
        report,
        model_version=model_version,
        history_path=history_path,
        history_url=history_url,
        failed_step=failed_step,
        reason=reason,
        outcome=outcome,
    )
    fields = {
        "execution_arn": facts.execution_arn,
        "model_name": facts.model_name,
        "model_version": model_version,
        "evaluation_metric": facts.evaluation_metric,
        "failed_step": failed_step,
    }
    return Notification.from_markdown(
        text,
        kind=kind,
        repository=facts.repository,
        issue_number=facts.issue_number,
        url=url,
        key=facts.execution_id,
        fields={name: value for name, value in fields.items() if value},
    )


def stopped_notification(
    language: str, *, repository: str, issue_number: int, execution_arn: str, url: str
) -> Notification:
    """A run was stopped before its end: training_stopped."""
    execution_id = execution_arn.rsplit("/", 1)[-1]
    text = "\n\n".join(
        [message("training_stopped", language, execution_id=execution_id), message("next_retry", language)]
    )
    return Notification.from_markdown(
        text,
        kind="training_stopped",
        repository=repository,
        issue_number=issue_number,
        url=url,
        key=execution_id,
        fields={"execution_arn": execution_arn},
    )


def model_notification(
    kind: str,
    language: str,
    *,
    repository: str,
    issue_number: int,
    model_name: str,
    model_version: int | str,
    key: str,
    url: str,
    previous_version: int | str = "",
    operator: str = "",
    reason: str = "",
) -> Notification:
    """What happened to a registered model: model_approved, model_rejected, model_rolled_back.

    Args:
        model_version: the version in question; after a rollback the one that is in place now.
        previous_version: after a rollback, the one that was in place.
        key: what tells this decision from the next on the same version: its comment, its event's moment, ….
    """
    text = "\n\n".join(
        part
        for part in (
            message(
                kind,
                language,
                model_name=model_name,
                model_version=model_version,
                previous_version=previous_version,
            ),
            decided(language, operator, reason),
        )
        if part
    )
    fields = {
        "model_name": model_name,
        "model_version": str(model_version),
        "previous_version": str(previous_version),
        "operator": operator,
    }
    return Notification.from_markdown(
        text,
        kind=kind,
        repository=repository,
        issue_number=issue_number,
        url=url,
        key=key,
        fields={name: value for name, value in fields.items() if value},
    )
