"""An operator's comment answers the waiting execution: only theirs, only once, only with what can be trained."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import names
from lambdas.operator_reply.handler import handler
from lambdas.operator_request.handler import handler as ask
from lambdas.retrain.handler import handler as retrain
from local.github import Account
from tests.lambdas.world import REPO, common, records

TOKEN = "token00001"


@pytest.fixture
def waiting(world, started):
    """An issue whose execution has asked its operator."""
    question(world, started, TOKEN)
    return started


def question(world, started, token):
    world.sagemaker.ask(started[1], token)
    message = {"token": token, "pipelineExecutionArn": started[1], "arguments": common(*started), "status": "Executing"}
    assert ask(records(message), None)["batchItemFailures"] == []


@pytest.fixture
def say(world):
    """Writes a comment and hands it to the handler; gives the comment's id and the answer."""

    def say(number, text, author="operator"):
        comment = world.github.add_comment(REPO, number, text, author)
        return comment, hear(number, comment)

    return say


def hear(number, comment):
    return handler({"repository": REPO, "issue_number": number, "comment_id": comment}, None)


def test_retrain_merges_shows_the_difference_and_resumes_the_execution(world, waiting, say):
    number, arn = waiting

    comment, answer = say(number, "Let us try more trees.\n/retrain n_estimators=300")

    assert answer["status"] == "accepted"
    assert answer["execution_arn"] == arn
    given_answer = world.sagemaker.answer(arn)
    assert given_answer["decision"] == "retrain"
    assert json.loads(given_answer["hyperparameters"]) == {"n_estimators": 300, "max_depth": 1}
    assert given_answer["operator"] == "operator"
    assert "n_estimators: 1 → 300" in world.bodies(number)[-1]
    assert "max_depth" not in world.bodies(number)[-1]
    assert world.reactions(comment) == {"eyes", "+1"}
    assert names.LABEL_RUNNING in world.labels(number)
    assert names.LABEL_WAITING not in world.labels(number)


@pytest.mark.parametrize(
    ("text", "decision", "reason"),
    [("/accept good enough", "accept", "good enough"), ("/reject", "reject", ""), ("hm\n/Reject no!", "reject", "no!")],
)
def test_accept_and_reject_carry_their_reason(world, waiting, say, text, decision, reason):
    _, answer = say(waiting[0], text)

    assert answer["status"] == "accepted"
    given_answer = world.sagemaker.answer(waiting[1])
    assert (given_answer["decision"], given_answer["reason"]) == (decision, reason)


def test_the_same_comment_delivered_twice_is_one_answer(world, waiting, say):
    comment, first = say(waiting[0], "/accept")
    count = len(world.bodies(waiting[0]))

    assert hear(waiting[0], comment) == first
    assert len(world.bodies(waiting[0])) == count
    assert world.reactions(comment) == {"eyes", "+1"}


def test_a_comment_delivered_again_after_its_retrain_asked_anew_belongs_to_the_first_question(world, waiting, say):
    number, arn = waiting
    comment, first = say(number, "/retrain n_estimators=2")
    event = {**common(number, arn), "hyperparameters": '{"n_estimators":2}', "operator": "operator"}
    second = retrain(event, None)["execution_arn"]
    question(world, (number, second), "token00002")

    assert hear(number, comment) == first
    assert world.sagemaker.answer(second) is None


def test_a_second_answer_is_told_that_the_first_one_won(world, waiting, say):
    say(waiting[0], "/accept")

    comment, answer = say(waiting[0], "/reject")

    assert answer["status"] == "refused"
    assert "answered already" in answer["message"]
    assert world.sagemaker.answer(waiting[1])["decision"] == "accept"
    assert world.reactions(comment) == {"eyes", "-1"}


def test_of_two_answers_at_the_same_moment_one_wins_and_the_other_is_told(world, waiting, say):
    send = world.sagemaker.send_pipeline_execution_step_success

    def overtaken(**request):
        send(CallbackToken=TOKEN, OutputParameters=[{"Name": "decision", "Value": "reject"}])
        send(**request)

    world.sagemaker.send_pipeline_execution_step_success = overtaken

    comment, answer = say(waiting[0], "/accept")

    assert answer["status"] == "refused"
    assert world.sagemaker.answer(waiting[1]) == {"decision": "reject"}
    assert world.reactions(comment) == {"eyes", "-1"}


