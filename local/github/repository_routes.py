"""Routes for users, repositories, permissions, branches, commits and file contents."""

import base64
import binascii
from urllib.parse import quote

from local.github import accounts, payloads, repository_payload
from local.github.contents import Commit, Contents, Entry, Identity, contents_of
from local.github.errors import NotFound, Unprocessable
from local.github.exchange import Answer, Exchange
from local.github.payloads import Json

# Above this GitHub's contents API leaves "content" empty; the raw media type still has it.
_INLINE_LIMIT = 1024 * 1024


def get_user(at: Exchange) -> Answer:
    at.caller.require_person()
    return Answer(200, payloads.user(at.to, at.account))


def get_user_by_login(at: Exchange, login: str) -> Answer:
    return Answer(200, payloads.user(at.to, at.store.account(login)))


def get_rate_limit(at: Exchange) -> Answer:
    limit: Json = {"limit": 5000, "used": 0, "remaining": 5000, "reset": 0}
    return Answer(200, {"resources": {"core": limit, "search": limit}, "rate": limit})


def get_repository(at: Exchange, repo: str) -> Answer:
    return Answer(200, repository_payload.repository(at.to, at.store.repository(repo), at.account))


def get_permission(at: Exchange, repo: str, login: str) -> Answer:
    at.store.repository(repo)
    accounts.require_write(at.account)
    return Answer(200, payloads.permission(at.to, at.store.account(login)))


def is_collaborator(at: Exchange, repo: str, login: str) -> Answer:
    at.store.repository(repo)
    if not accounts.may(at.store.account(login), "triage"):
        raise NotFound
    return Answer(204)


def list_branches(at: Exchange, repo: str) -> Answer:
    branches = list(contents_at(at, repo).branches().items())
    return at.page(branches, lambda pair: _branch(at, repo, *pair))


def get_branch(at: Exchange, repo: str, name: str) -> Answer:
    contents = contents_at(at, repo)
    sha = contents.branches().get(name)
    if sha is None:
        raise NotFound("Branch not found")
    return Answer(200, _branch(at, repo, name, sha) | {"commit": _full_commit(at, repo, contents.commit(sha))})


def list_commits(at: Exchange, repo: str) -> Answer:
    query, contents = at.request.args, contents_at(at, repo)
    found = contents.log(contents.resolve(query.get("sha")), query.get("path"), 10_000)
    return at.page(found, lambda commit: _full_commit(at, repo, commit))


def get_commit(at: Exchange, repo: str, ref: str) -> Answer:
    contents = contents_at(at, repo)
    return Answer(200, _full_commit(at, repo, contents.commit(contents.resolve(ref))))


def get_contents(at: Exchange, repo: str, path: str = "") -> Answer:
    contents = contents_at(at, repo)
    ref = at.request.args.get("ref")
    commit = contents.resolve(ref)
    entry = contents.entry(commit, path.strip("/"))
    if entry.kind == "dir":
        return Answer(200, [_entry(at, repo, each, ref) for each in contents.children(commit, entry)])
    data = contents.read(entry.sha)
    if "raw" in at.request.headers.get("Accept", ""):
        return Answer(200, data)
    inline = entry.size <= _INLINE_LIMIT
    encoded = base64.encodebytes(data).decode() if inline else ""
    return Answer(200, _entry(at, repo, entry, ref) | {"content": encoded, "encoding": "base64" if inline else "none"})


def put_contents(at: Exchange, repo: str, path: str) -> Answer:
    contents = contents_at(at, repo)
    accounts.require_write(at.account)
    data = decoded(at.text("content"))
    entry, commit, created = contents.write(
        path,
        data,
        message=message_of(at),
        branch=at.optional_text("branch"),
        expected=at.optional_text("sha"),
        by=identity_of(at),
    )
    shape: Json = {"content": _entry(at, repo, entry, None), "commit": git_commit(at, repo, commit)}
    return Answer(201 if created else 200, shape)


def delete_contents(at: Exchange, repo: str, path: str) -> Answer:
    contents = contents_at(at, repo)
    accounts.require_write(at.account)
    commit = contents.delete(
        path,
        message=message_of(at),
        branch=at.optional_text("branch"),
        expected=at.text("sha"),
        by=identity_of(at),
    )
    return Answer(200, {"content": None, "commit": git_commit(at, repo, commit)})


def decoded(content: str) -> bytes:
    """Base64 with or without line ends. Raises Unprocessable."""
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Unprocessable("content is not valid Base64") from None


def contents_at(at: Exchange, repo: str) -> Contents:
    """The files of a repository. Raises NotFound."""
    return contents_of(at.store.root, at.store.repository(repo).full_name)


def message_of(at: Exchange) -> str:
    """The commit message. Raises Unprocessable."""
    message = at.text("message")
    if not message.strip():
        raise Unprocessable('Invalid request.\n\n"message" wasn\'t supplied.')
    return message


def identity_of(at: Exchange) -> Identity:
    """Who commits: whom the body names, or the account."""
    for role in ("committer", "author"):
        person = at.fields().get(role)
        if isinstance(person, dict) and "name" in person:
            return Identity(str(person["name"]), str(person.get("email", "")))
    return Identity(at.account.login, f"{at.account.id}+{at.account.login}@users.noreply.localhost")


def _entry(at: Exchange, repo: str, entry: Entry, ref: str | None) -> Json:
    path = quote(entry.path)
    repository_url = f"{at.api}/repos/{repo}"
    page = f"{at.to.html}/{repo}/blob/{quote(ref or 'main')}/{path}"
    return {
        "name": entry.path.rsplit("/", 1)[-1],
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size,
        "type": entry.kind,
        "url": f"{repository_url}/contents/{path}" + (f"?ref={quote(ref)}" if ref else ""),
        "html_url": page,
        "git_url": f"{repository_url}/git/blobs/{entry.sha}",
        "download_url": None,
    }


def git_commit(at: Exchange, repo: str, commit: Commit) -> Json:
    """The shape of the Git data API."""
    repository_url = f"{at.api}/repos/{repo}"
    person = {"name": commit.author.name, "email": commit.author.email, "date": commit.date}
    return {
        "sha": commit.sha,
        "node_id": f"C_{commit.sha}",
        "url": f"{repository_url}/git/commits/{commit.sha}",
        "html_url": f"{at.to.html}/{repo}/commit/{commit.sha}",
        "author": person,
        "committer": person,
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": f"{repository_url}/git/trees/{commit.tree}"},
        "parents": [{"sha": sha, "url": f"{repository_url}/git/commits/{sha}"} for sha in commit.parents],
    }


def _full_commit(at: Exchange, repo: str, commit: Commit) -> Json:
    """The shape of the commits API, which wraps git's commit."""
    inner = git_commit(at, repo, commit)
    return {
        "sha": commit.sha,
        "url": f"{at.api}/repos/{repo}/commits/{commit.sha}",
        "html_url": inner["html_url"],
        "commit": inner,
        "author": None,
        "committer": None,
        "parents": inner["parents"],
    }


def _branch(at: Exchange, repo: str, name: str, sha: str) -> Json:
    return {
        "name": name,
        "commit": {"sha": sha, "url": f"{at.api}/repos/{repo}/commits/{sha}"},
        "protected": False,
    }
