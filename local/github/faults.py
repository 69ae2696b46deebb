"""Lets the stand-in fail as GitHub does, so that tests see how its clients bear it.

Place in the flow: `GitHubApp` asks before it answers a request. Reachable from Python only, never over HTTP. Cost: what
is switched on holds for every client of the application.

Source: GitHub documentation, rate limits for the REST API.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """The answer instead of the true one; with `after`, the request is carried out and only its answer is lost."""

    status: int
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    after: bool = False


@dataclass(slots=True)
class _Planned:
    fault: Fault
    times: int
    path_contains: str
    method: str


class Faults:
    """What goes wrong, and for how long.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._planned: list[_Planned] = []
        self._down = False
        self._limited_until = 0.0
        self._secondary_until = 0.0

    def fail_next(
        self, *, status: int = 502, times: int = 1, path_contains: str = "", method: str = "", after: bool = False,
        message: str = "Server Error",
    ) -> None:  # fmt: skip
        """Let the next requests fail.

        Args:
            path_contains: only requests whose path below /api/v3 holds this text.
            method: only requests with this method.
            after: do what was asked, and fail then: the client cannot know.
        """
        with self._lock:
            planned = _Planned(Fault(status, message, after=after), times, path_contains, method.upper())
            self._planned.append(planned)

    def rate_limited(self, seconds: float) -> None:
        """The hour's requests are used up; X-RateLimit-Reset says when there are more."""
        with self._lock:
            self._limited_until = self._clock() + seconds

    def secondary_limit(self, retry_after: float) -> None:
        """Too many requests at once; Retry-After says how long to wait."""
        with self._lock:
            self._secondary_until = self._clock() + retry_after

    def down(self) -> None:
        """Answer 503 to everything until `up`."""
        with self._lock:
            self._down = True

    def up(self) -> None:
        """End every fault."""
        with self._lock:
            self._down, self._limited_until, self._secondary_until = False, 0.0, 0.0
            self._planned.clear()

    def of(self, method: str, path: str) -> Fault | None:
        """What this request fails with; a planned failure is used up by it."""
        with self._lock:
            moment = self._clock()
            if self._down:
                return Fault(503, "No server is currently available to service your request.")
            if self._secondary_until > moment:
                wait = max(1, round(self._secondary_until - moment))
                text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
                return Fault(403, text, {"Retry-After": str(wait)})
            if self._limited_until > moment:
                left = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(self._limited_until) + 1)}
                return Fault(403, "API rate limit exceeded for user ID 1.", left)
            for planned in self._planned:
                if planned.path_contains in path and planned.method in ("", method):
                    planned.times -= 1
                    if planned.times <= 0:
                        self._planned.remove(planned)
                    return planned.fault
            return None
