"""Secrets Manager and SQS on loopback, just enough for one handler's two calls, so that only the caller is measured.

Cost: it checks no signature and keeps nothing but the number of messages.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "it is a secret to everybody"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together: two small packets would wait for each other

    def do_POST(self) -> None:
        """GetSecretValue or SendMessage; botocore checks the digest of what it sent."""
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {"SecretString": SECRET, "Name": "webhook", "ARN": "arn:aws:secretsmanager:us-east-1:1:secret:webhook"}
        if self.headers["X-Amz-Target"].endswith(".SendMessage"):
            digest = hashlib.md5(request["MessageBody"].encode(), usedforsecurity=False).hexdigest()
            answer = {"MessageId": "m", "MD5OfMessageBody": digest}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@contextmanager
def stub() -> Iterator[str]:
    """The URL of both services."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
