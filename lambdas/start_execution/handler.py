"""Consumes requests `{"repository", "issue_number"}`: an issue becomes an execution, or gets its mistakes back.

Place in the flow: the webhook, the poller and the command line queue a request; the pipeline does the rest. Repeating
a request starts nothing twice: the ClientRequestToken comes from repository, issue and the body's hash. One cost: an
edited body is a new request, so whoever edits a running issue starts a second execution.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

from contracts import names
from contracts.algorithms import ALGORITHMS
from contracts.findings import Finding, format_findings
from contracts.hyperparameters import canonical_json
from contracts.issue_text import parse_issue
from contracts.messages import message
from contracts.training_config import TrainingConfig
from lambdas import aws, executions, objects
from lambdas.edge import Fields, each_record, logged
from lambdas.github import GitHub, Issue, connect
from lambdas.run_comment import marker
from lambdas.settings import Settings, load_settings
from lambdas.start_execution.dataset import (
    card_of,
    dataset_ids,
    files_of,
    fingerprint,
    no_champion,
    unknown_dataset,
)
from pipelines import images
from registry.champion import find_champion
from registry.packages import ensure_group

PROCESSING_FRAMEWORK = "sklearn"


@logged
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """{"batchItemFailures": [], "results": [{"status": "started" | "invalid", "execution_arn", "findings"}]}."""
    settings = load_settings()
    return each_record(event, lambda fields: start_from_issue(fields, settings))


def start_from_issue(fields: Fields, settings: Settings) -> dict[str, Any]:
    """One request."""
    repository, number = fields.text("repository"), fields.integer("issue_number")
    github, s3 = connect(settings), aws.client("s3")
    issue = github.issue(repository, number)
    parsed = parse_issue(issue.body, lambda dataset_id: card_of(s3, settings.bucket, dataset_id))
    config, findings = parsed.config, list(parsed.findings)
    digest = ""
    if config is not None:
        files = files_of(s3, settings.bucket, config.dataset_id)
        digest = fingerprint(files)
        if not files:
            findings.append(unknown_dataset(config.dataset_id, dataset_ids(s3, settings.bucket)))
    if config is None or findings:
        return _refuse(github, repository, number, tuple(findings), settings)
    arn = _start(config, issue, repository=repository, digest=digest, s3=s3, settings=settings)
    _announce(github, repository, number, config, arn, settings)
    return {"status": "started", "execution_arn": arn, "findings": []}


def _start(config: TrainingConfig, issue: Issue, *, repository: str, digest: str, s3: Any, settings: Settings) -> str:
    sagemaker = aws.client("sagemaker")
    document = canonical_json(config.data_config()).encode()
    sha256 = hashlib.sha256(document).hexdigest()
    key = f"configs/{sha256}/data_config.json"
    s3.put_object(Bucket=settings.bucket, Key=key, Body=document, ContentType="application/json")
    ensure_group(sagemaker, config.model_name, f"Models trained from issues of {repository}")
    champion = find_champion(sagemaker, config.model_name)
    if champion is not None and not objects.exists(s3, champion.model_data_url):
        champion = None  # somebody deleted its model.tar.gz: an input that is not there would fail the whole run
    parameters = config.to_parameters(
        repository=repository,
        issue_number=issue.number,
        requested_by=issue.author,
        dataset_uri=names.dataset_uri(settings.bucket, config.dataset_id),
        dataset_fingerprint=digest,
        data_config_uri=names.data_config_uri(settings.bucket, sha256),
        code_uri=settings.code_uri,
        image_uri=images.for_training(ALGORITHMS[config.algorithm].framework, settings.region, config.instance_type),
        processing_image_uri=images.resolve(PROCESSING_FRAMEWORK, settings.region),
        champion=str(champion.reference) if champion else names.NO_CHAMPION,
        champion_uri=champion.model_data_url if champion else no_champion(s3, settings.bucket),
    )
    revision = hashlib.sha256(issue.body.encode()).hexdigest()
    return executions.start(
        sagemaker,
        settings.pipeline,
        parameters=parameters,
        display_name=names.execution_display_name(issue.number, 0),
        description=f"Issue #{issue.number} of {repository}: {config.algorithm} on {config.dataset_id}",
        token=executions.request_token(repository, str(issue.number), revision),
    )


def _announce(
    github: GitHub, repository: str, number: int, config: TrainingConfig, arn: str, settings: Settings
) -> None:
    execution_id = arn.rsplit("/", 1)[-1]
    scope = marker(execution_id, "started")
    if github.find_own_comment(repository, number, scope) is not None:
        return  # A repeated request must not put a label back that the run has moved on from.
    github.set_status_label(repository, number, names.LABEL_RUNNING)
    text = message(
        "started",
        settings.language,
        algorithm=config.algorithm,
        dataset_id=config.dataset_id,
        evaluation_metric=config.evaluation_metric,
        evaluation_threshold=f"{config.evaluation_threshold:g}",
        execution_id=execution_id,
    )
    github.upsert_comment(repository, number, marker=scope, body=text)


def _refuse(
    github: GitHub, repository: str, number: int, findings: tuple[Finding, ...], settings: Settings
) -> dict[str, Any]:
    """One comment with every mistake; a corrected issue that is still wrong has it rewritten in place."""
    text = message("invalid_issue", settings.language, findings=format_findings(findings))
    github.upsert_comment(repository, number, marker=marker(f"issue-{number}", "invalid"), body=text)
    github.set_status_label(repository, number, names.LABEL_FAILED)
    shown = [dataclasses.asdict(finding) for finding in findings]
    return {"status": "invalid", "execution_arn": None, "findings": shown}
