"""What most handlers need, put together once an invocation: settings, clients, GitHub, the remembered state.

Place in the flow: `connect_services()` at a handler's edge; everything behind it takes `Services`, and tests make one
of fakes. One cost: a handler that needs a part of it gets the whole; clients are made when first used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lambdas import aws
from lambdas.admission import Admission
from lambdas.documents import Documents
from lambdas.github import GitHub, connect
from lambdas.issue_record import IssueRecords
from lambdas.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class Services:
    """One deployment, as seen by a function."""

    settings: Settings
    github: GitHub

    @property
    def sagemaker(self) -> Any:
        """boto3 client."""
        return aws.client("sagemaker")

    @property
    def s3(self) -> Any:
        """boto3 client."""
        return aws.client("s3")

    @property
    def sqs(self) -> Any:
        """boto3 client."""
        return aws.client("sqs")

    @property
    def documents(self) -> Documents:
        """The remembered state."""
        return Documents(self.s3, self.settings.bucket)

    @property
    def records(self) -> IssueRecords:
        """What is remembered of each issue."""
        return IssueRecords(self.documents)

    @property
    def admission(self) -> Admission:
        """Who may run."""
        return Admission(self.documents, limit=self.settings.max_executions)


def connect_services() -> Services:
    """Settings of the environment, and the connection to GitHub.

    Raises:
        ConfigError: the environment is incomplete, or the secret holds no credentials.
    """
    settings = load_settings()
    return Services(settings, connect(settings))
