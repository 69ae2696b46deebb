"""`issueops run`, `reply` and `resume`: drive an issue on the local stack until it ends or waits for a person.

Place in the flow: plays the two people of the story (who opens the issue, who answers it) and then only watches.
Everything in between is done by the Lambda handlers and the pipeline. One cost: a run blocks its terminal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.outcome import Outcome, collect, next_execution
from cli.progress import Progress
from cli.wiring import DEFAULT_REPOSITORY, OPERATOR, deploy, upload_dataset
from contracts import names
from contracts.errors import ConfigError
from contracts.issue_text import parse_issue

if TYPE_CHECKING:
    from local.stack import LocalStack

MAX_ISSUE_BYTES = 1_048_576


def read_issue(path: Path) -> tuple[str, str]:
    """Title (the first `# ` heading, else the file's name) and body of an issue kept in a file.

    Raises:
        ConfigError: the file is missing, too large or not UTF-8.
    """
    try:
        if path.stat().st_size > MAX_ISSUE_BYTES:
            raise ConfigError(f"{path} is larger than {MAX_ISSUE_BYTES} bytes; GitHub takes 65,536 characters.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"cannot read the issue {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text; save it as UTF-8.") from error
    heading = re.search(r"^# +(.+)$", text, re.MULTILINE)
    return (heading.group(1).strip() if heading else path.stem), text


def run_issue(stack: LocalStack, path: Path, *, data: Path, replies: Sequence[str], progress: Progress) -> Outcome:
    """Open the issue, start its execution and follow it, giving `replies` in turn where an operator is asked."""
    title, body = read_issue(path)
    stack.warm()
    deploy(stack)
    parsed = parse_issue(body)
    if parsed.config is not None and (data / parsed.config.dataset_id).is_dir():
        upload_dataset(stack, data / parsed.config.dataset_id, parsed.config.dataset_id)
    number = stack.github.open_issue(DEFAULT_REPOSITORY, title, body, ["mlops:train"], OPERATOR)
    progress.say(f"Issue #{number}: {title}")
    started = start(stack, number)
    if started["status"] == "waiting":
        return Outcome(
            status="Waiting",
            decision=None,
            next_action="wait",
            message=f"All places are taken; the issue is number {started['place']} in line. "
            "It starts when another execution ends: answer those that wait, then run issueops resume.",
            issue_number=number,
            issue_path=str(stack.github.issue_path(DEFAULT_REPOSITORY, number)),
        )
    if started["status"] != "started":
        findings = tuple(started["findings"])
        return Outcome(
            status="Invalid",
            decision=None,
            next_action="edit_issue",
            message="The issue cannot be run:\n"
            + "\n".join(f"- {finding['message']}" for finding in findings)
            + _datasets_hint(data),
            issue_number=number,
            issue_path=str(stack.github.issue_path(DEFAULT_REPOSITORY, number)),
            findings=findings,
        )
    return follow(stack, started["execution_arn"], replies=replies, progress=progress)


def start(stack: LocalStack, number: int) -> dict[str, Any]:
    """Hand the issue to the start_execution function, as the queue would."""
    import json

    body = json.dumps({"repository": DEFAULT_REPOSITORY, "issue_number": number})
    record = {
        "messageId": f"issue-{number}",
        "receiptHandle": "-",
        "body": body,
        "eventSourceARN": "arn:aws:sqs:::requests",
    }
    answer = stack.invoke(names.START_EXECUTION_FUNCTION, {"Records": [record]})
    if answer["batchItemFailures"]:
        raise ConfigError(f"issue #{number} could not be started; the reason is in {stack.home.path / 'lambda.log'}.")
    result: dict[str, Any] = answer["results"][0]
    return result


def follow(stack: LocalStack, execution_arn: str, *, replies: Sequence[str], progress: Progress) -> Outcome:
    """Wait for the execution and the ones that it starts; answer with the next reply wherever it asks."""
    pending = list(replies)
    while True:
        status = stack.wait(execution_arn)
        if status == "Waiting" and pending:
            text = pending.pop(0)
            outcome = collect(stack, execution_arn, status)
            assert outcome.issue_number is not None  # noqa: S101 - collect always sets it
            answer = reply(stack, outcome.issue_number, text)
            progress.say(f"  ↳ operator: {text}\n    {answer['message']}")
            continue
        successor = next_execution(stack, execution_arn)
        if successor is None:
            return collect(stack, execution_arn, status)
        execution_arn = successor
        progress.say("Retraining")


def reply(stack: LocalStack, number: int, text: str) -> dict[str, Any]:
    """Write the operator's comment on the issue and let operator_reply act on it."""
    comment = stack.github.add_comment(DEFAULT_REPOSITORY, number, text, OPERATOR)
    event = {"repository": DEFAULT_REPOSITORY, "issue_number": number, "comment_id": comment}
    return stack.invoke(names.OPERATOR_REPLY_FUNCTION, event)


def never_started(stack: LocalStack) -> list[int]:
    """Issues that ask for a training and were neither started nor refused, because a process died in between."""
    stack.github.ensure_repository(DEFAULT_REPOSITORY)
    answered = {names.LABEL_RUNNING, names.LABEL_WAITING, names.LABEL_SUCCEEDED, names.LABEL_FAILED}
    waiting = []
    for issue in stack.github.issues(DEFAULT_REPOSITORY):
        labels = {label.name for label in issue.labels}
        if issue.state == "open" and names.LABEL_TRAIN in labels and not labels & answered:
            waiting.append(issue.number)
    return sorted(waiting)


def executions_of(stack: LocalStack, number: int) -> list[dict[str, Any]]:
    """The issue's executions, newest first."""
    summaries = stack.engine.list_pipeline_executions(
        {"PipelineName": names.PIPELINE_NAME, "SortOrder": "Descending", "MaxResults": 100}
    )["PipelineExecutionSummaries"]
    prefix = f"issue-{number}-"
    return [s for s in summaries if s.get("PipelineExecutionDisplayName", "").startswith(prefix)]


def _datasets_hint(data: Path) -> str:
    if not data.is_dir():
        return f"\nThe data folder {data} does not exist; name another with --data."
    found = sorted(p.name for p in data.iterdir() if p.is_dir())
    return f"\nData sets in {data}: {', '.join(found) or 'none'}."
