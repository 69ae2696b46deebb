"""What follows the verdict: registered, asked and retrained, accepted, rejected, or given up.

Place in the flow: the judge hangs below EvaluateModel; this module builds it and its branches from the leaves up. One
cost: a branch cannot rejoin, so registering and telling appear once in each branch that ends well.
"""

from __future__ import annotations

from typing import Any

from sagemaker.core.workflow.conditions import (
    ConditionEquals,
    ConditionGreaterThanOrEqualTo,
    ConditionLessThan,
)
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.mlops.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.steps import Step

from contracts import names
from pipelines.training.functions import Functions
from pipelines.training.jobs import Jobs
from pipelines.training.parameters import Parameters
from pipelines.training.registration import measured, register_step
from pipelines.training.settings import Settings

OPERATOR_OUTPUTS = ("decision", "hyperparameters", "reason", "operator")


class Outcomes:
    """Builds the judge and everything below it."""

    def __init__(self, settings: Settings, parameters: Parameters, jobs: Jobs, functions: Functions) -> None:
        self._settings = settings
        self._parameters = parameters
        self._jobs = jobs
        self._functions = functions

    def judge(self) -> ConditionStep:
        """Margin of zero or more passes."""
        margin = JsonGet(step_name=names.EVALUATE_MODEL, property_file=self._jobs.report, json_path="judge.margin")
        return ConditionStep(
            name=names.JUDGE_RESULTS,
            display_name="Judge results",
            description="Passes the model when its margin to the threshold is zero or more; NaN never passes.",
            conditions=[ConditionGreaterThanOrEqualTo(left=margin, right=0)],
            if_steps=self._registered(),
            else_steps=[self._retry_limit()],
        )

    def _registered(self) -> list[Step]:
        register = register_step(
            names.REGISTER_MODEL,
            self._jobs,
            self._parameters,
            decision="registered",
            display_name="Register model",
            description="Adds the model to its group in the registry, pending manual approval.",
        )
        package = {
            "model_package_arn": register.properties.ModelPackageArn,
            "model_version": register.properties.ModelPackageVersion.to_string(),
        }
        history = self._history(
            names.WRITE_HISTORY, "registered", package, description="Commits what was trained and how it scored."
        )
        notify = self._notify(
            names.NOTIFY_SUCCESS,
            "training_success",
            {**package, **_committed(history)},
            display_name="Notify success",
            description="Comments on the issue that the model is registered.",
        )
        return [register, history, notify]

    def _retry_limit(self) -> ConditionStep:
        current, limit = self._parameters[names.CURRENT_RETRY], self._parameters[names.MAX_RETRY]
        ask = self._ask()
        return ConditionStep(
            name=names.CHECK_RETRY_LIMIT,
            display_name="Check retry limit",
            description="Asks an operator while retries are left; otherwise gives up.",
            conditions=[ConditionLessThan(left=current, right=limit)],
            if_steps=[ask, self._operator_decision(ask)],
            else_steps=self._given_up(),
        )

    def _ask(self) -> CallbackStep:
        return CallbackStep(
            name=names.WAIT_FOR_OPERATOR_INPUT,
            display_name="Wait for the operator",
            description="Waits until somebody with write permission answers on the issue: retrain, accept or reject.",
            sqs_queue_url=self._settings.callback_queue_url,
            inputs=self._functions.common_inputs(),
            outputs=[
                CallbackOutput(output_name=name, output_type=CallbackOutputTypeEnum.String) for name in OPERATOR_OUTPUTS
            ],
        )

    def _operator_decision(self, ask: CallbackStep) -> ConditionStep:
        answer = ask.properties.Outputs
        retrain = self._functions.step(
            names.RETRAIN_MODEL,
            names.RETRAIN_FUNCTION,
            display_name="Retrain model",
            description="Starts the next execution with the operator's hyperparameters.",
            inputs={
                "hyperparameters": answer["hyperparameters"],
                "reason": answer["reason"],
                "operator": answer["operator"],
            },
        )
        accepts = ConditionStep(
            name=names.OPERATOR_ACCEPTS,
            display_name="Does the operator accept?",
            description="Accepting registers the model although it missed the threshold.",
            conditions=[ConditionEquals(left=answer["decision"], right="accept")],
            if_steps=self._accepted(answer),
            else_steps=self._rejected(answer),
        )
        return ConditionStep(
            name=names.OPERATOR_DECISION,
            display_name="Does the operator retrain?",
            description="Retraining goes on in a new execution, so that every attempt keeps its own record.",
            conditions=[ConditionEquals(left=answer["decision"], right="retrain")],
            if_steps=[retrain],
            else_steps=[accepts],
        )

    def _accepted(self, answer: Any) -> list[Step]:
        register = register_step(
            names.REGISTER_ACCEPTED_MODEL,
            self._jobs,
            self._parameters,
            decision="accepted",
            display_name="Register accepted model",
            description="Adds the model that the operator accepted to its group, pending manual approval.",
        )
        inputs = {
            "model_package_arn": register.properties.ModelPackageArn,
            "model_version": register.properties.ModelPackageVersion.to_string(),
            "reason": answer["reason"],
            "operator": answer["operator"],
        }
        history = self._history(
            names.WRITE_ACCEPTED_HISTORY, "accepted", inputs, description="Commits who accepted the model, and why."
        )
        notify = self._notify(
            names.NOTIFY_ACCEPTED,
            "training_accepted",
            {**inputs, **_committed(history)},
            display_name="Notify acceptance",
            description="Comments on the issue that the accepted model is registered.",
        )
        return [register, history, notify]

    def _rejected(self, answer: Any) -> list[Step]:
        inputs = {"reason": answer["reason"], "operator": answer["operator"]}
        return self._bad_end(
            rollback=names.ROLLBACK_REJECTED_MODEL,
            history=names.WRITE_REJECTED_HISTORY,
            notify=names.NOTIFY_REJECTED,
            fail=names.MODEL_REJECTED,
            decision="rejected",
            notification_type="training_rejected",
            inputs=inputs,
            message=Join(
                on="", values=["The operator ", answer["operator"], " rejected the model: ", answer["reason"]]
            ),
        )

    def _given_up(self) -> list[Step]:
        metric = self._parameters[names.EVALUATION_METRIC]
        threshold = self._parameters[names.EVALUATION_THRESHOLD]
        missed: list[Any] = [metric, " is ", measured(self._jobs), ", the threshold is ", threshold]
        retries: list[Any] = [" after ", self._parameters[names.CURRENT_RETRY], " retries."]
        reason = Join(on="", values=[*missed, *retries])
        return self._bad_end(
            rollback=names.ROLLBACK_MODEL,
            history=names.WRITE_FAILED_HISTORY,
            notify=names.NOTIFY_FAILURE,
            fail=names.RETRIES_EXHAUSTED,
            decision="failed",
            notification_type="training_failed",
            inputs={"reason": reason},
            message=Join(on="", values=["No retry is left: ", *missed, *retries]),
        )

    def _bad_end(
        self,
        *,
        rollback: str,
        history: str,
        notify: str,
        fail: str,
        decision: str,
        notification_type: str,
        inputs: dict[str, Any],
        message: Join,
    ) -> list[Step]:
        """Keep the model that serves, write down, tell, end the execution as failed: in this order."""
        kept = self._functions.step(
            rollback,
            names.ROLLBACK_FUNCTION,
            display_name="Keep the previous model",
            description="Leaves the last approved model in place and says which one that is.",
            inputs=inputs,
        )
        versions = {
            key: kept.properties.Outputs[key]
            for key in ("rollback_status", "current_model_version", "previous_model_version")
        }
        written = self._history(
            history, decision, {**inputs, **versions}, description="Commits what was tried and why it was not taken."
        )
        told = self._notify(
            notify,
            notification_type,
            {**inputs, **versions, **_committed(written)},
            display_name=f"Notify: {decision}",
            description="Comments on the issue how it ended and which model stays.",
        )
        end = FailStep(
            name=fail,
            display_name=f"Model {decision}",
            description="Ends the execution as failed.",
            error_message=message,
            depends_on=[told],
        )
        return [kept, written, told, end]

    def _history(self, name: str, decision: str, inputs: dict[str, Any], *, description: str) -> Any:
        return self._functions.step(
            name,
            names.HISTORY_WRITER_FUNCTION,
            display_name="Write history",
            description=description,
            inputs={"decision": decision, **inputs},
        )

    def _notify(
        self, name: str, notification_type: str, inputs: dict[str, Any], *, display_name: str, description: str
    ) -> Any:
        return self._functions.step(
            name,
            names.NOTIFICATION_FUNCTION,
            display_name=display_name,
            description=description,
            inputs={"notification_type": notification_type, **inputs},
        )


def _committed(history: Any) -> dict[str, Any]:
    """Where the history and its pictures stand, for the comment that shows them."""
    return {key: history.properties.Outputs[key] for key in ("history_path", "history_url", "history_plots")}
