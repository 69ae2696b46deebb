"""Events are typed at the edge, failures are logged and passed on, imports stay cheap."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.errors import ConfigError
from lambdas.edge import Fields, each_record, logged
from lambdas.objects import read, split_uri
from tests.lambdas.fakes import FakeS3
from tests.lambdas.world import records

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = (
    "execution_events", "history_writer", "issue_poller", "issue_webhook", "notification", "operator_reply",
    "operator_request", "retrain", "rollback", "start_execution", "sweeper",
)  # fmt: skip


def test_numbers_are_read_also_where_they_travel_as_text():
    fields = Fields({"a": "3", "b": 4, "c": "0.5", "d": ""})

    assert (fields.integer("a"), fields.integer("b"), fields.number("c")) == (3, 4, 0.5)
    assert (fields.text("d", "x"), fields.integer("e", 7), fields.mapping("f")) == ("x", 7, {})


@pytest.mark.parametrize(
    ("read_field", "expected"),
    [
        (lambda f: f.text("absent"), "lacks 'absent'"),
        (lambda f: f.text("list"), "'list' must be text, got list"),
        (lambda f: f.integer("word"), "'word' must be an integer, got 'x'"),
        (lambda f: f.number("word"), "'word' must be a number, got 'x'"),
        (lambda f: f.mapping("word"), "'word' must be an object, got str"),
    ],
)
def test_a_wrong_field_is_named_with_what_was_expected(read_field, expected):
    with pytest.raises(ConfigError, match=expected):
        read_field(Fields({"list": [], "word": "x"}))


def test_a_message_nested_beyond_reason_is_only_a_wrong_message():
    with pytest.raises(ConfigError):
        Fields.from_json("[" * 100_000)


def test_what_escapes_a_handler_is_logged_with_its_traceback_and_raised(caplog):
    @logged
    def handler(event, context):
        raise ConfigError("wrong")

    with pytest.raises(ConfigError, match="wrong"):
        handler({}, None)
    assert "Traceback" in caplog.text


def test_in_a_batch_only_what_failed_is_offered_again(caplog):
    def work(fields):
        if fields.text("n") == "2":
            raise ConfigError("two")
        return {"n": fields.text("n")}

    answer = each_record(records({"n": 1}, {"n": 2}, {"n": 3}), work)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}], "results": [{"n": "1"}, {"n": "3"}]}
    assert "message m1 failed" in caplog.text


@pytest.mark.parametrize("uri", ["", "bucket/key", "s3://", "s3://bucket", "http://x/y"])
def test_what_is_no_object_uri_is_refused(uri):
    with pytest.raises(ConfigError, match="s3://BUCKET/KEY"):
        split_uri(uri)


def test_a_document_that_is_absent_or_unnamed_is_none_and_an_endless_one_is_refused():
    s3 = FakeS3()
    s3.put_object(Bucket="b", Key="big", Body=b"x" * (4 * 1024 * 1024 + 1))

    assert read(s3, "") is None
    assert read(s3, "s3://b/absent") is None
    with pytest.raises(ConfigError, match="larger than"):
        read(s3, "s3://b/big")


def test_importing_every_handler_makes_no_client_and_no_sagemaker_sdk_pandas_or_numpy():
    code = (
        "import importlib, json, sys\n"
        f"for f in {FUNCTIONS!r}: importlib.import_module(f'lambdas.{{f}}.handler')\n"
        "print(json.dumps([m for m in ('sagemaker', 'pandas', 'numpy', 'polars', 'boto3') if m in sys.modules]))"
    )
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True, cwd=ROOT
    )

    assert json.loads(done.stdout) == []


@pytest.mark.parametrize("function", ["rollback", "retrain", "issue_webhook"])
def test_functions_that_speak_to_no_issue_do_not_pay_for_pygithub(function):
    code = f"import sys, lambdas.{function}.handler; sys.exit('github' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT)}, cwd=ROOT)

    assert done.returncode == 0