def test_wrong_hyperparameters_get_one_answer_that_names_all_of_them(world, waiting, say):
    comment, answer = say(waiting[0], "/retrain n_estimatorz=50 max_depth=deep")

    assert answer["status"] == "refused"
    assert "n_estimators" in answer["message"]
    assert "max_depth" in answer["message"]
    assert world.sagemaker.answer(waiting[1]) is None
    assert world.reactions(comment) == {"eyes", "-1"}
    assert "keeps waiting" in world.bodies(waiting[0])[-1]


def test_two_decisions_in_one_comment_are_refused(world, waiting, say):
    _, answer = say(waiting[0], "/accept\n/reject")

    assert answer["status"] == "refused"
    assert "one decision" in answer["message"]
    assert world.sagemaker.answer(waiting[1]) is None


@pytest.mark.parametrize("permission", ["read", "none"])
def test_who_may_not_write_may_not_decide_and_is_told_once(world, waiting, say, permission):
    world.github.save_account(Account("guest", permission=permission))
    before = len(world.bodies(waiting[0]))
    for _ in range(3):
        _, answer = say(waiting[0], "/accept", "guest")

    assert answer["status"] == "refused"
    assert world.sagemaker.answer(waiting[1]) is None
    assert len(world.bodies(waiting[0])) == before + 3 + 1


def test_permission_is_asked_at_the_moment_of_the_command(world, waiting, say):
    world.github.save_account(Account("newcomer", permission="read"))
    assert say(waiting[0], "/accept", "newcomer")[1]["status"] == "refused"
    world.github.save_account(Account("newcomer", permission="write"))

    assert say(waiting[0], "/accept", "newcomer")[1]["status"] == "accepted"


def test_bots_are_passed_over_without_a_trace(world, waiting, say):
    world.github.save_account(Account("helper[bot]", kind="Bot", permission="admin"))
    for author in ("issueops[bot]", "helper[bot]"):
        comment, answer = say(waiting[0], "/accept", author)
        assert answer["status"] == "refused"
        assert world.reactions(comment) == set()
    assert world.sagemaker.answer(waiting[1]) is None


def test_a_comment_older_than_the_question_does_not_answer_it(world, started):
    early = world.github.add_comment(REPO, started[0], "/accept", "operator")
    question(world, started, TOKEN)

    assert hear(started[0], early)["status"] == "refused"
    assert world.sagemaker.answer(started[1]) is None


def test_where_nothing_waits_the_operator_is_told_so(world, started, say):
    _, answer = say(started[0], "/accept")

    assert answer["status"] == "refused"
    assert "waits" in answer["message"]


def test_an_issue_of_the_same_number_elsewhere_is_another_issue(world, waiting, say):
    for execution in world.sagemaker.executions:
        for parameter in execution["parameters"]:
            if parameter["Name"] == names.REPOSITORY:
                parameter["Value"] = "octo/other"

    assert say(waiting[0], "/accept")[1]["status"] == "refused"


def test_a_comment_of_another_issue_is_refused(world, waiting, open_issue):
    other = open_issue()
    comment = world.github.add_comment(REPO, other, "/accept", "operator")

    assert hear(waiting[0], comment)["status"] == "refused"
    assert world.sagemaker.answer(waiting[1]) is None


def test_help_lists_the_commands(world, waiting, say):
    _, answer = say(waiting[0], "/help")

    assert answer["status"] == "accepted"
    assert "/retrain" in world.bodies(waiting[0])[-1]
    assert world.sagemaker.answer(waiting[1]) is None


def test_talk_without_a_command_gets_no_answer(world, waiting, say):
    before = len(world.bodies(waiting[0]))
    comment, answer = say(waiting[0], "What do you think?\n```\n/accept\n```")

    assert answer["status"] == "refused"
    assert len(world.bodies(waiting[0])) == before + 1
    assert world.reactions(comment) == set()


HOSTILE = st.one_of(
    st.text(max_size=300),
    st.builds("/retrain {}".format, st.text(max_size=200)),
    st.builds("/retrain {}={}".format, st.text(max_size=30), st.text(max_size=60)),
    st.sampled_from(["/retrain a=[[[[[", "/retrain " + "x=1 " * 500, "/" + "z" * 5000, "/retrain max_depth=1e999"]),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=HOSTILE)
def test_no_text_makes_it_fail(world, waiting, text):
    if not text.strip():
        return
    comment = world.github.add_comment(REPO, waiting[0], text, "operator")

    assert hear(waiting[0], comment)["status"] in ("accepted", "refused")
