"""An operator's comment answers the waiting execution: only below the question, only once, only what can be trained."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import names
from lambdas import executions
from lambdas.operator_reply.handler import handler
from lambdas.operator_request.handler import handler as operator_request
from lambdas.retrain.handler import handler as retrain
from local.github import Account
from tests.lambdas.operating import TOKEN, Started, ask, hear, queued, record, replies, reply_to, say, start, write
from tests.lambdas.world import ISSUE, REPO, World, common, records


@pytest.fixture
def waiting(world: World) -> Started:
    """An issue whose execution has asked its operator."""
    started = start(world)
    ask(world, started)
    return started


def test_retrain_shows_the_difference_and_its_lineage_and_resumes_the_execution(world: World, waiting: Started) -> None:
    number, arn = waiting

    comment, answer = say(world, number, "Let us try more trees.\n/retrain n_estimators=300")

    assert answer["status"] == "accepted"
    assert answer["execution_arn"] == arn
    given_answer = world.sagemaker.answer(arn)
    assert given_answer is not None
    assert given_answer["decision"] == "retrain"
    assert json.loads(given_answer["hyperparameters"]) == {"n_estimators": 300, "max_depth": 1}
    assert given_answer["operator"] == "operator"
    reply = reply_to(world, number, comment)
    assert "n_estimators: 1 → 300" in reply
    assert "max_depth" not in reply
    assert f"retry 1 of 2, from execution `{arn.rsplit('/', 1)[-1]}`" in reply
    assert world.reactions(comment) == {"eyes", "+1"}
    assert names.LABEL_RUNNING in world.labels(number)
    assert names.LABEL_WAITING not in world.labels(number)


def test_a_retrain_that_changes_nothing_says_so(world: World, waiting: Started) -> None:
    comment, answer = say(world, waiting[0], "/retrain n_estimators=1")

    assert answer["status"] == "accepted"
    assert "Every value stays as it was." in reply_to(world, waiting[0], comment)


def test_where_no_retry_is_left_a_retrain_is_refused_with_what_to_do_instead(world: World) -> None:
    started = start(world, ISSUE.replace("max_retry: 2", "max_retry: 0"))
    ask(world, started)

    comment, answer = say(world, started[0], "/retrain n_estimators=2")

    assert answer["status"] == "refused"
    assert "No retry is left: 0 of 0 were used." in reply_to(world, started[0], comment)
    assert world.sagemaker.answer(started[1]) is None
    assert say(world, started[0], "/accept")[1]["status"] == "accepted"


@pytest.mark.parametrize(
    ("text", "decision", "reason"),
    [("/accept good enough", "accept", "good enough"), ("/reject", "reject", ""), ("hm\n/Reject no!", "reject", "no!")],
)
def test_accept_and_reject_carry_their_reason(
    world: World, waiting: Started, text: str, decision: str, reason: str
) -> None:
    _, answer = say(world, waiting[0], text)

    assert answer["status"] == "accepted"
    given_answer = world.sagemaker.answer(waiting[1])
    assert given_answer is not None
    assert (given_answer["decision"], given_answer["reason"]) == (decision, reason)


def test_the_same_comment_delivered_again_is_one_answer_and_one_reply(world: World, waiting: Started) -> None:
    comment, first = say(world, waiting[0], "/accept")
    before = world.bodies(waiting[0])

    again = hear(waiting[0], comment)

    assert (again["status"], again["execution_arn"]) == (first["status"], first["execution_arn"])
    assert queued(waiting[0], comment) == "accepted"
    assert world.bodies(waiting[0]) == before
    assert world.reactions(comment) == {"eyes", "+1"}


def test_a_reply_says_that_its_comment_is_done_where_the_record_was_lost(world: World, waiting: Started) -> None:
    comment, _ = say(world, waiting[0], "/help")
    before = world.bodies(waiting[0])
    world.s3.objects.pop(f"bucket/state/issues/{REPO}/{waiting[0]}.json")

    assert queued(waiting[0], comment) == "done"
    assert world.bodies(waiting[0]) == before


def test_a_comment_delivered_again_after_its_retrain_asked_anew_answers_nothing_else(
    world: World, waiting: Started
) -> None:
    number, arn = waiting
    comment, _ = say(world, number, "/retrain n_estimators=2")
    event = {**common(number, arn), "hyperparameters": '{"n_estimators":2}', "operator": "operator"}
    second = retrain(event, None)["execution_arn"]
    ask(world, (number, second), "token00002")

    assert hear(number, comment)["execution_arn"] == arn
    assert world.sagemaker.answer(second) is None


def test_a_comment_from_before_a_retrain_that_comes_late_belongs_to_the_first_question(
    world: World, waiting: Started
) -> None:
    number, arn = waiting
    late = write(world, number, "/accept")
    say(world, number, "/retrain n_estimators=2")
    event = {**common(number, arn), "hyperparameters": '{"n_estimators":2}', "operator": "operator"}
    second = retrain(event, None)["execution_arn"]
    ask(world, (number, second), "token00002")

    assert "with `/retrain` by operator" in hear(number, late)["message"]
    assert world.sagemaker.answer(second) is None


def test_a_comment_from_between_two_questions_of_one_execution_answers_neither(world: World, waiting: Started) -> None:
    number, arn = waiting
    late = write(world, number, "/accept")
    world.sagemaker.steps[arn].clear()  # stopped, retried
    ask(world, waiting, "token00002")

    assert "older than the question" in hear(number, late)["message"]
    assert world.sagemaker.answer(arn) is None
    assert say(world, number, "/accept")[1]["status"] == "accepted"


def test_an_answer_to_the_status_comment_counts_though_the_question_is_not_posted_yet(world: World) -> None:
    number, arn = start(world)
    world.sagemaker.ask(arn)
    for step in world.sagemaker.steps[arn]:
        step["StartTime"] -= timedelta(seconds=5)

    comment = write(world, number, "/accept I have seen the numbers.")
    message = {"token": TOKEN, "pipelineExecutionArn": arn, "arguments": common(number, arn), "status": "Executing"}
    operator_request(records(message), None)  # the question's own comment stands below the answer

    assert hear(number, comment)["status"] == "accepted"


def test_an_answer_that_the_service_does_not_take_is_given_again(
    world: World, waiting: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, arn = waiting
    with monkeypatch.context() as conflict:
        conflict.setattr(executions, "answer", lambda *_, **__: False)
        comment = write(world, number, "/accept")
        with pytest.raises(RuntimeError, match="still waits"):
            hear(number, comment)

    assert hear(number, comment)["status"] == "accepted"
    assert world.sagemaker.answer(arn) is not None


def test_a_stranger_fills_neither_the_thread_nor_the_record(world: World, waiting: Started) -> None:
    number = waiting[0]
    world.github.save_account(Account("stranger", permission="read"))
    before = len(record(world, number).told)
    for _ in range(3):
        comment = write(world, number, "/accept", "stranger")
        assert hear(number, comment)["status"] == "refused"

    assert len(record(world, number).told) == before
    assert len([body for body in world.bodies(number) if "stranger" in body]) == 1


def test_commands_are_heard_while_any_of_our_labels_is_left(world: World, waiting: Started) -> None:
    number = waiting[0]
    world.github.remove_label(REPO, number, names.LABEL_TRAIN)

    assert say(world, number, "/cancel")[1]["status"] == "accepted"


def test_a_second_answer_is_told_which_one_won_and_whose_it_was(world: World, waiting: Started) -> None:
    world.github.save_account(Account("ada", permission="write"))
    say(world, waiting[0], "/accept", "ada")

    comment, answer = say(world, waiting[0], "/reject")

    assert answer["status"] == "refused"
    assert "was answered already, with `/accept` by ada" in answer["message"]
    given_answer = world.sagemaker.answer(waiting[1])
    assert given_answer is not None
    assert given_answer["decision"] == "accept"
    assert world.reactions(comment) == {"eyes", "-1"}


def test_an_answer_after_the_question_expired_is_told_so(world: World, waiting: Started) -> None:
    outputs = [{"Name": "decision", "Value": "reject"}, {"Name": "operator", "Value": ""}]
    world.sagemaker.send_pipeline_execution_step_success(CallbackToken=TOKEN, OutputParameters=outputs)

    assert "Nobody answered this question in time" in say(world, waiting[0], "/accept")[1]["message"]


def test_an_answer_to_a_stopped_execution_is_told_so(world: World, waiting: Started) -> None:
    world.sagemaker.send_pipeline_execution_step_failure(CallbackToken=TOKEN, FailureReason="stopped")

    assert "no longer open" in say(world, waiting[0], "/accept")[1]["message"]


def test_of_two_answers_at_the_same_moment_one_wins_and_the_other_is_told(world: World, waiting: Started) -> None:
    send = world.sagemaker.send_pipeline_execution_step_success

    def overtaken(**request: object) -> None:
        outputs = [{"Name": "decision", "Value": "reject"}, {"Name": "operator", "Value": "ada"}]
        send(CallbackToken=TOKEN, OutputParameters=outputs)
        send(**request)

    world.sagemaker.send_pipeline_execution_step_success = overtaken  # type: ignore[method-assign]

    comment, answer = say(world, waiting[0], "/accept")

    assert answer["status"] == "refused"
    assert "`/reject` by ada" in answer["message"]
    assert world.reactions(comment) == {"eyes", "-1"}


def test_wrong_hyperparameters_get_one_reply_that_names_all_of_them(world: World, waiting: Started) -> None:
    comment, answer = say(world, waiting[0], "/retrain n_estimatorz=50 max_depth=deep")

    assert answer["status"] == "refused"
    assert "n_estimators" in answer["message"]
    assert "max_depth" in answer["message"]
    assert world.sagemaker.answer(waiting[1]) is None
    assert world.reactions(comment) == {"eyes", "-1"}
    assert "keeps waiting" in reply_to(world, waiting[0], comment)


def test_a_comment_with_a_mistake_is_not_followed_in_part(world: World, waiting: Started) -> None:
    comment, answer = say(world, waiting[0], "/accept\n/aprove\n/rollback 1.2")

    assert answer["status"] == "refused"
    reply = reply_to(world, waiting[0], comment)
    assert "did you mean 'approve'" in reply
    assert "a version such as 3" in reply
    assert world.sagemaker.answer(waiting[1]) is None


def test_two_decisions_in_one_comment_are_refused(world: World, waiting: Started) -> None:
    _, answer = say(world, waiting[0], "/accept\n/reject")

    assert answer["status"] == "refused"
    assert "one decision" in answer["message"]
    assert world.sagemaker.answer(waiting[1]) is None


def test_several_commands_of_one_comment_get_one_reply(world: World, waiting: Started) -> None:
    comment, answer = say(world, waiting[0], "/status\n/accept fine\n/help\n/help")

    assert answer["status"] == "accepted"
    reply = reply_to(world, waiting[0], comment)
    assert "status comment is up to date" in reply
    assert "`/accept` by operator is taken" in reply
    assert reply.count("### Commands") == 1


def test_where_nothing_waits_the_operator_is_told_so(world: World) -> None:
    number, _ = start(world)

    assert "waits for an answer" in say(world, number, "/accept")[1]["message"]


def test_a_comment_of_another_issue_is_refused(world: World, waiting: Started) -> None:
    other, _ = start(world)
    comment = write(world, other, "/accept")

    assert hear(waiting[0], comment)["status"] == "refused"
    assert world.sagemaker.answer(waiting[1]) is None


def test_a_deleted_comment_holds_nobody_up_but_a_fresh_one_is_looked_for_again(world: World, waiting: Started) -> None:
    event = records({"repository": REPO, "issue_number": waiting[0], "comment_id": 999_999})
    event["Records"][0]["attributes"] = {"ApproximateReceiveCount": "1"}
    assert handler(event, None)["batchItemFailures"] == [{"itemIdentifier": "m0"}]

    event["Records"][0]["attributes"] = {"ApproximateReceiveCount": "3"}
    assert handler(event, None) == {"batchItemFailures": [], "results": [{"status": "ignored"}]}


def test_a_message_that_is_none_is_offered_again_and_the_others_are_followed(world: World, waiting: Started) -> None:
    comment = write(world, waiting[0], "/accept")
    good = {"repository": REPO, "issue_number": waiting[0], "comment_id": comment}

    answer = handler(records("{", good), None)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}], "results": [{"status": "accepted"}]}


def test_japanese_is_spoken_where_that_is_asked(
    world: World, waiting: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUEOPS_LANGUAGE", "ja")
    comment, _ = say(world, waiting[0], "/accept\u3000十分です\n/help")

    reply = reply_to(world, waiting[0], comment)
    assert "受け付けました。モデルを登録します。十分です" in reply
    assert "指定したハイパーパラメータで再学習します" in reply


HOSTILE = st.one_of(
    st.text(max_size=300),
    st.builds("/retrain {}".format, st.text(max_size=200)),
    st.builds("/retrain {}={}".format, st.text(max_size=30), st.text(max_size=60)),
    st.builds("/{} {}".format, st.sampled_from(["approve", "rollback", "retry", "help", "x"]), st.text(max_size=60)),
    st.sampled_from(["/retrain a=[[[[[", "/retrain " + "x=1 " * 500, "/" + "z" * 5000, "/retrain max_depth=1e999"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=HOSTILE)
def test_no_text_makes_it_fail_or_speak_in_the_voice_of_a_stranger(world: World, waiting: Started, text: str) -> None:
    if not text.strip():
        return
    _, answer = say(world, waiting[0], text)

    assert answer["status"] in ("accepted", "refused")
    for reply in replies(world, waiting[0]):
        assert "<script" not in reply
        assert not any(line.startswith("/") for line in reply.splitlines())
