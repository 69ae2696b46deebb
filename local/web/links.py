"""Where links and pictures in people's texts lead, on these pages.

Place in the flow: the sanitiser asks for every address. Comments hold addresses of the stand-in under whatever port it
had that day (http://localhost:4711/owner/name/blob/…): those of GitHub's form become paths of this server. Pictures
come from here only, so that no reader tells another machine what they read. One cost: a link to another program on
this machine that looks like GitHub's is taken for ours.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

_LOOPBACK = re.compile(r"(?:localhost|127\.0\.0\.1)(?::\d{1,5})?", re.ASCII)
_OURS = re.compile(r"/[A-Za-z0-9-]+/[A-Za-z0-9._-]+(?:/(?:issues|blob|raw|tree|commit)(?:/.*)?)?", re.ASCII)
_FILE = re.compile(r"/([A-Za-z0-9-]+/[A-Za-z0-9._-]+)/(?:blob|raw)/([A-Za-z0-9._-]+)/(.+)", re.ASCII)
_SCHEMES = frozenset({"http", "https", "mailto"})
# A browser drops these inside an address, so that `java\nscript:` is one.
_DROPPED = re.compile(r"[\x00-\x20\x7f]")
_PICTURE = (".png", ".jpg", ".jpeg", ".gif", ".webp")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands.

    Attributes:
        repository: "owner/name"; empty outside of any.
        ref: commit or branch of the file that the text is; empty for an issue.
        folder: the file's folder, to which relative addresses refer.
    """

    repository: str = ""
    ref: str = ""
    folder: str = ""

    def link(self, address: str) -> str | None:
        """Where a link leads; None where it must not."""
        own = self._own(address)
        if own is not None:
            return own
        parts = _split(address)
        return address if parts is not None and parts[0] in _SCHEMES else None

    def picture(self, address: str) -> str | None:
        """The path under which a picture is served here; None for a foreign one, or what is no picture."""
        own = self._own(address)
        file = _FILE.fullmatch(own.partition("?")[0].partition("#")[0]) if own else None
        if file is None or not file.group(3).lower().endswith(_PICTURE):
            return None
        repository, ref, path = file.groups()
        return f"/{repository}/raw/{ref}/{path}"

    def _own(self, address: str) -> str | None:
        """The path, where the address is one of these pages; without anything that climbs."""
        parts = _split(address)
        if parts is None:
            return None
        scheme, host, path, tail = parts
        if scheme in ("http", "https") and _LOOPBACK.fullmatch(host) and _OURS.fullmatch(path):
            return _normal(path) + tail
        if scheme or host:
            return None
        if not path:
            return tail or None
        if path.startswith("/"):
            return _normal(path) + tail
        if not self.ref:
            return None
        return _normal(f"/{self.repository}/blob/{self.ref}/{self.folder}/{path}") + tail


def _split(address: str) -> tuple[str, str, str, str] | None:
    """(scheme, host, path, query and fragment) as a browser understands them; None for what none does."""
    try:
        parts = urlsplit(_DROPPED.sub("", address).replace("\\", "/"))
    except ValueError:
        return None
    tail = (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
    if parts.path.startswith("//"):
        return None
    return parts.scheme.lower(), parts.netloc.lower(), parts.path, tail


def _normal(path: str) -> str:
    """Absolute, without dots and doubled slashes, quoted."""
    steps = posixpath.normpath(unquote(path)).lstrip("/")
    return quote(f"/{steps}", safe="/:@!$&'()*+,;=~-._")
