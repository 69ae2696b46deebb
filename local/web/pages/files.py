"""Files of a repository: folders, Markdown as pages, pictures, and the raw bytes.

Place in the flow: comments link the history of a run here, under the addresses that GitHub would use. Raw files are
pictures or plain text, whatever their names say. One cost: a file beyond two megabytes is not shown.
"""

from __future__ import annotations

from http import HTTPStatus
from pathlib import PurePosixPath

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from local.github.contents import DEFAULT_BRANCH, Contents, Entry, contents_of
from local.github.errors import GitHubError
from local.web.links import Place
from local.web.visit import RefusedError, Visit

MAX_BYTES = 2 << 20
MAX_ENTRIES = 1_000
# By what the bytes are; a name proves nothing.
_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def home(visit: Visit, repo: str) -> Response:
    """The files of the default branch; an empty page where nothing was ever written."""
    return tree(visit, repo, DEFAULT_BRANCH)


def tree(visit: Visit, repo: str, ref: str, path: str = "") -> Response:
    """A folder."""
    repository, contents = _contents(visit, repo)
    path = path.strip("/")
    try:
        commit = contents.resolve(ref)
        folder = contents.entry(commit, path)
        entries = contents.children(commit, folder) if folder.kind == "dir" else []
    except GitHubError as error:
        if path or ref != DEFAULT_BRANCH or contents.branches():
            raise _missing(visit, path or ref) from error
        entries = []
    except UnicodeDecodeError as error:
        raise _missing(visit, path or ref) from error
    ordered = sorted(entries, key=lambda entry: (entry.kind != "dir", entry.path.lower()))[:MAX_ENTRIES]
    return visit.page(
        "folder.html", repo=repository, ref=ref, path=path, entries=ordered, steps=_steps(path), tab="files"
    )


def blob(visit: Visit, repo: str, ref: str, path: str) -> Response:
    """A file: Markdown as a page, a picture as one, anything else as its text."""
    if visit.request.args.get("raw") == "true":
        return redirect(f"/{repo}/raw/{ref}/{path}", Response=Response)
    repository, contents = _contents(visit, repo)
    entry, data = _read(visit, contents, ref, path)
    written = None if _picture(data) else _text(data)
    parent = str(PurePosixPath(path).parent)
    return visit.page(
        "file.html",
        repo=repository,
        ref=ref,
        path=path,
        size=entry.size,
        picture=_picture(data) is not None,
        written=written,
        is_markdown=path.lower().endswith((".md", ".markdown")),
        place=Place(repository, ref, "" if parent == "." else parent),
        steps=_steps(path),
        tab="files",
    )


def raw(visit: Visit, repo: str, ref: str, path: str) -> Response:
    """The bytes of a file, as a picture or as plain text."""
    _, contents = _contents(visit, repo)
    _, data = _read(visit, contents, ref, path)
    kind = _picture(data) or ("text/plain; charset=utf-8" if _text(data) is not None else "application/octet-stream")
    response = Response(data, content_type=kind)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.add_etag()
    return response.make_conditional(visit.request)


def _contents(visit: Visit, repo: str) -> tuple[str, Contents]:
    repository = visit.ports.github.repository(repo).full_name
    return repository, contents_of(visit.ports.github.root, repository)


def _read(visit: Visit, contents: Contents, ref: str, path: str) -> tuple[Entry, bytes]:
    try:
        entry = contents.entry(contents.resolve(ref), path)
    except (GitHubError, UnicodeDecodeError) as error:
        raise _missing(visit, path) from error
    if entry.kind != "file":
        raise _missing(visit, path)
    if entry.size > MAX_BYTES:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        raise visit.refused(status, "file_too_large", path=path, count=entry.size, most=MAX_BYTES)
    return entry, contents.read(entry.sha)


def _missing(visit: Visit, what: str) -> RefusedError:
    return visit.not_found("no_file", name=what[:200])


def _picture(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _PICTURES if data.startswith(start)), None)


def _text(data: bytes) -> str | None:
    try:
        return None if b"\0" in data else data.decode()
    except UnicodeDecodeError:
        return None


def _steps(path: str) -> list[tuple[str, str]]:
    """(name, path) of each folder on the way."""
    parts = [part for part in path.split("/") if part]
    return [(part, "/".join(parts[: at + 1])) for at, part in enumerate(parts)]
