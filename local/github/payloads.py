"""The JSON shapes of GitHub's REST API and webhooks, from records. Pure.

Place in the flow: routes answer with them, webhook payloads are made of them. Cost: what no repository here can have
(milestones, assignees, pull requests) is there, and empty.

Source of the fields: the schemas of @octokit/webhooks-schemas, which the payloads of this module conform to.
"""

from collections import Counter
from collections.abc import Iterable
from urllib.parse import quote

from local.github.addresses import Addresses
from local.github.records import REACTIONS, Account, Comment, Issue, Label, Permission, Reaction, Repository

Json = dict[str, object]

_PERMISSIONS: dict[Permission, tuple[str, ...]] = {
    "admin": ("admin", "maintain", "push", "triage", "pull"),
    "maintain": ("maintain", "push", "triage", "pull"),
    "write": ("push", "triage", "pull"),
    "triage": ("triage", "pull"),
    "read": ("pull",),
    "none": (),
}
# GitHub's older field knows four words only; `role_name` has the true one.
_LEGACY: dict[Permission, Permission] = {"maintain": "write", "triage": "read"}
_ASSOCIATION: dict[Permission, str] = {
    "admin": "OWNER",
    "maintain": "COLLABORATOR",
    "write": "COLLABORATOR",
    "triage": "COLLABORATOR",
}
_USER_LINKS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}


def user(to: Addresses, account: Account) -> Json:
    url = f"{to.api}/users/{quote(account.login)}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": f"U_{account.id}",
        "avatar_url": "",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{to.html}/{quote(account.login)}",
        **{name: url + suffix for name, suffix in _USER_LINKS.items()},
        "type": account.kind,
        "site_admin": False,
        "name": account.login,
    }


def permissions(account: Account) -> Json:
    granted = _PERMISSIONS[account.permission]
    return {name: name in granted for name in _PERMISSIONS["admin"]}


def permission(to: Addresses, account: Account) -> Json:
    return {
        "permission": _LEGACY.get(account.permission, account.permission),
        "role_name": account.permission,
        "user": user(to, account) | {"permissions": permissions(account)},
    }


def label(to: Addresses, repository: Repository, label: Label) -> Json:
    return {
        "id": label.id,
        "node_id": f"LA_{label.id}",
        "url": f"{to.api}/repos/{repository.full_name}/labels/{quote(label.name, safe='')}",
        "name": label.name,
        "color": label.color,
        "description": label.description,
        "default": False,
    }


def issue(to: Addresses, issue: Issue, reactions: Iterable[Reaction] = ()) -> Json:
    url = f"{to.api}/repos/{issue.repository.full_name}/issues/{issue.number}"
    return {
        "id": issue.id,
        "node_id": f"I_{issue.id}",
        "url": url,
        "repository_url": f"{to.api}/repos/{issue.repository.full_name}",
        "labels_url": url + "/labels{/name}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": f"{to.html}/{issue.repository.full_name}/issues/{issue.number}",
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "user": user(to, issue.author),
        "author_association": _ASSOCIATION.get(issue.author.permission, "NONE"),
        "labels": [label(to, issue.repository, each) for each in issue.labels],
        "state": issue.state,
        "state_reason": issue.state_reason,
        "locked": False,
        "active_lock_reason": None,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": issue.comments,
        "created_at": issue.created_at,
        "updated_at": issue.updated_at,
        "closed_at": issue.closed_at,
        "performed_via_github_app": None,
        "reactions": reaction_summary(f"{url}/reactions", reactions),
    }


def comment(to: Addresses, comment: Comment, reactions: Iterable[Reaction] = ()) -> Json:
    repository_url = f"{to.api}/repos/{comment.repository.full_name}"
    url = f"{repository_url}/issues/comments/{comment.id}"
    page = f"{to.html}/{comment.repository.full_name}/issues/{comment.issue_number}"
    return {
        "id": comment.id,
        "node_id": f"IC_{comment.id}",
        "url": url,
        "html_url": f"{page}#issuecomment-{comment.id}",
        "issue_url": f"{repository_url}/issues/{comment.issue_number}",
        "user": user(to, comment.author),
        "author_association": _ASSOCIATION.get(comment.author.permission, "NONE"),
        "body": comment.body,
        "created_at": comment.created_at,
        "updated_at": comment.updated_at,
        "performed_via_github_app": None,
        "reactions": reaction_summary(f"{url}/reactions", reactions),
    }


def reaction(to: Addresses, reaction: Reaction) -> Json:
    return {
        "id": reaction.id,
        "node_id": f"REA_{reaction.id}",
        "user": user(to, reaction.author),
        "content": reaction.content,
        "created_at": reaction.created_at,
    }


def reaction_summary(url: str, reactions: Iterable[Reaction]) -> Json:
    counts = Counter(each.content for each in reactions)
    summary: Json = {"url": url, "total_count": counts.total()}
    return summary | {content: counts[content] for content in REACTIONS}
