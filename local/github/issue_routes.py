"""Routes for issues, comments, labels and reactions. Each checks permission, calls the store and shapes."""

from collections.abc import Sequence
from typing import cast

from local.github import accounts, payloads
from local.github.errors import NotFound, Unprocessable
from local.github.exchange import Answer, Exchange
from local.github.payloads import Json
from local.github.records import Comment, Issue, Label, Subject


def list_issues(at: Exchange, repo: str) -> Answer:
    query = at.request.args
    state = query.get("state", "open")
    labels = {name.strip().lower() for name in query.get("labels", "").split(",") if name.strip()}
    order = "updated_at" if query.get("sort") == "updated" else "created_at"
    found = [
        issue
        for issue in at.store.issues(repo)
        if state in ("all", issue.state)
        and labels <= {label.name.lower() for label in issue.labels}
        and issue.updated_at >= query.get("since", "")
        and issue.author.login.lower() == query.get("creator", issue.author.login).lower()
    ]
    found.sort(
        key=lambda issue: (getattr(issue, order), issue.number),
        reverse=query.get("direction", "desc") != "asc",
    )
    return at.page(found, lambda issue: _issue(at, issue))


def create_issue(at: Exchange, repo: str) -> Answer:
    at.store.repository(repo)
    # Like GitHub: without push access the labels are dropped, the issue is opened all the same.
    wanted = _names(at.fields().get("labels", [])) if at.account.permission in ("write", "admin") else []
    number = at.store.open_issue(
        repo, at.text("title", ""), at.optional_text("body"), labels=wanted, author=at.account.login
    )
    return Answer(201, _issue(at, at.store.issue(repo, number)))


def get_issue(at: Exchange, repo: str, number: int) -> Answer:
    return Answer(200, _issue(at, at.store.issue(repo, number)))


def edit_issue(at: Exchange, repo: str, number: int) -> Answer:
    fields = at.fields()
    if at.store.issue(repo, number).author.id != at.account.id or "labels" in fields:
        accounts.require_write(at.account)
    changes: dict[str, object] = {}
    for name in ("title", "state", "state_reason"):
        if fields.get(name) is not None:
            changes[name] = at.text(name)
    if "body" in fields:
        changes["body"] = at.optional_text("body")
    if fields.get("labels") is not None:
        changes["labels"] = _names(fields["labels"])
    return Answer(200, _issue(at, at.store.edit_issue(repo, number, changes)))


def issue_labels(at: Exchange, repo: str, number: int) -> Answer:
    return at.page(at.store.issue(repo, number).labels, lambda label: _label(at, repo, label))


def add_labels(at: Exchange, repo: str, number: int) -> Answer:
    accounts.require_write(at.account)
    return _labels(at, at.store.add_labels(repo, number, _label_body(at)))


def set_labels(at: Exchange, repo: str, number: int) -> Answer:
    accounts.require_write(at.account)
    return _labels(at, at.store.edit_issue(repo, number, {"labels": _label_body(at)}))


def clear_labels(at: Exchange, repo: str, number: int) -> Answer:
    accounts.require_write(at.account)
    at.store.edit_issue(repo, number, {"labels": []})
    return Answer(204)


def remove_label(at: Exchange, repo: str, number: int, name: str) -> Answer:
    accounts.require_write(at.account)
    return _labels(at, at.store.remove_label(repo, number, name))


def list_labels(at: Exchange, repo: str) -> Answer:
    return at.page(at.store.labels(repo), lambda label: _label(at, repo, label))


def create_label(at: Exchange, repo: str) -> Answer:
    accounts.require_write(at.account)
    color = at.text("color", "ededed").lstrip("#")
    made = at.store.create_label(repo, at.text("name"), color, at.optional_text("description"))
    return Answer(201, _label(at, repo, made))


def get_label(at: Exchange, repo: str, name: str) -> Answer:
    return Answer(200, _label(at, repo, at.store.label(repo, name)))


def list_comments(at: Exchange, repo: str, number: int | None = None) -> Answer:
    query = at.request.args
    found = [each for each in at.store.comments(repo, number) if each.updated_at >= query.get("since", "")]
    if number is None and query.get("direction") == "desc":
        found.reverse()
    return at.page(found, lambda comment: _comment(at, comment))


def create_comment(at: Exchange, repo: str, number: int) -> Answer:
    made = at.store.add_comment(repo, number, at.text("body", ""), at.account.login)
    return Answer(201, _comment(at, at.store.comment(repo, made)))


def get_comment(at: Exchange, repo: str, comment_id: int) -> Answer:
    return Answer(200, _comment(at, at.store.comment(repo, comment_id)))


def edit_comment(at: Exchange, repo: str, comment_id: int) -> Answer:
    _require_author_or_write(at, at.store.comment(repo, comment_id))
    return Answer(200, _comment(at, at.store.edit_comment(repo, comment_id, at.text("body", ""))))


def delete_comment(at: Exchange, repo: str, comment_id: int) -> Answer:
    _require_author_or_write(at, at.store.comment(repo, comment_id))
    at.store.delete_comment(repo, comment_id)
    return Answer(204)


def list_reactions(at: Exchange, repo: str, subject: Subject, key: int) -> Answer:
    wanted = at.request.args.get("content")
    found = [each for each in at.store.reactions(repo, subject, key) if wanted in (None, each.content)]
    return at.page(found, lambda reaction: payloads.reaction(at.api, reaction))


def create_reaction(at: Exchange, repo: str, subject: Subject, key: int) -> Answer:
    content = at.text("content", "")
    reaction, created = at.store.react(repo, subject, key, content=content, author=at.account.login)
    return Answer(201 if created else 200, payloads.reaction(at.api, reaction))


def delete_reaction(at: Exchange, repo: str, subject: Subject, key: int, reaction_id: int) -> Answer:
    mine = {each.id for each in at.store.reactions(repo, subject, key) if each.author.id == at.account.id}
    if reaction_id not in mine:
        raise NotFound
    at.store.delete_reaction(repo, subject, key, reaction_id)
    return Answer(204)


def _issue(at: Exchange, issue: Issue) -> Json:
    reactions = at.store.reactions(issue.repository.full_name, "issue", issue.number)
    return payloads.issue(at.api, issue, reactions)


def _comment(at: Exchange, comment: Comment) -> Json:
    reactions = at.store.reactions(comment.repository.full_name, "comment", comment.id)
    return payloads.comment(at.api, comment, reactions)


def _label(at: Exchange, repo: str, label: Label) -> Json:
    return payloads.label(at.api, at.store.repository(repo), label)


def _labels(at: Exchange, issue: Issue) -> Answer:
    return Answer(200, [payloads.label(at.api, issue.repository, each) for each in issue.labels])


def _label_body(at: Exchange) -> list[str]:
    """Names from {"labels": [...]} or, as PyGithub sends them, from a bare list."""
    value = at.request.get_json(silent=True)
    return _names(value.get("labels", []) if isinstance(value, dict) else value)


def _names(value: object) -> list[str]:
    """Label names given as texts or as objects with a name."""
    items = cast(Sequence[object], value) if isinstance(value, list) else [value]
    names = [item.get("name") if isinstance(item, dict) else item for item in items]
    texts = [name for name in names if isinstance(name, str)]
    if len(texts) != len(names):
        raise Unprocessable('Invalid request.\n\n"labels" must be a list of names.')
    return texts


def _require_author_or_write(at: Exchange, comment: Comment) -> None:
    if comment.author.id != at.account.id:
        accounts.require_write(at.account)
