"""The one place that speaks GitHub's API.

Place in the flow: handlers call `connect(settings)` and get a `GitHub`: issues, comments, labels, reactions,
permission, files, changes, setting up. What comes back are small records, never PyGithub's objects. One cost:
PyGithub's import takes 0.2 s, so the webhook function must not come here.
"""

from lambdas.github.client import MAX_COMMENT, ROLES, WRITE_ATTEMPTS, GitHub
from lambdas.github.connections import close_connections, connect
from lambdas.github.records import Changed, Comment, Issue, PostedComment, WrittenFiles

__all__ = [
    "MAX_COMMENT",
    "ROLES",
    "WRITE_ATTEMPTS",
    "Changed",
    "Comment",
    "GitHub",
    "Issue",
    "PostedComment",
    "WrittenFiles",
    "close_connections",
    "connect",
]
