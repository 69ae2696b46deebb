"""`/cancel` and `/retry`: stop the issue's run, or run again what failed by an error or was stopped.

Place in the flow: beside the question and answer; what follows is told by execution_events. What a comment set out to
do is written into the issue's record first, so that a repetition tells the same, although nothing is left to do. One
cost: a retry that finds no free place does not wait in line.
"""

from __future__ import annotations

import dataclasses

from contracts import names
from contracts.operator_commands import Command
from lambdas import executions
from lambdas.called import call_next
from lambdas.issue_record import WITHDRAWN, body_digest
from lambdas.operator_reply.order import Order, Outcome
from lambdas.requests import IssueRequest, send
from lambdas.status_comment import refresh

_JUDGED = (names.RETRIES_EXHAUSTED, names.MODEL_REJECTED, names.ROLLBACK_MODEL, names.ROLLBACK_REJECTED_MODEL)
_RETRIED = frozenset({"Failed", "Stopped", "CompletedWithFailures"})


def cancel(order: Order, command: Command) -> Outcome:
    """Stop what runs, and leave the line."""
    services = order.services
    intent = _intent(order, "cancel")
    planned = services.records.read(*order.address).told.get(intent)
    if planned is None:
        running = [arn for arn in order.executions() if executions.runs(order.sagemaker, arn)]
        if not running and not _is_about_to_run(order):
            return order.refused(order.say("nothing_runs"))
        planned = " ".join(running)
        _remember(order, intent, planned)
    arns = planned.split()
    if not order.executions():
        _remember(order, WITHDRAWN, body_digest(order.issue.body))
    services.admission.withdraw(*order.address)
    call_next(services, now=order.now)
    # A retrain may have started a successor at this moment.
    for arn in dict.fromkeys([*arns, *order.executions()]):
        executions.stop(order.sagemaker, arn)
    refresh(services, *order.address)
    if not arns:
        return order.done(order.say("withdrawn", operator=order.author))
    shown = ", ".join(arn.rsplit("/", 1)[-1] for arn in arns)
    return order.done(order.say("cancelled", operator=order.author, executions=shown), execution_arn=arns[0])


def _is_about_to_run(order: Order) -> bool:
    """It waits in line, or has a place, or its start was begun at this moment."""
    services = order.services
    placed = any(place.of(*order.address) and not place.arn for place in services.admission.running())
    waits = services.admission.place(*order.address) > 0
    return placed or waits or services.records.read(*order.address).begun


def retry(order: Order, command: Command) -> Outcome:
    """Run the newest execution again from what failed, in the same execution."""
    found = order.executions()
    if order.issue.state != "open":
        return order.refused(order.say("retry_closed"))
    if not found:
        return _enter_again(order)
    arn, services = found[0], order.services
    execution_id = arn.rsplit("/", 1)[-1]
    intent = _intent(order, "retry")
    if services.records.read(*order.address).told.get(intent) != arn:
        hindrance = _hindrance(order, arn)
        if hindrance:
            return order.refused(hindrance, execution_arn=arn)
        if services.admission.enter(*order.address, now=order.now):
            services.admission.withdraw(*order.address)
            return order.refused(order.say("retry_no_place"), execution_arn=arn)
        services.records.change(
            *order.address, lambda record: dataclasses.replace(record.having_told(intent, arn), closed=False)
        )
    token = executions.request_token(order.repository, str(order.comment.id), "retry")
    if not executions.retry(order.sagemaker, arn, token) and not executions.runs(order.sagemaker, arn):
        services.admission.withdraw(*order.address)
        return order.refused(order.say("retry_refused", execution_id=execution_id), execution_arn=arn)
    services.admission.started(*order.address, arn, now=order.now)
    services.github.set_status_label(*order.address, names.LABEL_RUNNING)
    refresh(services, *order.address)
    return order.done(order.say("retried", operator=order.author, execution_id=execution_id), execution_arn=arn)


def may_retry(order: Order) -> bool:
    """Whether `/retry` would find something to do, places aside."""
    found = order.executions()
    return order.issue.state == "open" and bool(found) and not _hindrance(order, found[0])


def _enter_again(order: Order) -> Outcome:
    """Nothing was started: an issue that was taken out of the line goes back into it."""
    services, intent = order.services, _intent(order, "retry")
    told = services.records.read(*order.address).told
    if not told.get(WITHDRAWN) and intent not in told:
        return order.refused(order.say("retry_not_started"))
    services.records.change(
        *order.address, lambda record: record.having_forgotten(WITHDRAWN).having_told(intent, "enter")
    )
    url = services.settings.requests_queue_url
    if url:
        send(services.sqs, url, IssueRequest(*order.address, "called", f"comment-{order.comment.id}"))
    return order.done(order.say("entered_again", operator=order.author))


def _hindrance(order: Order, arn: str) -> str:
    """Why this execution cannot be retried, and what to do instead; empty where it can."""
    execution_id = arn.rsplit("/", 1)[-1]
    status = executions.status_of(order.sagemaker, arn)
    if status in executions.RUNNING:
        return order.say("retry_running", execution_id=execution_id, status=status)
    if status not in _RETRIED:
        return order.say("retry_succeeded", execution_id=execution_id)
    reached = {step["StepName"] for step in executions.steps_of(order.sagemaker, arn)}
    if status != "Stopped" and reached.intersection(_JUDGED):
        return order.say("retry_judged", execution_id=execution_id)
    return ""


def _intent(order: Order, what: str) -> str:
    return f"{what}-{order.comment.id}"


def _remember(order: Order, occasion: str, what: str) -> None:
    order.services.records.change(*order.address, lambda record: record.having_told(occasion, what))
