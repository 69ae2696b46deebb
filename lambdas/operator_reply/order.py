"""A comment that commands, with everything needed to follow it; and what following a command came to.

Place in the flow: the handler makes one Order of a comment, each command's function takes it and gives an Outcome. One
cost: the issue's executions are those of its record; they are looked for among the pipeline's newest only where the
record knows none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.findings import Finding, format_findings
from contracts.messages import message
from lambdas import executions
from lambdas.github import Comment, Issue
from lambdas.services import Services


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command came to.

    Attributes:
        text: the reply, in Markdown.
        said: the same for a terminal; empty where the text does.
        execution_arn: the execution that was concerned.
    """

    accepted: bool
    text: str
    execution_arn: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A comment of somebody who may command."""

    services: Services
    repository: str
    issue: Issue
    comment: Comment
    now: datetime

    @property
    def address(self) -> tuple[str, int]:
        """Repository and number of the issue."""
        return self.repository, self.issue.number

    @property
    def author(self) -> str:
        """Who commands."""
        return self.comment.author

    @property
    def source(self) -> str:
        """How a decision in the registry names this comment: `(octo/models#12, comment 345)`."""
        return f"({self.repository}#{self.issue.number}, comment {self.comment.id})"

    @property
    def sagemaker(self) -> Any:
        """boto3 client."""
        return self.services.sagemaker

    def executions(self) -> tuple[str, ...]:
        """ARNs of the issue's executions, newest first."""
        known = self.services.records.read(*self.address).executions
        if known:
            return known[::-1]
        repository, number = self.address
        pipeline = self.services.settings.pipeline
        return tuple(
            executions.executions_of_issue(self.sagemaker, pipeline, repository=repository, issue_number=number)
        )

    def say(self, key: str, /, **values: object) -> str:
        """A text in the deployment's language."""
        return tidy(message(key, self.services.settings.language, **values))

    def done(self, *texts: str, execution_arn: str = "") -> Outcome:
        """The command was followed."""
        return Outcome(True, "\n\n".join(filter(None, texts)), execution_arn)

    def refused(self, *texts: str, execution_arn: str = "") -> Outcome:
        """It was not, and this is why."""
        return Outcome(False, "\n\n".join(filter(None, texts)), execution_arn)

    def refused_with(self, findings: Sequence[Finding], *more: str, execution_arn: str = "") -> Outcome:
        """It was not, for all these mistakes."""
        text = "\n\n".join([self.say("reply_refused", findings=format_findings(findings)), *more])
        return Outcome(False, text, execution_arn, "\n".join(finding.message for finding in findings))


def tidy(text: str) -> str:
    """Without the spaces that an empty value leaves at a line's end."""
    return re.sub(r" +$", "", text, flags=re.MULTILINE)
