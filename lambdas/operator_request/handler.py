"""Consumes the Callback step's messages: asks the operator on the issue, and lets a stopped execution go.

Place in the flow: WaitForOperatorInput puts a message on the queue; operator_reply answers it. The question stands on
the issue whatever channels are configured, and goes to the others as well. A repeated message finds its comment. One
cost: a question about a run without an issue is asked nowhere and waits until it expires.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from contracts import names
from lambdas import executions
from lambdas.channels import Notification, deliver, where_to_read
from lambdas.channels.renderings import github_comment
from lambdas.edge import Fields, each_record, logged
from lambdas.operator_request.question import question
from lambdas.run_comment import marker
from lambdas.run_facts import RunFacts, read_report
from lambdas.services import Services, connect_services
from lambdas.status_comment import refresh

logger = logging.getLogger(__name__)

STOPPED = "The execution was stopped while it waited for an operator."


@logged
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """{"batchItemFailures": […], "results": [{"status": "asked" | "answered" | "stopped" | "skipped"}]}."""
    services = connect_services()
    return each_record(event, lambda fields: ask(fields, services))


def ask(fields: Fields, services: Services) -> dict[str, Any]:
    """One message `{token, pipelineExecutionArn, arguments, status}`."""
    sagemaker, settings = services.sagemaker, services.settings
    if fields.text("status", "") == "Stopping":
        if not executions.give_up(sagemaker, fields.text("token"), STOPPED):
            logger.info("%s no longer waits", fields.text("pipelineExecutionArn", ""))
        return {"status": "stopped"}
    arguments = {"execution_arn": fields.text("pipelineExecutionArn"), **fields.mapping("arguments")}
    facts = RunFacts.from_fields(Fields(arguments))
    if facts.issue_number <= 0:
        return {"status": "skipped"}
    found = executions.question_of(sagemaker, facts.execution_arn)
    if found is not None and not found.waiting:
        return {"status": "answered"}  # a message that comes late asks nobody what is settled
    record = services.records.read(facts.repository, facts.issue_number)
    notification = question(
        facts,
        read_report(services.s3, facts),
        settings.language,
        token=fields.text("token"),
        asked=None if found is None else found.asked,
        expire_after=settings.policy.expire_after,
        url=where_to_read(settings, record),
    )
    url = deliver(services, notification, language=settings.language).reference("github")
    url = url or _post(services, notification, record.comment_url)
    _show(services, facts)
    return {"status": "asked", "github_comment_url": url}


def _show(services: Services, facts: RunFacts) -> None:
    """Label and status comment; a question that was answered meanwhile must not leave the issue labelled waiting."""
    issue = facts.repository, facts.issue_number
    found = executions.question_of(services.sagemaker, facts.execution_arn)
    if found is None or found.waiting:
        services.github.set_status_label(*issue, names.LABEL_WAITING)
    refresh(services, *issue)


def _post(services: Services, notification: Notification, status_url: str) -> str:
    """Put the question on the issue, where the channels did not."""
    issue = notification.repository, notification.issue_number
    body = github_comment(notification, services.settings.language, status_url=status_url)
    posted = services.github.upsert_comment(*issue, marker=marker(notification.key, notification.kind), body=body)
    return posted.url
