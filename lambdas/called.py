"""Tells the issues in line that a place is free, by asking start_execution to look at them again.

Place in the flow: whoever gives a place back calls `call_next`; the sweeper does it by the clock. One cost: an issue
that is told twice is looked at twice.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from lambdas.admission import Waiting
from lambdas.requests import IssueRequest, send
from lambdas.services import Services

logger = logging.getLogger(__name__)

ACTION = "called"


def call_next(services: Services, *, now: datetime) -> list[Waiting]:
    """Request the issues for which there is a place by now; returns them."""
    waiting = services.admission.called()
    request(services, waiting, now=now)
    return waiting


def leave(services: Services, repository: str, number: int, *, now: datetime) -> None:
    """Take an issue out of the line, or its unused place from it, and call whom that makes room for."""
    if services.admission.withdraw(repository, number):
        call_next(services, now=now)


def request(services: Services, waiting: Sequence[Waiting], *, now: datetime) -> None:
    """Have these issues looked at."""
    url = services.settings.requests_queue_url
    if waiting and not url:
        logger.warning("%d issues in line cannot be called: ISSUEOPS_REQUESTS_QUEUE_URL is not set", len(waiting))
        return
    for row in waiting:
        send(services.sqs, url, IssueRequest(row.repository, row.number, ACTION, now.isoformat()))
