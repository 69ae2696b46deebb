"""What a test of an operator's comment does: asks, says, hears, registers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from contracts import names
from lambdas.admission import Admission
from lambdas.documents import Documents
from lambdas.issue_record import IssueRecord, IssueRecords
from lambdas.operator_reply.handler import handler
from lambdas.operator_request.handler import handler as operator_request
from lambdas.start_execution.handler import handler as start_execution
from tests.lambdas.world import ISSUE, REPO, World, common, records

GROUP = "penguin-species"
TOKEN = "token00001"
Started = tuple[int, str]


def start(world: World, body: str = ISSUE) -> Started:
    """An issue whose execution runs, and no other issue's: its number and the execution's ARN."""
    world.s3.objects.pop("bucket/state/admission.json", None)
    number = world.github.open_issue(REPO, "Penguins", body, [names.LABEL_TRAIN], "scientist")
    answer = start_execution(records({"repository": REPO, "issue_number": number}), None)
    return number, str(answer["results"][0]["execution_arn"])


def ask(world: World, started: Started, token: str = TOKEN) -> None:
    """Let the execution put its question to the issue."""
    world.sagemaker.ask(started[1], token)
    message = {"token": token, "pipelineExecutionArn": started[1], "arguments": common(*started), "status": "Executing"}
    assert operator_request(records(message), None)["batchItemFailures"] == []


def write(world: World, number: int, text: str, author: str = "operator") -> int:
    """A comment; its id."""
    return int(world.github.add_comment(REPO, number, text, author))


def hear(number: int, comment: int) -> dict[str, Any]:
    """Hand a comment to the function, as the command line does."""
    return handler({"repository": REPO, "issue_number": number, "comment_id": comment}, None)


def queued(number: int, comment: int) -> str:
    """Hand a comment to the function, as the queue does; what it came to."""
    answer = handler(records({"repository": REPO, "issue_number": number, "comment_id": comment}), None)
    assert answer["batchItemFailures"] == []
    return str(answer["results"][0]["status"])


def say(world: World, number: int, text: str, author: str = "operator") -> tuple[int, dict[str, Any]]:
    """Write a comment and hand it over; its id and the answer."""
    comment = write(world, number, text, author)
    return comment, hear(number, comment)


def replies(world: World, number: int) -> list[str]:
    """Our replies on the issue, oldest first."""
    return [body for body in world.bodies(number) if body.splitlines()[0].endswith(":reply -->")]


def reply_to(world: World, number: int, comment: int) -> str:
    """The one reply to a comment."""
    (body,) = [body for body in replies(world, number) if body.startswith(f"<!-- issueops:comment-{comment}:")]
    return body


def register(world: World, arn: str, status: str = "PendingManualApproval", *, group: str = GROUP) -> int:
    """Let the execution register the next version of the model."""
    version = 1 + len([p for p in world.sagemaker.packages if p["ModelPackageGroupName"] == group])
    package = f"arn:aws:sagemaker:us-east-1:123456789012:model-package/{group}/{version}"
    world.sagemaker.groups.add(group)
    world.sagemaker.packages.append(
        {
            "ModelPackageGroupName": group,
            "ModelPackageVersion": version,
            "ModelPackageArn": package,
            "ModelApprovalStatus": status,
            "CreationTime": datetime(2026, 1, version, tzinfo=UTC),
        }
    )
    world.sagemaker.steps[arn].append(
        {
            "StepName": names.REGISTER_MODEL,
            "StepStatus": "Succeeded",
            "StartTime": datetime.now(UTC),
            "Metadata": {"RegisterModel": {"Arn": package}},
        }
    )
    world.s3.put_object(Bucket="bucket", Key=f"models/{version}/model.tar.gz", Body=b"model")
    world.sagemaker.end(arn)
    return version


def package(world: World, version: int) -> dict[str, Any]:
    """A version as the registry has it."""
    return next(p for p in world.sagemaker.packages if p["ModelPackageVersion"] == version)


def statuses(world: World) -> Iterator[str]:
    """Of all versions, archived ones as such."""
    for found in world.sagemaker.packages:
        archived = found.get("ModelLifeCycle", {}).get("Stage") == "Archived"
        yield "Archived" if archived else str(found["ModelApprovalStatus"])


def admission(world: World, limit: int = 10) -> Admission:
    return Admission(Documents(world.s3, "bucket"), limit=limit)


def record(world: World, number: int) -> IssueRecord:
    return IssueRecords(Documents(world.s3, "bucket")).read(REPO, number)
