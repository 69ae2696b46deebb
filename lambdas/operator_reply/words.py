"""`/status` and `/help`: nothing is decided, something is said.

Place in the flow: beside any other command of a comment. One cost: `/help` asks as much as all commands together, to
say which of them are possible now.
"""

from __future__ import annotations

import re

from contracts.operator_commands import ROWS, Command
from lambdas import executions
from lambdas.operator_reply.answers import question_for
from lambdas.operator_reply.models import model_of, registered_version
from lambdas.operator_reply.order import Order, Outcome
from lambdas.operator_reply.runs import may_retry
from lambdas.report_text import row
from lambdas.status_comment import refresh
from registry.rollback import keep_previous
from registry.versions import APPROVED

_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+/[A-Za-z0-9._~/#?=&%+-]*\Z")


def status(order: Order, command: Command) -> Outcome:
    """Bring the status comment up to date, and point to it."""
    posted = refresh(order.services, *order.address)
    if posted is None:
        return order.done(order.say("status_nothing"))
    text = order.say("status_refreshed")
    return order.done(f"[{text}]({posted.url})" if _ADDRESS.match(posted.url) else text)


def help_(order: Order, command: Command) -> Outcome:
    """All commands, and which of them are possible now."""
    possible = possible_now(order)
    lines = [
        row(("", "", order.say("help_column"))),
        row(("---", "---", "---")),
        *(
            row((f"`{ROWS[name].usage}`", order.say(f"command_{name}"), "✅" if name in possible else "–"))
            for name in ROWS
        ),
    ]
    # Without strokes: a stroke at the beginning of a value is made harmless, and would be copied as such.
    usual = ", ".join(name for name in ROWS if name in possible)
    permission = order.say("help_permission", permission=order.services.settings.policy.permission)
    return order.done(order.say("help", commands=usual), "\n".join(lines), permission)


def possible_now(order: Order) -> frozenset[str]:
    """The commands that would be followed if they were given now."""
    found = {"status", "help"}
    question = question_for(order)
    if question is not None and question.waiting:
        found |= {"retrain", "accept", "reject"}
    runs = any(executions.runs(order.sagemaker, arn) for arn in order.executions())
    if runs or order.services.admission.place(*order.address):
        found.add("cancel")
    if may_retry(order):
        found.add("retry")
    if registered_version(order) is not None:
        found.add("approve")
    group = model_of(order)
    previous = keep_previous(order.sagemaker, group).previous if group else None
    if previous is not None and previous.status == APPROVED:
        found.add("rollback")
    return frozenset(found)
