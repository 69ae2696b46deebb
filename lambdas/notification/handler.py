"""Lambda step: tells people how a run stands, by every channel that is configured, and labels the issue.

Place in the flow: the last step of every branch, and the answer to a failed job. Called again, it tells nobody twice.
The notifications queue calls it as well, with what a channel did not take: again and again, for more than an hour. A
channel that fails never fails the run. One cost: a run that was started without an issue is told to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.errors import ConfigError
from lambdas.channels import deliver, deliver_again, run_notification, where_to_read
from lambdas.edge import Fields, each_record, logged
from lambdas.executions import failure_reason
from lambdas.run_comment import LABELS
from lambdas.run_facts import RunFacts, outcome_of, read_report, version_of
from lambdas.services import Services, connect_services


@logged
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """As a step: {"github_comment_url", "slack_message_ts", "notification_status": sent | queued | failed | skipped}.

    Of a queue: {"batchItemFailures": […], "results": [{"notification_status"}]}.
    """
    services = connect_services()
    if "Records" in event:
        return each_record(event, lambda fields: {"notification_status": deliver_again(services, fields).status})
    return notify(Fields(event), services)


def notify(fields: Fields, services: Services) -> dict[str, Any]:
    """Deliver the news that `notification_type` names."""
    kind = fields.text("notification_type")
    if kind not in LABELS:
        raise ConfigError(f"notification_type must be one of {', '.join(LABELS)}, got '{kind}'.")
    facts = RunFacts.from_fields(fields)
    if facts.issue_number <= 0:
        return _answer("", "", "skipped")
    failed_step = fields.text("failed_step", "")
    reason = failure_reason(services.sagemaker, facts.execution_arn, failed_step) if failed_step else ""
    language = services.settings.language
    notification = run_notification(
        kind,
        language,
        facts,
        read_report(services.s3, facts),
        url=where_to_read(services.settings, services.records.read(facts.repository, facts.issue_number)),
        model_version=fields.text("model_version", "") or version_of(fields.text("model_package_arn", "")),
        history_path=fields.text("history_path", ""),
        history_url=fields.text("history_url", ""),
        failed_step=failed_step,
        reason=reason,
        outcome=outcome_of(fields),
    )
    delivery = deliver(services, notification, language=language)
    return _answer(delivery.reference("github"), delivery.reference("slack"), delivery.status)


def _answer(url: str, ts: str, status: str) -> dict[str, Any]:
    return {"github_comment_url": url, "slack_message_ts": ts, "notification_status": status}
