"""Documents that several functions change at the same time lose no change, and what is damaged is named."""

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contracts.errors import ConfigError
from lambdas.documents import ATTEMPTS, Document, Documents
from tests.lambdas.fakes import FakeS3, refused


class LockedS3(FakeS3):
    """S3 for several threads: one request at a time, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def put_object(self, **request: Any) -> dict[str, str]:
        with self._lock:
            return super().put_object(**request)

    def get_object(self, **request: Any) -> dict[str, Any]:
        with self._lock:
            return super().get_object(**request)


def documents(s3: FakeS3) -> Documents:
    return Documents(s3, "bucket", sleep=lambda _: None)


def counted(document: Document) -> Document:
    return {"count": document.get("count", 0) + 1}


def test_a_document_that_nobody_wrote_is_empty() -> None:
    assert documents(FakeS3()).read("line") == {}


def test_a_change_is_what_the_next_reader_sees() -> None:
    s3 = FakeS3()

    assert documents(s3).change("line", lambda _: {"rows": ("日本", 1)}) == {"rows": ["日本", 1]}
    assert documents(s3).read("line") == {"rows": ["日本", 1]}
    assert list(s3.objects) == ["bucket/state/line.json"]


def test_a_change_that_changes_nothing_is_not_written() -> None:
    s3 = FakeS3()

    assert documents(s3).change("line", lambda document: document) == {}
    assert s3.objects == {}


def test_the_work_may_spoil_what_it_was_given() -> None:
    s3 = FakeS3()
    documents(s3).change("line", lambda _: {"rows": [1]})

    def work(document: Document) -> Document:
        document["rows"].append(2)
        return document

    assert documents(s3).change("line", work) == {"rows": [1, 2]}


def test_eight_threads_lose_no_change() -> None:
    s3 = LockedS3()

    def work() -> None:
        for _ in range(25):
            Documents(s3, "bucket", sleep=lambda seconds: threading.Event().wait(seconds / 20)).change("n", counted)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert documents(s3).read("n") == {"count": 200}


def test_a_change_by_somebody_else_in_between_is_built_upon() -> None:
    s3 = FakeS3()
    seen = []

    def work(document: Document) -> Document:
        seen.append(document.get("count", 0))
        if len(seen) == 1:
            documents(s3).change("n", counted)
        return counted(document)

    assert documents(s3).change("n", work) == {"count": 2}
    assert seen == [0, 1]


def test_a_document_deleted_in_between_begins_anew() -> None:
    s3 = FakeS3()
    documents(s3).change("n", counted)

    def work(document: Document) -> Document:
        s3.objects.clear()
        return counted(document)

    assert documents(s3).change("n", work) == {"count": 1}


def test_somebody_who_is_always_faster_is_given_up_on() -> None:
    s3 = FakeS3()
    tries = []

    def work(document: Document) -> Document:
        tries.append(1)
        documents(s3).change("n", counted)
        return {"count": -1}

    with pytest.raises(RuntimeError, match=f"n was changed by others {ATTEMPTS} times in a row"):
        documents(s3).change("n", work)
    assert len(tries) == ATTEMPTS


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "it is not JSON"),
        (b"{", "it is not JSON"),
        (b"\xff\xfe", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[]", "it must hold a JSON object, got list"),
        (b"null", "it must hold a JSON object, got NoneType"),
    ],
)
def test_a_damaged_document_is_named_and_left_as_it_is(content: bytes, what: str) -> None:
    s3 = FakeS3()
    s3.objects["bucket/state/line.json"] = content

    with pytest.raises(ConfigError, match=rf"state/line.json in the bucket is damaged: {what}; delete it"):
        documents(s3).change("line", counted)
    assert s3.objects["bucket/state/line.json"] == content


def test_what_the_service_refuses_for_other_reasons_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    s3 = FakeS3()
    calls = []

    def put(**_: object) -> None:
        calls.append(1)
        raise refused("AccessDenied", "PutObject")

    monkeypatch.setattr(s3, "put_object", put)
    with pytest.raises(ClientError, match="AccessDenied"):
        documents(s3).change("n", counted)
    assert calls == [1]
