"""Writes the status comment: once, word for word what is true, whoever refreshes it at the same time.

Place in the flow: `refresh` is called by every function that changed something an issue should show. A refresh takes a
ticket, then reads the truth, writes, and looks whether a newer ticket was taken meanwhile: if so it begins anew, for
its own text may have overwritten a newer one. What is right already is not written, and costs no ticket as long as
nobody else is writing. One cost: a refresh that changes something reads the truth twice.
"""

from __future__ import annotations

import dataclasses
import logging
import random
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from contracts.deployment import DEFAULT_TIMEOUT_SECONDS
from contracts.errors import GitHubError
from lambdas.github import Comment, PostedComment
from lambdas.github.failures import status_of
from lambdas.github.records import same_text
from lambdas.issue_record import IssueRecord
from lambdas.services import Services
from lambdas.status_comment.render import MARKER, View, render
from lambdas.status_comment.state import Truth

logger = logging.getLogger(__name__)

ROUNDS = 10
# Longer than the functions that make the comment may take; then it has died, and another one may make it.
CLAIM = timedelta(seconds=DEFAULT_TIMEOUT_SECONDS + 10)
WAITS = 5
# In IssueRecord.told: the newest ticket whose holder has finished, and who is making the comment.
WRITTEN, MAKING = "status:written", "status:making"
_GONE = (404, 410)


def _now() -> datetime:
    return datetime.now(UTC)


class StatusComment:
    """The comment of one issue."""

    def __init__(
        self,
        services: Services,
        repository: str,
        number: int,
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._github, self._records = services.github, services.records
        self._issue = (repository, number)
        settings = services.settings
        self._view = View(settings.language, logs_url=settings.logs_url, permission=settings.policy.permission)
        self._truth = Truth(services)
        self._sleep, self._now = sleep, now
        self._token = uuid.uuid4().hex

    def refresh(self) -> PostedComment | None:
        """Make the comment say what is true now; None where there is nothing to say.

        Raises:
            GitHubError: GitHub refused.
            RuntimeError: others kept refreshing, or another function is making the comment just now; try again later.
        """
        record = self._records.read(*self._issue)
        if _is_quiet(record):
            text = self._text(record)
            if text is None:
                return None
            found = self._present(record.comment_id)
            if found is not None and same_text(found.body, text):
                return PostedComment(found.id, found.url, changed=False)
        changed = False
        for attempt in range(ROUNDS):
            record = self._take_ticket()
            text = self._text(record)
            posted = self._write(record, text) if text is not None else None
            changed = changed or (posted is not None and posted.changed)
            if self._finish(record.ticket):
                return None if posted is None else dataclasses.replace(posted, changed=changed)
            self._sleep(random.uniform(0, min(2.0, 0.1 * 2**attempt)))  # noqa: S311 - writers that met should part
        raise RuntimeError(f"the status comment of {_named(self._issue)} was refreshed by others {ROUNDS} times.")

    def _text(self, record: IssueRecord) -> str | None:
        state = self._truth.of(record)
        return None if state is None else render(state, self._view)

    def _take_ticket(self) -> IssueRecord:
        return self._records.change(*self._issue, lambda record: dataclasses.replace(record, ticket=record.ticket + 1))

    def _finish(self, ticket: int) -> bool:
        """Whether ours is still the newest ticket; then it is noted that nobody is writing."""

        def work(record: IssueRecord) -> IssueRecord:
            return record.having_told(WRITTEN, str(ticket)) if record.ticket == ticket else record

        return self._records.change(*self._issue, work).ticket == ticket

    def _write(self, record: IssueRecord, text: str) -> PostedComment:
        """Edit the comment where it differs; make it where there is none."""
        if record.comment_id:
            found = self._present(record.comment_id)
            if found is not None and same_text(found.body, text):
                return PostedComment(found.id, found.url, changed=False)
            edited = self._github.edit_comment(self._issue[0], record.comment_id, text) if found is not None else None
            if edited is not None:
                return edited
            logger.info("the status comment of %s was deleted", _named(self._issue))
        return self._make(text, deleted=record.comment_id)

    def _make(self, text: str, *, deleted: int) -> PostedComment:
        """Make the comment, unless another function does; `deleted` is the id of the one that is gone."""
        record = self._records.change(*self._issue, lambda record: self._claimed(record, deleted))
        for _ in range(WAITS):
            if record.comment_id or self._is_mine(record):
                break
            self._sleep(1.0)
            record = self._records.read(*self._issue)
        if record.comment_id:
            # Made by another function meanwhile; its words are older or newer than ours, our ticket decides.
            edited = self._github.edit_comment(self._issue[0], record.comment_id, text)
            if edited is not None:
                return edited
        if not self._is_mine(record):
            raise RuntimeError(f"another function is making the status comment of {_named(self._issue)}; try again.")
        try:
            posted = self._github.upsert_comment(*self._issue, marker=MARKER, body=text.removeprefix(f"{MARKER}\n"))
        except GitHubError:
            self._records.change(*self._issue, lambda record: self._remembered(record, None))
            raise
        self._records.change(*self._issue, lambda record: self._remembered(record, posted))
        return posted

    def _claimed(self, record: IssueRecord, deleted: int) -> IssueRecord:
        if record.comment_id not in (0, deleted):
            return record
        record = dataclasses.replace(record, comment_id=0, comment_url="")
        _, _, since = record.told.get(MAKING, "").partition(" ")
        if since and self._now() - datetime.fromisoformat(since) < CLAIM:
            return record
        return record.having_told(MAKING, f"{self._token} {self._now().isoformat()}")

    def _is_mine(self, record: IssueRecord) -> bool:
        return record.told.get(MAKING, "").startswith(self._token)

    def _remembered(self, record: IssueRecord, posted: PostedComment | None) -> IssueRecord:
        """The record without our claim, and with the comment; the first one that is remembered counts."""
        told = (
            {key: value for key, value in record.told.items() if key != MAKING}
            if self._is_mine(record)
            else record.told
        )
        record = dataclasses.replace(record, told=told)
        if posted is None or record.comment_id:
            return record
        return dataclasses.replace(record, comment_id=posted.id, comment_url=posted.url)

    def _present(self, comment_id: int) -> Comment | None:
        """The comment as it stands; None where there is none, or somebody deleted it."""
        if not comment_id:
            return None
        try:
            return self._github.comment(self._issue[0], comment_id)
        except GitHubError as error:
            if status_of(error) in _GONE:
                return None
            raise


def _is_quiet(record: IssueRecord) -> bool:
    """Nobody is writing: the newest ticket's holder has finished."""
    return record.told.get(WRITTEN, "0") == str(record.ticket)


def _named(issue: tuple[str, int]) -> str:
    return f"{issue[0]}#{issue[1]}"
