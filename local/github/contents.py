"""File contents of a repository, kept in a real bare git repository and written one commit at a time.

Place in the flow: the contents and Git data routes call it. A write builds its tree in a temporary index and moves the
branch last, with `update-ref` comparing the old value: killed earlier, it leaves only unreachable objects;
raced by another writer, it is refused, as on GitHub, and nothing is lost. Cost: ten git processes a write.
"""

import fcntl
import re
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal, cast

from local.github.errors import Conflict, NotFound, Unprocessable
from local.github.git_process import GitFailure, create_bare, remove_dead_lock, run_git
from local.github.names import RepositoryName, check_branch, check_path

DEFAULT_BRANCH = "main"
_FULL_SHA = re.compile(r"[0-9a-f]{40}")
_ZERO = "0" * 40
_CREATION = threading.Lock()


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or directory in a commit; `size` is in bytes, 0 for a directory."""

    path: str
    kind: Literal["file", "dir", "symlink", "submodule"]
    sha: str
    size: int


@dataclass(frozen=True, slots=True)
class Identity:
    """Who made a commit."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit; `date` is ISO 8601 with the offset."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Identity
    date: str
    message: str


class Contents:
    """The files of one repository.

    Args:
        path: the bare repository; created on the first use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with _CREATION:
            if not (path / "HEAD").exists():
                create_bare(path, DEFAULT_BRANCH)

    def resolve(self, ref: str | None) -> str:
        """The commit a branch, tag or full SHA names; the default branch without one. Raises NotFound."""
        name = ref or DEFAULT_BRANCH
        if not _FULL_SHA.fullmatch(name):
            name = name.removeprefix("refs/heads/")
            check_branch(name)
            for prefix in ("refs/heads/", "refs/tags/"):
                if sha := self._commit_of(prefix + name):
                    return sha
        elif sha := self._commit_of(name):
            return sha
        if not self.branches():
            # Nothing was ever written: the plain answer, so that clients see a missing file and no odd ref.
            raise NotFound
        raise NotFound(f"No commit found for the ref {name}")

    def branches(self) -> dict[str, str]:
        """Branch name to commit."""
        listing = self.git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads/")
        pairs = (line.rsplit(" ", 1) for line in listing.decode().splitlines())
        return dict(pairs)

    def entry(self, commit: str, path: str) -> Entry:
        """The file or directory at `path`, "" for the root. Raises NotFound."""
        if path == "":
            return Entry("", "dir", self.git("rev-parse", f"{commit}^{{tree}}").decode().strip(), 0)
        for entry in self._list(commit, check_path(path)):
            if entry.path == path:
                return entry
        raise NotFound

    def children(self, commit: str, directory: Entry) -> list[Entry]:
        """What a directory holds, in git's order."""
        return self._list(commit, f"{directory.path}/" if directory.path else "")

    def read(self, sha: str) -> bytes:
        """The bytes of a blob."""
        return self.git("cat-file", "blob", sha)

    def commit(self, sha: str) -> Commit:
        """Raises NotFound."""
        if not _FULL_SHA.fullmatch(sha) or self._commit_of(sha) is None:
            raise NotFound
        return self._commits("-1", sha)[0]

    def log(self, start: str, path: str | None, limit: int) -> list[Commit]:
        """Commits reachable from `start`, newest first, that touch `path`."""
        return self._commits(f"-{limit}", start, *(["--", check_path(path)] if path else []))

    def write(
        self, path: str, data: bytes, *, message: str, branch: str | None, expected: str | None, by: Identity
    ) -> tuple[Entry, Commit, bool]:
        """Creates or replaces a file in one commit; the last value tells whether it was created.

        Args:
            expected: SHA of the blob being replaced; None to create.

        Raises:
            Conflict: the file is not the expected one any more, or the branch moved meanwhile.
            NotFound: no such branch. Unprocessable: `expected` is missing, or the path is not possible.
        """
        ref, head = self._head(branch)
        current = self._current(head, check_path(path), expected, creating=True)
        blob = self.make_blob(data)
        commit = self._advance(ref, head, change=f"100644 {blob}\t{path}\0", message=message, by=by)
        return Entry(path, "file", blob, len(data)), commit, current is None

    def delete(self, path: str, *, message: str, branch: str | None, expected: str, by: Identity) -> Commit:
        """Removes a file in one commit. Raises as `write` does."""
        ref, head = self._head(branch)
        self._current(head, check_path(path), expected, creating=False)
        return self._advance(ref, head, change=f"0 {_ZERO}\t{path}\0", message=message, by=by)

    def _head(self, branch: str | None) -> tuple[str, str | None]:
        name = check_branch((branch or DEFAULT_BRANCH).removeprefix("refs/heads/"))
        head = self._commit_of(f"refs/heads/{name}")
        if head is None and (name != DEFAULT_BRANCH or self.branches()):
            raise NotFound(f"Branch {name} not found")
        return f"refs/heads/{name}", head

    def _current(self, head: str | None, path: str, expected: str | None, *, creating: bool) -> Entry | None:
        try:
            current = None if head is None else self.entry(head, path)
        except NotFound:
            current = None
        if current is None:
            if not creating:
                raise NotFound
            if expected is not None:
                raise Conflict(f"{path} does not match {expected}")
            self._require_free(head, path)
            return None
        if current.kind != "file":
            raise Unprocessable(f"{path} is not a file")
        if expected is None:
            raise Unprocessable('Invalid request.\n\n"sha" wasn\'t supplied.')
        if expected != current.sha:
            raise Conflict(f"{path} does not match {expected}")
        return current

    def _require_free(self, head: str | None, path: str) -> None:
        """Git's index would silently replace a file `a` by the directory of `a/b`."""
        if head is None:
            return
        for directory in [str(parent) for parent in PurePosixPath(path).parents][:-1]:
            if any(entry.path == directory and entry.kind != "dir" for entry in self._list(head, directory)):
                raise Unprocessable(f"{directory} is not a directory")

    def _advance(self, ref: str, head: str | None, *, change: str, message: str, by: Identity) -> Commit:
        """Commits one index change (in `update-index --index-info -z` form) on top of `head`."""
        tree = self.make_tree(head, change)
        commit = self.make_commit(tree, [] if head is None else [head], message=message, by=by)
        self.move(ref, commit.sha, head)
        return commit

    def make_blob(self, data: bytes) -> str:
        """A blob that no tree names yet."""
        return self.git("hash-object", "-w", "--stdin", data=data).decode().strip()

    def make_tree(self, base: str | None, changes: str) -> str:
        """A tree: `base` (a commit or tree) with index changes (in `update-index --index-info -z` form)."""
        with tempfile.TemporaryDirectory(prefix="index-", dir=self._path) as directory:
            index = {"GIT_INDEX_FILE": str(Path(directory) / "index")}
            if base is not None:
                self.git("read-tree", base, environment=index)
            try:
                self.git("update-index", "-z", "--index-info", data=changes.encode(), environment=index)
            except GitFailure as error:
                raise Unprocessable("path contains a malformed path component") from error
            return self.git("write-tree", environment=index).decode().strip()

    def make_commit(self, tree: str, parents: Sequence[str], *, message: str, by: Identity) -> Commit:
        """A commit that no branch names yet."""
        name, email = _clean(by.name) or "unknown", _clean(by.email) or "unknown@localhost"
        people = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", name), ("EMAIL", email))
        }
        above = [argument for parent in parents for argument in ("-p", parent)]
        data = message.replace("\0", "").encode("utf-8", "replace")
        sha = self.git("commit-tree", tree, *above, "-F", "-", data=data, environment=people)
        return self.commit(sha.decode().strip())

    def move(self, ref: str, sha: str, head: str | None) -> None:
        """Points a branch from one commit (None: from nothing) to another. Raises Conflict if it is elsewhere."""
        with (self._path / "writer.flock").open("w") as turn:
            # Git inherits it: a git that outlives its killed parent keeps its turn until it is done.
            fcntl.flock(turn, fcntl.LOCK_EX)
            for name in (ref, "HEAD"):
                remove_dead_lock(self._path / f"{name}.lock")
            try:
                self.git("update-ref", ref, sha, head or _ZERO, inherit=[turn.fileno()])
            except GitFailure as error:
                raise Conflict(f"{ref} moved while {sha} was being written") from error

    def _commit_of(self, name: str) -> str | None:
        try:
            found = self.git("rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}")
        except GitFailure:
            return None
        return found.decode().strip()

    def _list(self, commit: str, path: str) -> list[Entry]:
        listing = self.git("ls-tree", "-z", "--long", "--full-tree", commit, *(["--", path] if path else []))
        return [_entry(line) for line in listing.decode().split("\0") if line]

    def _commits(self, *arguments: str) -> list[Commit]:
        form = "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%B%x00%x1e"
        text = self.git("log", "-z", form, *arguments).decode()
        commits = []
        for record in text.split("\0\x1e"):
            fields = record.lstrip("\0").split("\0")
            if len(fields) == 7:
                sha, tree, parents, name, email, date, message = fields
                by = Identity(name, email)
                commits.append(Commit(sha, tree, tuple(parents.split()), by, date, message.rstrip("\n")))
        return commits

    def git(
        self,
        *arguments: str,
        data: bytes = b"",
        environment: dict[str, str] | None = None,
        inherit: Sequence[int] = (),
    ) -> bytes:
        """What a git command on this repository prints. Raises GitFailure."""
        command = ["--git-dir", str(self._path), *arguments]
        return run_git(command, data=data, environment=environment, inherit=inherit)


def contents_of(root: Path, full_name: str) -> Contents:
    """The contents of "owner/name" below `root`."""
    name = RepositoryName.parse(full_name)
    return Contents(root / name.owner / f"{name.name}.git")


def _entry(line: str) -> Entry:
    facts, path = line.split("\t", 1)
    mode, kind, sha, size = facts.split()
    kinds = {"tree": "dir", "blob": "symlink" if mode == "120000" else "file", "commit": "submodule"}
    chosen = cast(Literal["file", "dir", "symlink", "submodule"], kinds[kind])
    return Entry(path, chosen, sha, int(size) if size != "-" else 0)


def _clean(text: str) -> str:
    """Without what git would refuse or drop in an identity."""
    return "".join(each for each in text if each.isprintable() and each not in "<>").strip()
