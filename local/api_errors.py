"""The error every local AWS operation may raise; interfaces turn it into the protocol's own form.

Place in the flow: engine, registry and object store raise it, `s3_api` and `sagemaker_api` render it. One cost: codes
are the service's words, kept as text, because each service has its own list.
"""

from __future__ import annotations


class ApiError(Exception):
    """An operation was refused.

    Args:
        code: the service's error code, such as ValidationException or NoSuchKey.
        message: what was wrong and what would be right.
        status: HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
