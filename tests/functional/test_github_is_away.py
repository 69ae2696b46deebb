"""GitHub is down while an issue should start, and again while its run ends: nothing is lost, nothing is told twice."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from cli.serve import Served, open_served
from cli.wiring import DEFAULT_REPOSITORY, Deployment
from contracts import names
from tests.functional.conftest import ISSUE
from tests.functional.conftest import eventually as soon

# What failed rests longer and longer before it is tried again.
eventually = partial(soon, seconds=150.0)
DATA = Path(__file__).parents[2] / "examples" / "data"


def executions(served: Served) -> list[str]:
    found = served.stack.engine.list_pipeline_executions({"PipelineName": names.PIPELINE_NAME})
    return [summary["PipelineExecutionStatus"] for summary in found["PipelineExecutionSummaries"]]


def test_what_github_does_not_take_waits_until_it_does(tmp_path: Path) -> None:
    with open_served(tmp_path / "home", Deployment(), port=0, data=DATA) as served:
        stack = served.stack
        faults, github = stack.github_faults, stack.github
        faults.down()
        body = ISSUE.format(title="", trees=50, depth=8, threshold=0.95, max_retry=0)
        number = github.open_issue(DEFAULT_REPOSITORY, "Penguins", body, [names.LABEL_TRAIN])
        log = stack.home.path / "lambda.log"
        eventually("a failed attempt", lambda: log.exists() and "failed" in log.read_text())
        assert executions(served) == []

        faults.up()
        eventually("the start", lambda: executions(served) == ["Executing"])
        eventually("the status comment", lambda: len(github.comments(DEFAULT_REPOSITORY, number)) == 1)
        faults.down()
        eventually("the end of the run", lambda: executions(served) != ["Executing"])
        assert executions(served) == ["Succeeded"]
        assert len(github.comments(DEFAULT_REPOSITORY, number)) == 1

        faults.up()
        eventually("the news", lambda: len(github.comments(DEFAULT_REPOSITORY, number)) == 2)
        eventually("rest", lambda: not any(stack.queue_depths().values()))
        status, news = (comment.body for comment in github.comments(DEFAULT_REPOSITORY, number))
        assert status.startswith("<!-- issueops:status")
        assert "training_success" in news.splitlines()[0]
        assert "training_history/" in status
        assert {label.name for label in github.issue(DEFAULT_REPOSITORY, number).labels} >= {names.LABEL_SUCCEEDED}
