"""Routes of the Git data API: blobs, trees, commits and branch tips, of which one commit of many files is made.

Cost: only what such a commit needs; reading a tree or a blob by its SHA is answered 404.
"""

from local.github import accounts, git_data
from local.github.contents import Contents
from local.github.errors import NotFound, Unprocessable
from local.github.exchange import Answer, Exchange
from local.github.payloads import Json
from local.github.repository_routes import contents_at, decoded, git_commit, identity_of, message_of


def create_blob(at: Exchange, repo: str) -> Answer:
    contents = _writable(at, repo)
    encoding, content = at.text("encoding", "utf-8"), at.text("content")
    if encoding not in ("utf-8", "base64"):
        raise Unprocessable("encoding must be utf-8 or base64")
    data = decoded(content) if encoding == "base64" else content.encode("utf-8", "replace")
    sha = contents.make_blob(data)
    return Answer(201, {"sha": sha, "url": f"{at.api}/repos/{repo}/git/blobs/{sha}"})


def create_tree(at: Exchange, repo: str) -> Answer:
    contents = _writable(at, repo)
    fields = at.fields()
    sha = git_data.make_tree(contents, fields.get("base_tree"), fields.get("tree"))
    # GitHub lists the root's entries as well; no client of this project reads them.
    return Answer(201, {"sha": sha, "url": f"{at.api}/repos/{repo}/git/trees/{sha}", "tree": [], "truncated": False})


def create_commit(at: Exchange, repo: str) -> Answer:
    contents = _writable(at, repo)
    parents = at.fields().get("parents", [])
    commit = git_data.make_commit(contents, at.text("tree"), parents, message=message_of(at), by=identity_of(at))
    return Answer(201, git_commit(at, repo, commit))


def get_commit(at: Exchange, repo: str, sha: str) -> Answer:
    contents = contents_at(at, repo)
    git_data.require_commits(contents)
    return Answer(200, git_commit(at, repo, contents.commit(sha)))


def get_ref(at: Exchange, repo: str, ref: str) -> Answer:
    contents = contents_at(at, repo)
    git_data.require_commits(contents)
    return Answer(200, _ref(at, repo, ref, git_data.tip(contents, ref)))


def update_ref(at: Exchange, repo: str, ref: str) -> Answer:
    contents = _writable(at, repo)
    sha, force = at.text("sha"), at.fields().get("force", False)
    if not isinstance(force, bool):
        raise Unprocessable('Invalid request.\n\n"force" is not a boolean.')
    try:
        git_data.move(contents, ref, sha, force=force)
    except NotFound:
        raise Unprocessable("Reference does not exist") from None
    return Answer(200, _ref(at, repo, ref, sha))


def _writable(at: Exchange, repo: str) -> Contents:
    """Raises NotFound, Forbidden, or Conflict where nothing was committed yet."""
    contents = contents_at(at, repo)
    accounts.require_write(at.account)
    git_data.require_commits(contents)
    return contents


def _ref(at: Exchange, repo: str, ref: str, sha: str) -> Json:
    repository_url = f"{at.api}/repos/{repo}"
    return {
        "ref": f"refs/{ref}",
        "node_id": f"REF_{sha}",
        "url": f"{repository_url}/git/refs/{ref}",
        "object": {"type": "commit", "sha": sha, "url": f"{repository_url}/git/commits/{sha}"},
    }
