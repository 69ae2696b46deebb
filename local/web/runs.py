"""Executions as the pages show them: records out of the service's answers.

Place in the flow: the home page and the pages of executions read `Runs`. One cost: a listing asks for parameters and,
where an execution runs, for steps: one question each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.api_errors import ApiError
from local.web.ports import Answer, Executions, Words
from local.web.times import moment

MAX_LISTED = 60
MAX_PAGES = 50
ID = re.compile(r"[a-z0-9]{6,32}")
RUNNING = ("Executing", "Stopping", "Starting")
WAITING = "Waiting"


@dataclass(frozen=True, slots=True)
class IssueLink:
    """The issue that asked for an execution."""

    repository: str
    number: int

    @property
    def path(self) -> str:
        return f"/{self.repository}/issues/{self.number}"


@dataclass(frozen=True, slots=True)
class Step:
    """One step that was reached.

    Attributes:
        status: the service's, or Waiting for a question that nobody answered.
        kind: Processing, Training, Condition, Callback, …; empty where the definition does not say.
        job: name of its job.
        outcome: of a condition: True or False; empty for any other step.
        facts: what else it has to tell, name -> value.
        package: (group, version) that it registered.
    """

    name: str
    title: str
    status: str
    kind: str
    started: datetime | None
    ended: datetime | None
    attempts: int
    failure: str
    from_cache: bool
    job: str = ""
    outcome: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    package: tuple[str, str] | None = None

    @property
    def seconds(self) -> float | None:
        """How long it took, where it has ended."""
        return (self.ended - self.started).total_seconds() if self.started and self.ended else None


@dataclass(frozen=True, slots=True)
class Run:
    """One execution."""

    arn: str
    pipeline: str
    name: str
    status: str
    started: datetime | None
    ended: datetime | None
    failure: str
    parameters: Mapping[str, str]
    issue: IssueLink | None
    steps: tuple[Step, ...] = ()

    @property
    def id(self) -> str:
        return self.arn.rsplit("/", 1)[-1]

    @property
    def path(self) -> str:
        return f"/executions/{self.id}"

    @property
    def is_running(self) -> bool:
        """Whether anything may still change."""
        return self.status in (*RUNNING, WAITING)

    @property
    def seconds(self) -> float | None:
        """How long it took, where it has ended."""
        return (self.ended - self.started).total_seconds() if self.started and self.ended else None

    @property
    def now(self) -> list[Step]:
        """What is being done at this moment."""
        return [step for step in self.steps if step.status in (*RUNNING, WAITING)]


class Runs:
    """All executions."""

    def __init__(self, executions: Executions, words: Words) -> None:
        self._executions, self._words = executions, words

    def newest(self, limit: int = MAX_LISTED) -> list[Run]:
        """The newest executions of all pipelines; those that run with their steps."""
        found: list[tuple[Mapping[str, Any], str]] = []
        for pipeline in self._pipelines():
            request = {"PipelineName": pipeline["PipelineName"], "MaxResults": limit}
            listed = self._executions.list_pipeline_executions(request)["PipelineExecutionSummaries"]
            found += [(summary, pipeline["PipelineName"]) for summary in listed]
        found.sort(key=lambda each: _stamp(each[0].get("StartTime")), reverse=True)
        return [self._run(summary, pipeline) for summary, pipeline in found[:limit]]

    def of_issue(self, repository: str, number: int) -> list[Run]:
        """The executions that an issue asked for, newest first."""
        link = IssueLink(repository.lower(), number)
        return [
            run
            for run in self.newest()
            if run.issue and IssueLink(run.issue.repository.lower(), run.issue.number) == link
        ]

    def find(self, execution_id: str) -> Run | None:
        """The execution with its steps; None where there is none."""
        if not ID.fullmatch(execution_id):
            return None
        for pipeline in self._pipelines():
            arn = f"{pipeline['PipelineArn']}/execution/{execution_id}"
            try:
                found = self._executions.describe_pipeline_execution({"PipelineExecutionArn": arn})
            except ApiError:
                continue
            return self._run({**found, "StartTime": found["CreationTime"]}, pipeline["PipelineName"], in_full=True)
        return None

    def definition(self, run: Run) -> Mapping[str, Any]:
        """What the execution runs."""
        request = {"PipelineExecutionArn": run.arn}
        found = self._executions.describe_pipeline_definition_for_execution(request)
        document: Mapping[str, Any] = json.loads(found["PipelineDefinition"])
        return document

    def _pipelines(self) -> Iterator[Mapping[str, Any]]:
        return _all(self._executions.list_pipelines, {}, "PipelineSummaries")

    def _run(self, summary: Mapping[str, Any], pipeline: str, *, in_full: bool = False) -> Run:
        arn, status = str(summary["PipelineExecutionArn"]), str(summary["PipelineExecutionStatus"])
        steps: tuple[Step, ...] = ()
        if in_full or status in RUNNING:
            steps = tuple(self._steps(arn))
        active = [step.status for step in steps if step.status in (*RUNNING, WAITING)]
        if status == "Executing" and active and all(each == WAITING for each in active):
            status = WAITING
        parameters = self._parameters(arn)
        return Run(
            arn=arn,
            pipeline=pipeline,
            name=str(summary.get("PipelineExecutionDisplayName") or ""),
            status=status,
            started=moment(summary.get("StartTime")),
            ended=None if status in (*RUNNING, WAITING) else self._ended(arn, summary),
            failure=str(summary.get("FailureReason") or summary.get("PipelineExecutionFailureReason") or ""),
            parameters=parameters,
            issue=self._issue(parameters),
            steps=steps,
        )

    def _ended(self, arn: str, summary: Mapping[str, Any]) -> datetime | None:
        """When it was last changed: a listing does not say."""
        if "LastModifiedTime" not in summary:
            summary = self._executions.describe_pipeline_execution({"PipelineExecutionArn": arn})
        return moment(summary.get("LastModifiedTime"))

    def _parameters(self, arn: str) -> dict[str, str]:
        listed = _all(
            self._executions.list_pipeline_parameters_for_execution, {"PipelineExecutionArn": arn}, "PipelineParameters"
        )
        return {str(item["Name"]): str(item["Value"]) for item in listed}

    def _issue(self, parameters: Mapping[str, str]) -> IssueLink | None:
        repository = parameters.get(self._words.repository_parameter, "")
        number = parameters.get(self._words.issue_parameter, "")
        if not re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", repository) or not re.fullmatch(r"[1-9]\d{0,8}", number):
            return None
        return IssueLink(repository, int(number))

    def _steps(self, arn: str) -> Iterator[Step]:
        request = {"PipelineExecutionArn": arn, "SortOrder": "Ascending"}
        for item in _all(self._executions.list_pipeline_execution_steps, request, "PipelineExecutionSteps"):
            yield step_of(item)


def step_of(item: Mapping[str, Any]) -> Step:
    """One row of ListPipelineExecutionSteps."""
    metadata = item.get("Metadata") or {}
    kind = next(iter(metadata), "")
    content = metadata.get(kind) or {}
    status = str(item.get("StepStatus", ""))
    if kind == "Callback" and status == "Executing":
        status = WAITING
    arn = str(content.get("Arn") or "")
    outputs = content.get("OutputParameters") or []
    facts = {str(each.get("Name", "")): str(each.get("Value", "")) for each in outputs}
    group, _, version = arn.partition(":model-package/")[2].rpartition("/")
    return Step(
        name=str(item["StepName"]),
        title=str(item.get("StepDisplayName") or item["StepName"]),
        status=status,
        kind=kind.removesuffix("Job"),
        started=moment(item.get("StartTime")),
        ended=moment(item.get("EndTime")),
        attempts=int(item.get("AttemptCount") or 1),
        failure=str(item.get("FailureReason") or ""),
        from_cache=bool(item.get("CacheHitResult")),
        job=arn.rsplit("/", 1)[-1] if kind.endswith("Job") else "",
        outcome=str(content.get("Outcome", "")),
        facts=facts,
        package=(group, version) if kind == "RegisterModel" and group else None,
    )


def _all(operation: Callable[[Mapping[str, Any]], Answer], request: Mapping[str, Any], key: str) -> Iterator[Any]:
    """Every item of a listing, page after page."""
    token: dict[str, Any] = {}
    for _ in range(MAX_PAGES):
        answer = operation({**request, **token})
        yield from answer[key]
        if not answer.get("NextToken"):
            return
        token = {"NextToken": answer["NextToken"]}


def _stamp(value: object) -> float:
    found = moment(value) or datetime.fromtimestamp(0, UTC)
    return found.timestamp()
