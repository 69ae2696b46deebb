"""The templates, with everything they may call.

Place in the flow: views hand records to `Templates.page`; nothing else writes HTML but Markdown and flowcharts. Every
value is escaped by Jinja; a name that is not there is an error. One cost: a template is compiled at its first use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from local.github.records import Label, Reaction
from local.web import times
from local.web.links import Place
from local.web.markdown import render

TEMPLATES = Path(__file__).with_name("templates")
_EMOJI = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "hooray": "🎉",
    "confused": "😕",
    "heart": "❤️",
    "rocket": "🚀",
    "eyes": "👀",
}
_STATUSES = {
    "Succeeded": ("good", "check"),
    "Approved": ("good", "check"),
    "Failed": ("bad", "cross"),
    "Rejected": ("bad", "cross"),
    "Executing": ("busy", "spinner"),
    "Starting": ("busy", "spinner"),
    "Stopping": ("warn", "stop"),
    "Stopped": ("warn", "stop"),
    "Waiting": ("ask", "question"),
    "PendingManualApproval": ("ask", "question"),
    "CompletedWithFailures": ("warn", "cross"),
}
_WORDS = {
    "Executing": "Running",
    "Waiting": "Waiting for an answer",
    "PendingManualApproval": "Waiting for approval",
    "CompletedWithFailures": "Completed with failures",
}
_HUES = 8


class Templates:
    """Renders pages and their fragments."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "duration": times.duration,
            "iso": times.iso,
            "moment": times.moment,
            "shown": times.shown,
        }
        self._environment.globals |= {
            "markdown": _markdown,
            "reactions": _counted,
            "tone": lambda status: _STATUSES.get(status, ("plain", "dot"))[0],
            "symbol": lambda status: _STATUSES.get(status, ("plain", "dot"))[1],
            "word": lambda status: _WORDS.get(status, status),
            "hue": _hue,
            "colour": _colour,
            "Place": Place,
        }

    def page(self, name: str, **values: object) -> str:
        """The HTML of a template."""
        return self._environment.get_template(name).render(**values)


def _markdown(text: str | None, place: Place, *, breaks: bool = True) -> Markup:
    return render(text or "", place, breaks=breaks)


def _counted(found: Sequence[Reaction]) -> list[tuple[str, int, str]]:
    """(emoji, count, who) in GitHub's order."""
    counts = Counter(each.content for each in found)
    who = {content: [r.author.login for r in found if r.content == content] for content in counts}
    return [(sign, counts[key], ", ".join(who[key])) for key, sign in _EMOJI.items() if key in counts]


def _hue(login: str) -> int:
    """Which of a few colours an account has, always the same."""
    return sha256(login.lower().encode()).digest()[0] % _HUES


def _colour(label: Label) -> str:
    """A label's colour; grey where what is stored is none."""
    color = label.color.lower().lstrip("#")
    return f"#{color}" if len(color) == 6 and all(c in "0123456789abcdef" for c in color) else "#8b949e"
