"""Live progress on stderr: one line when a step starts, one when it ends.

Place in the flow: the engine's events come in on its threads; nothing here decides anything. One cost: lines of
the jobs' own logs are shown only with --verbose, because a training job may print thousands.
"""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass, field

_MARKS = {"Succeeded": "✓", "Failed": "✗", "Stopped": "■", "Executing": "…"}
_COLOURS = {"Succeeded": "32", "Failed": "31", "Stopped": "33", "Executing": "36"}


@dataclass(slots=True)
class Progress:
    """Prints step events; safe to call from several threads."""

    quiet: bool = False
    verbose: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, event: object) -> None:
        kind = type(event).__name__
        if kind == "StepEvent":
            self._step(event)
        elif kind == "LogLine" and self.verbose:
            self.say(f"      {getattr(event, 'line', '')}")

    def say(self, line: str) -> None:
        """Print one line to stderr unless quiet."""
        if not self.quiet:
            clear = "\r\033[K" if sys.stderr.isatty() else ""
            with self._lock:
                print(clear + line, file=sys.stderr, flush=True)

    def _step(self, event: object) -> None:
        status = str(getattr(event, "status", ""))
        name = str(getattr(event, "step_name", ""))
        mark = _MARKS.get(status)
        if mark is None:
            return
        text = f"  {mark} {name:<22}"
        if status == "Executing":
            self._running(self._paint(text.rstrip(), status))
            return
        seconds = getattr(event, "seconds", None)
        took = f"{seconds:6.1f} s" if isinstance(seconds, float) else ""
        notes = []
        if getattr(event, "cache_hit", False):
            notes.append("from the cache")
        reason = getattr(event, "failure_reason", None)
        if reason:
            notes.append(str(reason))
        self.say(self._paint(text, status) + took + ("  " + "; ".join(notes) if notes else ""))

    def _running(self, line: str) -> None:
        """On a terminal, a line that the next one replaces; elsewhere nothing, since logs want results."""
        if sys.stderr.isatty() and not self.quiet:
            with self._lock:
                print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)

    @staticmethod
    def _paint(text: str, status: str) -> str:
        if not sys.stderr.isatty():
            return text
        return f"\033[{_COLOURS[status]}m{text}\033[0m"
