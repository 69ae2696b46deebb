"""How each step type does its work: resolved step in, metadata and properties out.

Place in the flow: the runner calls `execute` in a thread of its own for everything but callbacks, which wait. One
function a type. One cost: none knows of the others, so what two types share lies in `jobs`.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.api_errors import ApiError
from local.execution.cache import KEY_ATTRIBUTES, cache_key, expires_after
from local.execution.conditions import evaluate
from local.execution.definition import Step
from local.execution.job_folder import split_uri
from local.execution.job_record import PROCESSING, JobRecord
from local.execution.jobs import JobRunner
from local.execution.journal import Journal
from local.execution.parameters import typed
from local.execution.ports import InvokeLambda, LogLine, Objects, Registry, StepError

LAMBDA_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Result:
    """A step that succeeded: what ListPipelineExecutionSteps shows, and what other steps may refer to."""

    metadata: dict[str, Any]
    properties: dict[str, Any] = field(default_factory=dict)
    cache_source: str | None = None


@dataclass(frozen=True, slots=True)
class Executors:
    """All step types, with what they need."""

    jobs: JobRunner
    objects: Objects
    registry: Registry
    invoke_lambda: InvokeLambda
    journal: Journal
    on_event: Callable[[object], None]

    def execute(
        self, step: Step, resolve: Callable[[Any], Any], *, execution: str, pipeline: str, attempt: int
    ) -> Result:
        """Do the work of one step.

        Raises:
            StepError: it failed.
            InterruptedStepError: the engine is closing.
        """
        if step.type in KEY_ATTRIBUTES:
            return self._job(step, resolve(step.arguments), execution=execution, pipeline=pipeline, attempt=attempt)
        if step.type == "Condition":
            outcome = all(evaluate(resolve(condition)) for condition in step.arguments.get("Conditions", []))
            return Result({"Condition": {"Outcome": "True" if outcome else "False"}}, {"Outcome": outcome})
        if step.type == "RegisterModel":
            return self._register(step, resolve(step.arguments), execution)
        if step.type == "Lambda":
            return self._lambda(step, resolve)
        if step.type == "Fail":
            message = str(resolve(step.arguments.get("ErrorMessage", "")))[:3072]
            return Result({"Fail": {"ErrorMessage": message}}, {"ErrorMessage": message})
        raise StepError(f"step type {step.type} cannot be executed", "Step.SERVICE_FAULT")

    def _job(self, step: Step, request: dict[str, Any], *, execution: str, pipeline: str, attempt: int) -> Result:
        name = job_name(execution, step.name, attempt)
        self.jobs.end_orphan(name)
        cache = step.raw.get("CacheConfig") or {}
        key = cache_key(step.type, request) if cache.get("Enabled") else None
        if key is not None:
            hit = self._cached(key, step, execution, pipeline, str(cache.get("ExpireAfter", "")))
            if hit is not None:
                return hit
        kind = f"{step.type}Job"
        run = self.jobs.processing if kind == PROCESSING else self.jobs.training
        arn = self.jobs.arn(f"{step.type.lower()}-job", name)
        record = JobRecord(kind, name, arn, request, save=lambda values: self._save_job(kind, name, values))
        try:
            properties = run(
                name,
                request,
                record=record,
                owner=execution,
                on_line=lambda line: self.on_event(LogLine(execution, step.name, line)),
            )
        except KeyError as error:
            reason = f"the arguments of step {step.name} lack {error.args[0]}"
            record.failed(reason, "ClientError")
            raise StepError(reason, "ClientError") from error
        except StepError as error:
            record.failed(error.reason, error.exception_type)
            raise
        except ApiError as error:
            record.failed(error.message[:1024], "ClientError")
            raise
        except OSError as error:
            record.failed(f"{type(error).__name__}: {error}"[:1024], "Step.SERVICE_FAULT")
            raise
        metadata = {kind: {"Arn": properties[f"{kind}Arn"]}}
        if key is not None:
            self.journal.execute(
                "INSERT OR REPLACE INTO cached_steps (key, pipeline, step, execution, properties, metadata, created)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                key, pipeline, step.name, execution, _json(properties), _json(metadata), time.time(),
            )  # fmt: skip
        return Result(metadata, properties)

    def _save_job(self, kind: str, name: str, values: Mapping[str, Any]) -> None:
        self.journal.execute(
            "INSERT OR REPLACE INTO jobs (name, kind, description, created) VALUES (?, ?, ?, ?)",
            name, kind, _json(values), values["CreationTime"],
        )  # fmt: skip

    def _cached(self, key: str, step: Step, execution: str, pipeline: str, duration: str) -> Result | None:
        """An earlier result of the same work, young enough, whose outputs still exist."""
        found = self.journal.row(
            "SELECT * FROM cached_steps WHERE key = ? AND pipeline = ? AND step = ?", key, pipeline, step.name
        )
        if found is None:
            return None
        limit = expires_after(duration)
        if limit is not None and found["created"] + limit < time.time():
            return None
        properties = found["properties"]
        if not all(self._present(uri) for uri in _outputs(step.type, properties)):
            return None
        # Its own result is no cache hit: the engine was killed between writing it and ending the step.
        source = found["execution"] if found["execution"] != execution else None
        return Result(found["metadata"], properties, cache_source=source)

    def _present(self, uri: str) -> bool:
        bucket, key = split_uri(uri)
        try:
            return (
                self.objects.exists(bucket, key)
                or next(iter(self.objects.list(bucket, key.rstrip("/") + "/")), None) is not None
            )
        except ApiError:  # its bucket has gone
            return False

    def _register(self, step: Step, request: dict[str, Any], execution: str) -> Result:
        token = hashlib.sha256(f"{execution}/{step.name}".encode()).hexdigest()[:36]
        try:
            response = self.registry.create_model_package({**request, "ClientToken": token})
        except OSError:
            raise
        except Exception as error:
            raise StepError(f"the model could not be registered: {error}", "ClientError") from error
        arn = str(response["ModelPackageArn"])
        properties = {
            **request,
            "ModelPackageArn": arn,
            "ModelPackageName": arn,
            "ModelPackageVersion": arn.rsplit("/", 1)[-1],
        }
        return Result({"RegisterModel": {"Arn": arn}}, properties)

    def _lambda(self, step: Step, resolve: Callable[[Any], Any]) -> Result:
        arn = str(resolve(step.raw.get("FunctionArn")))
        event = resolve(step.arguments)
        try:
            answer = self.invoke_lambda(arn, event, LAMBDA_SECONDS)
        except Exception as error:
            raise StepError(f"{arn.rsplit(':', 1)[-1]}: {error}", "Lambda.Unhandled") from error
        outputs: dict[str, Any] = {}
        for output in step.raw.get("OutputParameters") or []:
            name, kind = output["OutputName"], output.get("OutputType", "String")
            if name not in answer:
                raise StepError(
                    f"{arn.rsplit(':', 1)[-1]} did not return '{name}', which the step declares", "ClientError"
                )
            try:
                outputs[name] = typed(kind, answer[name])
            except ValueError as error:
                reason = f"output '{name}' must be of type {kind}, got {str(answer[name])[:80]!r}"
                raise StepError(reason, "ClientError") from error
        return Result({"Lambda": {"Arn": arn, "OutputParameters": named(outputs)}}, {"OutputParameters": outputs})


def named(values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Output parameters as the service lists them."""
    return [{"Name": name, "Value": "" if value is None else str(value)} for name, value in values.items()]


def job_name(execution: str, step: str, attempt: int) -> str:
    """The service's pattern, with a suffix that the same attempt gets again."""
    execution_id = execution.rsplit("/", 1)[-1]
    suffix = hashlib.sha256(f"{execution}/{step}/{attempt}".encode()).hexdigest()[:10]
    return f"pipelines-{execution_id}-{step[:20].replace('_', '-')}-{suffix}"


def _outputs(step_type: str, properties: Mapping[str, Any]) -> list[str]:
    if step_type == "Training":
        return [properties["ModelArtifacts"]["S3ModelArtifacts"]]
    outputs = (properties.get("ProcessingOutputConfig") or {}).get("Outputs") or []
    return [item["S3Output"]["S3Uri"] for item in outputs]


def _json(value: object) -> str:
    return json.dumps(value)
