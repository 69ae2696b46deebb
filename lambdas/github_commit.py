"""One commit of several files, by GitHub's Git data API: blobs, a tree on top of the head's, a commit, the branch.

Place in the flow: `lambdas.github` calls it and deals with everything GitHub refuses. Until the branch moves, in the
last request, nothing is visible. One cost: each file is a request, even where it is there already.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from github import InputGitTreeElement
from github.Repository import Repository

_FILE = "100644"


@dataclass(frozen=True, slots=True)
class Committed:
    """The commit that holds the files, the first file's address in it, and whether it was made just now."""

    sha: str
    url: str
    changed: bool


def commit(repo: Repository, files: Mapping[str, bytes], message: str, uploaded: dict[str, str]) -> Committed:
    """Commit files, by path, on top of the default branch as it is at this moment; other files stay.

    Where nothing would change, the last commit of the first file is given instead.

    Args:
        uploaded: SHAs of the blobs by path; filled here, so that another attempt need not upload them again.

    Raises:
        GithubException: 422 where the branch moved meanwhile, 409 where the repository has no commit yet, ….
    """
    first = next(iter(files))
    branch = repo.get_git_ref(f"heads/{repo.default_branch}")
    head = repo.get_git_commit(branch.object.sha)
    for path, data in files.items():
        if path not in uploaded:
            uploaded[path] = repo.create_git_blob(base64.b64encode(data).decode(), "base64").sha
    elements = [InputGitTreeElement(path, _FILE, "blob", sha=uploaded[path]) for path in files]
    tree = repo.create_git_tree(elements, head.tree)
    changed = tree.sha != head.tree.sha
    if changed:
        sha = repo.create_git_commit(message, tree, [head]).sha
        branch.edit(sha)
    else:
        sha = next((found.sha for found in repo.get_commits(sha=head.sha, path=first)), head.sha)
    return Committed(sha, f"{repo.html_url}/blob/{sha}/{quote(first)}", changed)
