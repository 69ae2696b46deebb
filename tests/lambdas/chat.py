"""A chat's server on this machine, and SES and SNS in memory: what the channels speak to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore.exceptions import ClientError

Reply = tuple[int, Mapping[str, str], bytes]


@dataclass
class Chat:
    """Slack as far as we speak to it. `replies` come first; then everything is taken.

    Attributes:
        taken: bodies that were posted and accepted.
        asked: path and headers of every request.
    """

    url: str = ""
    replies: list[Reply] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def refuse(self, code: str, status: int = 200, **headers: str) -> None:
        """The next request is answered with ok: false."""
        body = json.dumps({"ok": False, "error": code}).encode()
        self.replies.append((status, headers, body))

    def receive(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        self.asked.append((path, headers))
        if self.replies:
            return self.replies.pop(0)
        self.taken.append(json.loads(body))
        if path.startswith("/services/"):
            return 200, {}, b"ok"
        answer = {"ok": True, "ts": f"1700000000.{len(self.taken):06d}", "channel": "C1"}
        return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()


@contextmanager
def chat_server() -> Iterator[Chat]:
    """A chat that listens."""
    chat = Chat()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more, answer = chat.receive(self.path, headers, body)
            self.send_response(status)
            for name, value in {**more, "Content-Length": str(len(answer))}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    chat.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield chat
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class FakeSecretsManager:
    """Secrets by id."""

    def __init__(self, secrets: dict[str, str]) -> None:
        self.secrets = secrets

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:
        if SecretId not in self.secrets:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": SecretId}}, "GetSecretValue")
        return {"SecretString": self.secrets[SecretId]}


class FakeSes:
    """E-mails that were taken; `refusals` are raised first."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.refusals: list[Exception] = []

    def send_email(self, **request: Any) -> dict[str, str]:
        if self.refusals:
            raise self.refusals.pop(0)
        self.sent.append(request)
        return {"MessageId": f"mail-{len(self.sent)}"}


class FakeSns:
    """Messages that were published; a FIFO topic drops what it has seen."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def publish(self, **request: Any) -> dict[str, str]:
        subject = request["Subject"]
        assert subject.isascii()
        assert subject.isprintable()
        assert 0 < len(subject) < 100
        key = request.get("MessageDeduplicationId")
        if key is None or all(other["MessageDeduplicationId"] != key for other in self.sent):
            self.sent.append(request)
        return {"MessageId": f"sns-{len(self.sent)}"}


class KilledError(BaseException):
    """The process ends here: nobody catches it, as nobody catches SIGKILL."""


class Mortal:
    """Stands before a client, and dies at its n-th call (of all clients that share the counter), before or after it."""

    def __init__(self, client: Any, counter: Countdown) -> None:
        self._client, self._counter = client, counter

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._client, name)
        return self._counter.around(name, member) if callable(member) else member


class Countdown:
    """Counts external calls; at the one that is named it kills, before the call or after it."""

    def __init__(self, at: int, *, after: bool) -> None:
        self.left, self._after = at, after
        self.killed_at = ""

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*values: Any, **named: Any) -> Any:
            self.left -= 1
            dies = self.left == 0
            if dies:
                self.killed_at = name
            if dies and not self._after:
                raise KilledError
            try:
                return call(*values, **named)
            finally:
                if dies:
                    raise KilledError

        return counted
