"""What GitHub does and the stand-in does not: transferred issues, long waits, one account for bot and person."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from contracts import names
from contracts.errors import GitHubError
from lambdas.github import GitHub
from lambdas.github.failures import passing, status_of
from lambdas.github.records import comment_from_json, issue_from_json
from lambdas.issue_record import names_an_issue

COMMENT = {
    "id": 7,
    "issue_url": "https://api.github.com/repos/octo/models/issues/12",
    "body": "/retrain max_depth=8",
    "user": {"login": "Ada", "type": "User"},
    "created_at": "2026-11-24T15:00:00Z",
    "updated_at": "2026-11-24T15:00:00Z",
    "html_url": "https://github.com/octo/models/issues/12#issuecomment-7",
}
ISSUE = {
    "number": 77,
    "title": "t",
    "body": None,
    "state": "open",
    "user": None,
    "labels": [{"name": "MLOps:Train"}, {"name": "Bug"}],
    "updated_at": "2026-11-24T15:00:00Z",
    "html_url": "https://github.com/octo/elsewhere/issues/77",
}
HERE = {**ISSUE, "number": 12, "html_url": "https://github.com/Octo/Models/issues/12"}

Answering = Callable[[Callable[[Request], Response]], GitHub]


@pytest.fixture
def answering() -> Iterator[Answering]:
    """A GitHub that answers as it is told."""
    opened = []

    def answering(answer: Callable[[Request], Response]) -> GitHub:
        server = make_server("127.0.0.1", 0, Request.application(answer), threaded=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        opened.append(server)
        return GitHub(f"http://localhost:{server.port}", "token", bot_login="issueops[bot]")

    yield answering
    for server in opened:
        server.shutdown()
        server.server_close()


def answered(body: object, status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(json.dumps(body), status, named, content_type="application/json")


@pytest.mark.parametrize("found", [ISSUE, {**ISSUE, "number": 12}])
def test_a_transferred_issue_is_gone_and_not_another_of_this_repository(answering, found):
    with closing(answering(lambda _: answered(found))) as github, pytest.raises(GitHubError) as caught:
        github.issue("octo/models", 12)

    assert status_of(caught.value) == 410
    assert "octo/elsewhere/issues/" in str(caught.value)


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_long_wait_that_github_asks_for_is_left_to_the_queue(answering, status):
    begun = time.monotonic()
    busy = answered({"message": "You have exceeded a secondary rate limit"}, status, Retry_After="900")
    with closing(answering(lambda _: busy)) as github, pytest.raises(GitHubError) as caught:
        github.issue("octo/models", 12)

    assert time.monotonic() - begun < 5
    assert passing(caught.value)


def test_a_short_wait_that_github_asks_for_is_waited(answering):
    answers = [answered({"message": "slow down"}, 429, Retry_After="1"), answered(HERE)]
    with closing(answering(lambda _: answers.pop(0))) as github:
        assert github.issue("octo/models", 12).number == 12


def test_an_archived_repository_does_not_pass(answering):
    archived = answered({"message": "Repository was archived so is read-only."}, 403)
    with closing(answering(lambda _: archived)) as github, pytest.raises(GitHubError) as caught:
        github.react("octo/models", 7, "eyes")

    assert not passing(caught.value)


def test_a_person_may_command_with_the_account_whose_token_is_used():
    by_ada = comment_from_json(COMMENT, login="ada")
    by_us = comment_from_json({**COMMENT, "body": "<!-- issueops:status -->\nRunning"}, login="ada")

    assert (by_ada.ours, by_us.ours) == (False, True)


def test_the_login_of_our_account_may_be_written_in_any_case():
    status = {**COMMENT, "body": "<!-- issueops:status -->\nRunning", "user": {"login": "IssueOps[bot]", "type": "Bot"}}

    assert comment_from_json(status, login="issueops[BOT]").ours


def test_our_marker_in_the_comment_of_somebody_else_is_not_ours():
    forged = {**COMMENT, "body": "<!-- issueops:status -->\nAll is well"}

    assert not comment_from_json(forged, login="issueops[bot]").ours


def test_our_labels_are_known_however_the_repository_writes_them():
    assert issue_from_json(ISSUE).labels == (names.LABEL_TRAIN, "Bug")


def test_a_status_label_written_otherwise_is_replaced_and_not_doubled(answering):
    present = ["MLOps:Running", "bug"]

    def answer(request: Request) -> Response:
        if request.method == "DELETE":
            present.remove(request.path.rsplit("/", 1)[-1])
        elif request.method == "POST":
            present.extend(json.loads(request.data))
        return answered([{"name": name} for name in present])

    with closing(answering(answer)) as github:
        github.set_status_label("octo/models", 12, names.LABEL_RUNNING)
        assert present == ["MLOps:Running", "bug"]
        github.set_status_label("octo/models", 12, names.LABEL_FAILED)

    assert present == ["bug", names.LABEL_FAILED]


@pytest.mark.parametrize("repository", ["octo/.", "octo/..", "../octo", "octo/models/x", "octo"])
def test_a_name_that_leads_elsewhere_in_the_bucket_names_no_issue(repository):
    assert not names_an_issue(repository, 1)


def test_an_enterprise_managed_user_owns_repositories_too():
    assert names_an_issue("ada_acme/models", 1)
