"""moto's server application, imported when first asked: SNS, SES and whatever else we do not keep.

Place in the flow: the endpoint's fallback. One cost: the import takes about half a second, and its state is in memory
only.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

_lock = threading.Lock()
_app: Callable[..., Any] | None = None


def moto_app() -> Callable[..., Any]:
    """The WSGI application, made once per process."""
    global _app
    with _lock:
        if _app is None:
            from moto.server import DomainDispatcherApplication, create_backend_app

            logging.getLogger("werkzeug").setLevel(logging.ERROR)
            _app = DomainDispatcherApplication(create_backend_app)
        return _app


def reset() -> None:
    """Forget everything moto holds; a new stack in the same process starts clean."""
    with _lock:
        if _app is None:
            return
    from moto.moto_api._internal.models import moto_api_backend

    moto_api_backend.reset()
