"""What is remembered of an issue: what was started for it, which comment is ours, what it was told.

Place in the flow: every function that acts on an issue reads it and changes it through `IssueRecords`; the truth about
runs stays with SageMaker, the truth about texts with GitHub. One cost: a record that is deleted costs a second status
comment at most, for executions are found again by their ClientRequestToken.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.errors import ConfigError
from lambdas.documents import Document, Documents, damaged

# Occasion in `told`: an operator took the issue out of the line; what is remembered is the digest of its body then.
WITHDRAWN = "withdrawn"
# The underscore is that of enterprise managed users.
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}\Z")


@dataclass(frozen=True, slots=True)
class IssueRecord:
    """One issue.

    Attributes:
        revision: SHA-256 of the configuration that was started; written before the start, so that a record with a
            revision and no execution says "begun, and perhaps started". Empty before.
        body: SHA-256 of the body that the revision was read from.
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
    body: str = ""
    executions: tuple[str, ...] = ()
    refused: str = ""
    findings: tuple[str, ...] = ()
    closed: bool = False
    comment_id: int = 0
    comment_url: str = ""
    ticket: int = 0
    told: Mapping[str, str] = field(default_factory=dict)
    threads: Mapping[str, str] = field(default_factory=dict)

    @property
    def begun(self) -> bool:
        """A start was tried, and nobody noted how it went: the function died, or the service had no room."""
        return bool(self.revision) and not self.executions

    @property
    def blank(self) -> bool:
        """Nothing was done for this issue that anybody could see."""
        return not (self.revision or self.executions or self.refused or self.comment_id)

    def with_execution(self, arn: str) -> IssueRecord:
        """The record that knows this execution, too, as its newest one."""
        return self if arn in self.executions else dataclasses.replace(self, executions=(*self.executions, arn))

    def having_told(self, occasion: str, what: str) -> IssueRecord:
        """The record that remembers what was said."""
        return dataclasses.replace(self, told={**self.told, occasion: what})

    def having_forgotten(self, occasion: str) -> IssueRecord:
        """The record in which the occasion never was."""
        return dataclasses.replace(self, told={key: what for key, what in self.told.items() if key != occasion})


class IssueRecords:
    """The records of a deployment."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def read(self, repository: str, number: int) -> IssueRecord:
        """The record, or a fresh one.

        Raises:
            ConfigError: there is no such issue by its name, or somebody wrote something else there.
        """
        return _record(repository, number, self._documents.read(_name(repository, number)))

    def change(self, repository: str, number: int, work: Callable[[IssueRecord], IssueRecord]) -> IssueRecord:
        """Replace the record by what `work` makes of it; `work` may be called several times.

        What a newer version of this code wrote beside it stays.
        """

        def changed(document: Document) -> Document:
            before = _record(repository, number, document)
            after = work(before)
            return document if after == before else {**document, **dataclasses.asdict(after)}

        return _record(repository, number, self._documents.change(_name(repository, number), changed))


def body_digest(body: str) -> str:
    """SHA-256 of an issue's body, by which an edit is noticed."""
    return hashlib.sha256(body.encode()).hexdigest()


def names_an_issue(repository: str, number: int) -> bool:
    """Whether this can be an issue at all; executions that somebody started in Studio name what they like."""
    return number > 0 and _REPOSITORY.match(repository) is not None


def _name(repository: str, number: int) -> str:
    if not names_an_issue(repository, number):
        raise ConfigError(f"an issue is named OWNER/NAME and a number from 1, got '{repository[:100]}' and {number}.")
    return f"issues/{repository.lower()}/{number}"


def _record(repository: str, number: int, document: Document) -> IssueRecord:
    fresh = IssueRecord(repository, number)
    values: dict[str, Any] = {}
    for row in dataclasses.fields(IssueRecord):
        if row.name in document and row.name not in ("repository", "number"):
            value, usual = document[row.name], getattr(fresh, row.name)
            if not _alike(value, usual):
                what = f"'{row.name}' must be {_EXPECTED[type(usual)]}, got {type(value).__name__}"
                raise damaged(_name(repository, number), what)
            values[row.name] = tuple(value) if isinstance(usual, tuple) else value
    return dataclasses.replace(fresh, **values)


_EXPECTED = {
    str: "text",
    tuple: "a list of texts",
    dict: "an object of texts",
    bool: "true or false",
    int: "an integer",
}


def _alike(value: object, usual: object) -> bool:
    """Whether the value, as JSON gives it, may stand where `usual` stands in a fresh record."""
    if isinstance(usual, tuple):
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if isinstance(usual, dict):
        return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    return type(value) is type(usual)
