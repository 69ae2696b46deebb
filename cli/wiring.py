"""Puts the house together on this machine: which function name runs which handler, which queue feeds which function.

Place in the flow: every `issueops` command that touches a home goes through `open_stack`. One cost: boto3 and
the AWS endpoint are imported here, so commands that only read text (`validate`) must not import this module.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from contracts import names
from contracts.deployment import (
    DEFAULT_TIMEOUT_SECONDS,
    EVENTS_GROUP,
    QUEUES,
    SCHEDULES,
    TIMEOUT_SECONDS,
    Schedule,
)
from contracts.errors import ConfigError
from local.functions import Function
from local.home import HomeInUseError

if TYPE_CHECKING:
    from local.stack import LocalStack

TOKEN_SECRET = "issueops/github-token"  # noqa: S105 - the name of a secret, not a secret
WEBHOOK_SECRET = "issueops/webhook-secret"  # noqa: S105
OPERATOR = "operator"
DEFAULT_REPOSITORY = "local/issueops"
DEFAULT_HOME = Path(".issueops")
# A person's own accounts elsewhere: variable of the shell -> variable that names the secret to the functions.
ACCOUNTS = {"SLACK_BOT_TOKEN": "ISSUEOPS_SLACK_SECRET", "SLACK_WEBHOOK_URL": "ISSUEOPS_SLACK_WEBHOOK_SECRET"}

HANDLERS = {
    names.ISSUE_WEBHOOK_FUNCTION: "lambdas.issue_webhook.handler:handler",
    names.ISSUE_POLLER_FUNCTION: "lambdas.issue_poller.handler:handler",
    names.START_EXECUTION_FUNCTION: "lambdas.start_execution.handler:handler",
    names.EXECUTION_EVENTS_FUNCTION: "lambdas.execution_events.handler:handler",
    names.SWEEPER_FUNCTION: "lambdas.sweeper.handler:handler",
    names.NOTIFICATION_FUNCTION: "lambdas.notification.handler:handler",
    names.HISTORY_WRITER_FUNCTION: "lambdas.history_writer.handler:handler",
    names.ROLLBACK_FUNCTION: "lambdas.rollback.handler:handler",
    names.RETRAIN_FUNCTION: "lambdas.retrain.handler:handler",
    names.OPERATOR_REQUEST_FUNCTION: "lambdas.operator_request.handler:handler",
    names.OPERATOR_REPLY_FUNCTION: "lambdas.operator_reply.handler:handler",
}
# Functions of one lane take turns. The pipeline's own steps do not wait for comments to be written, nor GitHub for us.
LANES = {
    names.ISSUE_WEBHOOK_FUNCTION: "edge",
    **dict.fromkeys(
        (
            names.ISSUE_POLLER_FUNCTION,
            names.START_EXECUTION_FUNCTION,
            names.EXECUTION_EVENTS_FUNCTION,
            names.SWEEPER_FUNCTION,
            names.OPERATOR_REQUEST_FUNCTION,
            names.OPERATOR_REPLY_FUNCTION,
        ),
        "loop",
    ),
}


@dataclass(frozen=True, slots=True)
class Deployment:
    """How the functions are deployed on this machine.

    Attributes:
        repositories: the ones that are listened to.
        github_api_url: of a real GitHub; empty for the stand-in.
        github_token: for a real GitHub.
        webhook_secret: what a real GitHub signs with; empty where it is only polled.
        scheduled: run what runs by the clock.
        poll_seconds: between two looks at a real GitHub.
        logs_url: where a job's log is shown, with {job} in it.
    """

    language: str = "en"
    max_executions: int = 10
    repositories: tuple[str, ...] = ()
    github_api_url: str = ""
    github_token: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    scheduled: bool = False
    poll_seconds: int = 0
    logs_url: str = ""

    def schedules(self) -> list[Schedule]:
        """The stand-in sends webhooks; only a real GitHub is polled."""
        rows = [
            replace(row, every_seconds=self.poll_seconds or row.every_seconds)
            if row.function == names.ISSUE_POLLER_FUNCTION
            else row
            for row in SCHEDULES
            if self.github_api_url or row.function != names.ISSUE_POLLER_FUNCTION
        ]
        return rows if self.scheduled else []

    def secrets(self) -> dict[str, str]:
        """Secrets Manager id -> value, where the home's own is not the one."""
        given = {TOKEN_SECRET: self.github_token, WEBHOOK_SECRET: self.webhook_secret}
        given |= {secret_id(variable): os.environ.get(variable, "") for variable in ACCOUNTS}
        return {name: value for name, value in given.items() if value}


