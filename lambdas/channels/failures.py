"""Why a channel did not take a notification.

Place in the flow: channels raise it, `deliver` turns it into a result. One cost: what a service said beyond its code is
lost, because it may name addresses.
"""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from contracts.errors import IssueOpsError
from lambdas import aws


class ChannelError(IssueOpsError):
    """The message holds no secret, and no address that is one.

    `retry_after`: seconds until another attempt makes sense within this invocation; None where none does.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def refused_by_aws(what: str, error: ClientError | BotoCoreError) -> ChannelError:
    """By its code only. The SDK has tried again already."""
    return ChannelError(f"{what}: {aws.error_code(error) or type(error).__name__}.")
