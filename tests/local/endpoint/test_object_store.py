"""Any key can be stored, none escapes, nothing half-written is seen."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.api_errors import ApiError
from local.object_store import ObjectStore

INDEX = {".index.db", ".index.db-wal", ".index.db-shm"}
KEYS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), min_size=1, max_size=60)
REPOSITORY = Path(__file__).parents[3]
KILLED = """
import os, sys
from pathlib import Path
from local import object_store
from local.object_store import ObjectStore
store = ObjectStore(Path(sys.argv[1]))
store.put_bytes("bucket", "k", b"old")
moment = sys.argv[2]
def die(*_): os._exit(9)
if moment == "replace":
    object_store.os.replace = die
elif moment == "announce":
    store._index.announce = die
else:
    store.put_bytes("bucket", "fresh", b"1")
    store._index.settle = die
store.put_bytes("bucket", "k", b"newer")
"""


@pytest.fixture
def store(tmp_path):
    store = ObjectStore(tmp_path / "s3")
    store.create_bucket("bucket")
    return store


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=st.lists(KEYS, min_size=1, max_size=6, unique=True))
def test_every_key_reads_back_and_lists_as_itself(tmp_path_factory, keys):
    store = ObjectStore(tmp_path_factory.mktemp("s3"))
    store.create_bucket("bucket")
    for key in keys:
        store.put_bytes("bucket", key, key.encode())

    assert list(store.list("bucket")) == sorted(keys, key=str.encode)
    assert [store.read_bytes("bucket", key) for key in keys] == [key.encode() for key in keys]


@pytest.mark.parametrize(
    "key",
    [
        "../x",
        "a/../../x",
        "..",
        ".",
        "/etc/passwd",
        "a//b",
        "a/",
        "/",
        "x" * 900,
        "." * 300,
        "é" * 500,
        "a\x00b",
        "%",
        "a@",
    ],
)
def test_awkward_keys_stay_inside_the_bucket(store, key):
    store.put_bytes("bucket", key, b"1")

    assert store.read_bytes("bucket", key) == b"1"
    assert list(store.list("bucket")) == [key]
    assert {p.name for p in store.root.iterdir()} == {".incoming", "bucket"} | INDEX
    store.delete("bucket", key)
    assert list(store.list("bucket")) == []
    assert list((store.root / "bucket").iterdir()) == []


def test_a_key_may_be_the_folder_of_another(store):
    for key in ("a", "a/b", "a.c", "a.c/b.c"):
        store.put_bytes("bucket", key, key.encode())

    assert store.list("bucket") == ["a", "a.c", "a.c/b.c", "a/b"]
    assert [store.read_bytes("bucket", key).decode() for key in store.list("bucket")] == store.list("bucket")
    assert list(store.list("bucket", "a/")) == ["a/b"]


@pytest.mark.parametrize("bucket", ["..", "../x", "A", "a", "a/b", ""])
def test_a_hostile_bucket_name_is_refused(store, bucket):
    with pytest.raises(ApiError, match="not valid"):
        store.create_bucket(bucket)


def test_a_failed_upload_leaves_the_old_object(store):
    store.put_bytes("bucket", "k", b"old")

    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise OSError("the line went dead")

    with pytest.raises(OSError, match="went dead"):
        store.put_stream("bucket", "k", Broken())
    assert store.read_bytes("bucket", "k") == b"old"
    assert list((store.root / ".incoming").iterdir()) == []


def test_ordinary_keys_keep_their_names_on_disk(store):
    store.put_bytes("bucket", "executions/1/evaluation/report.html", b"<p>")

    assert store.path("bucket", "executions/1/evaluation/report.html").relative_to(store.root).as_posix() == (
        "bucket/executions/1/evaluation/report.html"
    )


def test_a_write_to_a_bucket_that_is_not_there_is_refused(store):
    with pytest.raises(ApiError, match="NoSuchBucket"):
        store.put_bytes("other", "k", b"")


def test_a_stream_keeps_the_version_it_was_opened_on(store):
    store.put_bytes("bucket", "k", b"old")
    with store.open("bucket", "k") as stream:
        store.put_bytes("bucket", "k", b"newer")

        assert stream.read() == b"old"
    assert store.head("bucket", "k").size == 5


def test_writers_of_one_key_never_mix_content_and_etag(store):
    bodies = [bytes([i]) * 5000 for i in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda body: store.put_bytes("bucket", "k", body), bodies * 4))

    head, stream = store.open_with_head("bucket", "k")
    with stream:
        assert hashlib.md5(stream.read()).hexdigest() == head.etag


@pytest.mark.parametrize("moment", ["announce", "replace", "settle"])
def test_a_kill_within_a_write_leaves_the_old_object_or_the_new_one_whole(tmp_path, moment):
    """The child dies at the named step of its second write."""
    root = tmp_path / "s3"
    ObjectStore(root).create_bucket("bucket")
    child = subprocess.run([sys.executable, "-c", KILLED, str(root), moment], cwd=REPOSITORY, check=False)
    assert child.returncode == 9

    store = ObjectStore(root)
    expected = b"old" if moment in ("announce", "replace") else b"newer"
    head, stream = store.open_with_head("bucket", "k")
    with stream:
        assert stream.read() == expected
    assert (head.size, head.etag) == (len(expected), hashlib.md5(expected).hexdigest())
    assert store.list("bucket") == (["k"] if moment != "settle" else ["fresh", "k"])
    assert list((root / ".incoming").iterdir()) == []
