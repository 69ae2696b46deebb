"""What is remembered of an issue survives functions of other versions and is not guessed where it is damaged."""

import dataclasses
import json

import pytest

from contracts.errors import ConfigError
from lambdas.documents import Documents
from lambdas.issue_record import IssueRecord, IssueRecords, names_an_issue
from tests.lambdas.fakes import FakeS3

KEY = "bucket/state/issues/octo/models/7.json"


def records(s3: FakeS3) -> IssueRecords:
    return IssueRecords(Documents(s3, "bucket"))


def test_a_record_comes_back_as_it_was_written() -> None:
    s3 = FakeS3()
    whole = IssueRecord(
        "octo/models",
        7,
        "rev",
        "body",
        ("a", "b"),
        "refused",
        ("one", "two"),
        True,
        5,
        "url",
        9,
        {"x": "y"},
        {"s": "t"},
    )

    assert records(s3).change("octo/models", 7, lambda _: whole) == whole
    assert records(s3).read("octo/models", 7) == whole


def test_an_unknown_issue_has_a_blank_record_and_writes_none() -> None:
    s3 = FakeS3()

    assert records(s3).change("octo/models", 7, lambda record: record) == IssueRecord("octo/models", 7)
    assert records(s3).read("octo/models", 7).blank
    assert s3.objects == {}


def test_repositories_are_not_told_apart_by_case() -> None:
    s3 = FakeS3()
    records(s3).change("Octo/Models", 7, lambda record: record.with_execution("arn"))

    assert list(s3.objects) == [KEY]
    assert records(s3).read("octo/models", 7).executions == ("arn",)


def test_what_a_newer_version_wrote_beside_it_stays() -> None:
    s3 = FakeS3()
    s3.objects[KEY] = json.dumps({"revision": "r", "priority": 3}).encode()
    records(s3).change("octo/models", 7, lambda record: record.with_execution("arn"))

    assert json.loads(s3.objects[KEY])["priority"] == 3
    assert records(s3).read("octo/models", 7).revision == "r"


def test_an_execution_is_remembered_once() -> None:
    record = IssueRecord("octo/models", 7).with_execution("a").with_execution("b").with_execution("a")

    assert record.executions == ("a", "b")


def test_only_an_intent_without_execution_has_begun() -> None:
    fresh = IssueRecord("octo/models", 7)
    intent = dataclasses.replace(fresh, revision="r")

    assert [r.begun for r in (fresh, intent, intent.with_execution("a"))] == [False, True, False]


@pytest.mark.parametrize(
    ("document", "wrong"),
    [
        ({"executions": "arn"}, "'executions' must be a list of texts, got str"),
        ({"findings": [1]}, "'findings' must be a list of texts, got list"),
        ({"told": {"edited": 1}}, "'told' must be an object of texts, got dict"),
        ({"closed": "no"}, "'closed' must be true or false, got str"),
        ({"comment_id": True}, "'comment_id' must be an integer, got bool"),
        ({"revision": None}, "'revision' must be text, got NoneType"),
    ],
)
def test_a_damaged_record_is_named_with_its_field(document: dict[str, object], wrong: str) -> None:
    s3 = FakeS3()
    s3.objects[KEY] = json.dumps(document).encode()

    with pytest.raises(ConfigError, match=f"state/issues/octo/models/7.json in the bucket is damaged: {wrong}"):
        records(s3).read("octo/models", 7)


@pytest.mark.parametrize(
    ("repository", "number"), [("octo/models", 0), ("octo", 1), ("../etc", 1), ("a/b/c", 1), ("octo/models\n", 1)]
)
def test_what_names_no_issue_has_no_record(repository: str, number: int) -> None:
    assert not names_an_issue(repository, number)
    with pytest.raises(ConfigError, match="an issue is named OWNER/NAME"):
        records(FakeS3()).read(repository, number)
