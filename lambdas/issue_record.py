"""What is remembered of an issue: what was started for it, which comment is ours, what it was told.

Place in the flow: every function that acts on an issue reads it and changes it through `IssueRecords`; the truth about
runs stays with SageMaker, the truth about texts with GitHub. One cost: a record that is deleted costs a second status
comment at most, for executions are found again by their ClientRequestToken.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lambdas.documents import Document, Documents


@dataclass(frozen=True, slots=True)
class IssueRecord:
    """One issue.

    Attributes:
        revision: SHA-256 of the configuration that was started last; empty before.
        executions: ARNs, oldest first; a retrain adds its own.
        refused: the body's SHA-256 and the findings it was refused with, where it was.
        findings: the mistakes of a refused body, one sentence each.
        closed: the issue was closed; its executions were told to stop.
        comment_id: our status comment; 0 before there is one.
        comment_url: where it stands.
        ticket: counts refreshes of the status comment, so that an older one notices a newer.
        told: what was said once, by occasion -> what exactly, so that it is not said twice.
        threads: notification channel -> its name for the thread of this issue (Slack: ts).
    """

    repository: str
    number: int
    revision: str = ""
    executions: tuple[str, ...] = ()
    refused: str = ""
    findings: tuple[str, ...] = ()
    closed: bool = False
    comment_id: int = 0
    comment_url: str = ""
    ticket: int = 0
    told: Mapping[str, str] = field(default_factory=dict)
    threads: Mapping[str, str] = field(default_factory=dict)

    def with_execution(self, arn: str) -> IssueRecord:
        """The record that knows this execution, too, as its newest one."""
        return self if arn in self.executions else dataclasses.replace(self, executions=(*self.executions, arn))

    def having_told(self, occasion: str, what: str) -> IssueRecord:
        """The record that remembers what was said."""
        return dataclasses.replace(self, told={**self.told, occasion: what})


class IssueRecords:
    """The records of a deployment."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def read(self, repository: str, number: int) -> IssueRecord:
        """The record, or a fresh one."""
        return _record(repository, number, self._documents.read(_name(repository, number)))

    def change(self, repository: str, number: int, work: Callable[[IssueRecord], IssueRecord]) -> IssueRecord:
        """Replace the record by what `work` makes of it; `work` may be called several times."""

        def changed(document: Document) -> Document:
            before = _record(repository, number, document)
            after = work(before)
            return document if after == before else dataclasses.asdict(after)

        return _record(repository, number, self._documents.change(_name(repository, number), changed))


def _name(repository: str, number: int) -> str:
    return f"issues/{repository.lower()}/{number}"


def _record(repository: str, number: int, document: Document) -> IssueRecord:
    known = {f.name for f in dataclasses.fields(IssueRecord)}
    values = {name: value for name, value in document.items() if name in known}
    for name in ("executions", "findings"):
        values[name] = tuple(values.get(name, ()))
    return IssueRecord(**{**values, "repository": repository, "number": number})
