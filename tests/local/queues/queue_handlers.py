"""Functions that consume queues in the tests of the local stack. They note what they see in the file that LOG names.

A body says what is to happen: `fail N` fails the first N times, `die N` ends the host, `slow SECONDS` takes its time,
`hang` takes a minute, `answer TOKEN` succeeds a callback; everything else succeeds.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any


def note(what: object) -> None:
    with Path(os.environ["LOG"]).open("a", encoding="utf-8") as log:
        log.write(json.dumps(what) + "\n")


def consume(event: dict[str, Any], context: Any) -> dict[str, Any]:
    failures = []
    for record in event["Records"]:
        count = int(record["attributes"]["ApproximateReceiveCount"])
        word, _, rest = record["body"].partition(" ")
        note([record["body"], count, time.time(), os.getpid()])
        if word == "die" and count <= int(rest):
            os._exit(9)
        if word == "fail" and count <= int(rest):
            failures.append({"itemIdentifier": record["messageId"]})
        if word == "slow":
            time.sleep(float(rest))
        if word == "hang":
            time.sleep(60)
    return {"batchItemFailures": failures}


def keep(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Notes every record whole."""
    for record in event["Records"]:
        note(record)
    return {}


def count(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Notes how many records it was given."""
    note(len(event["Records"]))
    return {}


def answer(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers callbacks over the endpoint, as production code would."""
    import boto3

    for record in event["Records"]:
        token = json.loads(record["body"])["token"]
        boto3.client("sagemaker").send_pipeline_execution_step_success(CallbackToken=token, OutputParameters=[])
    return {}


def tick(event: dict[str, Any], context: Any) -> dict[str, Any]:
    note(event)
    return {"pid": os.getpid()}


def doze(event: dict[str, Any], context: Any) -> dict[str, Any]:
    time.sleep(event["seconds"])
    return {"pid": os.getpid()}
