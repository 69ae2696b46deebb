"""Lambda step: tells the issue how its run stands, and labels it.

Place in the flow: the last step of every branch, and the answer to a failed job. Called again, it finds its comment
and posts none. One cost: a run that was started without an issue is told to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.errors import ConfigError
from lambdas import aws
from lambdas.edge import Fields, logged
from lambdas.executions import failure_reason
from lambdas.github import connect
from lambdas.run_comment import LABELS, marker, run_comment
from lambdas.run_facts import RunFacts, outcome_of, read_report, version_of
from lambdas.settings import Settings, load_settings


@logged
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """{"github_comment_url", "slack_message_ts", "notification_status": "sent" | "skipped"}."""
    return notify(Fields(event), load_settings())


def notify(fields: Fields, settings: Settings) -> dict[str, Any]:
    """Post the comment that `notification_type` names."""
    kind = fields.text("notification_type")
    if kind not in LABELS:
        raise ConfigError(f"notification_type must be one of {', '.join(LABELS)}, got '{kind}'.")
    facts = RunFacts.from_fields(fields)
    if facts.issue_number <= 0:
        return _answer("", "skipped")
    failed_step = fields.text("failed_step", "")
    reason = failure_reason(aws.client("sagemaker"), facts.execution_arn, failed_step) if failed_step else ""
    version = fields.text("model_version", "") or version_of(fields.text("model_package_arn", ""))
    text = run_comment(
        kind,
        settings.language,
        facts,
        read_report(aws.client("s3"), facts),
        model_version=version,
        history_path=fields.text("history_path", ""),
        history_url=fields.text("history_url", ""),
        failed_step=failed_step,
        reason=reason,
        outcome=outcome_of(fields),
    )
    github = connect(settings)
    scope = marker(facts.execution_id, kind)
    posted = github.upsert_comment(facts.repository, facts.issue_number, marker=scope, body=text)
    github.set_status_label(facts.repository, facts.issue_number, LABELS[kind])
    return _answer(posted.url, "sent")


def _answer(url: str, status: str) -> dict[str, Any]:
    return {"github_comment_url": url, "slack_message_ts": "", "notification_status": status}
