"""Lambda steps of this pipeline: which function, what it is told, what it answers.

Place in the flow: every outcome speaks through these. Functions are named by ARN and never created here; deployment
does that. One cost: an input added here must be read by the handler of that function.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sagemaker.core.helper.session_helper import Session
from sagemaker.core.lambda_helper import Lambda
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep

from contracts import names
from pipelines.training.jobs import Jobs, output_uri
from pipelines.training.locations import below
from pipelines.training.parameters import Parameters
from pipelines.training.settings import Settings

Known = Literal["training_job_name", "metadata_uri", "evaluation_uri"]
EVERYTHING: tuple[Known, ...] = ("training_job_name", "evaluation_uri", "metadata_uri")
_TEXT = LambdaOutputTypeEnum.String
OUTPUTS: Mapping[str, Mapping[str, LambdaOutputTypeEnum]] = {
    names.NOTIFICATION_FUNCTION: {"github_comment_url": _TEXT, "slack_message_ts": _TEXT, "notification_status": _TEXT},
    names.HISTORY_WRITER_FUNCTION: {
        "history_path": _TEXT,
        "commit_sha": _TEXT,
        "history_url": _TEXT,
        "history_plots": _TEXT,
        "history_status": _TEXT,
    },
    names.ROLLBACK_FUNCTION: {
        "rollback_status": _TEXT,
        "current_model_version": _TEXT,
        "previous_model_version": _TEXT,
    },
    names.RETRAIN_FUNCTION: {
        "execution_arn": _TEXT,
        "current_retry": LambdaOutputTypeEnum.Integer,
        "next_action": _TEXT,
    },
}


class InvokeStep(LambdaStep):  # type: ignore[misc] # the SDK has no types
    """A LambdaStep for a function that exists already; the SDK warns about exactly that, in vain."""

    def to_request(self) -> dict[str, Any]:
        """The step as it stands in the definition."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Lambda function won't be updated", category=UserWarning)
            request: dict[str, Any] = super().to_request()
        return request


class Functions:
    """Makes Lambda steps that share one set of inputs, and one session: the SDK would make seven clients for each."""

    def __init__(self, settings: Settings, parameters: Parameters, jobs: Jobs, session: Session) -> None:
        self._settings = settings
        self._parameters = parameters
        self._jobs = jobs
        self._session = session

    def step(
        self,
        name: str,
        function: str,
        *,
        display_name: str,
        description: str,
        inputs: Mapping[str, Any] | None = None,
        known: Sequence[Known] = EVERYTHING,
        depends_on: Sequence[Any] = (),
    ) -> InvokeStep:
        """One Lambda step; `known` lists what the trunk has produced where the step runs."""
        return InvokeStep(
            name=name,
            display_name=display_name,
            description=description,
            lambda_func=Lambda(function_arn=self._settings.function_arn(function), session=self._session),
            inputs={**self.common_inputs(known), **(inputs or {})},
            outputs=[LambdaOutput(output_name=key, output_type=kind) for key, kind in OUTPUTS[function].items()],
            depends_on=list(depends_on) or None,
        )

    def common_inputs(self, known: Sequence[Known] = EVERYTHING) -> dict[str, Any]:
        """What every function and the operator are told."""
        parameters = self._parameters
        inputs: dict[str, Any] = {
            "execution_arn": ExecutionVariables.PIPELINE_EXECUTION_ARN,
            "execution_id": ExecutionVariables.PIPELINE_EXECUTION_ID,
            "repository": parameters[names.REPOSITORY],
            "issue_number": parameters[names.ISSUE_NUMBER],
            "current_retry": parameters[names.CURRENT_RETRY],
            "max_retry": parameters[names.MAX_RETRY],
            "algorithm": parameters[names.ALGORITHM],
            "dataset_id": parameters[names.DATASET_ID],
            "model_name": parameters[names.MODEL_NAME],
            "model_package_group_name": parameters[names.MODEL_PACKAGE_GROUP_NAME],
            "evaluation_metric": parameters[names.EVALUATION_METRIC],
            "evaluation_threshold": parameters[names.EVALUATION_THRESHOLD],
            "hyperparameters": parameters[names.HYPERPARAMETERS],
        }
        if "training_job_name" in known:
            inputs["training_job_name"] = self._jobs.train.properties.TrainingJobName
        if "evaluation_uri" in known:
            inputs["evaluation_uri"] = below(output_uri(self._jobs.evaluate, "evaluation"), "evaluation.json")
        if "metadata_uri" in known:
            inputs["metadata_uri"] = below(output_uri(self._jobs.prepare, "metadata"), "metadata.json")
        return inputs
