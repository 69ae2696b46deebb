"""Stacks for the tests: real queues, real host processes, handlers that note what they see."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.functions import Function
from local.stack import LocalStack

ACCOUNT, REGION = "123456789012", "us-east-1"
HANDLERS = Path(__file__).parent
FUNCTIONS = {name: name for name in ("consume", "keep", "count", "answer", "tick", "doze")}
QUESTIONS_URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/questions"


@dataclass(frozen=True, slots=True)
class Row:
    """A queue's row as `contracts.deployment` has them."""

    name: str
    consumer: str = "consume"
    batch_size: int = 1
    visibility_seconds: int = 90
    max_receives: int = 100


@dataclass(frozen=True, slots=True)
class Clockwork:
    """A schedule's row."""

    function: str
    every_seconds: float


def stack(
    home: Path,
    *rows: Row,
    events: str | None = None,
    schedules: Sequence[Clockwork] = (),
    lanes: Mapping[str, str] | None = None,
) -> LocalStack:
    """A stack whose functions note in `log.jsonl` of the home."""
    if str(HANDLERS) not in sys.path:
        sys.path.insert(0, str(HANDLERS))

    def functions(github_api_url: str) -> dict[str, Function]:
        environment = {"LOG": str(home / "log.jsonl")}
        return {
            name: Function(f"queue_handlers:{handler}", environment, lane=(lanes or {}).get(name, "main"))
            for name, handler in FUNCTIONS.items()
        }

    return LocalStack(
        home,
        account=ACCOUNT,
        region=REGION,
        bucket="bucket",
        functions=functions,
        queues=rows,
        token_secret="token",
        events_queue=events,
        schedules=schedules,
    )


def noted(home: Path) -> list[Any]:
    """What the handlers noted so far."""
    log = home / "log.jsonl"
    lines = log.read_text(encoding="utf-8").split("\n")[:-1] if log.exists() else []
    return [json.loads(line) for line in lines]


def lambda_step(name: str, function: str, *, after: str | None = None, **event: object) -> dict[str, Any]:
    """A Lambda step."""
    step = {
        "Name": name,
        "Type": "Lambda",
        "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}",
        "Arguments": event,
    }
    return step | ({"DependsOn": [after]} if after else {})


def callback_step(name: str) -> dict[str, Any]:
    """A step that asks on the queue `questions`."""
    return {"Name": name, "Type": "Callback", "SqsQueueUrl": QUESTIONS_URL, "Arguments": {}, "OutputParameters": []}


def pipeline(local: LocalStack, name: str, *steps: dict[str, Any]) -> None:
    """Create the pipeline, or bring it up to date."""
    text = json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": list(steps)})
    local.upsert_pipeline(name, text, role_arn="arn:aws:iam::123456789012:role/any")


def start(local: LocalStack, *steps: dict[str, Any]) -> str:
    """Start an execution of these steps; its ARN."""
    pipeline(local, "P", *steps)
    request = {"PipelineName": "P", "PipelineExecutionDisplayName": "issue-7-retry-0"}
    return str(local.engine.start_pipeline_execution(request)["PipelineExecutionArn"])
