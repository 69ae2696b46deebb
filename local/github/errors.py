"""The errors of the GitHub stand-in: each carries the HTTP status and the body GitHub would answer with."""

from collections.abc import Mapping, Sequence


class GitHubError(Exception):
    """A refused request.

    GitHubError
    ├── Unauthorized (401)
    ├── NotFound (404)
    ├── Forbidden (403)
    ├── Conflict (409)
    └── Unprocessable (422)
    """

    status = 400

    def __init__(self, message: str, errors: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.errors = tuple(errors)


class Unauthorized(GitHubError):
    """Who asks is not known."""

    status = 401


class NotFound(GitHubError):
    """No such thing, or not visible."""

    status = 404

    def __init__(self, message: str = "Not Found") -> None:
        super().__init__(message)


class Forbidden(GitHubError):
    """The acting account lacks the permission."""

    status = 403


class Conflict(GitHubError):
    """Somebody else changed it first."""

    status = 409


class Unprocessable(GitHubError):
    """Well-formed, but not acceptable."""

    status = 422


def invalid(resource: str, field: str, code: str, message: str = "") -> Unprocessable:
    """GitHub's validation error for one field.

    Args:
        code: missing, missing_field, invalid, already_exists or custom.
    """
    error = {"resource": resource, "field": field, "code": code}
    if message:
        error |= {"message": message}
    return Unprocessable("Validation Failed", [error])
