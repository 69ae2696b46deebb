"""Listings: every comment of a thread; what changed since a moment, where an unchanged listing costs no rate limit.

Place in the flow: the poller asks through `GitHub`. One cost: at most PAGES pages are read at once; the rest has
changed later and is found by the next poll, because the oldest change comes first.

Source: GitHub documentation, best practices for using the REST API (conditional requests).
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from github import GithubException
from github.Repository import Repository

PER_PAGE = 100
PAGES = 10
_NOT_MODIFIED = 304


def entries(repo: Repository, listing: str) -> Iterator[Mapping[str, Any]]:
    """Every entry of a listing, as its pages hold them: no request for each.

    Raises:
        GithubException: GitHub refused.
    """
    for page in itertools.count(1):
        query = {"per_page": str(PER_PAGE), "page": str(page)}
        _, found = repo.requester.requestJsonAndCheck("GET", f"{repo.url}{listing}", query)
        yield from found
        if len(found) < PER_PAGE:
            return


def changed(
    repo: Repository, listing: str, query: Mapping[str, str], *, since: datetime | None, etag: str
) -> tuple[list[Mapping[str, Any]] | None, str]:
    """Entries of a listing, oldest change first, and the listing's ETag; None where it is as it was.

    Args:
        listing: "/issues" or "/issues/comments".
        since: only what was updated at or after this moment.

    Raises:
        GithubException: GitHub refused.
    """
    parameters = {"sort": "updated", "direction": "asc", "per_page": str(PER_PAGE), **query}
    if since is not None:
        parameters["since"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    items: list[Mapping[str, Any]] = []
    first_etag = ""
    for page in range(1, PAGES + 1):
        headers = {"If-None-Match": etag} if etag and page == 1 else {}
        status, answered, body = repo.requester.requestJson(
            "GET", f"{repo.url}{listing}", {**parameters, "page": str(page)}, headers
        )
        if status == _NOT_MODIFIED:
            return None, etag
        if status != 200:
            raise GithubException(status, json.loads(body) if body.startswith("{") else None, answered)
        if page == 1:
            first_etag = str(answered.get("etag", ""))
        found = json.loads(body)
        items += found
        if len(found) < PER_PAGE:
            break
    return items, first_etag
