"""What lies around the answers: authentication, headers, conditional requests, hostile names, mounting."""

import http.client
import json
from urllib.parse import urlsplit

import pytest
from werkzeug.test import Client

from local.github import GitHubApp

AUTHORISED = {"Authorization": "Bearer bot-token"}
REPO = "octo/models"


@pytest.fixture
def http_client(app: GitHubApp) -> Client:
    return Client(app)


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic bot-token", "bot-token", "token "])
def test_without_a_known_token_nothing_is_told(http_client: Client, header: str | None) -> None:
    answer = http_client.get("/api/v3/user", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.get_json() == {"message": "Bad credentials"}


def test_answers_carry_rate_limit_request_id_and_etag(http_client: Client) -> None:
    answer = http_client.get("/api/v3/user", headers=AUTHORISED)
    assert answer.headers["X-RateLimit-Remaining"].isdecimal()
    assert answer.headers["X-GitHub-Request-Id"]
    again = http_client.get("/api/v3/user", headers=AUTHORISED | {"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")


def test_it_works_wherever_the_server_mounts_the_prefix(http_client: Client) -> None:
    mounted = {"SCRIPT_NAME": "/api/v3"}
    assert http_client.get("/user", headers=AUTHORISED, environ_overrides=mounted).status_code == 200
    assert http_client.get("/user", headers=AUTHORISED).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/repos/octo/absent",
        "/repos/../models",
        "/repos/octo/..",
        "/repos/octo/models.git",
        "/repos/octo/models/issues/99",
        "/repos/octo/models/issues/99999999999999999999",
        "/repos/octo/models/pulls",
        "/",
    ],
)
def test_unknown_and_impossible_names_are_not_found(http_client: Client, path: str) -> None:
    answer = http_client.get("/api/v3" + path, headers=AUTHORISED)
    assert answer.status_code == 404
    assert answer.get_json()["message"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"[" * 100_000, 400),
        (b'{"title": 1}', 422),
        (b"{}", 422),
        (b'{"title": "t", "labels": 3}', 422),
        (b'{"title": "t", "labels": [""]}', 422),
    ],
)
def test_malformed_bodies_are_refused_and_leave_nothing(http_client: Client, body: bytes, status: int) -> None:
    answer = http_client.post(f"/api/v3/repos/{REPO}/issues", data=body, headers=AUTHORISED)
    assert answer.status_code == status
    assert http_client.get(f"/api/v3/repos/{REPO}/issues", headers=AUTHORISED).get_json() == []


def test_a_lone_surrogate_becomes_a_question_mark(http_client: Client) -> None:
    answer = http_client.post(f"/api/v3/repos/{REPO}/issues", data=b'{"title": "a\\ud800b"}', headers=AUTHORISED)
    assert (answer.status_code, answer.get_json()["title"]) == (201, "a?b")


def test_malformed_file_bodies_are_refused(http_client: Client) -> None:
    for body in ({"message": "m"}, {"content": "eA=="}, {"message": "m", "content": "%%%"}):
        answer = http_client.put(f"/api/v3/repos/{REPO}/contents/x", json=body, headers=AUTHORISED)
        assert answer.status_code == 422


def test_raw_contents_are_the_bytes_themselves(http_client: Client) -> None:
    body = {"message": "m", "content": "AAECAw=="}
    http_client.put(f"/api/v3/repos/{REPO}/contents/x.bin", json=body, headers=AUTHORISED)
    raw = AUTHORISED | {"Accept": "application/vnd.github.raw+json"}
    assert http_client.get(f"/api/v3/repos/{REPO}/contents/x.bin", headers=raw).get_data() == bytes(range(4))


def test_plain_http_clients_get_the_link_header(app: GitHubApp, url: str) -> None:
    for number in range(3):
        app.store.open_issue(REPO, f"t{number}")
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("GET", f"/api/v3/repos/{REPO}/issues?per_page=1&page=2&state=all", headers=AUTHORISED)
    answer = connection.getresponse()
    assert [issue["number"] for issue in json.loads(answer.read())] == [2]
    links = answer.headers["Link"]
    connection.close()
    assert f'<{url}/repos/{REPO}/issues?per_page=1&page=3&state=all>; rel="next"' in links
    assert [part.rsplit("rel=", 1)[1] for part in links.split(", ")] == [
        '"prev"',
        '"next"',
        '"last"',
        '"first"',
    ]
