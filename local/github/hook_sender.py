"""Sends webhooks: takes the oldest waiting delivery of each hook, posts it, writes down how that ended.

Place in the flow: the store fills the outbox, `GitHubApp.start_sender` starts this one thread, receivers answer over
real HTTP. What lies in the outbox at the start is sent. GitHub gives up after one attempt and leaves it to people to
redeliver; here a delivery that got no answer within 10 s, or 408, 429 or a 5xx, is tried again with growing pauses
until it is made, and the hook's later ones wait behind it, so that their order stays. Any other answer ends it. A kill
between the answer and the note of it sends a delivery twice, under one GUID. Cost: one thread for all hooks, so a
receiver that lets it wait holds up the others, by 10 s at most for each attempt.
"""

import hashlib
import hmac
import http.client
import logging
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from local.github import hook_outbox
from local.github.database import Database, now
from local.github.hook_records import SECONDS_TO_ANSWER, Delivery, Outcome

logger = logging.getLogger(__name__)

# How often the outbox is read without being told to: another process on the same home may have written to it.
POLL_SECONDS = 0.5
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 15.0
_KEPT_RESPONSE = 64 * 1024
_USER_AGENT = "GitHub-Hookshot/1551ueo"


@dataclass(frozen=True, slots=True)
class _Rest:
    failures: int
    until: float


class HookSender:
    """One background thread over one outbox.

    Args:
        written: set by the store whenever the outbox has something new.
    """

    def __init__(
        self, database: Database, written: threading.Event, *, seconds_to_answer: float = SECONDS_TO_ANSWER
    ) -> None:
        self._database = database
        self._written = written
        self._seconds = seconds_to_answer
        self._resting: dict[int, _Rest] = {}
        self._closing = threading.Event()
        self._post = _Post()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End the thread. A request that is under way is cut and will be made again after the next start."""
        self._closing.set()
        self._written.set()
        self._post.cut()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._written.clear()
            try:
                sent = self._round()
            except Exception:  # the thread's edge: a fault of the database must not end all deliveries
                logger.exception("webhooks could not be sent; trying again")
                sent = False
            if not sent and not self._closing.is_set():
                self._written.wait(self._pause())

    def _round(self) -> bool:
        """One attempt for each hook that has something to get; whether there was one."""
        moment = time.monotonic()
        resting = {hook for hook, rest in self._resting.items() if rest.until > moment}
        with self._database.read() as connection:
            due = hook_outbox.next_waiting(connection, resting)
        for delivery in due:
            outcome = self._post(delivery, self._seconds)
            if self._closing.is_set() and not outcome.final:
                return False
            with self._database.write() as connection:
                hook_outbox.finish(connection, delivery, outcome)
            self._note(delivery.hook.id, outcome)
        return bool(due)

    def _note(self, hook: int, outcome: Outcome) -> None:
        if outcome.final:
            self._resting.pop(hook, None)
            return
        failures = self._resting[hook].failures + 1 if hook in self._resting else 1
        pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (failures - 1))
        self._resting[hook] = _Rest(failures, time.monotonic() + pause)
        if failures == 1:
            logger.warning("webhook %d: %s; its deliveries wait and are tried again", hook, outcome.status)

    def _pause(self) -> float:
        """Until the first hook has rested, but not longer than the poll's interval."""
        moment = time.monotonic()
        return min([POLL_SECONDS, *(max(0.01, r.until - moment) for r in self._resting.values() if r.until > moment)])


class _Post:
    """One request at a time, that can be cut from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: http.client.HTTPConnection | None = None

    def __call__(self, delivery: Delivery, seconds: float) -> Outcome:
        """Post and read the answer, within `seconds` altogether."""
        began, at = time.monotonic(), now()
        headers, body = request_of(delivery)
        parts = urlsplit(delivery.hook.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=seconds)
        # The socket's own timeout is for each read; this one is for all of them together.
        limit = threading.Timer(seconds, self.cut)
        limit.daemon = True
        code, answered, text = 0, {}, ""
        with self._lock:
            self._connection = connection
        limit.start()
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, body, headers)
            response = connection.getresponse()
            text = response.read(_KEPT_RESPONSE).decode("utf-8", "replace")
            code, answered = response.status, dict(response.getheaders())
            status = "OK" if code < 300 else f"Invalid HTTP Response: {code}"
        except (OSError, http.client.HTTPException) as error:
            late = isinstance(error, TimeoutError) or time.monotonic() - began >= seconds
            status = "timed out" if late else "failed to connect to host"
        finally:
            limit.cancel()
            with self._lock:
                self._connection = None
            connection.close()
        return Outcome(code, status, at, round(time.monotonic() - began, 3), headers, answered, text)

    def cut(self) -> None:
        """Let the request that is under way fail."""
        with self._lock:
            if self._connection is not None and self._connection.sock is not None:
                with suppress(OSError):  # it was closed already
                    self._connection.sock.shutdown(socket.SHUT_RDWR)


def request_of(delivery: Delivery) -> tuple[dict[str, str], bytes]:
    """Headers and body as GitHub sends them, signed over the raw body."""
    hook = delivery.hook
    form = hook.content_type == "form"
    body = (urlencode({"payload": delivery.payload}) if form else delivery.payload).encode()
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/x-www-form-urlencoded" if form else "application/json",
        "User-Agent": _USER_AGENT,
        "X-GitHub-Delivery": delivery.guid,
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Hook-ID": str(hook.id),
        "X-GitHub-Hook-Installation-Target-ID": str(hook.repository or 0),
        "X-GitHub-Hook-Installation-Target-Type": "organization" if hook.repository is None else "repository",
    }
    if hook.secret:
        for header, digest in (("X-Hub-Signature", "sha1"), ("X-Hub-Signature-256", "sha256")):
            headers[header] = f"{digest}={hmac.new(hook.secret.encode(), body, getattr(hashlib, digest)).hexdigest()}"
    return headers, body
