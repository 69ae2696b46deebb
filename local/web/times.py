"""Moments and durations for people.

Place in the flow: the templates' filters. Pages show UTC; a little script turns moments into "5 minutes ago" in the
reader's browser. One cost: without JavaScript they stay absolute.
"""

from __future__ import annotations

from datetime import UTC, datetime


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


def shown(value: datetime) -> str:
    """`9 Nov 2026, 10:31 UTC`."""
    utc = value.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M} UTC"


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
