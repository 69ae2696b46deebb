"""The one module that speaks GitHub's API (commits through `lambdas.github_commit`, for it alone).

Place in the flow: handlers call `connect(settings)` for issues, comments, labels, reactions, permission and files. What
comes back are small records, never PyGithub's objects.
Reads and idempotent writes are retried by the transport; a comment is posted again only after looking whether the
failed attempt left it there. One cost: finding our own comment reads the issue's whole thread.
"""

from __future__ import annotations

import json
import logging
import os
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import requests
from github import Auth, Github, GithubException, GithubRetry
from github.ContentFile import ContentFile
from github.Issue import Issue as ApiIssue
from github.IssueComment import IssueComment
from github.Repository import Repository

from contracts import names
from contracts.errors import ConfigError, GitHubError
from lambdas import aws, github_commit
from lambdas.settings import Settings

logger = logging.getLogger(__name__)

ATTEMPTS = 4
WRITE_ATTEMPTS = 8
BACKOFF_SECONDS = 0.5
MAX_RATE_LIMIT_WAIT = 60
MAX_COMMENT = 65_536
STATUS_LABELS = (names.LABEL_RUNNING, names.LABEL_WAITING, names.LABEL_SUCCEEDED, names.LABEL_FAILED)
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}/[A-Za-z0-9._-]{1,100}\Z")
# Posting is not idempotent: the transport leaves it alone, `GitHub.upsert_comment` looks before it tries again.
_RETRIED_METHODS = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as its author wrote it."""

    number: int
    title: str
    body: str
    author: str
    state: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment; `by_bot` is what GitHub says of its author, `ours` that this token's account wrote it."""

    id: int
    issue_number: int
    body: str
    author: str
    by_bot: bool
    ours: bool
    created: datetime
    url: str


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


def connect(settings: Settings) -> GitHub:
    """The client of this deployment, made once per process, endpoint and secret."""
    secret_id = settings.github_token_secret
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    key = (settings.github_api_url, secret_id, settings.bot_login, endpoint)
    if key not in _connections:
        _connections[key] = GitHub(settings.github_api_url, _token(secret_id), bot_login=settings.bot_login)
    return _connections[key]


_connections: dict[tuple[str, ...], GitHub] = {}


def close_connections() -> None:
    """Close every client; the next `connect` asks for the token again, for example after it was replaced."""
    while _connections:
        _connections.popitem()[1].close()


def _token(secret_id: str) -> str:
    text = str(aws.client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]).strip()
    if text.startswith("{"):
        text = str(json.loads(text).get("token", ""))
    if not text:
        raise ConfigError(f"the secret '{secret_id}' holds no GitHub token.")
    return text


