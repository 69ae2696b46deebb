"""One issue's thread: read it, answer, edit, label, close.

Place in the flow: where an operator decides. Comments and changes go to the store under the account one acts as, with
GitHub's own rules: anybody who may read may comment; an issue is changed by its author or by who may write. One cost:
a comment cannot be edited here, for the pipeline ignores edited ones.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from werkzeug.wrappers import Response

from local.github.errors import Unprocessable
from local.github.records import MAX_BODY, Issue
from local.web.links import Place
from local.web.pages.issues import MAX_TITLE
from local.web.session import permits
from local.web.visit import Visit


def show(visit: Visit, repo: str, number: int) -> Response:
    """The thread."""
    return _thread(visit, repo, number)


def live(visit: Visit, repo: str, number: int) -> Response:
    """The part of it that changes by itself."""
    return visit.fragment("thread_live.html", **_content(visit, repo, number))


def comment(visit: Visit, repo: str, number: int) -> Response:
    """Add a comment; with a second button also close or reopen the issue."""
    issue = visit.ports.github.issue(repo, number)
    repository, login = issue.repository.full_name, visit.session.account.login
    body, change = visit.field("body", MAX_BODY), visit.field("change")
    if "preview" in visit.request.form:
        return _thread(visit, repo, number, draft=body, preview=True)
    if visit.session.account.permission == "none":
        raise visit.refused(HTTPStatus.FORBIDDEN, "may_not_comment", login=login)
    if change:
        _require(visit, issue)
        if change not in ("closed", "open"):
            raise visit.refused(HTTPStatus.UNPROCESSABLE_ENTITY, "open_or_closed")
    written = 0
    if body.strip() or not change:
        try:
            written = visit.ports.github.add_comment(repository, number, body, login)
        except Unprocessable:
            return _thread(visit, repo, number, draft=body, error=visit.text("body_needed"))
    if change:
        visit.ports.github.edit_issue(repository, number, {"state": change}, login)
        return visit.redirect(_path(issue), "closed" if change == "closed" else "reopened")
    return visit.redirect(f"{_path(issue)}#issuecomment-{written}", "commented")


def edit(visit: Visit, repo: str, number: int) -> Response:
    """Save title and text."""
    issue = visit.ports.github.issue(repo, number)
    _require(visit, issue)
    changes: dict[str, object] = {
        "title": " ".join(visit.field("title", MAX_TITLE).split()),
        "body": visit.field("body", MAX_BODY),
    }
    try:
        visit.ports.github.edit_issue(issue.repository.full_name, number, changes, visit.session.account.login)
    except Unprocessable:
        return _thread(visit, repo, number, error=visit.text("title_needed"))
    return visit.redirect(_path(issue), "edited")


def label(visit: Visit, repo: str, number: int) -> Response:
    """Set the labels to the chosen ones."""
    issue = visit.ports.github.issue(repo, number)
    if not permits(visit.session.account, "triage"):
        raise visit.refused(HTTPStatus.FORBIDDEN, "may_not_label", login=visit.session.account.login)
    known = {each.name for each in visit.ports.github.labels(issue.repository.full_name)}
    chosen = [name for name in visit.request.form.getlist("label") if name in known]
    visit.ports.github.edit_issue(issue.repository.full_name, number, {"labels": chosen}, visit.session.account.login)
    return visit.redirect(_path(issue), "labelled")


def may_edit(visit: Visit, issue: Issue) -> bool:
    """Whether the account may change the issue itself."""
    return visit.session.may_write or visit.session.account.login == issue.author.login


def _require(visit: Visit, issue: Issue) -> None:
    if not may_edit(visit, issue):
        raise visit.refused(HTTPStatus.FORBIDDEN, "may_not_change", login=visit.session.account.login)


def _thread(
    visit: Visit, repo: str, number: int, *, draft: str = "", preview: bool = False, error: str = ""
) -> Response:
    content = _content(visit, repo, number)
    return visit.page(
        "thread.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        draft=draft,
        preview=preview,
        error=error,
        tab="issues",
        **content,
    )


def _content(visit: Visit, repo: str, number: int) -> dict[str, Any]:
    thread = visit.ports.github.thread(repo, number)
    repository = thread.issue.repository.full_name
    return {
        "repo": repository,
        "issue": thread.issue,
        "comments": thread.comments,
        "given": thread.reactions,
        "place": Place(repository),
        "runs": visit.runs.of_issue(repository, number),
        "labels": visit.ports.github.labels(repository),
        "may_edit": may_edit(visit, thread.issue),
        "may_label": permits(visit.session.account, "triage"),
    }


def _path(issue: Issue) -> str:
    return f"/{issue.repository.full_name}/issues/{issue.number}"
