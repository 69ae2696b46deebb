"""The stand-in fails as it is told."""

import pytest
from werkzeug.test import Client

from local.github import GitHubApp
from local.github.faults import Faults

AUTHORISED = {"Authorization": "Bearer bot-token"}
REPO = "octo/models"
ISSUES = f"/api/v3/repos/{REPO}/issues"


@pytest.fixture
def http_client(app: GitHubApp) -> Client:
    return Client(app)


def status(client: Client, path: str = "/api/v3/user") -> int:
    return client.get(path, headers=AUTHORISED).status_code


def test_the_next_requests_fail_and_no_more(app: GitHubApp, http_client: Client) -> None:
    app.faults.fail_next(status=502, times=2)
    assert [status(http_client) for _ in range(3)] == [502, 502, 200]


def test_only_the_named_requests_fail(app: GitHubApp, http_client: Client) -> None:
    app.faults.fail_next(status=500, path_contains="/issues", method="post")
    assert status(http_client) == 200
    assert status(http_client, ISSUES) == 200
    assert http_client.post(ISSUES, json={"title": "t"}, headers=AUTHORISED).status_code == 500
    assert app.store.issues(REPO) == []


def test_an_answer_can_be_lost_after_the_work_was_done(app: GitHubApp, http_client: Client) -> None:
    app.faults.fail_next(status=502, after=True)
    assert http_client.post(ISSUES, json={"title": "t"}, headers=AUTHORISED).status_code == 502
    assert [issue.title for issue in app.store.issues(REPO)] == ["t"]


def test_it_is_down_until_it_is_up(app: GitHubApp, http_client: Client) -> None:
    app.faults.down()
    assert [status(http_client) for _ in range(3)] == [503, 503, 503]
    app.faults.up()
    assert status(http_client) == 200


def test_a_rate_limit_says_when_it_ends(app: GitHubApp, http_client: Client) -> None:
    times = [1000.0]
    app.faults = Faults(lambda: times[0])
    app.faults.rate_limited(60)
    answer = http_client.get("/api/v3/user", headers=AUTHORISED)
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert int(answer.headers["X-RateLimit-Reset"]) >= 1060
    assert "API rate limit exceeded" in answer.get_json()["message"]
    times[0] = 1061.0
    assert status(http_client) == 200


def test_a_secondary_limit_says_how_long_to_wait(app: GitHubApp, http_client: Client) -> None:
    times = [1000.0]
    app.faults = Faults(lambda: times[0])
    app.faults.secondary_limit(30)
    answer = http_client.get("/api/v3/user", headers=AUTHORISED)
    assert (answer.status_code, answer.headers["Retry-After"]) == (403, "30")
    assert "secondary rate limit" in answer.get_json()["message"]
    times[0] = 1031.0
    assert status(http_client) == 200
