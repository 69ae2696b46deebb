"""TrainingConfig: an issue as the pipeline understands it, and its way into pipeline parameters and back.

Place in the flow: `contracts.issue_text` makes it, start_execution turns it into parameters. One cost: settings of
data preparation travel as a document of their own, since container arguments are limited to 256 characters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts import names
from contracts.hyperparameters import Value, canonical_json


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """A valid configuration.

    `task_type` is None where only the target can tell (inferred by PrepareData). `target` of an unsupervised training
    names known labels that results are compared with; None where there are none.
    """

    learning_type: str
    algorithm: str
    task_type: str | None
    dataset_id: str
    target: str | None
    evaluation_metric: str
    evaluation_threshold: float
    model_name: str
    hyperparameters: Mapping[str, Value] = field(default_factory=dict)
    preprocessing_config: Mapping[str, Any] = field(default_factory=dict)
    max_retry: int = 3
    instance_type: str = "ml.m5.xlarge"
    instance_count: int = 1
    seed: int = 42

    def data_config(self) -> dict[str, Any]:
        """What PrepareData needs; nothing in it changes with a retrain, so prepared data stays cached."""
        return {
            "dataset_id": self.dataset_id,
            "target": self.target,
            "task_type": self.task_type,
            "learning_type": self.learning_type,
            "preprocessing_config": dict(self.preprocessing_config),
            "seed": self.seed,
        }

    def hyperparameters_json(self) -> str:
        """Canonical JSON, at most 1,024 characters."""
        return canonical_json(self.hyperparameters)

    def to_parameters(
        self, *, repository: str, issue_number: int, requested_by: str, dataset_uri: str, dataset_fingerprint: str,
        data_config_uri: str, code_uri: str, image_uri: str, processing_image_uri: str, champion: str,
        champion_uri: str,
    ) -> dict[str, str]:  # fmt: skip
        """Pipeline parameters of the first execution, as StartPipelineExecution takes them (all text)."""
        return {
            names.REPOSITORY: repository,
            names.ISSUE_NUMBER: str(issue_number),
            names.LEARNING_TYPE: self.learning_type,
            names.ALGORITHM: self.algorithm,
            names.TASK_TYPE: self.task_type or names.INFER_TASK,
            names.DATASET_ID: self.dataset_id,
            names.DATASET_URI: dataset_uri,
            names.DATASET_FINGERPRINT: dataset_fingerprint,
            names.DATA_CONFIG_URI: data_config_uri,
            names.CODE_URI: code_uri,
            names.HYPERPARAMETERS: self.hyperparameters_json(),
            names.SEED: str(self.seed),
            names.EVALUATION_METRIC: self.evaluation_metric,
            names.EVALUATION_THRESHOLD: repr(self.evaluation_threshold),
            names.MAX_RETRY: str(self.max_retry),
            names.CURRENT_RETRY: "0",
            names.MODEL_PACKAGE_GROUP_NAME: self.model_name,
            names.MODEL_NAME: self.model_name,
            names.PARENT_EXECUTION_ARN: names.NO_PARENT,
            names.REQUESTED_BY: requested_by,
            names.CHAMPION: champion,
            names.CHAMPION_URI: champion_uri,
            names.IMAGE_URI: image_uri,
            names.PROCESSING_IMAGE_URI: processing_image_uri,
            names.PROCESSING_INSTANCE_TYPE: self.instance_type,
            names.TRAINING_INSTANCE_TYPE: self.instance_type,
            names.TRAINING_INSTANCE_COUNT: str(self.instance_count),
        }
