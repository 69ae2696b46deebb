"""The issues of a repository: the list, and a new one.

Place in the flow: an issue opened here is one opened on GitHub: whoever listens to the store hears of it. One cost: the
list is not paged; a rehearsal has few issues.
"""

from __future__ import annotations

from http import HTTPStatus

from werkzeug.wrappers import Response

from local.github.errors import Unprocessable
from local.github.records import MAX_BODY
from local.web.links import Place
from local.web.visit import Visit

MAX_TITLE = 256


def listing(visit: Visit, repo: str) -> Response:
    """Open or closed issues, all or those with a label."""
    repository = visit.ports.github.repository(repo).full_name
    found = visit.ports.github.issues(repository)
    state = "closed" if visit.request.args.get("state") == "closed" else "open"
    label = visit.request.args.get("label", "")
    chosen = [
        issue
        for issue in found
        if issue.state == state and (not label or label.lower() in {each.name.lower() for each in issue.labels})
    ]
    return visit.page(
        "issues.html",
        repo=repository,
        issues=chosen,
        counts={name: sum(issue.state == name for issue in found) for name in ("open", "closed")},
        state=state,
        label=label,
        labels=visit.ports.github.labels(repository),
        tab="issues",
    )


def draft(visit: Visit, repo: str) -> Response:
    """The form of a new issue, begun with the template."""
    repository = visit.ports.github.repository(repo).full_name
    words = visit.ports.words
    return _form(visit, repository, title="", body=words.training_template, labelled=True)


def create(visit: Visit, repo: str) -> Response:
    """Open an issue, or show how it would look."""
    repository = visit.ports.github.repository(repo).full_name
    title, body = " ".join(visit.field("title", MAX_TITLE).split()), visit.field("body", MAX_BODY)
    labelled = visit.field("train") == "yes"
    if "preview" in visit.request.form:
        return _form(visit, repository, title=title, body=body, labelled=labelled, preview=True)
    if visit.session.account.permission == "none":
        raise visit.refused(HTTPStatus.FORBIDDEN, "may_not_open", login=visit.session.account.login)
    labels = [visit.ports.words.training_label] if labelled else []
    try:
        number = visit.ports.github.open_issue(repository, title, body, labels, visit.session.account.login)
    except Unprocessable:
        error = visit.text("title_needed")
        return _form(visit, repository, title=title, body=body, labelled=labelled, error=error)
    return visit.redirect(f"/{repository}/issues/{number}", "opened")


def _form(
    visit: Visit, repo: str, *, title: str, body: str, labelled: bool, preview: bool = False, error: str = ""
) -> Response:
    return visit.page(
        "new_issue.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        repo=repo,
        title=title,
        body=body,
        labelled=labelled,
        preview=preview,
        place=Place(repo),
        error=error,
        tab="issues",
    )
