"""Which steps run: branches, dependencies, run conditions, callbacks, retries."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

import pytest

from local.api_errors import ApiError
from tests.local.execution.bench import LAMBDA, Bench, branch, callback, compare, definition, fail, function, until


def depends(*names: str) -> dict[str, Any]:
    return {"DependsOn": list(names)}


def on_failure_of(name: str) -> dict[str, Any]:
    return {"DependsOn": [{"Step": name, "Trigger": "Failed"}]}


def _given(answer: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    return answer


def breaks(bench: Bench, name: str) -> None:
    def broken(event: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError("out of order")

    bench.functions[name] = broken


@pytest.mark.parametrize(("value", "ran"), [("5", "Pass"), ("1", "Else")])
def test_only_the_branch_of_the_outcome_runs(bench: Bench, value: str, ran: str) -> None:
    parameters = [{"Name": "N", "Type": "Integer"}]
    condition = compare("GreaterThan", {"Get": "Parameters.N"}, 3)
    step = branch("Judge", condition, [function("Pass")], [function("Else")])
    arn, status = bench.run(step, parameters=parameters, given={"N": value})
    assert status == "Succeeded"
    assert set(bench.statuses(arn)) == {"Judge", ran}
    assert bench.steps(arn)["Judge"]["Metadata"]["Condition"]["Outcome"] == ("True" if ran == "Pass" else "False")


def test_conditions_nest_and_a_step_behind_a_skipped_one_is_skipped(bench: Bench) -> None:
    inner = branch("Inner", compare("Equals", "a", "b"), [function("Yes")], [function("No")])
    outer = branch("Outer", compare("Equals", 1, 1.0), [inner], [function("Never")])
    arn, status = bench.run(outer, function("After", **depends("Never")), function("Later", **depends("No")))
    assert status == "Succeeded"
    assert set(bench.statuses(arn)) == {"Outer", "Inner", "No", "Later"}


def test_independent_steps_run_at_the_same_time(bench: Bench) -> None:
    together = threading.Barrier(3, timeout=10)

    def meet(event: dict[str, Any]) -> dict[str, Any]:
        together.wait()
        return {}

    bench.functions = {"a": meet, "b": meet, "c": meet}
    _, status = bench.run(function("A"), function("B"), function("C"))
    assert status == "Succeeded"


def test_no_more_steps_run_at_once_than_the_start_allows(bench: Bench) -> None:
    working: list[str] = []
    most: list[int] = []

    def work(event: dict[str, Any]) -> dict[str, Any]:
        working.append("x")
        most.append(len(working))
        threading.Event().wait(0.02)
        working.pop()
        return {}

    bench.functions = {"a": work, "b": work, "c": work}
    text = definition(function("A"), function("B"), function("C"))
    bench.engine.create_pipeline({"PipelineName": "P", "PipelineDefinition": text})
    limit = {"MaxParallelExecutionSteps": 1}
    started = bench.engine.start_pipeline_execution({"PipelineName": "P", "ParallelismConfiguration": limit})
    assert bench.wait(started["PipelineExecutionArn"]) == "Succeeded"
    assert most == [1, 1, 1]


def test_dependents_of_a_failed_step_are_skipped_and_the_execution_fails(bench: Bench) -> None:
    breaks(bench, "a")
    arn, status = bench.run(function("A"), function("B", **depends("A")), function("C", **depends("B")))
    assert (status, bench.statuses(arn)) == ("Failed", {"A": "Failed"})
    assert "out of order" in bench.reason(arn)
    assert "out of order" in bench.steps(arn)["A"]["FailureReason"]


def test_a_failure_that_another_step_takes_up_leaves_the_execution_completed_with_failures(bench: Bench) -> None:
    breaks(bench, "a")
    arn, status = bench.run(function("A"), function("Tell", **on_failure_of("A")))
    assert (status, bench.statuses(arn)) == ("CompletedWithFailures", {"A": "Failed", "Tell": "Succeeded"})


def test_a_step_that_waits_for_a_failure_is_skipped_when_there_is_none(bench: Bench) -> None:
    arn, status = bench.run(function("A"), function("Tell", **on_failure_of("A")))
    assert (status, bench.statuses(arn)) == ("Succeeded", {"A": "Succeeded"})


def test_a_fail_step_ends_the_execution_with_its_message(bench: Bench) -> None:
    message = {"Std:Join": {"On": "-", "Values": ["too", "bad", 1]}}
    arn, status = bench.run(fail("No", message), function("After", **depends("No")), callback("Ask"))
    assert (status, bench.reason(arn)) == ("Failed", "too-bad-1")
    assert bench.statuses(arn)["Ask"] == "Stopped"


def test_arguments_that_are_only_in_function_arn_or_queue_are_dependencies_too(bench: Bench) -> None:
    bench.functions["a"] = lambda event: {"arn": LAMBDA + "chosen"}
    first = function("A", OutputParameters=[{"OutputName": "arn", "OutputType": "String"}])
    second = function("B") | {"FunctionArn": {"Get": "Steps.A.OutputParameters['arn']"}}
    _, status = bench.run(second, first)
    assert status == "Succeeded"
    assert [name for name, _ in bench.calls] == ["a", "chosen"]


def test_a_lambda_step_gives_typed_outputs_and_must_return_what_it_declares(bench: Bench) -> None:
    declared = [{"OutputName": "n", "OutputType": "Integer"}]
    bench.functions["a"] = lambda event: {"n": "7"}
    arn, status = bench.run(
        function("A", OutputParameters=declared), function("B", event={"n": {"Get": "Steps.A.OutputParameters['n']"}})
    )
    assert status == "Succeeded"
    assert bench.calls[-1] == ("b", {"n": 7})
    answers: list[tuple[dict[str, Any], str]] = [({}, "did not return 'n'"), ({"n": "x"}, "must be of type Integer")]
    for answer, said in answers:
        bench.functions["a"] = partial(_given, answer)
        arn, status = bench.run(function("A", OutputParameters=declared))
        assert status == "Failed"
        assert said in bench.reason(arn)


def test_a_callback_waits_until_it_is_answered_and_gives_its_outputs(bench: Bench) -> None:
    use = function("Use", event={"d": {"Get": "Steps.Ask.OutputParameters['decision']"}})
    arn, status = bench.run(callback("Ask", "decision"), use)
    assert status == "Waiting"
    sent = bench.message()
    assert sent | {"token": ""} == {
        "token": "",
        "pipelineExecutionArn": arn,
        "arguments": {"a": 1},
        "status": "Executing",
    }
    answer = {"CallbackToken": sent["token"], "OutputParameters": [{"Name": "decision", "Value": "accept"}]}
    assert bench.engine.send_pipeline_execution_step_success(answer) == {"PipelineExecutionArn": arn}
    assert bench.wait(arn) == "Succeeded"
    assert bench.calls == [("use", {"d": "accept"})]
    with pytest.raises(ApiError, match="answered already"):
        bench.engine.send_pipeline_execution_step_success(answer)


def test_an_answer_is_never_followed_by_a_stale_waiting(bench: Bench) -> None:
    for _ in range(30):
        arn, status = bench.run(callback("Ask"))
        assert status == "Waiting"
        bench.engine.send_pipeline_execution_step_success({"CallbackToken": bench.messages[-1]["token"]})
        assert bench.wait(arn) == "Succeeded"


def test_an_answer_without_the_declared_outputs_or_of_another_type_is_refused(bench: Bench) -> None:
    arn, _ = bench.run(callback("Ask", "n", kind="Integer"), branch("If", compare("LessThan", {"Get": "Steps.Ask.OutputParameters['n']"}, 9), [], []))  # fmt: skip # noqa: E501
    token = bench.message()["token"]
    send = bench.engine.send_pipeline_execution_step_success
    with pytest.raises(ApiError, match="not given: n"):
        send({"CallbackToken": token})
    with pytest.raises(ApiError, match="type Integer, got 'many'"):
        send({"CallbackToken": token, "OutputParameters": [{"Name": "n", "Value": "many"}]})
    with pytest.raises(ApiError, match="at most 50"):
        send({"CallbackToken": token, "OutputParameters": [{"Name": "n", "Value": "x" * 2000}]})
    with pytest.raises(ApiError, match="No step waits"):
        send({"CallbackToken": "nobody"})
    send({"CallbackToken": token, "OutputParameters": [{"Name": "n", "Value": "5"}]})
    assert bench.wait(arn) == "Succeeded"
    assert bench.steps(arn)["If"]["Metadata"]["Condition"]["Outcome"] == "True"


def test_a_callback_answered_with_a_failure_fails_its_step(bench: Bench) -> None:
    arn, _ = bench.run(callback("Ask"), function("Use", **depends("Ask")))
    bench.engine.send_pipeline_execution_step_failure(
        {"CallbackToken": bench.message()["token"], "FailureReason": "no"}
    )
    assert bench.wait(arn) == "Failed"
    assert bench.steps(arn)["Ask"]["FailureReason"] == "no"
    assert "Use" not in bench.statuses(arn)


def test_a_callback_whose_message_cannot_be_sent_fails_and_that_can_be_taken_up(bench: Bench) -> None:
    bench.lose_messages = True
    arn, status = bench.run(callback("Ask"), function("Tell", **on_failure_of("Ask")))
    assert (status, bench.statuses(arn)) == ("CompletedWithFailures", {"Ask": "Failed", "Tell": "Succeeded"})
    assert "the queue is away" in bench.steps(arn)["Ask"]["FailureReason"]


def test_a_stopped_execution_asks_its_callback_to_answer_and_ends_when_it_has(bench: Bench) -> None:
    arn, _ = bench.run(callback("Ask"), function("Use", **depends("Ask")))
    bench.engine.stop_pipeline_execution({"PipelineExecutionArn": arn})
    told = bench.message(2)
    assert (told["status"], told["token"]) == ("Stopping", bench.message()["token"])
    until(lambda: bench.engine.wait(arn) == "Waiting")
    bench.engine.send_pipeline_execution_step_failure({"CallbackToken": told["token"]})
    assert bench.wait(arn) == "Stopped"
    assert bench.statuses(arn) == {"Ask": "Stopped"}
    with pytest.raises(ApiError, match="cannot be stopped"):
        bench.engine.stop_pipeline_execution({"PipelineExecutionArn": arn})


def test_a_stop_does_not_hang_when_the_callback_cannot_be_told(bench: Bench) -> None:
    arn, _ = bench.run(callback("Ask"))
    bench.lose_messages = True
    bench.engine.stop_pipeline_execution({"PipelineExecutionArn": arn})
    assert bench.wait(arn) == "Stopped"


def test_a_retry_runs_again_what_failed_and_what_followed_from_it_and_keeps_the_rest(bench: Bench) -> None:
    breaks(bench, "b")
    steps = (
        function("A"),
        function("B", **depends("A")),
        function("Tell", **on_failure_of("B")),
        function("C", **depends("B")),
    )
    arn, status = bench.run(*steps)
    assert status == "CompletedWithFailures"
    del bench.functions["b"]
    bench.engine.retry_pipeline_execution({"PipelineExecutionArn": arn})
    assert bench.wait(arn) == "Succeeded"
    assert [name for name, _ in bench.calls] == ["a", "b", "tell", "b", "c"]
    assert bench.statuses(arn) == {"A": "Succeeded", "B": "Succeeded", "C": "Succeeded"}
    with pytest.raises(ApiError, match="failed or was stopped"):
        bench.engine.retry_pipeline_execution({"PipelineExecutionArn": arn})


def test_the_same_client_request_token_starts_once(bench: Bench) -> None:
    arn, _ = bench.run(function("A"))
    request = {"PipelineName": "P", "ClientRequestToken": "t" * 32}
    first = bench.engine.start_pipeline_execution(request)
    assert bench.engine.start_pipeline_execution(request) == first
    bench.wait(first["PipelineExecutionArn"])
    assert len(bench.calls) == 2
    listed = bench.engine.list_pipeline_executions({"PipelineName": "P"})["PipelineExecutionSummaries"]
    assert [row["PipelineExecutionArn"] for row in listed] == [first["PipelineExecutionArn"], arn]


def test_an_updated_pipeline_leaves_a_running_execution_as_it_was(bench: Bench) -> None:
    arn, _ = bench.run(callback("Ask"), function("Old", **depends("Ask")))
    second = bench.start(function("New"))
    assert bench.wait(second) == "Succeeded"
    bench.reopen().resume()
    bench.engine.send_pipeline_execution_step_success({"CallbackToken": bench.message()["token"]})
    assert bench.wait(arn) == "Succeeded"
    assert set(bench.statuses(arn)) == {"Ask", "Old"}


def test_a_listener_that_breaks_stops_nothing(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def append(self, event: object) -> None:
            raise RuntimeError("no terminal")

    bench.events = Broken()  # type: ignore[assignment]
    bench.reopen()
    assert bench.run(function("A"))[1] == "Succeeded"
    assert "listener" in caplog.text


def test_a_registered_model_carries_a_token_that_stays_the_same(bench: Bench) -> None:
    step = {"Name": "Register", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": "group"}}
    use = function("Use", event={"arn": {"Get": "Steps.Register.ModelPackageArn"}})
    arn, status = bench.run(step, use)
    assert status == "Succeeded"
    assert bench.calls[0][1]["arn"].endswith("/group/1")
    assert len(bench.registered[0]["ClientToken"]) == 36
    assert bench.steps(arn)["Register"]["Metadata"] == {"RegisterModel": {"Arn": bench.calls[0][1]["arn"]}}
