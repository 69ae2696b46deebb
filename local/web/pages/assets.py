"""Style sheet, script and picture of the pages.

Place in the flow: every page names them. Only what lies in `static/` by name is served. One cost: read at each request;
the browser asks with an ETag.
"""

from __future__ import annotations

from pathlib import Path

from werkzeug.wrappers import Response

from local.web.visit import Visit

STATIC = Path(__file__).parent.parent / "static"
_FILES = {
    "style.css": "text/css; charset=utf-8",
    "code.css": "text/css; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


def static(visit: Visit, file: str) -> Response:
    """One of the files of the pages."""
    if file not in _FILES:
        raise visit.not_found("no_asset", name=file[:60])
    response = Response((STATIC / file).read_bytes(), content_type=_FILES[file])
    response.add_etag()
    return response.make_conditional(visit.request)


def favicon(visit: Visit) -> Response:
    """What browsers ask for unasked."""
    return static(visit, "icon.svg")
