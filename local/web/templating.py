"""The templates, with everything they may call.

Place in the flow: views hand records to `Templates.page`; nothing else writes HTML but Markdown and flowcharts. Every
value is escaped by Jinja; a name that is not there is an error. One cost: a template is compiled at its first use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from local.github.records import Label, Reaction
from local.web import times
from local.web.links import Place
from local.web.markdown import render
from local.web.mermaid import Captions
from local.web.ports import Words
from local.web.texts import Texts

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
# Status -> its colour, its sign, the key of its text. One that is not here is shown as the service calls it.
_STATUSES = {
    "Succeeded": ("good", "check", "is_succeeded"),
    "Approved": ("good", "check", "is_approved"),
    "Failed": ("bad", "cross", "is_failed"),
    "Rejected": ("bad", "cross", "is_rejected"),
    "Executing": ("busy", "spinner", "is_executing"),
    "Starting": ("busy", "spinner", "is_starting"),
    "Stopping": ("warn", "stop", "is_stopping"),
    "Stopped": ("warn", "stop", "is_stopped"),
    "Waiting": ("ask", "question", "is_waiting"),
    "PendingManualApproval": ("ask", "question", "is_pending"),
    "CompletedWithFailures": ("warn", "cross", "is_partly_failed"),
    "Archived": ("plain", "dot", "is_archived"),
    "Cached": ("good", "check", "is_cached"),
    "open": ("plain", "open", "is_open"),
    "closed": ("plain", "closed", "is_closed"),
}
_OUTCOMES = {"True": "yes", "False": "no"}
_BRANCHES = {"yes": "yes", "no": "no", "failed": "on_failure"}
_PERMISSIONS = {
    "admin": "may_admin",
    "maintain": "may_maintain",
    "write": "may_write",
    "triage": "may_triage",
    "read": "may_read",
    "none": "may_nothing",
}
_HUES = 8


class Templates:
    """Renders pages and their fragments.

    Attributes:
        text: what they say.
        drawn: what drawings say.
    """

    def __init__(self, words: Words) -> None:
        self.text = text = Texts(words.texts)
        statuses = {status: text.plain(key) for status, (_, _, key) in _STATUSES.items()}
        branches = {label: text.plain(key) for label, key in _BRANCHES.items()}
        self.drawn = Captions(text.plain("flowchart", count="{count}"), tuple({**statuses, **branches}.items()))
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "duration": partial(times.duration, text=text),
            "iso": times.iso,
            "moment": times.moment,
            "shown": partial(times.shown, text=text),
            "size": partial(_size, text=text),
        }
        self._environment.globals |= {
            "text": text,
            "wording": text.unfilled,
            "markdown": self._markdown,
            "reactions": _counted,
            "tone": lambda status: _STATUSES.get(status, ("plain", "dot"))[0],
            "symbol": lambda status: _STATUSES.get(status, ("plain", "dot"))[1],
            "word": lambda status: statuses.get(status, status),
            "outcome": lambda step: text(_OUTCOMES[step.outcome]) if step.outcome in _OUTCOMES else step.outcome,
            "permission": lambda account: text(_PERMISSIONS[account.permission]),
            "hue": _hue,
            "colour": _colour,
            "Place": Place,
        }

    def page(self, name: str, **values: object) -> str:
        """The HTML of a template."""
        return self._environment.get_template(name).render(**values)

    def _markdown(self, text: str | None, place: Place, *, breaks: bool = True) -> Markup:
        return render(text or "", place, breaks=breaks, captions=self.drawn)


def _size(count: int, text: Texts) -> str:
    """A file's: `1 byte`, `999 bytes`, `1.2 kB`."""
    if count < 1_000:
        return text("bytes", count=count)
    return f"{count / 1e3:.1f} kB" if count < 1_000_000 else f"{count / 1e6:.1f} MB"


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
