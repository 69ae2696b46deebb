"""Lambda step: commits `training_history/<training_job_name>.md` and the run's pictures to the repository, once.

Place in the flow: every branch that ends a run, before its notification. Called again, it finds the same files and
commits nothing. One cost: each picture takes two requests, one at S3 and one at GitHub.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from contracts.errors import ConfigError
from lambdas import aws, executions, objects
from lambdas.edge import Fields, logged
from lambdas.github import connect
from lambdas.history_writer.history import History, history_path, plot_path, render
from lambdas.plots import read_plots
from lambdas.run_facts import RunFacts, outcome_of, read_report
from lambdas.settings import Settings, load_settings


@logged
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """{"history_path", "commit_sha", "history_url", "history_plots": "confusion_matrix roc_curve …"}."""
    return write_history(Fields(event), load_settings())


def write_history(fields: Fields, settings: Settings) -> dict[str, Any]:
    """Render the run's history and commit it with its pictures unless they are there."""
    facts = RunFacts.from_fields(fields)
    path = history_path(facts.training_job_name)
    s3 = aws.client("s3")
    report = read_report(s3, facts)
    plots = {} if report is None else read_plots(s3, facts.evaluation_uri, report.context.plots)
    history = History(
        decision=fields.text("decision"),
        facts=facts,
        parameters=executions.parameters_of(aws.client("sagemaker"), facts.execution_arn),
        report=report,
        metadata=_metadata(s3, facts.metadata_uri),
        model_package_arn=fields.text("model_package_arn", ""),
        outcome=outcome_of(fields),
        plots=tuple(plots),
        git_commit=settings.git_commit,
    )
    pictures = {plot_path(facts.training_job_name, name): data for name, data in plots.items()}
    message = f"Record {facts.training_job_name} of issue #{facts.issue_number}: {history.decision}"
    written = connect(settings).commit_files(
        facts.repository, {path: render(history).encode(), **pictures}, message=message
    )
    return {
        "history_path": path,
        "commit_sha": written.commit_sha,
        "history_url": written.url,
        "history_plots": " ".join(plots),
    }


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
