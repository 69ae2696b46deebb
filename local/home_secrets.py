"""A home's own secrets: random, made once, readable by their owner only.

Place in the flow: the stack's GitHub token, what its webhooks and the pages' forms are signed with. One cost: whoever
reads the home can act as the bot.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

_FILE = "github-token.json"


@dataclass(frozen=True, slots=True)
class HomeSecrets:
    """Forty hexadecimal digits each; never shown."""

    token: str = field(repr=False)
    webhook: str = field(repr=False)
    session: str = field(repr=False)


def home_secrets(home: Path) -> HomeSecrets:
    """What the home keeps; what it has not yet is made up and kept."""
    path = home / _FILE
    known: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    names = HomeSecrets.__slots__
    found = HomeSecrets(**{name: known.get(name) or secrets.token_hex(20) for name in names})
    if asdict(found) != known:
        draft = path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(asdict(found)), encoding="utf-8")
        draft.replace(path)
    return found
