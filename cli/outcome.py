"""What a run came to: the object `--json` prints, and the same for a person.

Place in the flow: reads executions, steps and reports after the fact, through the same operations any client has;
decides nothing. One cost: copies one evaluation report with its plots out of the object store per call.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from contracts import names
from contracts.evaluation_report import EvaluationReport

if TYPE_CHECKING:
    from pathlib import Path

    from local.execution.ports import Objects
    from local.stack import LocalStack

EXIT_CODES = {"Succeeded": 0, "Waiting": 3, "Invalid": 2}


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """One step as it ended; `seconds` is wall time, `cache_hit` says that an earlier result was reused."""

    name: str
    type: str
    status: str
    seconds: float
    cache_hit: bool
    failure_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The contract of `--json`; other programs read these names.

    `status` is Succeeded, Failed, Stopped, CompletedWithFailures, Waiting (for an operator) or Invalid (the issue).
    """

    status: str
    decision: str | None
    next_action: str | None
    message: str
    execution_arn: str | None = None
    steps: tuple[StepOutcome, ...] = ()
    evaluation: Mapping[str, float] = field(default_factory=dict)
    evaluation_deviations: Mapping[str, float] = field(default_factory=dict)
    evaluation_metric: str | None = None
    evaluation_threshold: float | None = None
    model_package_arn: str | None = None
    model_version: int | None = None
    training_job_name: str | None = None
    history_path: str | None = None
    report_path: str | None = None
    repository_path: str | None = None
    issue_number: int | None = None
    issue_path: str | None = None
    retries: int = 0
    findings: tuple[Mapping[str, Any], ...] = ()

    @property
    def exit_code(self) -> int:
        """0 passed, 1 failed or rejected, 2 invalid input, 3 waits for an operator."""
        return EXIT_CODES.get(self.status, 1)

    def to_json(self) -> str:
        """One JSON object, keys as the attributes."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2)


def collect(stack: LocalStack, execution_arn: str, status: str) -> Outcome:
    """Read what one execution did.

    Args:
        status: what `LocalStack.wait` returned; "Waiting" is no status of the service.
    """
    description = stack.engine.describe_pipeline_execution({"PipelineExecutionArn": execution_arn})
    parameters = _parameters(stack, execution_arn)
    raw = _steps(stack, execution_arn)
    by_name = {step["StepName"]: step for step in raw}
    types = _types(stack, execution_arn)
    steps = tuple(_step(step, types) for step in raw)
    report, report_path = _evaluation(stack, execution_arn, by_name)
    evaluation = {} if report is None else report.metrics
    outputs = {name: _outputs(step, "Lambda") for name, step in by_name.items()}
    decision, next_action = _decision(by_name, outputs, status)
    package_arn = next(
        (by_name[s]["Metadata"]["RegisterModel"]["Arn"] for s in names.REGISTER_STEPS if _succeeded(by_name, s)),
        None,
    )
    issue_number = int(parameters[names.ISSUE_NUMBER])
    return Outcome(
        status=status,
        decision=decision,
        next_action=next_action,
        message=_message(status, decision, evaluation, parameters, description, issue_number),
        execution_arn=execution_arn,
        steps=steps,
        evaluation=evaluation,
        evaluation_deviations={} if report is None else report.deviations,
        evaluation_metric=parameters[names.EVALUATION_METRIC],
        evaluation_threshold=float(parameters[names.EVALUATION_THRESHOLD]),
        model_package_arn=package_arn,
        model_version=int(package_arn.rsplit("/", 1)[-1]) if package_arn else None,
        training_job_name=_job_name(by_name.get(names.TRAIN_MODEL)),
        history_path=next((o["history_path"] for o in outputs.values() if o.get("history_path")), None),
        report_path=report_path,
        repository_path=str(stack.home.path / "github" / f"{parameters[names.REPOSITORY]}.git"),
        issue_number=issue_number,
        issue_path=str(stack.github.issue_path(parameters[names.REPOSITORY], issue_number)),
        retries=int(parameters[names.CURRENT_RETRY]),
    )


def next_execution(stack: LocalStack, execution_arn: str) -> str | None:
    """The execution that this one's RetrainModel step started, if it did."""
    for step in _steps(stack, execution_arn):
        if step["StepName"] == names.RETRAIN_MODEL and step["StepStatus"] == "Succeeded":
            return _outputs(step, "Lambda").get("execution_arn")
    return None


def _steps(stack: LocalStack, execution_arn: str) -> list[dict[str, Any]]:
    request = {"PipelineExecutionArn": execution_arn, "SortOrder": "Ascending", "MaxResults": 100}
    return list(stack.engine.list_pipeline_execution_steps(request)["PipelineExecutionSteps"])


def _parameters(stack: LocalStack, execution_arn: str) -> dict[str, str]:
    response = stack.engine.list_pipeline_parameters_for_execution(
        {"PipelineExecutionArn": execution_arn, "MaxResults": 50}
    )
    return {p["Name"]: p["Value"] for p in response["PipelineParameters"]}


