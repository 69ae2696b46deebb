"""The pipeline's parameters: one row of `contracts.names` each, typed by its default, limited where a table limits it.

Place in the flow: first thing built; all requests refer to them. One cost: a value outside an enumeration is refused by
StartPipelineExecution, so the definition must be compiled again when the catalogue grows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sagemaker.core.workflow.parameters import Parameter, ParameterFloat, ParameterInteger, ParameterString

from contracts import names
from contracts.algorithms import ALGORITHMS, LEARNING_TYPES
from contracts.metrics import TASK_TYPES

ENUMERATIONS: Mapping[str, tuple[str, ...]] = {
    names.LEARNING_TYPE: LEARNING_TYPES,
    names.ALGORITHM: tuple(ALGORITHMS),
    names.TASK_TYPE: (names.INFER_TASK, *TASK_TYPES),
}
ORDER = (
    names.REPOSITORY,
    names.ISSUE_NUMBER,
    names.LEARNING_TYPE,
    names.ALGORITHM,
    names.TASK_TYPE,
    names.DATASET_ID,
    names.DATASET_URI,
    names.DATASET_FINGERPRINT,
    names.DATA_CONFIG_URI,
    names.CODE_URI,
    names.HYPERPARAMETERS,
    names.SEED,
    names.EVALUATION_METRIC,
    names.EVALUATION_THRESHOLD,
    names.MAX_RETRY,
    names.CURRENT_RETRY,
    names.MODEL_PACKAGE_GROUP_NAME,
    names.MODEL_NAME,
    names.PARENT_EXECUTION_ARN,
    names.REQUESTED_BY,
    names.CHAMPION,
    names.CHAMPION_URI,
    names.IMAGE_URI,
    names.PROCESSING_IMAGE_URI,
    names.PROCESSING_INSTANCE_TYPE,
    names.PROCESSING_INSTANCE_COUNT,
    names.TRAINING_INSTANCE_TYPE,
    names.TRAINING_INSTANCE_COUNT,
)


class Parameters:
    """The parameters by name; `text` is one as a string, which hyperparameters and container arguments must be."""

    def __init__(self, defaults: Mapping[str, str | int | float]) -> None:
        merged = {**names.PARAMETER_DEFAULTS, **defaults}
        self._rows = {name: _parameter(name, merged[name]) for name in ORDER}

    def __getitem__(self, name: str) -> Parameter:
        return self._rows[name]

    def text(self, name: str) -> Any:
        """The parameter as a string."""
        row = self._rows[name]
        return row if isinstance(row, ParameterString) else row.to_string()

    def as_list(self) -> list[Parameter]:
        """In the order that Studio shows them."""
        return list(self._rows.values())


def _parameter(name: str, default: str | int | float) -> Parameter:
    if isinstance(default, float):
        return ParameterFloat(name=name, default_value=default)
    if isinstance(default, int):
        return ParameterInteger(name=name, default_value=default)
    allowed = ENUMERATIONS.get(name)
    return ParameterString(name=name, default_value=default, enum_values=list(allowed) if allowed else None)
