"""The local Lambda host behaves as the service does, seen through LambdaInvoker."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.functions import Function, LambdaError, LambdaInvoker

HERE = Path(__file__).parent
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
NAMES = ("echo", "environment", "raises", "hangs", "exits", "dies", "noisy", "returns_a_set", "returns_text")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LambdaInvoker, Path]]:
    log = tmp_path_factory.mktemp("host") / "lambda.log"
    functions = {name: Function(f"example_handlers:{name}") for name in NAMES}
    functions["configured"] = Function("example_handlers:environment", {"OWN": "1", "SHARED": "own"})
    functions["absent_module"] = Function("no_such_module:handler")
    functions["absent_attribute"] = Function("example_handlers:no_such")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        patch.setenv("GITHUB_TOKEN", "of-the-shell")
        patch.setenv("AWS_PROFILE", "of-the-shell")
        with LambdaInvoker(functions, {"SHARED": "base", "AWS_REGION": "us-east-1"}, log_path=log) as invoker:
            yield invoker, log


@pytest.fixture
def invoker(shared: tuple[LambdaInvoker, Path]) -> LambdaInvoker:
    return shared[0]


def test_an_arn_reaches_the_function_with_its_event_and_context(invoker: LambdaInvoker) -> None:
    answer = invoker.invoke(ARN + "echo", {"a": [1, "é"]}, timeout=5)
    assert answer["event"] == {"a": [1, "é"]}
    assert answer["function_name"] == "echo"
    assert answer["arn"] == ARN + "echo"
    assert answer["request_id"]
    remaining = answer["remaining"]
    assert isinstance(remaining, int)
    assert 0 < remaining <= 5000


def test_one_host_serves_many_invocations_from_many_threads(invoker: LambdaInvoker) -> None:
    answers: list[dict[str, object]] = []

    def ask(n: int) -> None:
        answers.append(invoker.invoke("echo", {"n": n}))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(str(answer["event"]) for answer in answers) == [str({"n": n}) for n in range(8)]
    assert len({answer["pid"] for answer in answers}) == 1


def test_an_exception_arrives_as_the_service_reports_it(invoker: LambdaInvoker) -> None:
    with pytest.raises(LambdaError) as caught:
        invoker.invoke("raises", {"what": "this"})
    assert caught.value.error_type == "ValueError"
    assert caught.value.message == "cannot use this"
    assert "example_handlers.py" in caught.value.trace[-1]


def test_environments_are_set_per_invocation_and_leave_nothing_behind(invoker: LambdaInvoker) -> None:
    configured = invoker.invoke("configured", {})
    plain = invoker.invoke("environment", {})
    assert (configured["OWN"], configured["SHARED"]) == ("1", "own")
    assert plain["SHARED"] == "base"
    assert "OWN" not in plain
    assert "LEFT_BEHIND" not in plain
    assert plain["PATH"] == os.environ["PATH"]
    assert plain["AWS_LAMBDA_FUNCTION_NAME"] == "environment"


def test_the_callers_tokens_and_profiles_do_not_reach_a_handler(invoker: LambdaInvoker) -> None:
    seen = invoker.invoke("environment", {})
    assert not {"GITHUB_TOKEN", "AWS_PROFILE"} & set(seen)


def test_output_of_handlers_and_their_children_goes_to_the_log(shared: tuple[LambdaInvoker, Path]) -> None:
    invoker, log = shared
    assert invoker.invoke("noisy", {}) == {"stdin": ""}
    text = log.read_text()
    assert "not an answer" in text
    assert "raw noise" in text
    assert "noise of a child" in text


@pytest.mark.parametrize(
    ("name", "error_type"),
    [
        ("returns_a_set", "Runtime.MarshalError"),
        ("returns_text", "Runtime.MarshalError"),
        ("absent_module", "Runtime.ImportModuleError"),
        ("absent_attribute", "Runtime.HandlerNotFound"),
        ("exits", "Runtime.ExitError"),
        ("dies", "Runtime.ExitError"),
        ("unheard_of", "ResourceNotFoundException"),
    ],
)
def test_what_cannot_be_answered_is_an_error_and_the_next_invocation_works(
    invoker: LambdaInvoker, name: str, error_type: str
) -> None:
    with pytest.raises(LambdaError) as caught:
        invoker.invoke(name, {})
    assert caught.value.error_type == error_type
    assert invoker.invoke("echo", {"again": 1})["event"] == {"again": 1}


def test_an_event_that_is_not_json_is_refused(invoker: LambdaInvoker) -> None:
    with pytest.raises(LambdaError, match="InvalidRequestContentException"):
        invoker.invoke("echo", {"not json": {1}})


def test_a_hanging_handler_is_killed_and_the_host_restarted(invoker: LambdaInvoker, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    before = time.monotonic()
    with pytest.raises(LambdaError, match=r"timed out after 0\.30 seconds") as caught:
        invoker.invoke("hangs", {"pid_file": str(pid_file)}, timeout=0.3)
    assert caught.value.error_type == "Sandbox.Timedout"
    assert time.monotonic() - before < 5
    hung = int(pid_file.read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(hung, 0)
    assert invoker.invoke("echo", {})["pid"] != hung


def test_a_host_killed_while_idle_is_replaced_without_an_error(invoker: LambdaInvoker) -> None:
    first = invoker.invoke("echo", {})["pid"]
    assert isinstance(first, int)
    os.kill(first, signal.SIGKILL)
    assert invoker.invoke("echo", {})["pid"] != first


def test_warming_imports_ahead_and_returns_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    with LambdaInvoker({"echo": Function("example_handlers:echo")}, {}) as invoker:
        assert invoker.host_pid() is None
        invoker.warm()
        pid = invoker.host_pid()
        assert pid is not None
        assert invoker.invoke("echo", {})["pid"] == pid
    with pytest.raises(LambdaError, match="closed"):
        invoker.invoke("echo", {})


def _host(allowed: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "local.lambda_host", allowed],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_handler_that_is_not_on_the_list_is_never_imported(tmp_path: Path) -> None:
    host = _host('["json:dumps"]')
    assert host.stdin is not None
    assert host.stdout is not None
    host.stdin.write(
        '{"id": "1", "handler": "os:getcwd", "event": {}, "environment": {}, "function_name": "f", '
        '"function_arn": "f", "timeout_seconds": 1}\n'
    )
    host.stdin.flush()
    assert '"Runtime.HandlerNotAllowed"' in host.stdout.readline()
    host.communicate()


def test_the_host_leaves_when_its_stdin_ends() -> None:
    host = _host("[]")
    host.communicate(timeout=5)
    assert host.returncode == 0
