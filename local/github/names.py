"""Names that become paths: repositories, branches and files, checked before any of them touches the disk.

Cost: stricter than git itself; a name outside these alphabets is refused although git would take it.
"""

import re
from dataclasses import dataclass

from local.github.errors import NotFound, Unprocessable

_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]{1,100}")
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MAX_PATH = 1024


@dataclass(frozen=True, slots=True)
class RepositoryName:
    """An owner and a repository, each safe as one path component."""

    owner: str
    name: str

    @classmethod
    def parse(cls, text: str) -> "RepositoryName":
        """From "owner/name".

        Raises:
            NotFound: not a name GitHub would give.
        """
        owner, _, name = text.partition("/")
        reserved = name in (".", "..") or name.lower().endswith((".git", ".wiki"))
        if not _OWNER.fullmatch(owner) or not _REPOSITORY.fullmatch(name) or reserved:
            raise NotFound
        return cls(owner, name)

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"


def check_branch(name: str) -> str:
    """`name`, if it can be a branch.

    Raises:
        NotFound: it cannot, so there is none.
    """
    parts = name.split("/")
    bad = any(not part or part.startswith(".") or part.endswith((".", ".lock")) for part in parts)
    if not _BRANCH.fullmatch(name) or bad or ".." in name:
        raise NotFound(f"Branch {name[:200]!r} not found")
    return name


def check_path(path: str) -> str:
    """`path`, if it is a relative path inside a repository.

    Raises:
        Unprocessable: absolute, climbing, into `.git`, with control characters, or too long.
    """
    parts = path.split("/")
    forbidden = any(part in ("", ".", "..") or part.lower().rstrip(". ") == ".git" for part in parts)
    if forbidden or _CONTROL.search(path) or len(path.encode()) > _MAX_PATH or "\\" in path:
        raise Unprocessable("path contains a malformed path component")
    return path
