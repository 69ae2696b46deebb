"""`issueops serve --repository`: a GitHub elsewhere, here a stand-in of its own, is polled and everything runs here."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from contracts import names
from local.github import GitHubApp, create_app
from tests.functional.conftest import ISSUE, Command, eventually

REPOSITORY = "octo/models"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[tuple[GitHubApp, str]]:
    """A GitHub that knows nothing of this machine's functions, and the address of its API."""
    app = create_app(tmp_path / "elsewhere", token="a-team-s-token")
    app.store.ensure_repository(REPOSITORY)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield app, f"http://localhost:{server.port}/api/v3"
    server.shutdown()
    thread.join()
    server.server_close()
    app.close()


def test_issues_and_comments_are_found_by_polling(issueops: Command, elsewhere: tuple[GitHubApp, str]) -> None:
    app, url = elsewhere
    github = app.store
    command = issueops.argv("serve", "--port", "0", "--repository", REPOSITORY, "--api-url", url, "--poll-seconds", "1")
    environment = {**issueops.environment(), "GITHUB_TOKEN": "a-team-s-token"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            assert "github_api" in process.stdout.readline()
            body = ISSUE.format(title="", trees=1, depth=1, threshold=0.95, max_retry=1)
            number = github.open_issue(REPOSITORY, "Penguins", body, [names.LABEL_TRAIN])

            def labels() -> set[str]:
                return {label.name for label in github.issue(REPOSITORY, number).labels}

            def asked() -> bool:
                """A robot answers within the second of the label; what counts then is to stand below the question."""
                return any(":retrain_required" in c.body for c in github.comments(REPOSITORY, number))

            eventually("the label", lambda: names.LABEL_WAITING in labels())
            eventually("the question", asked)
            github.add_comment(REPOSITORY, number, "/accept It is only a try.", "operator")
            eventually("the acceptance", lambda: names.LABEL_SUCCEEDED in labels())
            assert len(github.issues(REPOSITORY)) == 1
            bodies = [comment.body for comment in github.comments(REPOSITORY, number)]
            assert len([body for body in bodies if body.startswith("<!-- issueops:status")]) == 1
        finally:
            process.terminate()
            assert process.wait(timeout=30) == 0


def test_a_repository_needs_a_token(issueops: Command) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "GITHUB_TOKEN"}
    done = subprocess.run(
        issueops.argv("serve", "--repository", REPOSITORY, as_json=False),
        env={**environment, "PYTHONPATH": issueops.environment()["PYTHONPATH"]},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "needs a GitHub token in GITHUB_TOKEN" in done.stderr
