"""Commits history to the issue's repository, once, and puts it on a queue while GitHub is down.

Place in the flow: the WriteHistory steps and operator_reply's `/rollback`. Table files are made anew of what is there
at each attempt, so writers that meet all keep their rows. One cost: a history that was queued is linked from the
status comment only when it was committed.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from contracts.errors import ConfigError, GitHubError
from lambdas import executions, objects
from lambdas.edge import Fields
from lambdas.github.client import Read
from lambdas.history.index import INDEX_PATH, index_with
from lambdas.history.rollbacks import ROLLBACKS_PATH, Rollback, moment, rollbacks_with
from lambdas.history.run_file import History, history_path, plot_path, render
from lambdas.issue_record import IssueRecord
from lambdas.plots import read_plots
from lambdas.run_facts import RunFacts, outcome_of, read_report
from lambdas.services import Services

logger = logging.getLogger(__name__)

ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Written:
    """Where a history stands; a queued one has a path only."""

    path: str
    commit_sha: str = ""
    url: str = ""
    plots: tuple[str, ...] = ()
    status: Literal["written", "queued"] = "written"

    def outputs(self) -> dict[str, str]:
        """What a Lambda step answers."""
        return {
            "history_path": self.path,
            "commit_sha": self.commit_sha,
            "history_url": self.url,
            "history_plots": " ".join(self.plots),
            "history_status": self.status,
        }


def write_run(services: Services, fields: Fields) -> Written:
    """Commit a run's file, its pictures and its row of the index, unless they are there.

    Raises:
        GitHubError: GitHub refused.
        ConfigError: the event is not that of a WriteHistory step.
    """
    history, plots = _history(services, fields)
    facts = history.facts
    path = history_path(facts.training_job_name)
    pictures = {plot_path(facts.training_job_name, name): data for name, data in plots.items()}
    text = render(history).encode()

    def build(read: Read) -> Mapping[str, bytes]:
        return {path: text, **pictures, INDEX_PATH: index_with(read(INDEX_PATH), history).encode()}

    message = f"Record {facts.training_job_name} of issue #{facts.issue_number}: {history.decision}"
    written = services.github.commit_changes(facts.repository, build, message=message)
    return Written(path, written.commit_sha, written.url, history.plots)


def write_run_or_queue(services: Services, fields: Fields) -> Written:
    """As `write_run`; what GitHub does not take is queued.

    Raises:
        GitHubError: GitHub refused, and there is no queue.
    """
    try:
        return write_run(services, fields)
    except GitHubError as error:
        _enqueue(services, fields.values, error)
        return Written(history_path(fields.text("training_job_name", "")), status="queued")


def write_rollback(services: Services, rollback: Rollback) -> Written:
    """Commit a rollback's row, unless it is there; what GitHub does not take is queued.

    Raises:
        GitHubError: GitHub refused, and there is no queue.
    """
    try:
        return commit_rollback(services, rollback)
    except GitHubError as error:
        _enqueue(services, {ROLLBACK: rollback.to_fields()}, error)
        return Written(ROLLBACKS_PATH, status="queued")


def commit_rollback(services: Services, rollback: Rollback) -> Written:
    """Raises GitHubError: GitHub refused."""

    def build(read: Read) -> Mapping[str, bytes]:
        return {ROLLBACKS_PATH: rollbacks_with(read(ROLLBACKS_PATH), rollback).encode()}

    message = f"Record a rollback of {rollback.model_package_group_name}, issue #{rollback.issue_number}"
    written = services.github.commit_changes(rollback.repository, build, message=message)
    return Written(ROLLBACKS_PATH, written.commit_sha, written.url)


def remember_late(services: Services, facts: RunFacts, written: Written) -> None:
    """Note where a history stands whose step could not say it."""
    note = " ".join([written.url, *written.plots])
    services.records.change(
        facts.repository, facts.issue_number, lambda record: record.having_told(_occasion(facts.execution_id), note)
    )


def late_history(record: IssueRecord, execution_id: str) -> tuple[str, tuple[str, ...]]:
    """Address and pictures of a history that was committed after its step had ended; empty where there is none."""
    url, *plots = record.told.get(_occasion(execution_id), "").split(" ")
    return url, tuple(plots)


def _occasion(execution_id: str) -> str:
    return f"history:{execution_id}"


def _enqueue(services: Services, body: Mapping[str, Any], error: GitHubError) -> None:
    url = services.settings.history_queue_url
    if not url:
        raise error
    logger.warning("the history is tried again later: %s", error)
    services.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body, ensure_ascii=False))


def _history(services: Services, fields: Fields) -> tuple[History, Mapping[str, bytes]]:
    """What the run's file tells, and its pictures."""
    facts = RunFacts.from_fields(fields)
    history_path(facts.training_job_name)
    report = read_report(services.s3, facts)
    plots = {} if report is None else read_plots(services.s3, facts.evaluation_uri, report.context.plots)
    described = services.sagemaker.describe_pipeline_execution(PipelineExecutionArn=facts.execution_arn)
    history = History(
        decision=fields.text("decision"),
        facts=facts,
        parameters=executions.parameters_of(services.sagemaker, facts.execution_arn),
        report=report,
        metadata=_metadata(services.s3, facts.metadata_uri),
        model_package_arn=fields.text("model_package_arn", ""),
        outcome=outcome_of(fields),
        plots=tuple(plots),
        git_commit=services.settings.git_commit,
        started=moment(described["CreationTime"]),
    )
    return history, plots


def _metadata(s3: Any, uri: str) -> Mapping[str, Any]:
    data = objects.read(s3, uri)
    if data is None:
        return {}
    try:
        document = json.loads(data)
    except ValueError as error:
        raise ConfigError(f"{uri} is not JSON.") from error
    if not isinstance(document, dict):
        raise ConfigError(f"{uri} must hold an object, got {type(document).__name__}.")
    return document
