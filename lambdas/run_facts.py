"""What a Lambda step is told about its run: the fields that every step of the pipeline passes on.

Place in the flow: the notification, the history and the operator's question start from it. One cost: it mirrors the
arguments in the definition; a field added there is invisible until it is added here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contracts.evaluation_report import EvaluationReport
from lambdas.edge import Fields
from lambdas.objects import read

OUTCOME_FIELDS = ("operator", "reason", "rollback_status", "current_model_version", "previous_model_version")


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One run. Text that is not known (no job yet, no report yet) is empty."""

    execution_arn: str
    execution_id: str
    repository: str
    issue_number: int
    current_retry: int
    max_retry: int
    algorithm: str
    dataset_id: str
    model_name: str
    model_package_group_name: str
    evaluation_metric: str
    evaluation_threshold: float
    hyperparameters: str
    training_job_name: str
    evaluation_uri: str
    metadata_uri: str

    @classmethod
    def from_fields(cls, fields: Fields) -> RunFacts:
        """Raises ConfigError: a field is missing or of the wrong type."""
        execution_arn = fields.text("execution_arn")
        model_name = fields.text("model_name", "")
        return cls(
            execution_arn=execution_arn,
            execution_id=fields.text("execution_id", execution_arn.rsplit("/", 1)[-1]),
            repository=fields.text("repository"),
            issue_number=fields.integer("issue_number"),
            current_retry=fields.integer("current_retry", 0),
            max_retry=fields.integer("max_retry", 0),
            algorithm=fields.text("algorithm", ""),
            dataset_id=fields.text("dataset_id", ""),
            model_name=model_name,
            model_package_group_name=fields.text("model_package_group_name", model_name),
            evaluation_metric=fields.text("evaluation_metric", ""),
            evaluation_threshold=fields.number("evaluation_threshold", 0.0),
            hyperparameters=fields.text("hyperparameters", "{}"),
            training_job_name=fields.text("training_job_name", ""),
            evaluation_uri=fields.text("evaluation_uri", ""),
            metadata_uri=fields.text("metadata_uri", ""),
        )


def read_report(s3: Any, facts: RunFacts) -> EvaluationReport | None:
    """The run's evaluation, or None where it did not come to one.

    Raises:
        ConfigError: the object is no evaluation report.
    """
    data = read(s3, facts.evaluation_uri)
    return None if data is None else EvaluationReport.from_json(data)


def version_of(model_package_arn: str) -> str:
    """`3` of arn:…:model-package/penguin-species/3; empty for an empty one."""
    return model_package_arn.rsplit("/", 1)[-1] if "/" in model_package_arn else ""


def outcome_of(fields: Fields) -> dict[str, str]:
    """What the steps before this one found or were told, as far as they ran."""
    found = {name: fields.text(name, "") for name in OUTCOME_FIELDS}
    return {name: value for name, value in found.items() if value}
