"""The parameters of the execution that follows an operator's `/retrain`.

Place in the flow: between the operator's answer and StartPipelineExecution. Pure. Everything that PrepareData reads
stays as it was, so its result comes from the cache. One cost: values that were checked when the operator answered
are checked again, because the answer may have come through the API.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from contracts import names
from contracts.algorithms import ALGORITHMS
from contracts.errors import ConfigError
from contracts.findings import format_findings, has_errors
from contracts.hyperparameters import canonical_json, validate_hyperparameters


def next_parameters(
    current: Mapping[str, str], *, hyperparameters: str, execution_arn: str, operator: str
) -> dict[str, str]:
    """Parameters with the new hyperparameters, one retry more, and this execution as their parent.

    Args:
        current: parameters of the execution that asked.
        hyperparameters: the complete new set as a JSON object.
        operator: who answered; empty keeps who asked for the training.

    Raises:
        ConfigError: no retry is left, or a hyperparameter is wrong.
    """
    retry, limit = int(current.get(names.CURRENT_RETRY, "0")), int(current.get(names.MAX_RETRY, "0"))
    if retry >= limit:
        raise ConfigError(f"no retry is left: {retry} of {limit} were used.")
    values = _checked(hyperparameters, current)
    return {
        **current,
        names.HYPERPARAMETERS: canonical_json(values),
        names.CURRENT_RETRY: str(retry + 1),
        names.PARENT_EXECUTION_ARN: execution_arn,
        names.REQUESTED_BY: operator or current.get(names.REQUESTED_BY, "unknown"),
    }


def _checked(text: str, current: Mapping[str, str]) -> Mapping[str, object]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError("hyperparameters must be a JSON object.") from error
    if not isinstance(values, dict):
        raise ConfigError(f"hyperparameters must be a JSON object, got {type(values).__name__}.")
    name = current.get(names.ALGORITHM, "")
    algorithm = ALGORITHMS.get(name)
    if algorithm is None:
        raise ConfigError(f"algorithm must be one of {', '.join(ALGORITHMS)}, got '{name[:60]}'.")
    task = current.get(names.TASK_TYPE, names.INFER_TASK)
    usable, findings = validate_hyperparameters(algorithm, values, None if task == names.INFER_TASK else task)
    if has_errors(findings):
        raise ConfigError(format_findings(findings))
    return usable
