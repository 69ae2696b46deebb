"""Takes an operator's comment `{"repository", "issue_number", "comment_id"}` and answers the waiting Callback step.

Place in the flow: the webhook or the command line calls it for every new comment; WaitForOperatorInput goes on from
there. Who may decide is asked of GitHub at that moment; the first answer wins; the same comment twice is one answer.
One cost: every command needs five requests or more to GitHub before it counts.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts import names
from contracts.findings import Finding, format_findings
from contracts.messages import message
from contracts.operator_commands import COMMANDS, Command, parse_comment
from lambdas import aws, executions
from lambdas.edge import Fields, logged
from lambdas.executions import Question
from lambdas.github import Comment, GitHub, connect
from lambdas.operator_reply.decision import Answer, answer_to
from lambdas.run_comment import marker
from lambdas.settings import load_settings

PERMITTED = ("admin", "write")
QUESTION = "retrain_required"
SEEN, DONE, REFUSED = "eyes", "+1", "-1"


@logged
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """{"status": "accepted" | "refused", "message", "execution_arn"}; the ARN is empty where none was concerned."""
    settings = load_settings()
    fields = Fields(event)
    repository, github = fields.text("repository"), connect(settings)
    comment = github.comment(repository, fields.integer("comment_id"))
    number = fields.integer("issue_number")
    if comment.issue_number != number:
        return _result("refused", f"comment {comment.id} does not belong to issue #{number}.")
    thread = Thread(github, repository, comment, settings.language)
    return reply(thread, aws.client("sagemaker"), settings.pipeline)


@dataclass(frozen=True, slots=True)
class Thread:
    """The comment that is answered, and how answers reach it."""

    github: GitHub
    repository: str
    comment: Comment
    language: str

    @property
    def number(self) -> int:
        """The issue's number."""
        return self.comment.issue_number

    def react(self, content: str) -> None:
        """React to the comment."""
        self.github.react(self.repository, self.comment.id, content)

    def say(self, key: str, /, *, about: str = "", **values: object) -> None:
        """Answer the comment, once: the marker names it, or whatever else the answer is about."""
        text = re.sub(r" +$", "", message(key, self.language, **values), flags=re.MULTILINE)
        scope = marker(about or f"comment-{self.comment.id}", "reply")
        self.github.upsert_comment(self.repository, self.number, marker=scope, body=text)

    def refuse(self, findings: Sequence[Finding], execution_arn: str = "") -> dict[str, Any]:
        """Every mistake in one answer."""
        self.react(REFUSED)
        self.say("reply_refused", findings=format_findings(findings))
        return _result("refused", "\n".join(f.message for f in findings), execution_arn)

    def refuse_with(self, key: str, execution_arn: str = "") -> dict[str, Any]:
        """A fixed text."""
        self.react(REFUSED)
        self.say(key)
        return _result("refused", message(key, self.language), execution_arn)


def reply(thread: Thread, sagemaker: Any, pipeline: str) -> dict[str, Any]:
    """Act on a comment. A comment that speaks to nobody, or a bot's, is passed over without a trace."""
    comment = thread.comment
    if comment.by_bot or comment.ours:
        return _result("refused", "bots are not answered.")
    parsed = parse_comment(comment.body)
    if not parsed.commands and not parsed.findings:
        return _result("refused", "the comment holds no command.")
    thread.react(SEEN)
    if thread.github.permission(thread.repository, comment.author) not in PERMITTED:
        return _not_permitted(thread)
    if parsed.findings:
        return thread.refuse(parsed.findings)
    decisions = [command for command in parsed.commands if command.name != "help"]
    if not decisions:
        thread.react(DONE)
        thread.say("help", commands="\n".join(f"- {line}" for line in COMMANDS.values()))
        return _result("accepted", "\n".join(COMMANDS.values()))
    if len(decisions) > 1:
        return thread.refuse_with("one_decision")
    return _decide(thread, decisions[0], sagemaker, pipeline)


def _decide(thread: Thread, command: Command, sagemaker: Any, pipeline: str) -> dict[str, Any]:
    question = _question(thread, sagemaker, pipeline)
    if question is None:
        return thread.refuse_with("nothing_waits")
    arn = question.execution_arn
    answer, findings = answer_to(command, executions.parameters_of(sagemaker, arn))
    if answer is None:
        return thread.refuse(findings, arn)
    outputs = answer.outputs(thread.comment.author)
    request = executions.request_token(thread.repository, str(thread.comment.id))
    won = question.waiting and executions.answer(sagemaker, question.token, outputs, request=request)
    if not won and not _was_given(sagemaker, arn, outputs):
        return thread.refuse_with("already_answered", arn)
    return _acknowledge(thread, answer, arn, first=won)


def _question(thread: Thread, sagemaker: Any, pipeline: str) -> Question | None:
    """The issue's newest question that was put before the comment was written: the one the comment answers.

    After `/retrain` a later execution may ask again; a comment delivered twice still belongs to the first question.
    """
    found = executions.executions_of_issue(
        sagemaker, pipeline, repository=thread.repository, issue_number=thread.number
    )
    comments: list[Comment] | None = None
    for arn in found:
        question = executions.question_of(sagemaker, arn)
        if question is None:
            continue
        if comments is None:
            comments = thread.github.comments(thread.repository, thread.number)
        if _is_newer(thread.comment, question, comments):
            return question
    return None


def _is_newer(comment: Comment, question: Question, comments: Sequence[Comment]) -> bool:
    """Written after the question was put. Comment ids grow, and tell what happened within one second."""
    scope = marker(question.execution_arn.rsplit("/", 1)[-1], QUESTION)
    asked = next((c for c in comments if c.ours and c.body.startswith(scope)), None)
    if asked is not None:
        return comment.id > asked.id
    return comment.created >= question.asked.replace(microsecond=0)


def _was_given(sagemaker: Any, execution_arn: str, outputs: Mapping[str, str]) -> bool:
    """True where the answer that won is this one: the same comment, delivered again before it was acknowledged."""
    question = executions.question_of(sagemaker, execution_arn)
    return question is not None and dict(question.outputs) == dict(outputs)


def _acknowledge(thread: Thread, answer: Answer, arn: str, *, first: bool) -> dict[str, Any]:
    if first:
        thread.github.set_status_label(thread.repository, thread.number, names.LABEL_RUNNING)
    thread.react(DONE)
    details = "\n".join(f"- {line}" for line in answer.difference) or answer.reason
    spaced = f"\n\n{details}" if answer.difference else details
    thread.say("reply_accepted", command=answer.decision, operator=thread.comment.author, details=spaced)
    text = f"/{answer.decision} by {thread.comment.author} is taken."
    return _result("accepted", "\n".join([text, *answer.difference]), arn)


def _not_permitted(thread: Thread) -> dict[str, Any]:
    """Told once per person and issue, so that nobody can make the bot fill a thread."""
    author = thread.comment.author
    person = hashlib.sha256(author.encode()).hexdigest()[:16]
    thread.react(REFUSED)
    thread.say("not_permitted", about=f"issue-{thread.number}-person-{person}", operator=author)
    return _result("refused", message("not_permitted", thread.language, operator=author))


def _result(status: str, text: str, execution_arn: str = "") -> dict[str, Any]:
    return {"status": status, "message": text, "execution_arn": execution_arn}
