"""`issueops github init` against the GitHub stand-in, over HTTP."""

import argparse
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from cli.github_init import add_arguments, github_init
from contracts.errors import ConfigError, GitHubError
from contracts.issue_forms import issue_forms
from contracts.issue_labels import ISSUE_LABELS
from local.github import BOT, OPERATOR, Account, GitHubApp, create_app
from local.github.contents import contents_of

REPO = "octo/models"
HOOK = "http://localhost:9/webhook"
SECRET = "a-secret-of-enough-length"


@dataclass(frozen=True, slots=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Init = Callable[..., Answer]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[GitHubApp]:
    app = create_app(tmp_path / "home", users=(BOT, OPERATOR, Account("reader", permission="read")))
    app.store.ensure_repository(REPO)
    yield app
    app.close()


@pytest.fixture
def api(app: GitHubApp) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://localhost:{server.server_port}/api/v3"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def init(app: GitHubApp, api: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Init:
    """Runs the command as the stand-in's administrator."""
    monkeypatch.setenv("GITHUB_TOKEN", app.token(OPERATOR.login))
    monkeypatch.delenv("GITHUB_WEBHOOK_SECRET", raising=False)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true")
    shared.add_argument("--language", default="en")
    parser = argparse.ArgumentParser()
    add_arguments(parser.add_subparsers(dest="command"), [shared])

    def run(*arguments: str) -> Answer:
        capsys.readouterr()
        code = github_init(parser.parse_args(["github", "init", *arguments, "--api-url", api]))
        return Answer(code, *capsys.readouterr())

    return run


def files(app: GitHubApp) -> dict[str, str]:
    contents = contents_of(app.store.root, REPO)
    head = contents.resolve(None)
    folder = contents.entry(head, ".github/ISSUE_TEMPLATE")
    return {entry.path: contents.read(entry.sha).decode() for entry in contents.children(head, folder)}


def test_an_empty_repository_gets_forms_labels_and_webhook(init: Init, app: GitHubApp) -> None:
    answer = init(REPO, "--webhook-url", HOOK)
    assert answer.code == 0
    assert files(app) == issue_forms()
    looks = {label.name: (label.color, label.description) for label in app.store.labels(REPO)}
    assert looks == {label.name: (label.color, label.en) for label in ISSUE_LABELS}
    (hook,) = app.store.hooks.of_repository(REPO)
    assert (hook.url, hook.events, hook.active, hook.content_type) == (HOOK, ("issues", "issue_comment"), True, "json")
    assert "made     label mlops:train\n" in answer.out
    assert "made     .github/ISSUE_TEMPLATE/train.yml\n" in answer.out
    assert "made     webhook for issues and issue_comment\n" in answer.out


def test_a_second_run_changes_nothing_and_says_so(init: Init, app: GitHubApp) -> None:
    init(REPO)
    commits = len(contents_of(app.store.root, REPO).log("main", None, 100))
    answer = init(REPO, "--json")
    assert set(answer.json["labels"].values()) == {"there"}
    assert set(answer.json["forms"].values()) == {"there"}
    assert (answer.json["commit"], answer.json["webhook"]) == (None, None)
    assert len(contents_of(app.store.root, REPO).log("main", None, 100)) == commits


def test_only_what_differs_is_changed(init: Init, app: GitHubApp) -> None:
    init(REPO)
    app.store.delete_label(REPO, app.store.label(REPO, "mlops:failed"))
    answer = init(REPO, "--json", "--language", "ja")
    assert answer.json["labels"] == {
        label.name: "made" for label in ISSUE_LABELS
    }  # their descriptions are Japanese now
    assert answer.json["forms"][".github/ISSUE_TEMPLATE/train.yml"] == "changed"
    assert answer.json["forms"][".github/ISSUE_TEMPLATE/config.yml"] == "there"
    assert files(app) == issue_forms("ja")


def test_the_forms_are_one_commit(init: Init, app: GitHubApp) -> None:
    commit = init(REPO, "--json").json["commit"]
    log = contents_of(app.store.root, REPO).log("main", ".github", 100)
    assert [each.sha for each in log] == [commit]


def test_a_secret_that_was_made_up_is_shown_once_and_only_on_stderr(init: Init, app: GitHubApp) -> None:
    answer = init(REPO, "--webhook-url", HOOK, "--json")
    secret = app.store.hooks.of_repository(REPO)[0].secret
    assert len(secret) == 64
    assert answer.err.count(secret) == 1
    assert secret not in answer.out


def test_a_given_secret_is_used_and_not_shown(init: Init, app: GitHubApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", SECRET + "\n")
    first = init(REPO, "--webhook-url", HOOK, "--json")
    again = init(REPO, "--webhook-url", HOOK, "--json")
    (hook,) = app.store.hooks.of_repository(REPO)
    assert hook.secret == SECRET
    assert (first.json["webhook"], again.json["webhook"]) == ("made", "changed")
    assert SECRET not in first.out + first.err + again.out + again.err


def test_forms_can_be_written_into_a_folder_without_github(
    init: Init, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    answer = init("--print", str(tmp_path / "forms"))
    for path, text in issue_forms().items():
        assert (tmp_path / "forms" / path).read_text(encoding="utf-8") == text
        assert str(tmp_path / "forms" / path) in answer.out


def test_without_a_token_it_says_which_variable_to_set(init: Init, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", " ")
    with pytest.raises(ConfigError, match=r"GITHUB_TOKEN is not set; it needs write access"):
        init(REPO)


def test_a_wrong_token_is_named_as_such(init: Init, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "wrong")
    with pytest.raises(GitHubError, match=r"401 Bad credentials\. GITHUB_TOKEN is wrong or has expired\."):
        init(REPO)


def test_an_unknown_repository_is_named(init: Init) -> None:
    with pytest.raises(GitHubError, match=r"There is no octo/absent, or the token may not see or change it"):
        init("octo/absent")


def test_a_token_that_may_only_read_is_told_what_it_needs(
    init: Init, app: GitHubApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", app.token("reader"))
    with pytest.raises(GitHubError, match=r"The token may not do this: it needs write access to contents and issues"):
        init(REPO)
    assert app.store.labels(REPO) == []


def test_a_token_that_may_not_make_webhooks_is_told_so_after_the_rest_was_done(
    init: Init, app: GitHubApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", app.token(BOT.login))
    with pytest.raises(GitHubError, match=r"making webhooks needs the role admin"):
        init(REPO, "--webhook-url", HOOK)
    assert files(app) == issue_forms()


@pytest.mark.parametrize("repository", ["octo", "octo/../x", "https://github.com/octo/models", "octo/models/x"])
def test_a_name_that_is_none_is_refused_before_anything_is_sent(init: Init, repository: str) -> None:
    with pytest.raises(ConfigError, match="a repository is named OWNER/NAME"):
        init(repository)


def test_neither_repository_nor_folder_is_a_mistake(init: Init) -> None:
    with pytest.raises(ConfigError, match="name the repository as OWNER/NAME, or a folder with --print"):
        init()


@pytest.mark.parametrize("url", ["http://example.com/hook", "ftp://example.com", "example.com/hook", "https://", ""])
def test_a_webhook_in_the_clear_is_refused(init: Init, app: GitHubApp, url: str) -> None:
    with pytest.raises(ConfigError, match="--webhook-url must begin with https://"):
        init(REPO, "--webhook-url", url)
    assert app.store.labels(REPO) == []


@pytest.mark.parametrize("secret", ["", "   ", "short"])
def test_a_secret_that_can_be_guessed_is_refused(init: Init, monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", secret)
    with pytest.raises(ConfigError, match="must have 16 characters at least"):
        init(REPO, "--webhook-url", HOOK)


def test_github_being_down_for_a_moment_is_waited_for(init: Init, app: GitHubApp) -> None:
    app.faults.fail_next(status=502, method="GET", path_contains="/labels")
    assert init(REPO).code == 0
    assert files(app) == issue_forms()
