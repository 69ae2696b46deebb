"""The start page, the page about this machine, and whom one acts as.

Place in the flow: where a person begins: what waits for an answer, what runs, which issues are open. One cost: it asks
every port, so it is the slowest page.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from werkzeug.wrappers import Response

from local.web.session import act_as, people
from local.web.visit import Visit

_SHOWN_ISSUES = 20
_SHOWN_RUNS = 30


def overview(visit: Visit) -> Response:
    """The start page."""
    return visit.page("overview.html", live="/live", **_content(visit))


def live(visit: Visit) -> Response:
    """What of the start page changes by itself."""
    return visit.fragment("overview_live.html", **_content(visit))


def about(visit: Visit) -> Response:
    """What this is, and under which addresses it is reached."""
    return visit.page("about.html", has_webhook=visit.ports.deliver_webhook is not None)


def act(visit: Visit) -> Response:
    """Choose the account that one acts as."""
    login = visit.field("login", 100)
    if login not in {account.login for account in people(visit.ports.github)}:
        raise visit.refused(HTTPStatus.UNPROCESSABLE_ENTITY, "no_account")
    back = visit.field("back", 2_000)
    path = (
        back if back.startswith("/") and not back.startswith("//") and back.isprintable() and "\\" not in back else "/"
    )
    response = visit.redirect(path, "account")
    act_as(response, login)
    return response


def _content(visit: Visit) -> dict[str, Any]:
    github = visit.ports.github
    repositories = [(repository, github.issues(repository.full_name)) for repository in github.repositories()]
    issues = [issue for _, found in repositories for issue in found if issue.state == "open"]
    issues.sort(key=lambda issue: issue.updated_at, reverse=True)
    runs = visit.runs.newest(_SHOWN_RUNS)
    return {
        "repositories": [
            (repository, sum(issue.state == "open" for issue in found)) for repository, found in repositories
        ],
        "issues": issues[:_SHOWN_ISSUES],
        "more_issues": max(0, len(issues) - _SHOWN_ISSUES),
        "waiting": [run for run in runs if any(step.status == "Waiting" for step in run.steps)],
        "running": [run for run in runs if run.is_running and run.status != "Waiting"],
        "ended": [run for run in runs if not run.is_running][:5],
        "models": visit.models.all(),
        "queues": visit.ports.queue_depths(),
    }
