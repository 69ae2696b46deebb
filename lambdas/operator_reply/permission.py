"""Who may command: asked of GitHub at the moment of the command, and of the deployment's policy.

Place in the flow: between reading a comment and following it. A comment is followed whole or not at all. One cost: one
request to GitHub a comment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.operator_commands import Command
from lambdas.github import Issue
from lambdas.settings import PERMISSIONS, Policy

APPROVING = ("approve", "accept")


@dataclass(frozen=True, slots=True)
class Denial:
    """Why not: the key of its text, and the command that it concerns, or nothing where it concerns all of them."""

    key: str
    command: str = ""


def denial(policy: Policy, issue: Issue, *, author: str, permission: str, commands: Iterable[Command]) -> Denial | None:
    """What keeps this person from giving these commands, or None. Pure.

    Args:
        permission: what GitHub says of the author: none, or one of PERMISSIONS.
    """
    rank = PERMISSIONS.index(permission) if permission in PERMISSIONS else -1
    if rank < PERMISSIONS.index(policy.permission):
        return Denial("not_permitted")
    for command in commands:
        allowed = policy.allowed.get(command.name)
        if allowed is not None and author.lower() not in allowed:
            return Denial("not_allowed", command.name)
        own = author.lower() == issue.author.lower()
        if own and not policy.author_may_approve and command.name in APPROVING:
            return Denial("author_excluded", command.name)
    return None
