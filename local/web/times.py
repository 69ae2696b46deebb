"""Moments and durations for people.

Place in the flow: the templates' filters. Pages show UTC; a little script turns moments into "5 minutes ago" in the
reader's browser. One cost: without JavaScript they stay absolute.
"""

from __future__ import annotations

from datetime import UTC, datetime

from local.web.texts import Texts


def moment(value: object) -> datetime | None:
    """A time from the service's seconds, GitHub's text or a datetime; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return None


def iso(value: datetime) -> str:
    """For a `datetime` attribute."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def shown(value: datetime, text: Texts) -> str:
    """`9 Nov 2026, 10:31 UTC`."""
    utc = value.astimezone(UTC)
    month = text("months").split()[utc.month - 1]
    return text("moment", day=utc.day, month=month, year=utc.year, clock=f"{utc:%H:%M}")


def duration(seconds: float, text: Texts) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 9.95:
        return text("seconds", seconds=f"{max(seconds, 0):.1f}")
    whole = round(seconds)
    if whole < 60:
        return text("seconds", seconds=whole)
    if whole < 3600:
        return text("minutes" if whole % 60 else "whole_minutes", minutes=whole // 60, seconds=whole % 60)
    return text("hours", hours=whole // 3600, minutes=whole % 3600 // 60)
