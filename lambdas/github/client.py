"""GitHub as the functions need it: issues, comments, labels, reactions, permission, files, changes.

Place in the flow: `connect(settings)` gives one to a handler. Reads and idempotent writes are retried by the transport;
a comment is posted again only after looking whether the failed attempt left it there. One cost: finding our own comment
reads the issue's whole thread.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from github import GithubException
from github.Issue import Issue as ApiIssue
from github.IssueComment import IssueComment
from github.Repository import Repository

from contracts.errors import ConfigError, GitHubError
from lambdas.detection import STATUS_LABELS
from lambdas.github import commits, listings, setup
from lambdas.github.accounts import ATTEMPTS, BACKOFF_SECONDS, Account, Credentials
from lambdas.github.failures import Speaker, absent_is_fine, empty_repository, overtaken, transient
from lambdas.github.records import (
    Changed,
    Comment,
    Issue,
    PostedComment,
    WrittenFiles,
    comment_from_json,
    issue_from_json,
    label_name,
    same_text,
)

WRITE_ATTEMPTS = 8
MAX_COMMENT = 65_536
LABEL_ROUNDS = 3
ROLES = ("none", "read", "triage", "write", "maintain", "admin")
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9._-]{1,100}\Z")
_IN_URL = re.compile(r"/([^/]+/[^/]+)/(?:issues|pull)/\d+\Z")

Read = Callable[[str], str | None]
Build = Callable[[Read], Mapping[str, bytes]]


class GitHub:
    """One account's view of GitHub.

    Args:
        credentials: a token, or what `accounts.read_credentials` found.
        bot_login: login of this account; asked of GitHub where it is empty.
        on_refused: called when GitHub refuses the credentials.
    """

    def __init__(
        self,
        api_url: str,
        credentials: Credentials | str,
        *,
        bot_login: str = "",
        sleep: Callable[[float], None] = time.sleep,
        on_refused: Callable[[], None] = lambda: None,
    ) -> None:
        known = Credentials(token=credentials) if isinstance(credentials, str) else credentials
        self._account = Account(api_url, known, bot_login=bot_login)
        self._sleep = sleep
        self._speaking = Speaker(on_refused)

    def close(self) -> None:
        """Give the sockets back."""
        self._account.close()

    # Issues and comments

    def issue(self, repository: str, number: int) -> Issue:
        """Raises GitHubError where there is none; where it is elsewhere by now, as where it was deleted (410)."""
        with self._speaking(f"read issue #{number} of {repository}"):
            found = issue_from_json(self._issue(repository, number).raw_data)
            # GitHub leads from a transferred issue to the new one, and from a repository's old name to its new one.
            # Acting on it under this name would be acting on another issue, or on this one as if it were two.
            where = _IN_URL.search(found.url)
            if found.number != number or (where is not None and where[1].lower() != repository.lower()):
                raise GithubException(410, {"message": f"it is {found.url} by now"})
            return found

    def comment(self, repository: str, comment_id: int) -> Comment:
        """Raises GitHubError where there is none."""
        with self._speaking(f"read comment {comment_id} of {repository}"):
            return self._record(self._comment(repository, comment_id).raw_data)

    def comments(self, repository: str, number: int) -> list[Comment]:
        """The thread, oldest first."""
        with self._speaking(f"read the comments of issue #{number} of {repository}"):
            found = listings.entries(self._repository(repository), f"/issues/{number}/comments")
            return [self._record(comment) for comment in found]

    def find_own_comment(self, repository: str, number: int, marker: str) -> Comment | None:
        """Our first comment that begins with the marker; the same text by anyone else is no match."""
        return next((c for c in self.comments(repository, number) if c.ours and c.body.startswith(marker)), None)

    def upsert_comment(self, repository: str, number: int, *, marker: str, body: str) -> PostedComment:
        """Make the issue hold exactly one comment of ours with this marker, and with this body."""
        text = _bounded(f"{marker}\n{body}")
        for attempt in range(1, ATTEMPTS + 1):
            found = self.find_own_comment(repository, number, marker)
            if found is not None and same_text(found.body, text):
                return PostedComment(found.id, found.url, changed=False)
            try:
                with self._speaking(f"comment on issue #{number} of {repository}"):
                    issue = self._issue(repository, number)
                    if found is not None:
                        issue.get_comment(found.id).edit(text)
                        return PostedComment(found.id, found.url, changed=True)
                    posted = issue.create_comment(text)
                    return PostedComment(posted.id, posted.html_url, changed=True)
            except GitHubError as error:
                if attempt == ATTEMPTS or not transient(error):
                    raise
                self._sleep(BACKOFF_SECONDS * 2**attempt)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def edit_comment(self, repository: str, comment_id: int, body: str) -> PostedComment | None:
        """Give a comment of ours this body; None where somebody deleted it."""
        with self._speaking(f"edit comment {comment_id} of {repository}"), absent_is_fine():
            comment = self._comment(repository, comment_id)
            comment.edit(_bounded(body))
            return PostedComment(comment_id, comment.html_url, changed=True)
        return None

    def set_status_label(self, repository: str, number: int, label: str | None) -> bool:
        """Put this one of our status labels, or none, on the issue and take the others off; no other is touched.

        Looks again after a change: another function may have put its own on at the same moment.

        Returns:
            False where it was like that already.
        """
        with self._speaking(f"label issue #{number} of {repository}"):
            issue = self._issue(repository, number)
            for attempt in range(LABEL_ROUNDS):
                present = [found.name for found in issue.get_labels()]
                wrong = [name for name in present if label_name(name) in STATUS_LABELS and label_name(name) != label]
                missing = None if label in {label_name(name) for name in present} else label
                if not (wrong or missing):
                    return attempt > 0
                if missing:
                    issue.add_to_labels(missing)
                for name in wrong:
                    with absent_is_fine():
                        issue.remove_from_labels(name)
        return True

    def react(self, repository: str, comment_id: int, content: str) -> None:
        """React to a comment: `eyes`, `+1`, `-1`; the same reaction twice stays one."""
        with self._speaking(f"react to comment {comment_id} of {repository}"):
            self._comment(repository, comment_id).create_reaction(content)

    def permission(self, repository: str, login: str) -> str:
        """One of ROLES, as GitHub says at this moment; of a role that an organisation made, what it is built upon."""
        with self._speaking(f"ask for the permission of {login} on {repository}"), absent_is_fine():
            repo = self._repository(repository)
            role = repo.get_collaborator_role_name(login)
            return role if role in ROLES else repo.get_collaborator_permission(login)
        return "none"

    # What changed

    def changed_issues(self, repository: str, *, label: str, since: datetime | None, etag: str) -> Changed[Issue]:
        """Issues with the label, open and closed, that were updated since; the earliest update first."""
        with self._speaking(f"list the issues of {repository}"):
            repo = self._repository(repository)
            query = {"labels": label, "state": "all"}
            found, now = listings.changed(repo, "/issues", query, since=since, etag=etag)
            return Changed(None if found is None else tuple(map(issue_from_json, found)), now)

    def changed_comments(self, repository: str, *, since: datetime | None, etag: str) -> Changed[Comment]:
        """Comments on the repository's issues that were written or edited since; the earliest first."""
        with self._speaking(f"list the comments of {repository}"):
            repo = self._repository(repository)
            found, now = listings.changed(repo, "/issues/comments", {}, since=since, etag=etag)
            return Changed(None if found is None else tuple(map(self._record, found)), now)

    # Files

    def read_file(self, repository: str, path: str) -> str | None:
        """A file on the default branch, or None."""
        with self._speaking(f"read {path} of {repository}"):
            return commits.read(self._repository(repository), path)

    def commit_files(self, repository: str, files: Mapping[str, bytes], *, message: str) -> WrittenFiles:
        """Write files, by path, to the default branch in one commit, unless they all have this content already."""
        return self.commit_changes(repository, lambda read: files, message=message)

    def commit_changes(self, repository: str, build: Build, *, message: str) -> WrittenFiles:
        """Write what `build` makes of the files that are there, in one commit on the default branch.

        A commit that another writer overtook is made again on what is there now. An empty repository is given a
        README.md first, because GitHub makes no commit of several files without a branch.

        Args:
            build: given a reader of the files (text, or None) of the commit that is built upon, gives the files to
                write, the one to link to first; called again in each attempt.
        """
        uploaded: dict[bytes, str] = {}
        for attempt in range(1, WRITE_ATTEMPTS + 1):
            try:
                with self._speaking(f"commit to {repository}"):
                    return commits.commit(self._repository(repository), build, message, uploaded)
            except GitHubError as error:
                again = overtaken(error) or (transient(error) and attempt < ATTEMPTS)
                if attempt == WRITE_ATTEMPTS or not again:
                    raise
                if empty_repository(error):
                    self._start(repository)
                # Writers that met should part; and what GitHub just wrote, it may not show for some seconds.
                self._sleep(min(8.0, 0.1 * 2**attempt) * random.uniform(0.5, 1.5))  # noqa: S311
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _start(self, repository: str) -> None:
        """Commit a README.md, unless somebody else has just committed something."""
        try:
            with self._speaking(f"write README.md of {repository}"):
                repo = self._repository(repository)
                repo.create_file("README.md", "Start the repository", f"# {repo.name}\n")
        except GitHubError as error:
            if not overtaken(error):
                raise

    # Setting up

    def ensure_label(self, repository: str, name: str, *, color: str, description: str) -> bool:
        """Make the label, or give it this colour and description; False where it is like that already."""
        with self._speaking(f"make the label {name} in {repository}"):
            return setup.ensure_label(self._repository(repository), name, color=color, description=description)

    def has_webhook(self, repository: str, *, url: str) -> bool:
        """Whether there is a webhook with this URL."""
        with self._speaking(f"list the webhooks of {repository}"):
            return setup.has_webhook(self._repository(repository), url=url)

    def ensure_webhook(self, repository: str, *, url: str, secret: str, events: Sequence[str]) -> bool:
        """Make the webhook, or set its secret and events anew; True where this call made it."""
        with self._speaking(f"make the webhook of {repository}"):
            return setup.ensure_webhook(self._repository(repository), url=url, secret=secret, events=events)

    def _repository(self, repository: str) -> Repository:
        if _REPOSITORY.match(repository) is None or repository.rpartition("/")[2] in (".", ".."):
            raise ConfigError(f"a repository is named OWNER/NAME, got '{repository[:100]}'.")
        return self._account.api(repository).get_repo(repository)

    def _issue(self, repository: str, number: int) -> ApiIssue:
        return self._repository(repository).get_issue(number)

    def _comment(self, repository: str, comment_id: int) -> IssueComment:
        # PyGithub reaches a comment through an issue only; its path names none, so any number does.
        return self._issue(repository, 1).get_comment(comment_id)

    def _record(self, item: Mapping[str, Any]) -> Comment:
        return comment_from_json(item, login=self._account.login())


def _bounded(text: str) -> str:
    return text if len(text) <= MAX_COMMENT else text[: MAX_COMMENT - 1] + "…"
