"""`/retrain`, `/accept`, `/reject`: the answer to the question of the issue's execution.

Place in the flow: WaitForOperatorInput goes on from here. The first answer wins; the same comment twice is one answer;
a comment answers the question above it and no other. One cost: a question of which the service no longer says how it
was answered is only called closed.
"""

from __future__ import annotations

from collections.abc import Sequence

from contracts import names
from contracts.operator_commands import Command
from lambdas import executions
from lambdas.executions import Question
from lambdas.github import Comment
from lambdas.operator_reply.decision import Answer, answer_to
from lambdas.operator_reply.order import Order, Outcome
from lambdas.question import KIND, scope
from lambdas.run_comment import marker


def answer(order: Order, command: Command) -> Outcome:
    """Give the answer, or say why it is none."""
    question = question_for(order)
    if question is None:
        asked = any(executions.question_of(order.sagemaker, arn) for arn in order.executions())
        return order.refused(order.say("older_than_question" if asked else "nothing_waits"))
    arn = question.execution_arn
    parameters = executions.parameters_of(order.sagemaker, arn)
    retry, limit = int(parameters.get(names.CURRENT_RETRY, "0")), int(parameters.get(names.MAX_RETRY, "0"))
    if command.name == "retrain" and retry >= limit:
        return order.refused(order.say("no_retry_left", retry=retry, max_retry=limit), execution_arn=arn)
    given, findings = answer_to(command, parameters)
    if given is None:
        waits = order.say("keeps_waiting") if question.waiting else ""
        return order.refused_with(findings, *filter(None, [waits]), execution_arn=arn)
    outputs = given.outputs(order.author)
    if question.waiting:
        # Before the answer: afterwards the run may be over, and its label with it.
        order.services.github.set_status_label(*order.address, names.LABEL_RUNNING)
        request = executions.request_token(order.repository, str(order.comment.id))
        if executions.answer(order.sagemaker, question.token, outputs, request=request):
            return _taken(order, given, arn, retry=retry + 1, limit=limit)
        question = executions.question_of(order.sagemaker, arn) or question
    if question.waiting:
        raise RuntimeError(f"{arn} refused an answer and still waits for one; the comment is followed again.")
    if dict(question.outputs) == outputs:
        return _taken(order, given, arn, retry=retry + 1, limit=limit)
    return order.refused(_closed(order, question), execution_arn=arn)


def question_for(order: Order) -> Question | None:
    """The issue's newest question that was put before the comment was written: the one the comment answers.

    After `/retrain` a later execution may ask again; a comment delivered twice still belongs to the first question.
    """
    comments: list[Comment] | None = None
    for arn in order.executions():
        question = executions.question_of(order.sagemaker, arn)
        if question is None:
            continue
        if comments is None:
            comments = order.services.github.comments(*order.address)
        if _is_below(order.comment, question, comments):
            return question
    return None


def _is_below(comment: Comment, question: Question, comments: Sequence[Comment]) -> bool:
    """Written after the question was put: the status comment shows it before its own comment is there.

    GitHub counts seconds. Within the one in which the question was put, ids of comments tell, for they grow.
    """
    moment = question.asked.replace(microsecond=0)
    if comment.created != moment:
        return comment.created > moment
    asked = marker(scope(question.execution_arn, question.token), KIND)
    found = next((c for c in comments if c.ours and c.body.startswith(asked)), None)
    return found is None or comment.id > found.id


def _taken(order: Order, given: Answer, arn: str, *, retry: int, limit: int) -> Outcome:
    if given.decision != "retrain":
        text = order.say(f"reply_{given.decision}", operator=order.author, reason=given.reason)
        return order.done(text, execution_arn=arn)
    values = {"retry": retry, "max_retry": limit, "execution_id": arn.rsplit("/", 1)[-1]}
    details = "\n".join(f"- {line}" for line in given.difference)
    difference = order.say("reply_difference", details=details) if details else order.say("reply_no_difference")
    return order.done(order.say("reply_retrain", operator=order.author, **values), difference, execution_arn=arn)


def _closed(order: Order, question: Question) -> str:
    """Which answer won, and whose it was."""
    decision, operator = question.outputs.get("decision", ""), question.outputs.get("operator", "")
    if decision and operator:
        return order.say("already_answered", decision=decision, operator=operator)
    return order.say("expired") if decision else order.say("no_longer_asked")
