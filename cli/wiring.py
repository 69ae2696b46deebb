"""Puts the house together on this machine: which function name runs which handler, which queue feeds which function.

Place in the flow: every `issueops` command that touches a home goes through `open_stack`. One cost: boto3 and
the AWS endpoint are imported here, so commands that only read text (`validate`) must not import this module.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from contracts import names
from contracts.deployment import EVENTS_GROUP, QUEUES, SCHEDULES
from contracts.errors import ConfigError
from local.functions import Function
from local.home import HomeInUseError

if TYPE_CHECKING:
    from local.stack import LocalStack

TOKEN_SECRET = "issueops/github-token"  # noqa: S105 - the name of a secret, not a secret
OPERATOR = "operator"
DEFAULT_REPOSITORY = "local/issueops"
DEFAULT_HOME = Path(".issueops")

HANDLERS = {
    names.START_EXECUTION_FUNCTION: "lambdas.start_execution.handler:handler",
    names.NOTIFICATION_FUNCTION: "lambdas.notification.handler:handler",
    names.HISTORY_WRITER_FUNCTION: "lambdas.history_writer.handler:handler",
    names.ROLLBACK_FUNCTION: "lambdas.rollback.handler:handler",
    names.RETRAIN_FUNCTION: "lambdas.retrain.handler:handler",
    names.OPERATOR_REQUEST_FUNCTION: "lambdas.operator_request.handler:handler",
    names.OPERATOR_REPLY_FUNCTION: "lambdas.operator_reply.handler:handler",
}


def function_table(*, code_uri: str, github_api_url: str, language: str) -> dict[str, Function]:
    """The Lambda functions as deployed: each with its handler and its environment."""
    environment = {
        "AWS_REGION": names.REGION,
        "ISSUEOPS_BUCKET": names.LOCAL_BUCKET,
        "ISSUEOPS_PIPELINE": names.PIPELINE_NAME,
        "ISSUEOPS_CODE_URI": code_uri,
        "ISSUEOPS_GITHUB_API_URL": github_api_url,
        "ISSUEOPS_GITHUB_TOKEN_SECRET": TOKEN_SECRET,
        "ISSUEOPS_LANGUAGE": language,
        "ISSUEOPS_GIT_COMMIT": git_commit(),
    }
    return {name: Function(handler=handler, environment=environment) for name, handler in HANDLERS.items()}


@contextmanager
def open_stack(
    home: Path,
    *,
    on_event: Callable[[object], None] | None = None,
    language: str = "en",
    scheduled: bool = False,
) -> Iterator[LocalStack]:
    """Start the local stack on `home` with this project's functions and queues; stop it at exit.

    Args:
        scheduled: run what runs by the clock, too.

    Raises:
        ConfigError: another process holds the home.
    """
    from local.stack import LocalStack

    stack = LocalStack(
        home,
        account=names.LOCAL_ACCOUNT,
        region=names.REGION,
        bucket=names.LOCAL_BUCKET,
        functions=lambda github_api_url: function_table(
            code_uri=names.code_uri(names.LOCAL_BUCKET, code_sha256()),
            github_api_url=github_api_url,
            language=language,
        ),
        queues=[queue for queue in QUEUES if queue.consumer in HANDLERS],
        token_secret=TOKEN_SECRET,
        on_event=on_event,
        events_queue=names.EVENTS_QUEUE if names.EXECUTION_EVENTS_FUNCTION in HANDLERS else None,
        events_group=EVENTS_GROUP,
        schedules=[row for row in SCHEDULES if row.function in HANDLERS] if scheduled else (),
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
