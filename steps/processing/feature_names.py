"""Names of features: a column's own, with a suffix where another feature has it already.

Used while recipes are fitted. Cost: none worth naming.
"""

from __future__ import annotations


def unique(name: str, taken: set[str]) -> str:
    """A feature name that no other feature has; it is taken from now on."""
    candidate, suffix = name, 2
    while candidate in taken:
        candidate, suffix = f"{name}_{suffix}", suffix + 1
    taken.add(candidate)
    return candidate
