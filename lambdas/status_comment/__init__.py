"""The status comment: the one living comment on an issue that shows what is true now.

Place in the flow: whoever changes what an issue should show calls `refresh`; execution_events does for everything that
SageMaker does. `state` reads, `render` makes Markdown, `post` writes. One cost: a refresh reads the newest execution,
the line and the comment, also where nothing has changed.
"""

from __future__ import annotations

from lambdas.github import PostedComment
from lambdas.services import Services
from lambdas.status_comment.label import show_label
from lambdas.status_comment.post import StatusComment

__all__ = ["refresh", "show_label"]


def refresh(services: Services, repository: str, number: int) -> PostedComment | None:
    """Make the issue's status comment show what is true now; None where there is nothing to show.

    Repeating it writes nothing; calling it from several functions at the same time is safe.

    Raises:
        GitHubError: GitHub refused.
        RuntimeError: others are writing the comment; try again later.
    """
    return StatusComment(services, repository, number).refresh()
