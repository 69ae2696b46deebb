"""Consumes the Callback step's messages: asks the operator on the issue, and lets a stopped execution go.

Place in the flow: WaitForOperatorInput puts a message on the queue; operator_reply answers it. A repeated message
finds its comment. One cost: a question about a run without an issue is asked nowhere and waits until it expires.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from lambdas import aws, executions
from lambdas.edge import Fields, each_record, logged
from lambdas.github import connect
from lambdas.run_comment import LABELS, marker, run_comment
from lambdas.run_facts import RunFacts, read_report
from lambdas.settings import Settings, load_settings

logger = logging.getLogger(__name__)

QUESTION = "retrain_required"
STOPPED = "The execution was stopped while it waited for an operator."


@logged
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """{"batchItemFailures": […], "results": [{"status": "asked" | "stopped" | "skipped"}]}."""
    settings = load_settings()
    return each_record(event, lambda fields: ask(fields, settings))


def ask(fields: Fields, settings: Settings) -> dict[str, Any]:
    """One message `{token, pipelineExecutionArn, arguments, status}`."""
    sagemaker = aws.client("sagemaker")
    if fields.text("status", "") == "Stopping":
        if not executions.give_up(sagemaker, fields.text("token"), STOPPED):
            logger.info("%s no longer waits", fields.text("pipelineExecutionArn", ""))
        return {"status": "stopped"}
    arguments = {"execution_arn": fields.text("pipelineExecutionArn"), **fields.mapping("arguments")}
    facts = RunFacts.from_fields(Fields(arguments))
    if facts.issue_number <= 0:
        return {"status": "skipped"}
    github = connect(settings)
    text = run_comment(QUESTION, settings.language, facts, read_report(aws.client("s3"), facts))
    scope = marker(facts.execution_id, QUESTION)
    posted = github.upsert_comment(facts.repository, facts.issue_number, marker=scope, body=text)
    # A message delivered late must not label an issue "waiting" whose question is answered.
    question = executions.question_of(sagemaker, facts.execution_arn)
    if question is not None and question.waiting:
        github.set_status_label(facts.repository, facts.issue_number, LABELS[QUESTION])
    return {"status": "asked", "github_comment_url": posted.url}
