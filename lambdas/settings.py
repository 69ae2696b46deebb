"""What a function knows of its deployment: environment variables, read at each invocation.

Place in the flow: handlers call `load_settings`; beside it only `lambdas.aws` (the AWS SDK's own variables), the
webhook and the notification channels read the environment. One cost: a misspelt variable is noticed at the first
invocation, not at deploy.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from contracts.errors import ConfigError
from contracts.messages import LANGUAGES

GITHUB_API_URL = "https://api.github.com"
PERMISSIONS = ("read", "triage", "write", "maintain", "admin")


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may command what, and how long a question waits.

    Attributes:
        permission: what GitHub must say of a commander at least.
        start_permission: the same of an issue's author, before a training is started; "none" asks nothing.
        allowed: command -> logins; a command that is not named here is open to everybody with the permission.
        author_may_approve: False keeps the author of an issue from approving or accepting its model.
        remind_after: from the question to its one reminder; None never reminds.
        expire_after: from the question to the answer "reject" in nobody's name; None waits for ever.
    """

    permission: str = "write"
    start_permission: str = "none"
    allowed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    author_may_approve: bool = True
    remind_after: timedelta | None = timedelta(hours=24)
    expire_after: timedelta | None = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Settings:
    """One deployment.

    Attributes:
        code_uri: prefix of the step bundle that new executions run.
        github_token_secret: Secrets Manager id; the secret is a token, JSON with a `token`, or JSON of a GitHub App
            with `app_id` and `private_key`.
        git_commit: commit of this code where the deployment knows it, else empty.
        bot_login: login of our own comments where the token cannot ask for it (GitHub App), else empty.
        requests_queue_url: issues to be looked at go here.
        comments_queue_url: comments that hold a command go here.
        history_queue_url: histories that could not be committed go here, to be tried again.
        notifications_queue_url: notifications that a channel did not take go here, to be tried again.
        max_executions: as many run at the same time; the others wait in line.
        repositories: "owner/name" of the repositories that are polled.
        logs_url: where a job's log is read, with {kind} (ProcessingJobs or TrainingJobs) and {job}; empty for none.
    """

    region: str
    bucket: str
    pipeline: str
    code_uri: str
    github_api_url: str
    github_token_secret: str
    language: str
    git_commit: str = ""
    bot_login: str = ""
    requests_queue_url: str = ""
    comments_queue_url: str = ""
    history_queue_url: str = ""
    notifications_queue_url: str = ""
    max_executions: int = 10
    repositories: tuple[str, ...] = ()
    logs_url: str = ""
    policy: Policy = field(default_factory=Policy)


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the environment.

    Raises:
        ConfigError: variables are missing or wrong; the message names all of them.
    """
    source = os.environ if environment is None else environment
    required = (
        "AWS_REGION",
        "ISSUEOPS_BUCKET",
        "ISSUEOPS_PIPELINE",
        "ISSUEOPS_CODE_URI",
        "ISSUEOPS_GITHUB_TOKEN_SECRET",
    )
    missing = [name for name in required if not source.get(name)]
    mistakes = [f"the function's environment lacks {', '.join(missing)}."] if missing else []
    language = source.get("ISSUEOPS_LANGUAGE") or "en"
    if language not in LANGUAGES:
        mistakes.append(f"ISSUEOPS_LANGUAGE must be one of {', '.join(LANGUAGES)}, got '{language}'.")
    limit = _whole(source, "ISSUEOPS_MAX_EXECUTIONS", 10, mistakes)
    policy = _policy(source, mistakes)
    if mistakes:
        raise ConfigError(" ".join(mistakes))
    return Settings(
        region=source["AWS_REGION"],
        bucket=source["ISSUEOPS_BUCKET"],
        pipeline=source["ISSUEOPS_PIPELINE"],
        code_uri=source["ISSUEOPS_CODE_URI"],
        github_api_url=(source.get("ISSUEOPS_GITHUB_API_URL") or GITHUB_API_URL).rstrip("/"),
        github_token_secret=source["ISSUEOPS_GITHUB_TOKEN_SECRET"],
        language=language,
        git_commit=source.get("ISSUEOPS_GIT_COMMIT", ""),
        bot_login=source.get("ISSUEOPS_GITHUB_BOT_LOGIN", ""),
        requests_queue_url=source.get("ISSUEOPS_REQUESTS_QUEUE_URL", ""),
        comments_queue_url=source.get("ISSUEOPS_COMMENTS_QUEUE_URL", ""),
        history_queue_url=source.get("ISSUEOPS_HISTORY_QUEUE_URL", ""),
        notifications_queue_url=source.get("ISSUEOPS_NOTIFICATIONS_QUEUE_URL", ""),
        max_executions=max(1, limit),
        repositories=tuple(_words(source.get("ISSUEOPS_REPOSITORIES", ""))),
        logs_url=source.get("ISSUEOPS_LOGS_URL", ""),
        policy=policy,
    )


def _policy(source: Mapping[str, str], mistakes: list[str]) -> Policy:
    permission = source.get("ISSUEOPS_PERMISSION") or "write"
    if permission not in PERMISSIONS:
        mistakes.append(f"ISSUEOPS_PERMISSION must be one of {', '.join(PERMISSIONS)}, got '{permission}'.")
    start = source.get("ISSUEOPS_START_PERMISSION") or "none"
    if start not in ("none", *PERMISSIONS):
        mistakes.append(f"ISSUEOPS_START_PERMISSION must be one of none, {', '.join(PERMISSIONS)}, got '{start[:20]}'.")
    allowed: dict[str, frozenset[str]] = {}
    for part in filter(None, (part.strip() for part in source.get("ISSUEOPS_ALLOWED", "").split(";"))):
        command, equals, people = part.partition("=")
        if not equals or not _words(people):
            mistakes.append(f"ISSUEOPS_ALLOWED must read COMMAND=LOGIN LOGIN; …, got '{part[:60]}'.")
        allowed[command.strip().lstrip("/").lower()] = frozenset(login.lower() for login in _words(people))
    may = (source.get("ISSUEOPS_AUTHOR_MAY_APPROVE") or "true").lower()
    if may not in ("true", "false"):
        mistakes.append(f"ISSUEOPS_AUTHOR_MAY_APPROVE must be true or false, got '{may[:20]}'.")
    return Policy(
        permission=permission,
        start_permission=start,
        allowed=allowed,
        author_may_approve=may == "true",
        remind_after=_hours(source, "ISSUEOPS_REMIND_AFTER_HOURS", 24, mistakes),
        expire_after=_hours(source, "ISSUEOPS_EXPIRE_AFTER_HOURS", 72, mistakes),
    )


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,]+", text) if word]


def _whole(source: Mapping[str, str], name: str, default: int, mistakes: list[str]) -> int:
    text = source.get(name) or str(default)
    if re.fullmatch(r"[0-9]{1,6}", text) is None:
        mistakes.append(f"{name} must be a whole number, got '{text[:20]}'.")
        return default
    return int(text)


def _hours(source: Mapping[str, str], name: str, default: float, mistakes: list[str]) -> timedelta | None:
    """A number of hours; 0 for never."""
    text = source.get(name) or str(default)
    if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text) is None:
        mistakes.append(f"{name} must be a number of hours, got '{text[:20]}'.")
        return None
    return timedelta(hours=float(text)) if float(text) else None
