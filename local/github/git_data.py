"""Git's own objects as GitHub's Git data API lays them open: what may become a tree, a commit, a branch's new tip.

Place in the flow: between the Git data routes and `Contents`. Checks what GitHub checks, and refuses in its words.
Cost: trees of files only; whole subtrees and submodules by SHA are refused, as are other refs than branches.
"""

import re
from collections.abc import Mapping

from local.github.contents import Commit, Contents, Identity
from local.github.errors import Conflict, NotFound, Unprocessable
from local.github.git_process import GitFailure
from local.github.names import check_branch, check_path

_FULL_SHA = re.compile(r"[0-9a-f]{40}")
_MODES = ("100644", "100755", "120000")
_ZERO = "0" * 40
_MOVES = 3


def require_commits(contents: Contents) -> None:
    """Raises Conflict where nothing was ever committed: GitHub's Git data API is closed then, for reading, too."""
    if not contents.branches():
        raise Conflict("Git Repository is empty.")


def make_tree(contents: Contents, base: object, entries: object) -> str:
    """A tree from GitHub's `base_tree` and `tree`. Raises Unprocessable."""
    if base is not None and (not isinstance(base, str) or _kind(contents, base) != "tree"):
        raise Unprocessable("base_tree is not a valid tree oid")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, Mapping) for entry in entries):
        raise Unprocessable("Invalid tree info")
    return contents.make_tree(base, "".join(_change(contents, entry) for entry in entries))


def make_commit(contents: Contents, tree: str, parents: object, *, message: str, by: Identity) -> Commit:
    """A commit that no branch names yet. Raises Unprocessable."""
    if _kind(contents, tree) != "tree":
        raise Unprocessable("Tree SHA does not exist")
    if not isinstance(parents, list) or any(_kind(contents, parent) != "commit" for parent in parents):
        raise Unprocessable("Parent SHA does not exist or is not a commit object")
    return contents.make_commit(tree, parents, message=message, by=by)


def tip(contents: Contents, ref: str) -> str:
    """The commit of `heads/<branch>`. Raises NotFound."""
    sha = contents.branches().get(_branch(ref))
    if sha is None:
        raise NotFound
    return sha


def move(contents: Contents, ref: str, sha: str, *, force: bool) -> None:
    """Points `heads/<branch>` to a commit: without force one that its tip is an ancestor of. Raises Unprocessable."""
    if _kind(contents, sha) != "commit":
        raise Unprocessable("Object does not exist")
    for _ in range(_MOVES):
        head = contents.branches().get(_branch(ref))
        if head is None:
            raise Unprocessable("Reference does not exist")
        if not force and not _descends(contents, sha, head):
            break
        try:
            return contents.move(f"refs/{ref}", sha, head)
        except Conflict:
            continue  # somebody else moved it; look again
    raise Unprocessable("Update is not a fast forward")


def _change(contents: Contents, entry: Mapping[str, object]) -> str:
    """One entry as `update-index --index-info -z` takes it."""
    path, mode, sha, content = entry.get("path"), entry.get("mode"), entry.get("sha"), entry.get("content")
    if not isinstance(path, str) or not path.isprintable():
        raise Unprocessable("tree.path contains a malformed path component")
    check_path(path)
    if mode not in _MODES or entry.get("type", "blob") != "blob":
        raise Unprocessable("tree.mode contains an invalid mode")
    if "sha" in entry and "content" in entry:
        raise Unprocessable("Must supply either tree.sha or tree.content, but not both")
    if isinstance(content, str):
        sha = contents.make_blob(content.encode("utf-8", "replace"))
    elif "sha" in entry and sha is None:
        return f"0 {_ZERO}\t{path}\0"
    if not isinstance(sha, str) or _kind(contents, sha) != "blob":
        raise Unprocessable(f"tree.sha {str(sha)[:100]} is not a valid blob")
    return f"{mode} {sha}\t{path}\0"


def _branch(ref: str) -> str:
    kind, _, name = ref.partition("/")
    if kind != "heads":
        raise NotFound
    return check_branch(name)


def _kind(contents: Contents, sha: object) -> str | None:
    """blob, tree, commit or tag; None for no object."""
    if not isinstance(sha, str) or not _FULL_SHA.fullmatch(sha):
        return None
    try:
        return contents.git("cat-file", "-t", sha).decode().strip()
    except GitFailure:
        return None


def _descends(contents: Contents, sha: str, ancestor: str) -> bool:
    try:
        contents.git("merge-base", "--is-ancestor", ancestor, sha)
    except GitFailure:
        return False
    return True
