"""What PyGithub and requests raise, as GitHubError; and what each failure means.

Place in the flow: every request of this package runs inside `speaking`. One cost: the HTTP status is looked up in the
error's cause, so an error that is raised anew loses it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import requests
from github import GithubException, RateLimitExceededException

from contracts.errors import GitHubError

_FORBIDDEN, _FINAL = 403, (404, 410, 422)


class Speaker:
    """Turns failures into GitHubError, and tells who must know that our credentials were refused."""

    def __init__(self, on_refused: Callable[[], None]) -> None:
        self._on_refused = on_refused

    @contextmanager
    def __call__(self, what: str) -> Iterator[None]:
        """Raises GitHubError that says what could not be done, with the HTTP status, if there was one."""
        try:
            yield
        except GithubException as error:
            if error.status == 401:
                self._on_refused()
            detail = error.data.get("message", "") if isinstance(error.data, dict) else ""
            raise GitHubError(f"cannot {what}: GitHub answered {error.status} {detail}".rstrip() + ".") from error
        except requests.RequestException as error:
            raise GitHubError(f"cannot {what}: {type(error).__name__}.") from error


@contextmanager
def absent_is_fine() -> Iterator[None]:
    """Go on behind the block where GitHub knows no such thing; PyGithub has a class for some of its 404s only."""
    try:
        yield
    except GithubException as error:
        if error.status not in (404, 410):
            raise


def status_of(error: GitHubError) -> int | None:
    """The HTTP status GitHub answered with, or None where it did not answer."""
    cause = error.__cause__
    return cause.status if isinstance(cause, GithubException) else None


def overtaken(error: GitHubError) -> bool:
    """Another writer was first: the branch moved on, or a file to be created is there by now."""
    status = status_of(error)
    return status == 409 or (status == 422 and re.search(r'fast.forward|"sha"', str(error)) is not None)


def empty_repository(error: GitHubError) -> bool:
    """The repository has no commit yet."""
    return status_of(error) == 409 and "empty" in str(error)


def passing(error: GitHubError) -> bool:
    """Whether the same request may succeed later: outages, limits and refused credentials pass; what is gone, and
    what we may not do (an archived repository, a locked issue, an App without the right), does not."""
    status = status_of(error)
    if status == _FORBIDDEN:
        return isinstance(error.__cause__, RateLimitExceededException)
    return status not in _FINAL


def transient(error: GitHubError) -> bool:
    """No answer, or one that says nothing about the request."""
    status = status_of(error)
    return status is None or status >= 500
