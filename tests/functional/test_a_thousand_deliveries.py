"""A thousand deliveries, doubled, shuffled, their functions killed: one execution and one comment an issue.

The pipeline is one Condition step with the parameters of the real one, so that forty executions take no time; all the
rest is real: signed deliveries over HTTP, queues on disk, functions in processes of their own, GitHub's API.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import random
import signal
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from benchmarks.loop import BODY, shortened
from cli.serve import Served, open_served
from cli.wiring import DEFAULT_REPOSITORY, Deployment, upload_dataset
from contracts import names

ISSUES, DELIVERIES, KILLS = 40, 1_000, 6
DATA = Path(__file__).parents[2] / "examples" / "data"


def payloads(served: Served, number: int) -> list[tuple[str, dict[str, Any]]]:
    """What GitHub tells of one issue in its life, as event and payload."""
    issue = served.stack.github.issue(DEFAULT_REPOSITORY, number)
    shown = {
        "number": number,
        "labels": [{"name": names.LABEL_TRAIN}],
        "updated_at": issue.updated_at,
        "state": "open",
    }
    repository = {"full_name": DEFAULT_REPOSITORY}
    comment = {
        "id": served.stack.github.add_comment(DEFAULT_REPOSITORY, number, "/help", "operator"),
        "body": "/help",
        "created_at": issue.updated_at,
        "user": {"login": "operator", "type": "User"},
    }
    told = [("issues", {"action": action, "issue": shown, "repository": repository}) for action in ("opened", "edited")]
    labeled = {"action": "labeled", "issue": shown, "repository": repository, "label": {"name": names.LABEL_TRAIN}}
    said = {"action": "created", "issue": shown, "comment": comment, "repository": repository}
    return [*told, ("issues", labeled), ("issue_comment", said)]


def post(served: Served, event: str, payload: dict[str, Any]) -> int:
    """Deliver as GitHub does; again, as GitHub's users do, where the answer is no success."""
    body = json.dumps(payload).encode()
    digest = hmac.new(served.stack.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": f"sha256={digest}",
    }
    for _ in range(20):
        answer = requests.post(f"{served.web.url}/webhook", data=body, headers=headers, timeout=60)
        if answer.status_code < 500:
            return answer.status_code
        time.sleep(0.2)
    raise AssertionError("the webhook never answered")


def kill_functions(served: Served, stop: threading.Event, killed: list[int]) -> None:
    """SIGKILL to the process that runs the consumers, a few times."""
    for _ in range(KILLS):
        if stop.wait(1.5):
            return
        process = served.stack.invoker.host_pid("loop")
        if process is not None:
            os.kill(process, signal.SIGKILL)
            killed.append(process)


def test_every_issue_gets_exactly_one_execution_and_one_status_comment(tmp_path: Path) -> None:
    chance = random.Random(4)
    deployment = Deployment(max_executions=3)
    with open_served(tmp_path / "home", deployment, port=0, data=None) as served:
        stack = served.stack
        # Only this test delivers.
        hook = f"{served.web.url}/webhook"
        stack.github.save_hook(None, url=hook, secret="x", events=["issues"], active=False, key="issueops")
        deployed = stack.engine.describe_pipeline({"PipelineName": names.PIPELINE_NAME})["PipelineDefinition"]
        stack.upsert_pipeline(names.PIPELINE_NAME, shortened(deployed), role_arn=names.LOCAL_ROLE_ARN)
        upload_dataset(stack, DATA / "penguins", "penguins")
        numbers = [
            stack.github.open_issue(DEFAULT_REPOSITORY, f"Penguins {i}", BODY, [names.LABEL_TRAIN])
            for i in range(ISSUES)
        ]
        known = [delivery for number in numbers for delivery in payloads(served, number)]
        deliveries = known + chance.choices(known, k=DELIVERIES - len(known))
        chance.shuffle(deliveries)
        stop, killed = threading.Event(), list[int]()
        killer = threading.Thread(target=kill_functions, args=(served, stop, killed))
        killer.start()
        with ThreadPoolExecutor(4) as senders:
            answers = list(senders.map(lambda delivery: post(served, *delivery), deliveries))
        killer.join()
        assert len(killed) == KILLS
        assert set(answers) == {202}
        until = time.monotonic() + 240  # a function killed while it made a comment is waited for, then one rests
        while any(stack.queue_depths().values()):
            assert time.monotonic() < until, stack.queue_depths()
            time.sleep(0.2)

        summaries = stack.engine.list_pipeline_executions({"PipelineName": names.PIPELINE_NAME, "MaxResults": 100})
        found = [summary["PipelineExecutionDisplayName"] for summary in summaries["PipelineExecutionSummaries"]]
        assert sorted(found) == sorted(names.execution_display_name(number, 0) for number in numbers)
        for number in numbers:
            bodies = [comment.body for comment in stack.github.comments(DEFAULT_REPOSITORY, number)]
            assert len([body for body in bodies if body.startswith("<!-- issueops:status")]) == 1
            assert len([body for body in bodies if ":reply -->" in body]) == 1