class GitHub:
    """One account's view of GitHub.

    Args:
        bot_login: login of this account; asked of GitHub where it is empty.
    """

    def __init__(
        self, api_url: str, token: str, *, bot_login: str = "", sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._bot_login = bot_login
        self._asked_login = False
        self._sleep = sleep
        self._api = Github(
            base_url=api_url,
            auth=Auth.Token(token),
            timeout=15,
            per_page=100,
            lazy=True,
            seconds_between_requests=0,
            seconds_between_writes=0,
            retry=GithubRetry(
                total=ATTEMPTS - 1,
                backoff_factor=BACKOFF_SECONDS,
                max_rate_limit_wait=MAX_RATE_LIMIT_WAIT,
                allowed_methods=_RETRIED_METHODS,
            ),
        )

    def close(self) -> None:
        """Give the sockets back."""
        self._api.close()

    # Issues and comments

    def issue(self, repository: str, number: int) -> Issue:
        """Raises GitHubError where there is none."""
        with _speaking(f"read issue #{number} of {repository}"):
            found = self._issue(repository, number)
            return Issue(
                number=found.number,
                title=clean(found.title),
                body=clean(found.body),
                author=found.user.login if found.user else "ghost",
                state=found.state,
                labels=tuple(label.name for label in found.labels),
            )

    def comment(self, repository: str, comment_id: int) -> Comment:
        """Raises GitHubError where there is none."""
        with _speaking(f"read comment {comment_id} of {repository}"):
            return self._record(self._comment(repository, comment_id))

    def comments(self, repository: str, number: int) -> list[Comment]:
        """The thread, oldest first."""
        with _speaking(f"read the comments of issue #{number} of {repository}"):
            return [self._record(found) for found in self._issue(repository, number).get_comments()]

    def find_own_comment(self, repository: str, number: int, marker: str) -> Comment | None:
        """Our first comment that begins with the marker; the same text by anyone else is no match."""
        return next((c for c in self.comments(repository, number) if c.ours and c.body.startswith(marker)), None)

    def upsert_comment(self, repository: str, number: int, *, marker: str, body: str) -> PostedComment:
        """Make the issue hold exactly one comment of ours with this marker, and with this body."""
        text = _bounded(f"{marker}\n{body}")
        for attempt in range(1, ATTEMPTS + 1):
            found = self.find_own_comment(repository, number, marker)
            if found is not None and _same_text(found.body, text):
                return PostedComment(found.id, found.url, changed=False)
            try:
                with _speaking(f"comment on issue #{number} of {repository}"):
                    issue = self._issue(repository, number)
                    if found is not None:
                        issue.get_comment(found.id).edit(text)
                        return PostedComment(found.id, found.url, changed=True)
                    posted = issue.create_comment(text)
                    return PostedComment(posted.id, posted.html_url, changed=True)
            except GitHubError as error:
                if attempt == ATTEMPTS or not _transient(error):
                    raise
                self._sleep(BACKOFF_SECONDS * 2**attempt)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def set_status_label(self, repository: str, number: int, label: str) -> None:
        """Put this one of our status labels on the issue and take the others off; other labels are left alone."""
        with _speaking(f"label issue #{number} of {repository}"):
            issue = self._issue(repository, number)
            present = {found.name for found in issue.get_labels()}
            if label not in present:
                issue.add_to_labels(label)
            for other in STATUS_LABELS:
                if other != label and other in present:
                    with _absent_is_fine():
                        issue.remove_from_labels(other)

    def react(self, repository: str, comment_id: int, content: str) -> None:
        """React to a comment: `eyes`, `+1`, `-1`; the same reaction twice stays one."""
        with _speaking(f"react to comment {comment_id} of {repository}"):
            self._comment(repository, comment_id).create_reaction(content)

    def permission(self, repository: str, login: str) -> str:
        """`admin`, `write`, `read` or `none`, as GitHub says at this moment."""
        with _speaking(f"ask for the permission of {login} on {repository}"):
            with _absent_is_fine():
                return self._repository(repository).get_collaborator_permission(login)
            return "none"

    # Files

    def read_file(self, repository: str, path: str) -> str | None:
        """A file on the default branch, or None."""
        with _speaking(f"read {path} of {repository}"):
            found = self._file(repository, path)
            return None if found is None else found.decoded_content.decode("utf-8", "replace")

    def commit_files(self, repository: str, files: Mapping[str, bytes], *, message: str) -> WrittenFiles:
        """Write files, by path, to the default branch in one commit, unless they all have this content already.

        A commit that another writer overtook is made again on what is there now. An empty repository is given a
        README.md first, because GitHub makes no commit of several files without a branch.
        """
        uploaded: dict[str, str] = {}
        for attempt in range(1, WRITE_ATTEMPTS + 1):
            try:
                with _speaking(f"write {next(iter(files))} of {repository}"):
                    repo = self._repository(repository)
                    written = github_commit.commit(repo, files, message, uploaded)
                    return WrittenFiles(written.sha, written.url, written.changed)
            except GitHubError as error:
                again = _overtaken(error) or (_transient(error) and attempt < ATTEMPTS)
                if attempt == WRITE_ATTEMPTS or not again:
                    raise
                if _empty(error):
                    self._start(repository)
                # Writers that met should part; and what GitHub just wrote, it may not show for some seconds.
                self._sleep(min(8.0, 0.1 * 2**attempt) * random.uniform(0.5, 1.5))  # noqa: S311
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _start(self, repository: str) -> None:
        """Commit a README.md, unless somebody else has just committed something."""
        try:
            with _speaking(f"write README.md of {repository}"):
                repo = self._repository(repository)
                repo.create_file("README.md", "Start the repository", f"# {repo.name}\n")
        except GitHubError as error:
            if not _overtaken(error):
                raise

    def _file(self, repository: str, path: str) -> ContentFile | None:
        found: ContentFile | list[ContentFile] | None = None
        with _absent_is_fine():
            found = self._repository(repository).get_contents(path)
        if isinstance(found, list):
            raise ConfigError(f"{path} of {repository} is a folder.")
        return found

    def _repository(self, repository: str) -> Repository:
        if _REPOSITORY.match(repository) is None or repository.rpartition("/")[2] in (".", ".."):
            raise ConfigError(f"a repository is named OWNER/NAME, got '{repository[:100]}'.")
        return self._api.get_repo(repository)

    def _issue(self, repository: str, number: int) -> ApiIssue:
        return self._repository(repository).get_issue(number)

    def _comment(self, repository: str, comment_id: int) -> IssueComment:
        # PyGithub reaches a comment through an issue only; its path names none, so any number does.
        return self._issue(repository, 1).get_comment(comment_id)

    def _record(self, found: IssueComment) -> Comment:
        author = found.user.login if found.user else "ghost"
        by_bot = found.user is not None and found.user.type == "Bot"
        return Comment(
            id=found.id,
            issue_number=int(found.issue_url.rsplit("/", 1)[-1]),
            body=clean(found.body),
            author=author,
            by_bot=by_bot,
            ours=author == self._login() if self._login() else by_bot,
            created=found.created_at,
            url=found.html_url,
        )

    def _login(self) -> str:
        """Our login, or nothing for an installation token, which may not ask who it is: any bot counts as us then."""
        if not self._bot_login and not self._asked_login:
            self._asked_login = True
            try:
                self._bot_login = self._api.get_user().login
            except GithubException as error:
                if error.status != 403:
                    raise
        return self._bot_login


def clean(text: str | None) -> str:
    """Text as it may be sent on: no lone surrogates."""
    return (text or "").encode("utf-8", "replace").decode("utf-8")


@contextmanager
def _speaking(what: str) -> Iterator[None]:
    """Turn what PyGithub and requests raise into GitHubError with the HTTP status, if there was one."""
    try:
        yield
    except GithubException as error:
        if error.status == 401:
            close_connections()
        detail = error.data.get("message", "") if isinstance(error.data, dict) else ""
        raise GitHubError(f"cannot {what}: GitHub answered {error.status} {detail}".rstrip() + ".") from error
    except requests.RequestException as error:
        raise GitHubError(f"cannot {what}: {type(error).__name__}.") from error


@contextmanager
def _absent_is_fine() -> Iterator[None]:
    """Go on behind the block where GitHub knows no such thing; PyGithub has a class for some of its 404s only."""
    try:
        yield
    except GithubException as error:
        if error.status != 404:
            raise


def _status(error: GitHubError) -> int | None:
    cause = error.__cause__
    return cause.status if isinstance(cause, GithubException) else None


def _overtaken(error: GitHubError) -> bool:
    """Another writer was first: the branch moved on, or a file to be created is there by now."""
    return _status(error) == 409 or (_status(error) == 422 and re.search(r'fast.forward|"sha"', str(error)) is not None)


def _empty(error: GitHubError) -> bool:
    """The repository has no commit yet."""
    return _status(error) == 409 and "empty" in str(error)


def _transient(error: GitHubError) -> bool:
    """No answer, or one that says nothing about the request."""
    status = _status(error)
    return status is None or status >= 500


def _bounded(text: str) -> str:
    return text if len(text) <= MAX_COMMENT else text[: MAX_COMMENT - 1] + "…"


def _same_text(left: str, right: str) -> bool:
    return left.replace("\r\n", "\n").strip() == right.strip()
