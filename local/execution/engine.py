"""SageMaker Pipelines' operations on this machine: pipelines, executions, callbacks, jobs.

Place in the flow: `local.sagemaker_api` dispatches requests here, `local.stack` calls the same methods. Requests and
responses are the service's own, as dictionaries; every refusal is an ApiError. One cost: all executions of a home run
in one process.
"""

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from local.api_errors import ApiError
from local.execution import describe
from local.execution.callbacks import Callbacks
from local.execution.checkpoints import COPY_SECONDS
from local.execution.definition import Plan, parse
from local.execution.executors import Executors, named
from local.execution.job_process import GRACE_SECONDS, Processes
from local.execution.jobs import JobRunner
from local.execution.journal import Journal
from local.execution.parameters import execution_values
from local.execution.ports import ExecutionEvent, InvokeLambda, Objects, Registry, SendMessage
from local.execution.runner import FINAL, Runner
from local.execution.variables import resolver
from local.home import Home

logger = logging.getLogger(__name__)

_ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
DEFAULT_PARALLEL = 4


class Engine:
    """Runs executions and answers for them."""

    def __init__(
        self,
        home: Home,
        *,
        objects: Objects,
        registry: Registry,
        invoke_lambda: InvokeLambda,
        send_message: SendMessage,
        on_event: Callable[[object], None] | None = None,
        account: str,
        region: str,
        interpreter: str = sys.executable,
        checkpoint_seconds: float = COPY_SECONDS,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        """Open the engine on a home.

        Args:
            interpreter: runs the jobs' `python3`.
            checkpoint_seconds: how often a training job's checkpoints are copied to their S3Uri.
            grace_seconds: what a job that is stopped gets between SIGTERM and SIGKILL; SageMaker gives 120.
        """
        self._account, self._region, self._objects = account, region, objects
        self._send = send_message
        self._listener = on_event or (lambda event: None)
        self._journal = Journal(home.database)
        self._processes = Processes(grace_seconds)
        jobs = JobRunner(home.jobs, objects, self._processes, account, region, interpreter, checkpoint_seconds)
        self._executors = Executors(jobs, objects, registry, invoke_lambda, self._journal, self._emit)
        self._runners: dict[str, Runner] = {}
        self._lock = threading.Lock()
        self._retrying = threading.Lock()
        self._callbacks = Callbacks(self._journal, self._wake)
        self._closed = False

    # Pipelines

    def create_pipeline(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """CreatePipeline; the definition is checked."""
        name = request["PipelineName"]
        parse(request.get("PipelineDefinition") or "")
        arn = f"arn:aws:sagemaker:{self._region}:{self._account}:pipeline/{name.lower()}"
        now = time.time()
        try:
            self._journal.execute(
                "INSERT INTO pipelines (name, arn, document, created, modified) VALUES (?, ?, ?, ?, ?)",
                name, arn, json.dumps(dict(request)), now, now,
            )  # fmt: skip
        except sqlite3.IntegrityError as error:
            raise ApiError("ValidationException", f"Pipeline names must be unique; {name} exists.") from error
        return {"PipelineArn": arn}

    def update_pipeline(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """UpdatePipeline; running executions keep the definition they began with."""
        row = self._pipeline(request["PipelineName"])
        if request.get("PipelineDefinition"):
            parse(request["PipelineDefinition"])
        document = {**row["document"], **request}
        self._journal.execute(
            "UPDATE pipelines SET document = ?, modified = ? WHERE name = ?",
            json.dumps(document),
            time.time(),
            row["name"],
        )
        return {"PipelineArn": row["arn"]}

    def describe_pipeline(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribePipeline."""
        return describe.pipeline(self._pipeline(request["PipelineName"]))

    def list_pipelines(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListPipelines, newest first."""
        rows = [describe.pipeline(row) for row in self._journal.rows("SELECT * FROM pipelines ORDER BY created DESC")]
        prefix = request.get("PipelineNamePrefix", "")
        keys = (
            "PipelineArn",
            "PipelineName",
            "PipelineDisplayName",
            "PipelineDescription",
            "RoleArn",
            "CreationTime",
            "LastModifiedTime",
        )
        found = [{k: row[k] for k in keys if k in row} for row in rows if row["PipelineName"].startswith(prefix)]
        return describe.page("PipelineSummaries", found, request)

    def delete_pipeline(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DeletePipeline; refused while an execution runs."""
        row = self._pipeline(request["PipelineName"])
        running = "SELECT 1 FROM executions WHERE pipeline = ? AND status IN ('Executing', 'Stopping') LIMIT 1"
        if self._journal.row(running, row["name"]):
            raise ApiError("ConflictException", f"Pipeline {row['name']} has running executions; stop them first.")
        self._journal.execute("DELETE FROM pipelines WHERE name = ?", row["name"])
        return {"PipelineArn": row["arn"]}

    # Executions

    def start_pipeline_execution(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """StartPipelineExecution; the same ClientRequestToken starts once."""
        pipeline = self._pipeline(request["PipelineName"])
        token = request.get("ClientRequestToken")
        known = token and self._journal.row(
            "SELECT arn FROM executions WHERE pipeline = ? AND token = ?", pipeline["name"], token
        )
        if known:
            return {"PipelineExecutionArn": known["arn"]}
        definition = pipeline["document"]["PipelineDefinition"]
        plan = parse(definition)
        parameters = execution_values(plan.parameters, request.get("PipelineParameters") or [])
        execution_id = "".join(secrets.choice(_ID_ALPHABET) for _ in range(12))
        arn = f"{pipeline['arn']}/execution/{execution_id}"
        now = time.time()
        try:
            self._journal.execute(
                "INSERT INTO executions (arn, pipeline, token, definition, parameters, display_name, note,"
                " parallelism, status, created, modified)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'Executing', ?, ?)",
                arn, pipeline["name"], token, definition, json.dumps(parameters),
                request.get("PipelineExecutionDisplayName"), request.get("PipelineExecutionDescription"),
                _parallelism(request, pipeline["document"]), now, now,
            )  # fmt: skip
        except sqlite3.IntegrityError:  # another thread with the same token was first
            return self.start_pipeline_execution(request)
        self._emit(ExecutionEvent(arn, "Executing"))
        self._launch(arn, plan)
        return {"PipelineExecutionArn": arn}

    def describe_pipeline_execution(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribePipelineExecution."""
        row = self._execution(request["PipelineExecutionArn"])
        return describe.execution(row, row["arn"].split("/execution/")[0])

    def describe_pipeline_definition_for_execution(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribePipelineDefinitionForExecution."""
        row = self._execution(request["PipelineExecutionArn"])
        return {"PipelineDefinition": row["definition"], "CreationTime": row["created"]}

    def list_pipeline_executions(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListPipelineExecutions, newest first unless asked otherwise."""
        name = self._pipeline(request["PipelineName"])["name"]
        rows = self._journal.rows("SELECT * FROM executions WHERE pipeline = ? ORDER BY created, rowid", name)
        if request.get("SortOrder", "Descending") == "Descending":
            rows.reverse()
        return describe.page("PipelineExecutionSummaries", [describe.execution_summary(row) for row in rows], request)

    def list_pipeline_parameters_for_execution(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListPipelineParametersForExecution: defaults included, all values as text."""
        values = self._execution(request["PipelineExecutionArn"])["parameters"]
        return describe.page("PipelineParameters", named(values), request)

    def list_pipeline_execution_steps(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListPipelineExecutionSteps; steps that were never reached are not listed, as on the service."""
        execution = self._execution(request["PipelineExecutionArn"])
        raw = {name: step.raw for name, step in parse(execution["definition"]).steps.items()}
        rows = self._journal.rows("SELECT * FROM steps WHERE execution = ? ORDER BY started, rowid", execution["arn"])
        if request.get("SortOrder", "Descending") == "Descending":
            rows.reverse()
        return describe.page("PipelineExecutionSteps", [describe.step(row, raw[row["name"]]) for row in rows], request)

    def stop_pipeline_execution(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """StopPipelineExecution: jobs are told to end, waiting callbacks are asked to answer."""
        row = self._execution(request["PipelineExecutionArn"])
        changed = self._journal.execute(
            "UPDATE executions SET status = 'Stopping', modified = ? WHERE arn = ? AND status = 'Executing'",
            time.time(),
            row["arn"],
        )
        if not changed and row["status"] != "Stopping":
            raise ApiError("ValidationException", f"The execution has ended as {row['status']} and cannot be stopped.")
        if changed:
            self._emit(ExecutionEvent(row["arn"], "Stopping"))
        self._processes.stop_of(row["arn"])
        self._wake(row["arn"])
        return {"PipelineExecutionArn": row["arn"]}

    def retry_pipeline_execution(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """RetryPipelineExecution: what failed or was stopped runs again, what succeeded stands."""
        with self._retrying:
            row = self._execution(request["PipelineExecutionArn"])
            arn = row["arn"]
            if row["status"] not in ("Failed", "Stopped", "CompletedWithFailures"):
                raise ApiError(
                    "ValidationException",
                    f"Only an execution that failed or was stopped is retried; this one is {row['status']}.",
                )
            self._drop_runner(arn)
            plan = parse(row["definition"])
            states = self._journal.rows("SELECT name, status FROM steps WHERE execution = ?", arn)
            again = plan.downstream({state["name"] for state in states if state["status"] != "Succeeded"})
            for name in again:
                self._journal.execute("DELETE FROM steps WHERE execution = ? AND name = ?", arn, name)
            self._journal.execute(
                "UPDATE executions SET status = 'Executing', failure = NULL, modified = ? WHERE arn = ?",
                time.time(), arn,
            )  # fmt: skip
            self._emit(ExecutionEvent(arn, "Executing"))
            self._processes.forget(arn)
            self._launch(arn, plan)
        return {"PipelineExecutionArn": arn}

    # Callbacks

    def send_pipeline_execution_step_success(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """SendPipelineExecutionStepSuccess; the first answer counts, a second is refused."""
        arn = self._callbacks.succeed(request["CallbackToken"], request.get("OutputParameters") or [])
        return {"PipelineExecutionArn": arn}

    def send_pipeline_execution_step_failure(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """SendPipelineExecutionStepFailure."""
        arn = self._callbacks.fail(request["CallbackToken"], request.get("FailureReason"))
        return {"PipelineExecutionArn": arn}

    # Jobs

    def describe_training_job(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeTrainingJob."""
        return self._job("TrainingJob", request["TrainingJobName"])

    def describe_processing_job(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeProcessingJob."""
        return self._job("ProcessingJob", request["ProcessingJobName"])

    def list_training_jobs(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListTrainingJobs, newest first."""
        rows = self._journal.rows("SELECT * FROM jobs WHERE kind = 'TrainingJob' ORDER BY created DESC")
        keys = ("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingEndTime", "TrainingJobStatus")
        return describe.page(
            "TrainingJobSummaries",
            [{k: row["description"][k] for k in keys if k in row["description"]} for row in rows],
            request,
        )

    # Beyond the service

    def resume(self) -> list[str]:
        """Go on with every execution that a dead process left unfinished; returns their ARNs, oldest first."""
        unfinished = self._journal.rows(
            "SELECT arn, status, definition FROM executions WHERE status IN ('Executing', 'Stopping')"
            " ORDER BY created, rowid"
        )
        for row in unfinished:
            if row["status"] == "Stopping":
                self._processes.stop_of(row["arn"])
            try:
                self._launch(row["arn"], parse(row["definition"]))
            except ApiError as error:
                if error.status != 400:
                    raise
                logger.error("execution %s cannot go on: %s", row["arn"], error.message)
                self._journal.execute(
                    "UPDATE executions SET status = 'Failed', failure = ?, modified = ? WHERE arn = ?",
                    error.message[:1024], time.time(), row["arn"],
                )  # fmt: skip
                self._emit(ExecutionEvent(row["arn"], "Failed"))
        return [row["arn"] for row in unfinished]

    def execution_facts(self, arn: str) -> dict[str, Any] | None:
        """The journal's row of an execution, for who tells of it."""
        return self._journal.row("SELECT * FROM executions WHERE arn = ?", arn)

    def step_facts(self, arn: str, step: str) -> dict[str, Any] | None:
        """The journal's row of a step."""
        return self._journal.row("SELECT * FROM steps WHERE execution = ? AND name = ?", arn, step)

    def wait(self, execution_arn: str, timeout: float | None = None) -> str:
        """The final status; "Waiting" when only callbacks wait; the present status when `timeout` seconds passed."""
        runner = self._runners.get(execution_arn)
        if runner is not None:
            runner.wait(timeout)
        status = str(self._execution(execution_arn)["status"])
        if status in FINAL:
            return status
        return "Waiting" if runner is None or runner.is_waiting else status

    def close(self) -> None:
        """Stop working; everything unfinished can be resumed."""
        with self._lock:
            self._closed = True
            runners = list(self._runners.values())
        self._processes.stop()
        for runner in runners:
            runner.close()
        self._journal.close()

    def _launch(self, arn: str, plan: Plan) -> None:
        with self._lock:
            if self._closed:
                raise ApiError("ServiceUnavailable", "the engine is closing", 503)
            if arn in self._runners:
                return
            execution = self._execution(arn)
            runner = Runner(
                execution,
                plan,
                journal=self._journal,
                executors=self._executors,
                send_message=self._send,
                resolver=lambda execution: resolver(execution, plan, self._journal, self._objects),
                on_event=self._emit,
                max_parallel=execution["parallelism"] or DEFAULT_PARALLEL,
            )
            self._runners[arn] = runner
            runner.start()

    def _drop_runner(self, arn: str) -> None:
        with self._lock:
            runner = self._runners.pop(arn, None)
        if runner is not None:
            runner.close()

    def _wake(self, arn: str) -> None:
        runner = self._runners.get(arn)
        if runner is not None:
            runner.wake()

    def _emit(self, event: object) -> None:
        """Tell the listener; what it does wrong is its own affair and stops no execution."""
        try:
            self._listener(event)
        except Exception:
            logger.exception("the listener of engine events broke")

    def _pipeline(self, name_or_arn: str) -> dict[str, Any]:
        row = self._journal.row("SELECT * FROM pipelines WHERE name = ? OR arn = ?", name_or_arn, name_or_arn)
        if row is None:
            raise ApiError("ResourceNotFound", f"Pipeline {name_or_arn} does not exist.")
        return row

    def _execution(self, arn: str) -> dict[str, Any]:
        row = self._journal.row("SELECT * FROM executions WHERE arn = ?", arn)
        if row is None:
            raise ApiError("ResourceNotFound", f"Pipeline execution {arn} does not exist.")
        row["definition"] = row["definition"] if isinstance(row["definition"], str) else json.dumps(row["definition"])
        return row

    def _job(self, kind: str, name: str) -> dict[str, Any]:
        row = self._journal.row("SELECT * FROM jobs WHERE name = ? AND kind = ?", name, kind)
        if row is None:
            raise ApiError("ValidationException", f"Requested resource not found: {kind} {name}.")
        found: dict[str, Any] = row["description"]
        return found


def _parallelism(*documents: Mapping[str, Any]) -> int | None:
    """How many steps may run at once: as the start says, else as the pipeline says."""
    for document in documents:
        stated = (document.get("ParallelismConfiguration") or {}).get("MaxParallelExecutionSteps")
        if stated is not None:
            return int(stated)
    return None
