"""Where an execution writes: executions/<execution id>/<step>/… in the installation's bucket.

Place in the flow: job requests and Lambda inputs join their URIs here. One cost: artefacts of a cached step stay under
the execution that computed them.
"""

from __future__ import annotations

from typing import Any

from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join

from pipelines.training.settings import Settings

PREPARE_DATA_FOLDER = "prepare-data"
TRAIN_MODEL_FOLDER = "train-model"
EVALUATE_MODEL_FOLDER = "evaluate-model"


def execution_uri(settings: Settings, *parts: str) -> Join:
    """A prefix below this execution's folder."""
    values: list[Any] = [
        f"s3://{settings.bucket}/executions",
        ExecutionVariables.PIPELINE_EXECUTION_ID,
        *parts,
    ]
    return Join(on="/", values=values)


def below(uri: Any, name: str) -> Join:
    """A file below a prefix that is known only when the pipeline runs."""
    return Join(on="/", values=[uri, name])
