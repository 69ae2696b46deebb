"""Numbers and texts of a report in words: four digits, short lists, nothing invisible.

Used by everything that writes a report. Cost: none.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from typing import Any

from steps.evaluation.evaluation import Measured

UNKNOWN = "–"
MAX_ITEMS = 12
MAX_NAME = 120
MAX_TEXT = 400


def shown(value: object, digits: int = 4) -> str:
    """So many significant digits, as many in every row; a dash where a number is undefined or absent."""
    if not isinstance(value, int | float) or math.isnan(value):
        return UNKNOWN
    if abs(value) < 1e-12:
        value = 0.0
    if 10_000 <= abs(value) < 1e12:
        return f"{value:,.0f}"
    return f"{value:#.{digits}g}".rstrip(".")


def brief(value: object) -> str:
    """At most four significant digits."""
    return f"{value:.4g}" if isinstance(value, int | float) and not math.isnan(value) else UNKNOWN


def measured(item: Measured | None) -> str:
    """A value and its deviation, such as "0.9219 ± 0.023"."""
    if item is None or math.isnan(item.value):
        return UNKNOWN
    return shown(item.value) if math.isnan(item.deviation) else f"{shown(item.value)} ± {shown(item.deviation, 2)}"


def counted(value: object) -> str:
    """A count with thousands separators; a dash where there is none."""
    return f"{value:,}" if isinstance(value, int) else brief(value)


def share(part: object, whole: object) -> str:
    """A count and its percentage, such as "12 (3.5%)"."""
    if not isinstance(part, int) or not isinstance(whole, int) or not part or whole <= 0:
        return counted(part)
    return f"{part:,} ({100 * part / whole:.1f}%)"


def setting(value: object) -> str:
    """A JSON value in one line; long lists are counted, not shown."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return brief(value)
    if isinstance(value, Mapping):
        return settings(value)
    if isinstance(value, list | tuple):
        short = len(value) <= MAX_ITEMS and not any(isinstance(item, Mapping) for item in value)
        return ", ".join(map(setting, value)) if short else f"{len(value)} values"
    return plain(value)


def settings(values: Mapping[str, Any]) -> str:
    """``name = value`` for each, in the order of the names."""
    items = [f"{plain(name)} = {setting(value)}" for name, value in sorted(values.items())]
    rest = len(items) - MAX_ITEMS * 2
    return "; ".join(items[: MAX_ITEMS * 2]) + (f"; {rest} more" if rest > 0 else "")


def named(text: object, limit: int = MAX_NAME) -> str:
    """A name from the data: never nothing, never long."""
    return plain(text, limit) or "(empty)"


def plain(text: object, limit: int = MAX_TEXT) -> str:
    """A text on one line without characters that hide or reorder others, at most ``limit`` characters."""
    line = "".join(c for c in " ".join(str(text).split()) if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
