"""Who may reach the pages, and who may change something."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from .conftest import REPO, House, Page

FORM = "application/x-www-form-urlencoded"


def post(house: House, headers: dict[str, str], fields: dict[str, str] | None = None) -> Page:
    """A comment as it would arrive with these headers."""
    form = {"form_token": house.browser.get("/about").token, "body": "hello"} | (fields or {})
    sent = {"Content-Type": FORM} | headers
    return house.browser.request("POST", f"/{REPO}/issues/1/comments", urlencode(form).encode(), sent)


@pytest.fixture(autouse=True)
def issue(house: House) -> None:
    house.github.open_issue(REPO, "one", "x")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "192.168.1.5:80", ""])
def test_a_foreign_host_reaches_nothing_but_the_webhook(house: House, host: str) -> None:
    for path in ("/", "/static/style.css", f"/{REPO}/issues/1", "/webhook"):
        assert house.browser.request("GET", path, headers={"Host": host}).status == 403
    assert house.browser.request("POST", "/account", b"", {"Host": host}).status == 403
    delivery = house.browser.request(
        "POST", "/webhook", b"{}", {"Host": host or "x", "X-Hub-Signature-256": "sha256=0"}
    )
    assert delivery.status == 202


def test_loopback_names_are_ours(house: House) -> None:
    for host in ("localhost", "127.0.0.1", f"localhost:{house.browser.port}", "LOCALHOST:1"):
        assert house.browser.request("GET", "/about", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_forms_of_other_sites_are_refused_even_with_the_token(house: House, headers: dict[str, str]) -> None:
    assert post(house, headers).status == 403
    assert house.github.comments(REPO, 1) == []


def test_a_form_needs_this_sessions_token(house: House) -> None:
    own = house.browser.get("/about").token
    for token in ("", "0" * 64, own[:-1], own + "0", "ä"):
        assert post(house, {}, {"form_token": token}).status == 403
    assert house.github.comments(REPO, 1) == []
    house.browser.cookies["issueops_session"] = "f" * 64
    assert post(house, {}, {"form_token": own}).status == 403
    del house.browser.cookies["issueops_session"]
    assert house.browser.send(f"/{REPO}/issues/1/comments", {"body": "x"}, token=own).status == 403
    assert house.github.comments(REPO, 1) == []


def test_the_session_cookie_is_for_this_server_only(house: House) -> None:
    cookie = house.browser.get("/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert house.browser.get("/").headers["Set-Cookie"] is None


def test_reading_changes_nothing(house: House) -> None:
    for path in (f"/{REPO}/issues/1/comments?body=x", "/account?login=ada", "/models/m/approve?version=1"):
        assert house.browser.get(path).status in (404, 405)
    assert house.github.comments(REPO, 1) == []


def test_a_link_on_another_site_loads_the_page_once_more(house: House) -> None:
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    page = house.browser.request("GET", "/", headers=followed)
    assert page.status == 200
    assert 'http-equiv="refresh"' in page.text
    assert page.headers["Set-Cookie"] is None
    embedded = followed | {"Sec-Fetch-Dest": "iframe"}
    assert house.browser.request("GET", "/", headers=embedded).status == 403
    assert house.browser.get("/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors").status == 403


def test_every_answer_carries_the_policy(house: House) -> None:
    for page in (house.browser.get("/"), house.browser.get("/nothing"), house.browser.get("/", Host="evil.example"),
                 house.browser.get("/static/live.js"), house.browser.request("POST", "/webhook", b"{}")):  # fmt: skip
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "same-origin"


def test_a_form_that_is_too_large_is_refused(house: House) -> None:
    assert post(house, {}, {"body": "x" * (2 << 20)}).status == 413
    assert post(house, {}, {"body": "x" * 70_000}).status == 422
    assert house.github.comments(REPO, 1) == []


def test_a_delivery_reaches_its_function_byte_for_byte(house: House) -> None:
    body = b'{"zen": "\xe2\x9c\xa8"}  \r\n'
    headers = {"X-GitHub-Event": "ping", "X-Hub-Signature-256": "sha256=ab", "Host": "tunnel.example"}
    page = house.browser.request("POST", "/webhook", body, headers)
    assert (page.status, page.body) == (202, b'{"ok":true}')
    assert page.headers["Set-Cookie"] is None
    [(sent, received)] = house.deliveries
    assert received == body
    assert sent["X-Github-Event"] == "ping"
    assert sent["X-Hub-Signature-256"] == "sha256=ab"


def test_a_delivery_that_is_too_large_is_refused(house: House) -> None:
    page = house.browser.request("POST", "/webhook", headers={"Content-Length": str(26 << 20)})
    assert page.status == 413
    assert house.deliveries == []


def test_going_back_stays_on_these_pages(house: House) -> None:
    for back in ("//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nSet-Cookie: x=y", ""):
        page = house.browser.send("/account", {"login": "ada", "back": back})
        assert page.headers["Location"] == "/?done=account", back
    assert house.browser.send("/account", {"login": "issueops[bot]", "back": "/"}).status == 422
    assert house.browser.send("/account", {"login": "nobody", "back": "/"}).status == 422
