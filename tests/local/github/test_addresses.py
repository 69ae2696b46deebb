"""Where pages of issues are said to be."""

from pathlib import Path

from github import Auth, Github

from local.github import create_app
from tests.local.github.conftest import served

REPO = "octo/models"


def test_pages_are_where_the_stack_shows_them(tmp_path: Path) -> None:
    app = create_app(tmp_path, token="bot-token", html_root=lambda: "http://localhost:1234/github/")
    app.store.open_issue(REPO, "t")
    with served(app) as url:
        github = Github(base_url=url, auth=Auth.Token("bot-token"), retry=None)
        issue = github.get_repo(REPO).get_issue(1)
        assert issue.html_url == f"http://localhost:1234/github/{REPO}/issues/1"
        assert issue.url == f"{url}/repos/{REPO}/issues/1"
        assert issue.create_comment("c").html_url.startswith(f"{issue.html_url}#issuecomment-")
        github.close()
    app.close()


def test_a_change_before_anybody_asked_has_the_address_that_the_stack_names(tmp_path: Path) -> None:
    app = create_app(tmp_path, api_root="http://localhost:4321/api/v3")
    assert app.store.addressing.now().api == "http://localhost:4321/api/v3"
    assert app.store.addressing.now().html == "http://localhost:4321"
    app.close()
