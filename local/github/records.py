"""What the GitHub stand-in stores, as immutable records. Times are ISO 8601, UTC, to the second."""

from dataclasses import dataclass
from typing import Literal

Permission = Literal["admin", "maintain", "write", "triage", "read", "none"]
Kind = Literal["User", "Bot"]
Subject = Literal["issue", "comment"]

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")
MAX_BODY = 65_536


@dataclass(frozen=True, slots=True)
class Account:
    """A login; `permission` holds for every repository. Without `token` one is made up once."""

    login: str
    kind: Kind = "User"
    permission: Permission = "read"
    token: str | None = None
    id: int = 0


BOT = Account("issueops[bot]", kind="Bot", permission="write")
OPERATOR = Account("operator", kind="User", permission="admin")


@dataclass(frozen=True, slots=True)
class Repository:
    """`id` is also the row that issues, comments and labels refer to."""

    id: int
    full_name: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a repository."""

    id: int
    name: str
    color: str
    description: str | None


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue with its labels in name order; `comments` is their number."""

    id: int
    repository: Repository
    number: int
    title: str
    body: str | None
    state: Literal["open", "closed"]
    state_reason: str | None
    author: Account
    labels: tuple[Label, ...]
    comments: int
    created_at: str
    updated_at: str
    closed_at: str | None


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on an issue."""

    id: int
    repository: Repository
    issue_number: int
    author: Account
    body: str
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Reaction:
    """One account's reaction; `content` is one of REACTIONS."""

    id: int
    author: Account
    content: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Thread:
    """An issue, its comments in order, and the reactions to each comment id; 0 is the issue itself."""

    issue: Issue
    comments: tuple[Comment, ...]
    reactions: dict[int, tuple[Reaction, ...]]
