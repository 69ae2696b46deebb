"""Executions as the functions see them: stopping, retrying and finding are safe to repeat."""

import pytest
from botocore.exceptions import ClientError

from contracts import names
from lambdas import executions
from tests.lambdas.fakes import FakeSageMaker, refused

REPO = "octo/models"


def start(sagemaker: FakeSageMaker, number: int = 7, repository: str = REPO, retry: int = 0) -> str:
    return executions.start(
        sagemaker,
        names.PIPELINE_NAME,
        parameters={names.REPOSITORY: repository, names.ISSUE_NUMBER: str(number)},
        display_name=names.execution_display_name(number, retry),
        description="",
        token=executions.request_token(repository, str(number), str(retry)),
    )


def of_issue(sagemaker: FakeSageMaker, number: int = 7, known: tuple[str, ...] = ()) -> list[str]:
    found = executions.executions_of_issue(
        sagemaker, names.PIPELINE_NAME, repository=REPO, issue_number=number, known=known
    )
    return list(found)


def test_the_same_token_starts_once() -> None:
    sagemaker = FakeSageMaker()

    assert start(sagemaker) == start(sagemaker)
    assert len(sagemaker.executions) == 1


def test_every_status_of_the_service_either_runs_or_has_ended() -> None:
    from botocore.session import get_session

    shape = get_session().get_service_model("sagemaker").shape_for("PipelineExecutionStatus")
    assert set(shape.enum) == executions.RUNNING | executions.ENDED
    assert not executions.RUNNING & executions.ENDED


def test_stopping_again_or_too_late_is_fine() -> None:
    sagemaker = FakeSageMaker()
    arn = start(sagemaker)

    assert executions.stop(sagemaker, arn)
    assert executions.status_of(sagemaker, arn) == "Stopping"
    assert executions.stop(sagemaker, arn)
    assert executions.runs(sagemaker, arn)
    sagemaker.end(arn, "Stopped")
    assert not executions.stop(sagemaker, arn)
    assert not executions.runs(sagemaker, arn)
    assert not executions.stop(sagemaker, "arn:unknown")


def test_an_unknown_execution_has_no_status_and_does_not_run() -> None:
    assert executions.status_of(FakeSageMaker(), "arn:unknown") == ""
    assert not executions.runs(FakeSageMaker(), "arn:unknown")


def test_only_what_failed_or_was_stopped_is_retried() -> None:
    sagemaker = FakeSageMaker()
    arn = start(sagemaker)
    token = executions.request_token(arn, "retry")

    assert not executions.retry(sagemaker, arn, token)
    sagemaker.end(arn, "Failed")
    assert executions.retry(sagemaker, arn, token)
    assert executions.status_of(sagemaker, arn) == "Executing"


@pytest.mark.parametrize("operation", ["describe_pipeline_execution", "stop_pipeline_execution"])
def test_throttling_is_no_answer(monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    sagemaker = FakeSageMaker()
    arn = start(sagemaker)

    def throttled(**_: object) -> None:
        raise refused("ThrottlingException", operation)

    monkeypatch.setattr(sagemaker, operation, throttled)
    call = executions.status_of if operation.startswith("describe") else executions.stop
    with pytest.raises(ClientError, match="ThrottlingException"):
        call(sagemaker, arn)


def test_an_issues_executions_are_its_own_and_the_newest_comes_first() -> None:
    sagemaker = FakeSageMaker()
    first = start(sagemaker)
    start(sagemaker, repository="other/models")
    start(sagemaker, number=70)
    start(sagemaker, number=8)
    second = start(sagemaker, repository="Octo/Models", retry=1)

    assert of_issue(sagemaker) == [second, first]


def test_what_a_record_knows_is_not_asked_for_and_never_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    sagemaker = FakeSageMaker()
    known = [start(sagemaker, retry=retry) for retry in range(3)]
    asked: list[str] = []
    parameters_of = executions.parameters_of
    monkeypatch.setattr(
        executions, "parameters_of", lambda client, arn: (asked.append(arn), parameters_of(client, arn))[1]
    )

    assert of_issue(sagemaker, known=("arn:ancient", *known[:2])) == [*reversed(known), "arn:ancient"]
    assert asked == [known[2]]


def test_running_executions_come_oldest_first_without_those_that_ended() -> None:
    sagemaker = FakeSageMaker()
    arns = [start(sagemaker, number=number) for number in range(1, 5)]
    sagemaker.end(arns[1])
    executions.stop(sagemaker, arns[3])

    assert executions.running_executions(sagemaker, names.PIPELINE_NAME, newest=100) == [arns[0], arns[2], arns[3]]


def test_a_stop_that_meets_another_change_is_tried_again_as_long_as_the_execution_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sagemaker = FakeSageMaker()
    arn = start(sagemaker)

    def conflict(**_: str) -> None:
        raise refused("ConflictException", "StopPipelineExecution")

    monkeypatch.setattr(sagemaker, "stop_pipeline_execution", conflict)
    with pytest.raises(ClientError):
        executions.stop(sagemaker, arn)
    sagemaker.end(arn, "Stopped")

    assert not executions.stop(sagemaker, arn)
