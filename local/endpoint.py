"""One loopback address for everything: S3, SageMaker, the GitHub stand-in, and moto for the rest.

Place in the flow: unchanged production code reaches it through AWS_ENDPOINT_URL and ISSUEOPS_GITHUB_API_URL. Requests are
told apart by path and by the service in the signature's scope. One cost: signatures are not verified, so it listens
on loopback only and refuses foreign host names.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from local.home import Home
from local.moto_app import moto_app, reset
from local.object_store import ObjectStore
from local.s3_api import S3Api
from local.sagemaker_api import SageMakerApi

GITHUB_PREFIX = "/api/v3"
_HOSTS = re.compile(r"(localhost|127\.0\.0\.1)(:\d+)?\Z")
_SCOPE = re.compile(r"Credential=[^/,]+/\d{8}/[^/]+/([a-z0-9-]+)/aws4_request")
App = Callable[[dict[str, Any], Callable[..., object]], Any]


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Requests are not logged: they hold tokens and issue texts."""


class Endpoint:
    """The HTTP server of a home."""

    def __init__(
        self, home: Home, objects: ObjectStore, *, engine: object, registry: object, github_app: App | None = None
    ) -> None:
        self._home = home
        self._s3: App = S3Api(objects)
        self._sagemaker: App = SageMakerApi(engine, registry, moto_app)
        self._github = github_app
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Any:
        if not _HOSTS.match(str(environ.get("HTTP_HOST", ""))):
            start_response("403 Forbidden", [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return [b""]
        return self._app(environ)(environ, start_response)

    @property
    def url(self) -> str:
        """Address of the running server; GitHub's client insists on the name, not the number."""
        if self._server is None:
            raise RuntimeError("the endpoint is not running; call start() first")
        return f"http://localhost:{self._server.server_port}"

    def start(self) -> None:
        """Listen on a free port and write the address to the home."""
        self._server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=_QuietHandler)
        self._server.daemon_threads = True  # type: ignore[attr-defined]  # the threaded server has it
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="endpoint", daemon=True)
        self._thread.start()
        draft = self._home.endpoint_file.with_suffix(".new")
        draft.write_text(json.dumps({"url": self.url, "pid": os.getpid()}), encoding="utf-8")
        draft.replace(self._home.endpoint_file)

    def stop(self) -> None:
        """Stop listening; forget what moto holds."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None
        self._home.endpoint_file.unlink(missing_ok=True)
        reset()

    def _app(self, environ: dict[str, Any]) -> App:
        path = str(environ.get("PATH_INFO", ""))
        if self._github is not None and (path == GITHUB_PREFIX or path.startswith(GITHUB_PREFIX + "/")):
            return self._github
        if str(environ.get("HTTP_X_AMZ_TARGET", "")).startswith("SageMaker."):
            return self._sagemaker
        scope = _SCOPE.search(str(environ.get("HTTP_AUTHORIZATION", "")))
        if (scope and scope.group(1) == "s3") or (scope is None and "HTTP_X_AMZ_TARGET" not in environ):
            return self._s3
        return moto_app()
