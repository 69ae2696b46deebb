"""The whole life of an issue against `issueops serve`: real processes, real HTTP, signed deliveries.

Opened, running, below its threshold, /retrain, passed, /approve; a second issue, approved, /rollback.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
import requests

from contracts import names
from local.github import GitHubStore
from tests.functional.conftest import ISSUE, Command, eventually

REPOSITORY = "local/issueops"


@dataclass(frozen=True, slots=True)
class Served:
    """A running `issueops serve`, and GitHub's API as two people see it."""

    urls: dict[str, str]
    tokens: dict[str, str]

    def api(self, method: str, path: str, login: str = "operator", **values: object) -> Any:
        answer = requests.request(
            method,
            f"{self.urls['github_api']}/repos/{REPOSITORY}{path}",
            headers={"Authorization": f"token {self.tokens[login]}"},
            json=values or None,
            timeout=30,
        )
        answer.raise_for_status()
        return answer.json()

    def open_issue(self, body: str, title: str = "Penguins") -> int:
        return int(self.api("POST", "/issues", title=title, body=body, labels=[names.LABEL_TRAIN])["number"])

    def comment(self, number: int, body: str, login: str = "operator") -> int:
        return int(self.api("POST", f"/issues/{number}/comments", login, body=body)["id"])

    def comments(self, number: int) -> list[str]:
        return [comment["body"] for comment in self.api("GET", f"/issues/{number}/comments?per_page=100")]

    def labels(self, number: int) -> set[str]:
        return {label["name"] for label in self.api("GET", f"/issues/{number}")["labels"]}

    def reactions(self, comment: int) -> set[str]:
        return {found["content"] for found in self.api("GET", f"/issues/comments/{comment}/reactions")}

    def status_comment(self, number: int) -> str:
        found = [body for body in self.comments(number) if body.startswith("<!-- issueops:status")]
        assert len(found) == 1
        return found[0]

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.urls["aws_endpoint"],
            region_name=names.REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )


@pytest.fixture
def served(issueops: Command) -> Iterator[Served]:
    command = issueops.argv("serve", "--port", "0")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=issueops.environment()) as process:
        assert process.stdout is not None
        try:
            urls = json.loads(process.stdout.readline())
            store = GitHubStore(issueops.home, ())
            tokens = {login: store.account(login).token or "" for login in ("operator", "scientist")}
            store.close()
            yield Served(urls, tokens)
        finally:
            process.terminate()
            assert process.wait(timeout=30) == 0


def issue(*, trees: int, depth: int) -> str:
    return ISSUE.format(title="", trees=trees, depth=depth, threshold=0.95, max_retry=2)


def test_from_the_first_word_to_the_rollback(served: Served) -> None:
    number = served.open_issue(issue(trees=1, depth=1))
    eventually("the label", lambda: names.LABEL_WAITING in served.labels(number))
    # A robot answers within the second of the label; what counts then is to stand below the question.
    eventually("the question", lambda: any(":retrain_required" in body for body in served.comments(number)))

    stranger = served.comment(number, "/accept", "scientist")
    eventually("the refusal", lambda: "-1" in served.reactions(stranger))
    assert names.LABEL_WAITING in served.labels(number)

    answer = served.comment(number, "Too few trees.\n/retrain n_estimators=50 max_depth=8")
    eventually("success", lambda: names.LABEL_SUCCEEDED in served.labels(number))
    assert {"eyes", "+1"} <= served.reactions(answer)

    approval = served.comment(number, "/approve")
    sagemaker = served.client("sagemaker")

    def statuses() -> dict[int, str]:
        found = sagemaker.list_model_packages(ModelPackageGroupName="penguin-species")["ModelPackageSummaryList"]
        return {package["ModelPackageVersion"]: package["ModelApprovalStatus"] for package in found}

    eventually("the approval", lambda: statuses() == {1: "Approved"})
    eventually("thumbs up", lambda: "+1" in served.reactions(approval))
    eventually("the news", lambda: any("issueops:" in c and "model_approved" in c for c in served.comments(number)))

    second = served.open_issue(issue(trees=60, depth=9), "More trees")
    eventually("success", lambda: names.LABEL_SUCCEEDED in served.labels(second))
    served.comment(second, "/approve")
    eventually("the approval", lambda: statuses() == {1: "Approved", 2: "Approved"})

    served.comment(second, "/rollback It sees ghosts.")
    eventually("the rollback", lambda: statuses()[2] != "Approved" and statuses()[1] == "Approved")
    eventually("the news", lambda: any("model_rolled_back" in c for c in served.comments(second)))
    history = served.api("GET", "/contents/training_history")
    assert len([entry for entry in history if entry["name"].endswith(".md")]) >= 3  # two models and the index
    assert len(served.status_comment(number)) < 65_536
    executions = sagemaker.list_pipeline_executions(PipelineName=names.PIPELINE_NAME)["PipelineExecutionSummaries"]
    assert len(executions) == 3


def test_a_closed_issue_stops_and_a_wrong_one_is_corrected(served: Served) -> None:
    wrong = served.open_issue(issue(trees=50, depth=8).replace("random_forest", "random_forrest"))
    eventually("the findings", lambda: names.LABEL_FAILED in served.labels(wrong))
    eventually("the comment", lambda: bool(served.comments(wrong)))
    assert "did you mean" in served.status_comment(wrong)

    served.api("PATCH", f"/issues/{wrong}", body=issue(trees=1, depth=1))
    eventually("the question", lambda: names.LABEL_WAITING in served.labels(wrong))

    served.api("PATCH", f"/issues/{wrong}", state="closed")
    sagemaker = served.client("sagemaker")

    def stopped() -> bool:
        found = sagemaker.list_pipeline_executions(PipelineName=names.PIPELINE_NAME)["PipelineExecutionSummaries"]
        return [summary["PipelineExecutionStatus"] for summary in found] == ["Stopped"]

    eventually("the stop", stopped)
