"""The HTTP server of the pages, on a port of its own.

Place in the flow: `issueops serve` starts it beside the AWS endpoint and stops it at the end. One cost: a thread a
request; it is made for one person or a small team.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from local.web.app import WebApp

logger = logging.getLogger(__name__)

IDLE_SECONDS = 60


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS

    def log(self, type: str, message: str, *args: Any) -> None:
        """Requests are not logged; faults are."""
        if type == "error":
            logger.error(message, *args)


class WebServer:
    """Serves an application until it is stopped.

    Args:
        host: the interface; anything but loopback shows the pages to the network, which knows no passwords.
        port: 0 takes a free one.
    """

    def __init__(self, app: WebApp, *, host: str = "127.0.0.1", port: int = 8350) -> None:
        self._app, self._host, self._port = app, host, port
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Address of the start page, without the last slash."""
        if self._server is None:
            raise RuntimeError("the pages are not served; call start() first")
        return f"http://localhost:{self._server.server_port}"

    def start(self) -> None:
        """Listen. Raises OSError where the port is taken."""
        server = make_server(self._host, self._port, self._app, threaded=True, request_handler=_QuietHandler)
        server.daemon_threads = True  # type: ignore[attr-defined]  # the threaded server has it
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="pages", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; harmless when it never started."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None
