"""The JSON shapes of GitHub's REST API, from records. Pure; `api` is the served root, "http://host:port/api/v3".

Cost: fields that no client of this project reads are left out, which PyGithub treats as unset.
"""

from collections import Counter
from collections.abc import Iterable
from urllib.parse import quote

from local.github.records import (
    REACTIONS,
    Account,
    Comment,
    Issue,
    Label,
    Permission,
    Reaction,
    Repository,
)

Json = dict[str, object]

_PERMISSIONS: dict[Permission, tuple[str, ...]] = {
    "admin": ("admin", "maintain", "push", "triage", "pull"),
    "write": ("push", "triage", "pull"),
    "read": ("pull",),
    "none": (),
}
_ASSOCIATION: dict[Permission, str] = {
    "admin": "OWNER",
    "write": "COLLABORATOR",
    "read": "NONE",
    "none": "NONE",
}


def html_root(api: str) -> str:
    """Where pages would be: the server's root."""
    return api.removesuffix("/api/v3")


def user(api: str, account: Account) -> Json:
    return {
        "login": account.login,
        "id": account.id,
        "node_id": f"U_{account.id}",
        "type": account.kind,
        "site_admin": False,
        "name": account.login,
        "url": f"{api}/users/{quote(account.login)}",
        "html_url": f"{html_root(api)}/{quote(account.login)}",
    }


def permissions(account: Account) -> Json:
    granted = _PERMISSIONS[account.permission]
    return {name: name in granted for name in _PERMISSIONS["admin"]}


def permission(api: str, account: Account) -> Json:
    return {
        "permission": account.permission,
        "role_name": account.permission,
        "user": user(api, account) | {"permissions": permissions(account)},
    }


def repository(api: str, repository: Repository, viewer: Account) -> Json:
    owner, name = repository.full_name.split("/")
    url = f"{api}/repos/{repository.full_name}"
    return {
        "id": repository.id,
        "node_id": f"R_{repository.id}",
        "name": name,
        "full_name": repository.full_name,
        "private": True,
        "owner": {"login": owner, "id": 0, "type": "Organization", "url": f"{api}/users/{owner}"},
        "html_url": f"{html_root(api)}/{repository.full_name}",
        "url": url,
        "issues_url": url + "/issues{/number}",
        "contents_url": url + "/contents/{+path}",
        "default_branch": "main",
        "has_issues": True,
        "archived": False,
        "fork": False,
        "created_at": repository.created_at,
        "updated_at": repository.created_at,
        "permissions": permissions(viewer),
    }


def label(api: str, repository: Repository, label: Label) -> Json:
    return {
        "id": label.id,
        "node_id": f"LA_{label.id}",
        "url": f"{api}/repos/{repository.full_name}/labels/{quote(label.name, safe='')}",
        "name": label.name,
        "color": label.color,
        "description": label.description,
        "default": False,
    }


def issue(api: str, issue: Issue, reactions: Iterable[Reaction] = ()) -> Json:
    url = f"{api}/repos/{issue.repository.full_name}/issues/{issue.number}"
    return {
        "id": issue.id,
        "node_id": f"I_{issue.id}",
        "url": url,
        "repository_url": f"{api}/repos/{issue.repository.full_name}",
        "labels_url": url + "/labels{/name}",
        "comments_url": f"{url}/comments",
        "html_url": f"{html_root(api)}/{issue.repository.full_name}/issues/{issue.number}",
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "user": user(api, issue.author),
        "author_association": _ASSOCIATION[issue.author.permission],
        "labels": [label(api, issue.repository, each) for each in issue.labels],
        "state": issue.state,
        "state_reason": issue.state_reason,
        "locked": False,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": issue.comments,
        "created_at": issue.created_at,
        "updated_at": issue.updated_at,
        "closed_at": issue.closed_at,
        "reactions": reaction_summary(f"{url}/reactions", reactions),
    }


def comment(api: str, comment: Comment, reactions: Iterable[Reaction] = ()) -> Json:
    repository_url = f"{api}/repos/{comment.repository.full_name}"
    url = f"{repository_url}/issues/comments/{comment.id}"
    page = f"{html_root(api)}/{comment.repository.full_name}/issues/{comment.issue_number}"
    return {
        "id": comment.id,
        "node_id": f"IC_{comment.id}",
        "url": url,
        "html_url": f"{page}#issuecomment-{comment.id}",
        "issue_url": f"{repository_url}/issues/{comment.issue_number}",
        "user": user(api, comment.author),
        "author_association": _ASSOCIATION[comment.author.permission],
        "body": comment.body,
        "created_at": comment.created_at,
        "updated_at": comment.updated_at,
        "reactions": reaction_summary(f"{url}/reactions", reactions),
    }


def reaction(api: str, reaction: Reaction) -> Json:
    return {
        "id": reaction.id,
        "node_id": f"REA_{reaction.id}",
        "user": user(api, reaction.author),
        "content": reaction.content,
        "created_at": reaction.created_at,
    }


def reaction_summary(url: str, reactions: Iterable[Reaction]) -> Json:
    counts = Counter(each.content for each in reactions)
    summary: Json = {"url": url, "total_count": counts.total()}
    return summary | {content: counts[content] for content in REACTIONS}
