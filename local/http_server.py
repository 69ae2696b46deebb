"""A small HTTP server over a WSGI application, in threads of its own.

Place in the flow: the AWS endpoint and the pages are each served by one. One cost: a thread a request; it is made for
one person or a small team.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.02


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Requests are not logged, for they hold tokens and issue texts; faults are."""
        if type == "error":
            logger.error(message, *args)


class HttpServer:
    """Serves an application until it is stopped.

    Args:
        name: of the thread that accepts connections.
        idle_seconds: an open connection without a request is closed after so long.
        host: the interface; on any but loopback everybody in the network may ask.
    """

    def __init__(
        self, app: Callable[..., Any], *, name: str, idle_seconds: float = 120, host: str = "127.0.0.1"
    ) -> None:
        self._app, self._name, self._host = app, name, host
        self._handler = type("_Handler", (_QuietHandler,), {"timeout": idle_seconds})
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Address without the last slash; GitHub's client insists on the name, not the number."""
        if self._server is None:
            raise RuntimeError(f"the {self._name} is not running; call start() first")
        return f"http://localhost:{self._server.server_port}"

    def start(self, port: int) -> None:
        """Listen on the port; 0 takes a free one. Raises OSError where the port is taken."""
        server = make_server(self._host, port, self._app, threaded=True, request_handler=self._handler)
        server.daemon_threads = True  # type: ignore[attr-defined]  # the threaded server has it
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; harmless when it never started."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None
