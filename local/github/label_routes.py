"""Routes for labels of repositories and of issues. Each checks permission, calls the store and shapes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from local.github import accounts, payloads
from local.github.errors import Unprocessable
from local.github.exchange import Answer, Exchange
from local.github.payloads import Json
from local.github.records import Issue, Label


def issue_labels(at: Exchange, repo: str, number: int) -> Answer:
    return at.page(at.store.issue(repo, number).labels, lambda label: _label(at, repo, label))


def add_labels(at: Exchange, repo: str, number: int) -> Answer:
    accounts.require_triage(at.account)
    return _labels(at, at.store.add_labels(repo, number, _label_body(at), by=at.account.login))


def set_labels(at: Exchange, repo: str, number: int) -> Answer:
    accounts.require_triage(at.account)
    return _labels(at, at.store.edit_issue(repo, number, {"labels": _label_body(at)}, by=at.account.login))


def clear_labels(at: Exchange, repo: str, number: int) -> Answer:
    accounts.require_triage(at.account)
    at.store.edit_issue(repo, number, {"labels": []}, by=at.account.login)
    return Answer(204)


def remove_label(at: Exchange, repo: str, number: int, name: str) -> Answer:
    accounts.require_triage(at.account)
    return _labels(at, at.store.remove_label(repo, number, name, by=at.account.login))


def list_labels(at: Exchange, repo: str) -> Answer:
    return at.page(at.store.labels(repo), lambda label: _label(at, repo, label))


def create_label(at: Exchange, repo: str) -> Answer:
    accounts.require_write(at.account)
    color = at.text("color", "ededed").lstrip("#")
    made = at.store.create_label(repo, at.text("name"), color, at.optional_text("description"))
    return Answer(201, _label(at, repo, made))


def get_label(at: Exchange, repo: str, name: str) -> Answer:
    return Answer(200, _label(at, repo, at.store.label(repo, name)))


def update_label(at: Exchange, repo: str, name: str) -> Answer:
    accounts.require_write(at.account)
    label = at.store.label(repo, name)
    wanted = replace(
        label,
        name=at.text("new_name", label.name),
        color=at.text("color", label.color).lstrip("#"),
        description=at.optional_text("description") if "description" in at.fields() else label.description,
    )
    return Answer(200, _label(at, repo, at.store.update_label(repo, wanted)))


def delete_label(at: Exchange, repo: str, name: str) -> Answer:
    accounts.require_write(at.account)
    at.store.delete_label(repo, at.store.label(repo, name))
    return Answer(204)


def _label(at: Exchange, repo: str, label: Label) -> Json:
    return payloads.label(at.to, at.store.repository(repo), label)


def _labels(at: Exchange, issue: Issue) -> Answer:
    return Answer(200, [payloads.label(at.to, issue.repository, each) for each in issue.labels])


def _label_body(at: Exchange) -> list[str]:
    """Names from {"labels": [...]} or, as PyGithub sends them, from a bare list."""
    value = at.request.get_json(silent=True)
    return names_of(value.get("labels", []) if isinstance(value, dict) else value)


def names_of(value: object) -> list[str]:
    """Label names given as texts or as objects with a name."""
    items = cast(Sequence[object], value) if isinstance(value, list) else [value]
    names = [item.get("name") if isinstance(item, dict) else item for item in items]
    texts = [name.encode("utf-8", "replace").decode() for name in names if isinstance(name, str)]
    if len(texts) != len(names):
        raise Unprocessable('Invalid request.\n\n"labels" must be a list of names.')
    return texts