def function_table(deployment: Deployment, *, code_uri: str, stand_in_url: str) -> dict[str, Function]:
    """The Lambda functions as deployed: each with its handler and its environment."""
    settings = {name: value for name, value in os.environ.items() if name.startswith("ISSUEOPS_")}
    environment = {
        **settings,  # what docs/operating.md explains; where things are, the lines below know better
        **{told: secret_id(variable) for variable, told in ACCOUNTS.items() if os.environ.get(variable)},
        "AWS_REGION": names.REGION,
        "ISSUEOPS_BUCKET": names.LOCAL_BUCKET,
        "ISSUEOPS_PIPELINE": names.PIPELINE_NAME,
        "ISSUEOPS_CODE_URI": code_uri,
        "ISSUEOPS_GITHUB_API_URL": deployment.github_api_url or stand_in_url,
        "ISSUEOPS_GITHUB_TOKEN_SECRET": TOKEN_SECRET,
        "ISSUEOPS_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "ISSUEOPS_LANGUAGE": deployment.language,
        "ISSUEOPS_GIT_COMMIT": git_commit(),
        "ISSUEOPS_MAX_EXECUTIONS": str(deployment.max_executions),
        "ISSUEOPS_REPOSITORIES": " ".join(deployment.repositories),
        **({"ISSUEOPS_LOGS_URL": deployment.logs_url} if deployment.logs_url else {}),
        **{
            queue.environment: names.queue_url(names.REGION, names.LOCAL_ACCOUNT, queue.name)
            for queue in QUEUES
            if queue.environment
        },
    }
    return {
        name: Function(
            handler=handler,
            environment=environment,
            timeout_seconds=TIMEOUT_SECONDS.get(name, DEFAULT_TIMEOUT_SECONDS),
            lane=LANES.get(name, "main"),
        )
        for name, handler in HANDLERS.items()
    }


def secret_id(variable: str) -> str:
    """Secrets Manager id under which the functions find what a variable of the shell holds."""
    return f"issueops/{variable.lower().replace('_', '-')}"


@contextmanager
def open_stack(
    home: Path,
    deployment: Deployment = Deployment(),
    *,
    on_event: Callable[[object], None] | None = None,
    html_root: Callable[[], str] | None = None,
) -> Iterator[LocalStack]:
    """Start the local stack on `home` with this project's functions and queues; stop it at exit.

    Args:
        html_root: where pages of issues are shown.

    Raises:
        ConfigError: another process holds the home.
    """
    from local.stack import LocalStack

    code_uri = names.code_uri(names.LOCAL_BUCKET, code_sha256())
    stack = LocalStack(
        home,
        account=names.LOCAL_ACCOUNT,
        region=names.REGION,
        bucket=names.LOCAL_BUCKET,
        functions=lambda url: function_table(deployment, code_uri=code_uri, stand_in_url=url),
        queues=QUEUES,
        token_secret=TOKEN_SECRET,
        webhook_secret=WEBHOOK_SECRET,
        secrets=deployment.secrets(),
        on_event=on_event,
        events_queue=names.EVENTS_QUEUE,
        events_group=EVENTS_GROUP,
        schedules=deployment.schedules(),
        html_root=html_root,
    )
    try:
        stack.__enter__()
    except HomeInUseError as error:
        raise ConfigError(str(error)) from error
    with ExitStack() as closing:
        closing.push(stack)
        yield stack


def code_sha256() -> str:
    """Content address of the bundle of `steps/` and `contracts/` as they are now."""
    from steps.bundle import bundle_sha256

    return bundle_sha256()


def git_commit() -> str:
    """The commit this code was checked out from, for the history file; empty for an installed package."""
    found = subprocess.run(
        ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() if found.returncode == 0 else ""


def deploy(stack: LocalStack) -> None:
    """Bring code bundle and pipeline definition of this checkout into the stack; does nothing that is already done."""
    import tempfile

    from pipelines import compiled_definition
    from steps.bundle import build_bundle

    sha256 = code_sha256()
    key = f"code/{sha256}/steps.pyz"
    if not stack.objects.exists(names.LOCAL_BUCKET, key):
        with tempfile.TemporaryDirectory() as folder:
            bundle = build_bundle(Path(folder))
            stack.objects.put_file(names.LOCAL_BUCKET, key, bundle.path)
    definition = compiled_definition.load(
        code_uri=names.code_uri(names.LOCAL_BUCKET, sha256), cache_dir=stack.home.path / "compiled"
    )
    stack.upsert_pipeline(names.PIPELINE_NAME, definition, role_arn=names.LOCAL_ROLE_ARN)


def upload_dataset(stack: LocalStack, folder: Path, dataset_id: str) -> int:
    """Mirror one data set's folder to datasets/<dataset_id>/; unchanged files are left alone. Returns files sent."""
    prefix = f"datasets/{dataset_id}/"
    local = {prefix + p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}
    for key in list(stack.objects.list(names.LOCAL_BUCKET, prefix)):
        if key not in local:
            stack.objects.delete(names.LOCAL_BUCKET, key)
    sent = 0
    for key, path in local.items():
        if not _same(stack, key, path):
            stack.objects.put_file(names.LOCAL_BUCKET, key, path)
            sent += 1
    return sent


def _same(stack: LocalStack, key: str, path: Path) -> bool:
    import hashlib

    if not stack.objects.exists(names.LOCAL_BUCKET, key):
        return False
    head = stack.objects.head(names.LOCAL_BUCKET, key)
    if head.size != path.stat().st_size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest() == head.etag.strip('"')
