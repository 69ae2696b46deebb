"""What the pages need from the rest of the house, as protocols: handed in by whoever wires it up.

Place in the flow: `WebApp` takes one `Ports`. The AWS operations are the service's own, requests and answers as
dictionaries; `ApiError` and `GitHubError` are their refusals. One cost: none of these is paged here beyond what a
person reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from local.github.records import Account, Issue, Label, Repository, Thread

Request = Mapping[str, Any]
Answer = Mapping[str, Any]
Graph = Callable[[Mapping[str, Any], Mapping[str, str]], str]
# (status, headers, body) of a delivery's headers and raw body.
DeliverWebhook = Callable[[Mapping[str, str], bytes], tuple[int, Mapping[str, str], bytes]]
Metrics = Callable[[str, int], Mapping[str, float]]


class ActionRefusedError(Exception):
    """The registry would not; the message is for the person who asked."""


class GitHub(Protocol):
    """The stand-in's store."""

    root: Path

    def accounts(self) -> Sequence[Account]: ...
    def account(self, login: str) -> Account: ...
    def repositories(self) -> Sequence[Repository]: ...
    def repository(self, full_name: str) -> Repository: ...
    def issues(self, repo: str) -> Sequence[Issue]: ...
    def issue(self, repo: str, number: int) -> Issue: ...
    def thread(self, repo: str, number: int) -> Thread: ...
    def labels(self, repo: str) -> Sequence[Label]: ...
    def open_issue(self, repo: str, title: str, body: str | None, labels: Sequence[str], author: str) -> int: ...
    def edit_issue(self, repo: str, number: int, changes: dict[str, object], by: str) -> Issue: ...
    def add_comment(self, repo: str, number: int, body: str, author: str) -> int: ...


class Executions(Protocol):
    """The engine's reading operations."""

    def list_pipelines(self, request: Request) -> Answer: ...
    def list_pipeline_executions(self, request: Request) -> Answer: ...
    def describe_pipeline_execution(self, request: Request) -> Answer: ...
    def describe_pipeline_definition_for_execution(self, request: Request) -> Answer: ...
    def list_pipeline_execution_steps(self, request: Request) -> Answer: ...
    def list_pipeline_parameters_for_execution(self, request: Request) -> Answer: ...


class Registry(Protocol):
    """The model registry's reading operations."""

    def list_model_package_groups(self, request: Request) -> Answer: ...
    def list_model_packages(self, request: Request) -> Answer: ...
    def describe_model_package(self, request: Request) -> Answer: ...


class Decide(Protocol):
    """Approve or reject one version.

    Raises:
        ActionRefusedError: it cannot be; the message says why.
    """

    def __call__(self, model: str, version: int, *, by: str, reason: str) -> object: ...


class RollBack(Protocol):
    """Archive the version in force and approve the named one, or the one before where none is named.

    Raises:
        ActionRefusedError: it cannot be; the message says why.
    """

    def __call__(self, model: str, version: int | None, *, by: str, reason: str) -> object: ...


@dataclass(frozen=True, slots=True)
class Actions:
    """What the buttons of the registry do."""

    approve: Decide
    reject: Decide
    rollback: RollBack


@dataclass(frozen=True, slots=True)
class Words:
    """Names that this project uses and this room does not know.

    Attributes:
        repository_parameter: pipeline parameter that names the repository of the issue that asked.
        issue_parameter: pipeline parameter with its number; 0 for none.
        training_label: label that makes an issue a request for a training.
        training_template: text that a new issue begins with.
        commands: what an operator may answer, offered beside the comment box.
        empty_hint: the command that brings the first issue, for empty pages.
        facts: name -> value, shown under "About": addresses, folders.
        language: of the texts, for browsers and screen readers.
        texts: key -> what the pages say, with placeholders such as {count}; one that is missing is an error at its use.
    """

    repository_parameter: str = "Repository"
    issue_parameter: str = "IssueNumber"
    training_label: str = "mlops:train"
    training_template: str = ""
    commands: Sequence[str] = ()
    empty_hint: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the pages are about.

    Attributes:
        graph: Mermaid text of a definition, given step name -> the service's status, or Cached, or Waiting.
        deliver_webhook: what answers `POST /webhook`; without one there is none.
        metrics: a version's metrics by name, where they are known.
        jobs: folder with one folder a job and its log.txt in it.
        queue_depths: queue name -> messages that wait.
    """

    github: GitHub
    executions: Executions
    registry: Registry
    graph: Graph
    actions: Actions
    deliver_webhook: DeliverWebhook | None = None
    metrics: Metrics = lambda model, version: {}
    jobs: Path | None = None
    queue_depths: Callable[[], Mapping[str, int]] = dict
    words: Words = field(default_factory=Words)
