"""Follows a comment: whom it concerns, who may, what was done, and the one reply.

Place in the flow: the handler calls `follow` for every comment that it is told of. Deeds come first, then the thumb,
then the reply, and last the note in the issue's record that this comment is done; whoever is killed in between does it
again, and every deed is one that may be repeated. A comment that is done is never followed again, however often it is
delivered. One cost: a comment with a command takes eight requests to GitHub or more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.findings import format_findings
from contracts.messages import message
from contracts.operator_commands import Command, ParsedComment, parse_comment
from lambdas.detection import OUR_LABELS
from lambdas.github import Comment
from lambdas.operator_reply import answers, models, runs, words
from lambdas.operator_reply.order import Order, Outcome, tidy
from lambdas.operator_reply.permission import Denial, denial
from lambdas.run_comment import marker
from lambdas.services import Services

SEEN, DONE, REFUSED = "eyes", "+1", "-1"
FOLLOWED: Mapping[str, Callable[[Order, Command], Outcome]] = {
    "retrain": answers.answer,
    "accept": answers.answer,
    "reject": answers.answer,
    "approve": models.approve,
    "rollback": models.rollback,
    "cancel": runs.cancel,
    "retry": runs.retry,
    "status": words.status,
    "help": words.help_,
}


@dataclass(frozen=True, slots=True)
class Result:
    """What the function answers.

    Attributes:
        status: accepted | refused | ignored | done (before).
    """

    status: str
    message: str
    execution_arn: str = ""

    def to_mapping(self) -> dict[str, Any]:
        """To a caller who knows accepted and refused only."""
        status = "accepted" if self.status == "accepted" else "refused"
        return {"status": status, "message": self.message, "execution_arn": self.execution_arn}


def follow(services: Services, repository: str, comment: Comment, *, now: datetime) -> Result:
    """Act on a comment. One that speaks to nobody, a bot's, ours and an edited one are passed over without a trace."""
    if comment.by_bot or comment.ours:
        return Result("ignored", "bots are not answered.")
    if comment.edited:
        return Result("ignored", "edited comments are not followed; write a new one.")
    parsed = parse_comment(comment.body)
    if not parsed.commands and not parsed.findings:
        return Result("ignored", "the comment holds no command.")
    issue = services.github.issue(repository, comment.issue_number)
    if issue.is_pull_request or OUR_LABELS.isdisjoint(issue.labels):
        return Result("ignored", f"issue #{issue.number} has none of our labels.")
    before = _before(services, repository, comment)
    if before is not None:
        return before
    order = Order(services, repository, issue, comment, now)
    services.github.react(repository, comment.id, SEEN)
    permission = services.github.permission(repository, comment.author)
    denied = denial(
        services.settings.policy, issue, author=comment.author, permission=permission, commands=parsed.commands
    )
    if denied is not None:
        return _deny(order, denied)
    outcomes = _not_parsed(order, parsed) if parsed.findings else _follow(order, parsed.commands)
    return _reply(order, outcomes)


def _follow(order: Order, commands: Sequence[Command]) -> list[Outcome]:
    """One after the other; the same words twice say the same once."""
    outcomes: list[Outcome] = []
    words_said: set[str] = set()
    for command in commands:
        if command.name not in words_said:
            outcomes.append(FOLLOWED[command.name](order, command))
        words_said.add(command.name)
    return outcomes


def _not_parsed(order: Order, parsed: ParsedComment) -> list[Outcome]:
    text = order.say("reply_not_parsed", findings=format_findings(parsed.findings))
    return [Outcome(False, text, said="\n".join(finding.message for finding in parsed.findings))]


def _reply(order: Order, outcomes: Sequence[Outcome]) -> Result:
    accepted = all(outcome.accepted for outcome in outcomes)
    arn = next((outcome.execution_arn for outcome in outcomes if outcome.execution_arn), "")
    order.services.github.react(order.repository, order.comment.id, DONE if accepted else REFUSED)
    _say(order, f"comment-{order.comment.id}", "\n\n".join(outcome.text for outcome in outcomes))
    said = "\n\n".join(outcome.said or outcome.text for outcome in outcomes)
    return _done(order, Result("accepted" if accepted else "refused", said, arn))


def _deny(order: Order, denied: Denial) -> Result:
    """Told once per person, reason and issue, so that nobody can make the bot fill a thread, nor the record."""
    person = hashlib.sha256(order.author.lower().encode()).hexdigest()[:16]
    about = "-".join(filter(None, [f"issue-{order.issue.number}-person-{person}", denied.command]))
    policy = order.services.settings.policy
    text = order.say(denied.key, operator=order.author, permission=policy.permission, command=denied.command)
    order.services.github.react(order.repository, order.comment.id, REFUSED)
    _say(order, about, text)
    return Result("refused", text)


def _say(order: Order, about: str, text: str) -> None:
    order.services.github.upsert_comment(*order.address, marker=marker(about, "reply"), body=text)


def _before(services: Services, repository: str, comment: Comment) -> Result | None:
    """What became of the comment when it was followed before; None where it was not.

    The reply itself says so, too, in case the record was lost.
    """
    record = services.records.read(repository, comment.issue_number)
    status, _, arn = record.told.get(_occasion(comment), "").partition(" ")
    if status:
        return Result(status, tidy(message("done_before", services.settings.language)), arn)
    scope = marker(f"comment-{comment.id}", "reply")
    if services.github.find_own_comment(repository, comment.issue_number, scope) is not None:
        return Result("done", message("done_before", services.settings.language))
    return None


def _done(order: Order, result: Result) -> Result:
    note = f"{result.status} {result.execution_arn}".strip()
    order.services.records.change(*order.address, lambda record: record.having_told(_occasion(order.comment), note))
    return result


def _occasion(comment: Comment) -> str:
    return f"comment-{comment.id}"
