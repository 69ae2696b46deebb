"""One commit of several files, by GitHub's Git data API: blobs, a tree on top of the head's, a commit, the branch.

Place in the flow: the client calls it and deals with everything GitHub refuses. Until the branch moves, in the last
request, nothing is visible. One cost: each file is a request, even where it is there already.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from urllib.parse import quote

from github import InputGitTreeElement
from github.Repository import Repository

from contracts.errors import ConfigError
from lambdas.github.failures import absent_is_fine
from lambdas.github.records import WrittenFiles

_FILE = "100644"


def read(repo: Repository, path: str, *, ref: str = "") -> str | None:
    """A file of a commit, or of the default branch; None where there is none.

    Raises:
        ConfigError: the path is a folder.
    """
    with absent_is_fine():
        found = repo.get_contents(path, ref) if ref else repo.get_contents(path)
        if isinstance(found, list):
            raise ConfigError(f"{path} of {repo.full_name} is a folder.")
        return found.decoded_content.decode("utf-8", "replace")
    return None


def commit(
    repo: Repository,
    build: Callable[[Callable[[str], str | None]], Mapping[str, bytes]],
    message: str,
    uploaded: dict[bytes, str],
) -> WrittenFiles:
    """Commit what `build` makes of the default branch as it is at this moment; other files stay.

    Where nothing would change, the last commit of the first file is given instead.

    Args:
        build: reader of a path in the head commit -> files to write, by path.
        uploaded: SHAs of the blobs by content; filled here, so that another attempt need not upload them again.

    Raises:
        GithubException: 422 where the branch moved meanwhile, 409 where the repository has no commit yet, ….
    """
    branch = repo.get_git_ref(f"heads/{repo.default_branch}")
    head = repo.get_git_commit(branch.object.sha)
    files = build(lambda path: read(repo, path, ref=head.sha))
    first = next(iter(files))
    elements = []
    for path, data in files.items():
        key = hashlib.sha256(data).digest()
        if key not in uploaded:
            uploaded[key] = repo.create_git_blob(base64.b64encode(data).decode(), "base64").sha
        elements.append(InputGitTreeElement(path, _FILE, "blob", sha=uploaded[key]))
    tree = repo.create_git_tree(elements, head.tree)
    changed = tree.sha != head.tree.sha
    if changed:
        sha = repo.create_git_commit(message, tree, [head]).sha
        branch.edit(sha)
    else:
        sha = next((found.sha for found in repo.get_commits(sha=head.sha, path=first)), head.sha)
    return WrittenFiles(sha, f"{repo.html_url}/blob/{sha}/{quote(first)}", changed)
