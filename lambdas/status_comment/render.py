"""State to Markdown: the one comment, always below GitHub's limit. Pure.

Place in the flow: `post` writes what this gives. Sections are put together in reading order; where they are too long
together, whole sections go, the most dispensable first, so that no fence and no fold stays open. One cost: a section
is either there or not, so a huge one is lost as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from lambdas.status_comment import progress, results, settings_table
from lambdas.status_comment.headline import headline
from lambdas.status_comment.next_steps import next_steps
from lambdas.status_comment.phase import Phase, phase_of
from lambdas.status_comment.records import Attempt, IssueState
from lambdas.status_comment.words import Words, moment, shortened

MARKER = "<!-- issueops:status -->"
MAX_CHARACTERS = 60_000
# What the reader misses least goes first.
DISPENSABLE = ("pictures", "warnings", "attempts", "meaning", "steps", "picture", "configuration", "metrics", "footer")
_OPEN_STEPS: tuple[Phase, ...] = ("failed", "stopped")


@dataclass(frozen=True, slots=True)
class View:
    """How this deployment shows comments."""

    language: str
    logs_url: str = ""
    permission: str = "write"


def render(state: IssueState, view: View, *, limit: int = MAX_CHARACTERS) -> str:
    """The comment with its marker."""
    words = Words(view.language)
    sections = _sections(state, view, words)
    text = _joined(sections)
    for name in DISPENSABLE:
        if size(text) <= limit:
            break
        if sections.pop(name, ""):
            sections["shortened"] = f"<sub>{words.say('status_shortened')}</sub>"
            text = _joined(sections)
    return text


def size(text: str) -> int:
    """Characters as GitHub's pages count them: UTF-16 units, the larger of the two ways to count."""
    return len(text.encode("utf-16-le", "replace")) // 2


def _joined(sections: dict[str, str]) -> str:
    return "\n".join([MARKER, "\n\n".join(text for text in sections.values() if text)])


def _sections(state: IssueState, view: View, words: Words) -> dict[str, str]:
    """In reading order."""
    phase = phase_of(state)
    sections = {
        "headline": headline(state, phase, words),
        "next": next_steps(state, phase, words, permission=view.permission),
    }
    newest = state.newest
    # An execution of before says nothing about a body that waits in line or was refused.
    if newest is None or phase in ("idle", "queued", "refused"):
        sections["attempts"] = settings_table.attempts(state, words)
        return sections
    if newest.report is not None:
        sections["metrics"] = f"### {words.say('status_results')}\n\n{results.metrics(newest.report)}"
        sections["meaning"] = results.meaning(newest.report, words)
        sections["warnings"] = results.warnings(newest.report, words)
        sections["pictures"] = results.pictures(newest)
    elif newest.unreadable_report:
        sections["metrics"] = words.say("status_unreadable_report", reason=shortened(newest.unreadable_report))
    drawn = progress.picture(state, words)
    sections["picture"] = f"### {words.say('status_progress')}\n\n{drawn}" if drawn else ""
    table = progress.steps_table(newest, words, logs_url=view.logs_url)
    is_open = newest.active or phase in _OPEN_STEPS
    sections["steps"] = _folded(words.say("status_steps"), table, is_open=is_open)
    title = words.say("status_configuration")
    chosen = settings_table.configuration(state, words, title=title if newest.active else "")
    sections["configuration"] = chosen if newest.active else _folded(title, chosen)
    sections["attempts"] = settings_table.attempts(state, words)
    sections["footer"] = _footer(newest, words)
    return sections


def _folded(title: str, body: str, *, is_open: bool = False) -> str:
    return f"<details{' open' * is_open}><summary>{title}</summary>\n\n{body}\n\n</details>" if body else ""


def _footer(attempt: Attempt, words: Words) -> str:
    parts = [words.say("status_footer", execution=attempt.id, moment=moment(attempt.created))]
    address = results.history_address(attempt)
    if address:
        parts.append(f"[{words.say('word_history')}]({address})")
    return f"<sub>{' · '.join(parts)}</sub>"
