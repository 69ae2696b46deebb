"""Filter, order and page what a List operation found.

Place in the flow: pure functions below `RegistryStore`. A page continues behind the last item it gave, so items made or
deleted between two pages shift nothing. One cost: the token shows its content to whoever decodes it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from local.api_errors import ApiError

DEFAULT_PAGE = 100
Item = Mapping[str, Any]


def select(items: Sequence[Item], request: Mapping[str, Any], *, name: str) -> list[Item]:
    """The items that pass NameContains, CreationTimeAfter and CreationTimeBefore."""
    after, before = (_seconds(request.get(f"CreationTime{side}")) for side in ("After", "Before"))
    wanted = request.get("NameContains", "")
    return [
        item
        for item in items
        if wanted in item[name]
        and (after is None or item["CreationTime"] > after)
        and (before is None or item["CreationTime"] < before)
    ]


def page(list_name: str, items: Sequence[Item], request: Mapping[str, Any]) -> dict[str, Any]:
    """One page in the order of SortBy (CreationTime) and SortOrder (Ascending), with NextToken where more follow.

    Raises:
        ApiError: ValidationException for a token that no page gave out.
    """
    by_name = request.get("SortBy", "CreationTime") == "Name"
    descending = request.get("SortOrder", "Ascending") == "Descending"
    keyed = sorted(((_order(item, by_name), item) for item in items), key=lambda pair: pair[0], reverse=descending)
    if request.get("NextToken"):
        last = _decoded(str(request["NextToken"]), 2 if by_name else 3)
        try:
            keyed = [pair for pair in keyed if (pair[0] < last if descending else pair[0] > last)]
        except TypeError as error:
            raise _bad_token() from error
    size = int(request.get("MaxResults") or DEFAULT_PAGE)
    answer: dict[str, Any] = {list_name: [item for _, item in keyed[:size]]}
    if len(keyed) > size:
        answer["NextToken"] = base64.urlsafe_b64encode(json.dumps(keyed[size - 1][0]).encode()).decode()
    return answer


def _order(item: Item, by_name: bool) -> list[Any]:
    name, version = item["ModelPackageGroupName"], item.get("ModelPackageVersion", 0)
    return [name, version] if by_name else [item["CreationTime"], name, version]


def _seconds(moment: object) -> float | None:
    """The protocol sends numbers; callers in this process may pass datetimes, and the CLI sends ISO text."""
    if moment is None:
        return None
    if isinstance(moment, int | float):
        return float(moment)
    try:
        when = moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
    except ValueError as error:
        raise ApiError("ValidationException", f"{str(moment)[:40]!r} is not a time.") from error
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _decoded(token: str, length: int) -> list[Any]:
    try:
        key = json.loads(base64.b64decode(token.encode(), altchars=b"-_", validate=True))
    except (ValueError, RecursionError) as error:
        raise _bad_token() from error
    if not isinstance(key, list) or len(key) != length:
        raise _bad_token()
    return key


def _bad_token() -> ApiError:
    return ApiError("ValidationException", "NextToken was not given by this listing.")
