"""Step caching: when may an earlier result stand for a new run.

Place in the flow: asked before a job starts, written after it succeeded. The key holds the attributes that the
service compares, with every variable resolved. One cost: data behind an unchanged URI is not looked at, here as there.

Source: "Default cache key attributes by pipeline step type", Amazon SageMaker developer guide.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

KEY_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "Processing": ("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": ("AlgorithmSpecification", "CheckpointConfig", "Environment", "HyperParameters", "InputDataConfig"),
}
_UNITS = {"y": 365 * 86400.0, "mo": 30 * 86400.0, "w": 7 * 86400.0, "d": 86400.0}
_TIME_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}


def cache_key(step_type: str, arguments: Mapping[str, Any]) -> str:
    """Same key, same work: a hash over the step type's attributes."""
    attributes = {name: arguments.get(name) for name in KEY_ATTRIBUTES[step_type]}
    text = json.dumps([step_type, attributes], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def expires_after(duration: str) -> float | None:
    """Seconds of a duration as definitions hold it: `30d`, `P30D`, `T16m`, `30dT5h`; None if unreadable."""
    date, _, time = duration.strip().lower().removeprefix("p").partition("t")
    total, seen = 0.0, False
    for text, units in ((date, _UNITS | {"m": _UNITS["mo"]}), (time, _TIME_UNITS)):
        if not re.fullmatch(r"(\d+(?:\.\d+)?(?:mo|[a-z]))*", text):
            return None
        for number, unit in re.findall(r"(\d+(?:\.\d+)?)(mo|[a-z])", text):
            if unit not in units:
                return None
            total += float(number) * units[unit]
            seen = True
    return total if seen else None
