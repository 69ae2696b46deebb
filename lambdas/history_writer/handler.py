"""Lambda step: commits `training_history/<training_job_name>.md` to the repository, once.

Place in the flow: every branch that ends a run, before its notification. Called again, it finds the same text and
commits nothing. One cost: reads the report, the metadata and the execution's parameters, three requests.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from contracts.errors import ConfigError
from lambdas import aws, executions, objects
from lambdas.edge import Fields, logged
from lambdas.github import connect
from lambdas.history_writer.history import History, history_path, render
from lambdas.run_facts import RunFacts, outcome_of, read_report
from lambdas.settings import Settings, load_settings


@logged
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """{"history_path", "commit_sha", "history_url"}."""
    return write_history(Fields(event), load_settings())


def write_history(fields: Fields, settings: Settings) -> dict[str, Any]:
    """Render the run's history and commit it unless it is there."""
    facts = RunFacts.from_fields(fields)
    path = history_path(facts.training_job_name)
    s3 = aws.client("s3")
    history = History(
        decision=fields.text("decision"),
        facts=facts,
        parameters=executions.parameters_of(aws.client("sagemaker"), facts.execution_arn),
        report=read_report(s3, facts),
        metadata=_metadata(s3, facts.metadata_uri),
        model_package_arn=fields.text("model_package_arn", ""),
        outcome=outcome_of(fields),
        git_commit=settings.git_commit,
    )
    message = f"Record {facts.training_job_name} of issue #{facts.issue_number}: {history.decision}"
    written = connect(settings).write_file(facts.repository, path, render(history), message=message)
    return {"history_path": path, "commit_sha": written.commit_sha, "history_url": written.url}


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
