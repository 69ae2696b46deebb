"""What GitHub tells us, as small records. Pure.

Place in the flow: `GitHub` returns these, handlers read them. One cost: what nobody here reads is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from lambdas.detection import OUR_LABELS

_Item = TypeVar("_Item")

MARKER_START = "<!-- issueops:"


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as its author wrote it; GitHub counts pull requests among them."""

    number: int
    title: str
    body: str
    author: str
    state: str
    labels: tuple[str, ...]
    updated: datetime
    url: str
    is_pull_request: bool


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment.

    Attributes:
        by_bot: GitHub says that its author is one.
        ours: our account wrote it, and it begins with a marker as everything that we write does. What a person wrote
            with the same account, whose token a team may serve with, is that person's.
    """

    id: int
    issue_number: int
    body: str
    author: str
    by_bot: bool
    ours: bool
    created: datetime
    updated: datetime
    url: str

    @property
    def edited(self) -> bool:
        """Its text is not, or may not be, what was written first."""
        return self.updated > self.created


@dataclass(frozen=True, slots=True)
class PostedComment:
    """Where a comment stands; `changed` is False where it stood there already, word for word."""

    id: int
    url: str
    changed: bool


@dataclass(frozen=True, slots=True)
class WrittenFiles:
    """The commit that wrote files, and where the first of them stands in it for ever.

    `changed` is False where they all had this content already and nothing was committed.
    """

    commit_sha: str
    url: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Changed(Generic[_Item]):
    """What a listing holds now, oldest change first; `items` is None where GitHub answered that nothing changed.

    `etag` goes into the next request for the same listing.
    """

    items: tuple[_Item, ...] | None
    etag: str


def issue_from_json(item: Mapping[str, Any]) -> Issue:
    """An entry of GitHub's list of issues."""
    return Issue(
        number=int(item["number"]),
        title=clean(item.get("title")),
        body=clean(item.get("body")),
        author=_login(item),
        state=str(item["state"]),
        labels=tuple(label_name(str(label["name"])) for label in item.get("labels", ())),
        updated=datetime.fromisoformat(item["updated_at"]),
        url=str(item["html_url"]),
        is_pull_request="pull_request" in item,
    )


def comment_from_json(item: Mapping[str, Any], *, login: str) -> Comment:
    """An entry of GitHub's list of comments; `login` is ours, or empty where any bot counts as us."""
    author, by_bot = _login(item), (item.get("user") or {}).get("type") == "Bot"
    body, mine = clean(item.get("body")), author.lower() == login.lower() if login else by_bot
    return Comment(
        id=int(item["id"]),
        issue_number=int(item["issue_url"].rsplit("/", 1)[-1]),
        body=body,
        author=author,
        by_bot=by_bot,
        ours=mine and body.startswith(MARKER_START),
        created=datetime.fromisoformat(item["created_at"]),
        updated=datetime.fromisoformat(item["updated_at"]),
        url=str(item["html_url"]),
    )


def label_name(name: str) -> str:
    """The label's name; ours as we write them: GitHub takes `MLOps:Train` for the same, and shows it as it was made."""
    return name.lower() if name.lower() in OUR_LABELS else name


def same_text(left: str, right: str) -> bool:
    """Whether GitHub, which trims and may send CRLF, shows `left` for what was written as `right`."""
    return left.replace("\r\n", "\n").strip() == right.strip()


def clean(text: str | None) -> str:
    """Text as it may be sent on: no lone surrogates."""
    return (text or "").encode("utf-8", "replace").decode("utf-8")


def _login(item: Mapping[str, Any]) -> str:
    return str((item.get("user") or {}).get("login") or "ghost")
