"""A run killed at any moment is resumed with nothing lost and nothing done twice."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from local.github.store import GitHubStore


def commits(home: Path) -> list[str]:
    repository = home / "github" / "local" / "issueops.git"
    log = subprocess.run(
        ["git", "-C", str(repository), "log", "--format=%H", "main", "--", "training_history"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return log.stdout.split()


@pytest.mark.parametrize("seed", range(3))
def test_a_run_killed_at_a_random_moment_ends_as_if_never_killed(issueops, write_issue, seed):
    moment = random.Random(seed).uniform(0.6, 5.0)
    process = subprocess.Popen(
        issueops.argv("run", write_issue()),
        env=issueops.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    process.communicate()

    resumed = issueops("resume")
    if resumed.json["executions"] == []:  # killed before the execution began, or after it ended
        resumed = issueops("run", write_issue()) if issueops("models", "list").json == [] else None

    versions = issueops("models", "list").json
    assert [v["version"] for v in versions] == [1]
    assert len(commits(issueops.home)) == 1
    if resumed is not None:
        assert resumed.code == 0, resumed.stderr
        thread = Path(resumed.json["issue_path"]).read_text(encoding="utf-8")
        assert thread.count(":training_success -->") <= 1
        assert issueops("resume").json["executions"] == []


def test_an_issue_opened_but_never_started_is_started_by_resume(issueops, write_issue):
    first = issueops("run", write_issue())  # makes the home, deploys, uploads the data
    assert first.code == 0
    store = GitHubStore(issueops.home)
    body = Path(write_issue(trees=40)).read_text(encoding="utf-8")
    number = store.open_issue("local/issueops", "Left alone", body, ["mlops:train"], "operator")
    store.close()

    resumed = issueops("resume")

    assert resumed.code == 0, resumed.stderr
    assert [e["issue_number"] for e in resumed.json["executions"]] == [number]
    assert issueops("resume").json["executions"] == []