def _types(stack: LocalStack, execution_arn: str) -> dict[str, str]:
    """Type of each step by name, from the definition this execution runs; failed steps have no metadata to tell."""
    request = {"PipelineExecutionArn": execution_arn}
    definition = json.loads(stack.engine.describe_pipeline_definition_for_execution(request)["PipelineDefinition"])
    types: dict[str, str] = {}
    pending = list(definition["Steps"])
    while pending:
        step = pending.pop()
        types[step["Name"]] = step["Type"]
        if step["Type"] == "Condition":
            pending += [*step["Arguments"].get("IfSteps", []), *step["Arguments"].get("ElseSteps", [])]
    return types


def _step(step: Mapping[str, Any], types: Mapping[str, str]) -> StepOutcome:
    ended = step.get("EndTime", step["StartTime"])
    return StepOutcome(
        name=step["StepName"],
        type=types[step["StepName"]],
        status=step["StepStatus"],
        seconds=round(float(ended) - float(step["StartTime"]), 3),
        cache_hit="CacheHitResult" in step,
        failure_reason=step.get("FailureReason"),
    )


def _succeeded(by_name: Mapping[str, Mapping[str, Any]], name: str) -> bool:
    return name in by_name and by_name[name]["StepStatus"] == "Succeeded"


def _outputs(step: Mapping[str, Any], kind: str) -> dict[str, str]:
    values: Sequence[Mapping[str, str]] = step.get("Metadata", {}).get(kind, {}).get("OutputParameters", [])
    return {v["Name"]: v["Value"] for v in values}


def _job_name(step: Mapping[str, Any] | None) -> str | None:
    arn = (step or {}).get("Metadata", {}).get("TrainingJob", {}).get("Arn")
    return str(arn).rsplit("/", 1)[-1] if arn else None


def copy_report(objects: Objects, bucket: str, prefix: str, folder: Path) -> EvaluationReport:
    """Put the files of an evaluation, plots included, into a folder for a person to open; what is missing is left out.

    Raises:
        ConfigError: evaluation.json is no evaluation report.
    """
    report = EvaluationReport.from_json(objects.read_bytes(bucket, prefix + "evaluation.json"))
    (folder / "plots").mkdir(parents=True, exist_ok=True)
    plots = (f"plots/{name}.png" for name in report.context.plots)
    for name in ("report.html", "report.md", "evaluation.json", *plots):
        if objects.exists(bucket, prefix + name):
            objects.get_file(bucket, prefix + name, folder / name)
    return report


def _evaluation(
    stack: LocalStack, execution_arn: str, by_name: Mapping[str, Mapping[str, Any]]
) -> tuple[EvaluationReport | None, str | None]:
    """The report and its place on this disk; None where no evaluation ended."""
    if not _succeeded(by_name, names.EVALUATE_MODEL):
        return None, None
    execution_id = execution_arn.rsplit("/", 1)[-1]
    folder = stack.home.path / "reports" / execution_id
    prefix = f"executions/{execution_id}/evaluate-model/evaluation/"
    return copy_report(stack.objects, stack.bucket, prefix, folder), str(folder / "report.html")


def _decision(
    by_name: Mapping[str, Mapping[str, Any]], outputs: Mapping[str, Mapping[str, str]], status: str
) -> tuple[str | None, str | None]:
    """What was decided and what comes next, read from the branch that ran."""
    if _succeeded(by_name, names.REGISTER_MODEL):
        return "registered", "approve"
    if _succeeded(by_name, names.REGISTER_ACCEPTED_MODEL):
        return "accepted", "approve"
    if names.ROLLBACK_REJECTED_MODEL in by_name:
        return "rejected", "none"
    if names.ROLLBACK_MODEL in by_name:
        return "failed", "none"
    if names.RETRAIN_MODEL in by_name:
        return "retrain", "retrain"
    if status == "Waiting":
        return "below_threshold", "reply"
    return None, None


def _message(
    status: str,
    decision: str | None,
    evaluation: Mapping[str, float],
    parameters: Mapping[str, str],
    description: Mapping[str, Any],
    issue_number: int,
) -> str:
    metric, threshold = parameters[names.EVALUATION_METRIC], parameters[names.EVALUATION_THRESHOLD]
    score = f"{metric} {evaluation[metric]:.4g}" if metric in evaluation else metric
    if decision == "registered":
        return f"{score} reaches the threshold {threshold}; the model is registered and waits for approval."
    if decision == "accepted":
        return f"{score} is below the threshold {threshold}; the operator accepted the model all the same."
    if status == "Waiting":
        return (
            f"{score} does not reach the threshold {threshold}. Answer with: "
            f'issueops reply {issue_number} "/retrain NAME=VALUE", "/accept" or "/reject".'
        )
    if decision == "rejected":
        return f"{score} does not reach the threshold {threshold}; the operator rejected the model."
    if decision == "failed":
        return f"{score} does not reach the threshold {threshold}, and no retry is left; the previous model stays."
    return str(description.get("FailureReason") or f"The execution ended as {status}.")
