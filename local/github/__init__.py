"""A small GitHub on this machine: issues, comments, labels, reactions, permissions, files, webhooks, Apps over HTTP.

Place in the flow: the Lambdas speak to it through PyGithub exactly as they speak to GitHub, and get its webhooks; the
command line and the pages use `GitHubStore` directly. Cost: it knows what an issue-driven pipeline needs and answers
404 to the rest.
"""

from local.github.app import GitHubApp, create_app
from local.github.hook_records import Delivery, Hook
from local.github.records import BOT, OPERATOR, Account, Comment, Issue, Thread
from local.github.store import GitHubStore

__all__ = [
    "BOT",
    "OPERATOR",
    "Account",
    "Comment",
    "Delivery",
    "GitHubApp",
    "GitHubStore",
    "Hook",
    "Issue",
    "Thread",
    "create_app",
]
