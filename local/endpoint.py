"""One loopback address for everything: S3, SageMaker, SQS, the GitHub stand-in, and moto for the rest.

Place in the flow: unchanged production code reaches it through AWS_ENDPOINT_URL and ISSUEOPS_GITHUB_API_URL. Requests
are told apart by path and by the service in the signature's scope. One cost: signatures are not verified, so it listens
on loopback only and refuses what a browser sends on behalf of another site.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

from werkzeug.wsgi import get_input_stream

from local.home import Home
from local.http_server import HttpServer
from local.moto_app import moto_app, reset
from local.object_store import ObjectStore
from local.queues.api import PREFIX as QUEUES_PREFIX
from local.queues.api import QueueApi
from local.queues.store import QueueStore
from local.s3_api import S3Api
from local.sagemaker_api import SageMakerApi
from local.secrets_api import SecretsApi

GITHUB_PREFIX = "/api/v3"
# Everything but S3, which streams to disk, holds a request in memory.
MAX_BODY_BYTES = 64 << 20
App = Callable[..., Any]

_HOSTS = re.compile(r"(localhost|127\.0\.0\.1)(:\d+)?", re.ASCII)
_ORIGINS = re.compile(r"https?://(localhost|127\.0\.0\.1)(:\d+)?", re.ASCII)
_SCOPE = re.compile(r"[^/,\s]+/\d{8}/[^/,\s]+/([a-z0-9-]+)/aws4_request", re.ASCII)


class Endpoint:
    """The HTTP server of a home."""

    def __init__(
        self,
        home: Home,
        objects: ObjectStore,
        *,
        engine: object,
        registry: object,
        queues: QueueStore,
        github_app: App | None = None,
        secrets: Mapping[str, str] | None = None,
        account: str = "123456789012",
        region: str = "us-east-1",
    ) -> None:
        self._home = home
        self._s3: App = S3Api(objects)
        self._sagemaker: App = SageMakerApi(engine, registry, moto_app)
        self._secrets: App = SecretsApi(secrets or {}, account=account, region=region, fallback=moto_app)
        self._queues: App = QueueApi(queues, account=account)
        self._mounts: dict[str, App] = {}
        if github_app is not None:
            self.mount(GITHUB_PREFIX, github_app)
        self._server = HttpServer(self, name="endpoint")

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        refused = _foreign(environ)
        if refused:
            return _refuse(start_response, HTTPStatus.FORBIDDEN, refused)
        app = self._app(environ)
        if app is None:
            return _refuse(start_response, HTTPStatus.FORBIDDEN, "an unsigned request may only read from S3")
        if app is not self._s3 and not _hold_body(environ):
            message = f"a request may have {MAX_BODY_BYTES} bytes at most"
            return _refuse(start_response, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)
        return app(environ, start_response)

    def mount(self, prefix: str, app: App) -> None:
        """Let `app` answer for `prefix` and every path below it, which reach it unchanged."""
        self._mounts[prefix] = app

    @property
    def url(self) -> str:
        """Address of the running server."""
        return self._server.url

    def start(self, port: int = 0) -> None:
        """Listen on the port (0: any free one) and write the address to the home."""
        self._server.start(port)
        draft = self._home.endpoint_file.with_suffix(".new")
        draft.write_text(json.dumps({"url": self.url, "pid": os.getpid()}), encoding="utf-8")
        draft.replace(self._home.endpoint_file)

    def stop(self) -> None:
        """Stop listening; forget what moto holds."""
        self._server.stop()
        self._home.endpoint_file.unlink(missing_ok=True)
        reset()

    def _app(self, environ: dict[str, Any]) -> App | None:
        """The application that answers a request, or None where nobody should."""
        path = str(environ.get("PATH_INFO", ""))
        for prefix, app in self._mounts.items():
            if path == prefix or path.startswith(prefix + "/"):
                return app
        target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
        if target.startswith("SageMaker."):
            return self._sagemaker
        service = _service(environ)
        if target.startswith(QUEUES_PREFIX) or service == "sqs":
            return self._queues
        if service == "s3":
            return self._s3
        if service == "secretsmanager":
            return self._secrets
        if service is None and "HTTP_X_AMZ_TARGET" not in environ:
            reads = environ["REQUEST_METHOD"] in ("GET", "HEAD")
            # A form posted to the root may be one of the few calls, AssumeRoleWithWebIdentity, that carry no signature.
            unsigned_call = environ["REQUEST_METHOD"] == "POST" and path == "/"
            if not unsigned_call:
                return self._s3 if reads else None
        return moto_app()


def _service(environ: dict[str, Any]) -> str | None:
    """The service a request is signed for: in the header, or in a presigned address; None for unsigned ones."""
    authorization = str(environ.get("HTTP_AUTHORIZATION", ""))
    query = parse_qs(str(environ.get("QUERY_STRING", ""))) if not authorization else {}
    scope = _SCOPE.search(authorization) or _SCOPE.search(query.get("X-Amz-Credential", [""])[0])
    if scope:
        return scope.group(1)
    # Signature version 2 names no service; only S3 still takes it.
    return "s3" if authorization.startswith("AWS ") or "AWSAccessKeyId" in query else None


def _foreign(environ: dict[str, Any]) -> str:
    """Why a request looks like another site's, sent by a browser on this machine; empty where it does not."""
    if not _HOSTS.fullmatch(str(environ.get("HTTP_HOST", ""))):
        return "the Host header must name localhost or 127.0.0.1"
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and not _ORIGINS.fullmatch(str(origin)):
        return "requests from other sites are refused"
    if environ.get("HTTP_SEC_FETCH_SITE") in ("cross-site", "same-site"):
        return "requests from other sites are refused"
    return ""


def _hold_body(environ: dict[str, Any]) -> bool:
    """Bound the body; False where it is too large. A chunked one gets a length: some applications need it."""
    length = str(environ.get("CONTENT_LENGTH") or "")
    if length.isascii() and length.isdigit():
        return len(length) < 16 and int(length) <= MAX_BODY_BYTES
    if not environ.get("wsgi.input_terminated"):
        return True
    body = get_input_stream(environ).read(MAX_BODY_BYTES + 1)
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return len(body) <= MAX_BODY_BYTES


def _refuse(start_response: Callable[..., Any], status: HTTPStatus, reason: str) -> list[bytes]:
    body = f"{reason}\n".encode()
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]
