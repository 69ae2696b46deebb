"""Words of the status comment: headings, table heads, what the reader can do next.

Place in the flow: rows of `contracts.messages.TEXTS`. One cost: a new text needs both languages.
"""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {}
