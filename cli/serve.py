"""`issueops serve`: the whole loop on this machine, until it is interrupted.

Place in the flow: opens the stack with everything that a one-shot command leaves out: the webhook from the GitHub
stand-in, what runs by the clock, and the pages. With `--repository` and a token it serves a repository on GitHub
instead of the stand-in. One cost: the data sets of `--data` are copied into the home at the start.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.api_gateway import http_answer, http_event
from cli.progress import Progress
from cli.wiring import DEFAULT_REPOSITORY, Deployment, deploy, open_stack, upload_dataset
from contracts import names
from contracts.errors import ConfigError, IssueOpsError
from contracts.issue_labels import ISSUE_LABELS
from contracts.operator_commands import COMMANDS
from contracts.page_texts import page_texts

if TYPE_CHECKING:
    from local.http_server import HttpServer
    from local.stack import LocalStack
    from local.web.ports import Actions

TOKEN_VARIABLE = "GITHUB_TOKEN"  # noqa: S105 - the name of a variable
SECRET_VARIABLE = "GITHUB_WEBHOOK_SECRET"  # noqa: S105
HOOK_EVENTS = ("issues", "issue_comment")
SCIENTIST = "scientist"
TEMPLATE = """```yaml
learning_type: supervised
algorithm: random_forest
dataset_id: penguins
target: species
hyperparameters:
  n_estimators: 200
evaluation_metric: accuracy
evaluation_threshold: 0.95
max_retry: 2
model_name: penguin-species
```
"""


@dataclass(frozen=True, slots=True)
class Served:
    """What is open."""

    stack: LocalStack
    web: HttpServer

    def addresses(self) -> dict[str, str]:
        """Where to reach what."""
        return {
            "pages": self.web.url,
            "webhook": f"{self.web.url}/webhook",
            "github_api": self.stack.github_api_url,
            "aws_endpoint": self.stack.endpoint.url,
        }


def serve(arguments: argparse.Namespace) -> int:
    """Keep everything open until SIGINT or SIGTERM; prints how to reach it."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    deployment = deployment_of(arguments)
    progress = Progress(verbose=arguments.verbose)
    with open_served(arguments.home, deployment, port=arguments.port, data=arguments.data, progress=progress) as served:
        _print(served, deployment, as_json=arguments.json)
        ended.wait()
        progress.say("Closing; what is unfinished goes on at the next start.")
    return 0


def deployment_of(arguments: argparse.Namespace) -> Deployment:
    """What the command line and the environment ask for.

    Raises:
        ConfigError: a repository without a token.
    """
    common = {"language": arguments.language, "max_executions": arguments.max_executions, "scheduled": True}
    if arguments.repository is None:
        return Deployment(**common)
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        raise ConfigError(
            f"--repository {arguments.repository} needs a GitHub token in {TOKEN_VARIABLE}, "
            "with read and write access to its issues and contents."
        )
    return Deployment(
        **common,
        repositories=(arguments.repository,),
        github_api_url=arguments.api_url,
        github_token=token,
        webhook_secret=os.environ.get(SECRET_VARIABLE, ""),
        poll_seconds=max(1, arguments.poll_seconds),
    )


@contextmanager
def open_served(
    home: Path, deployment: Deployment, *, port: int, data: Path | None, progress: Progress | None = None
) -> Iterator[Served]:
    """Open everything, and go on with what an earlier process left unfinished.

    Args:
        port: of the pages; 0 takes a free one.
        data: one folder per data set, copied into the home; None for none.
    """
    from local.http_server import HttpServer

    port = port or _free_port()
    url = f"http://localhost:{port}"
    deployment = replace(deployment, logs_url=f"{url}/jobs/{{job}}")
    with open_stack(home, deployment, on_event=progress, html_root=lambda: url) as stack:
        deploy(stack)
        for folder in sorted(data.iterdir()) if data is not None else ():
            if folder.is_dir():
                upload_dataset(stack, folder, folder.name)
        web = HttpServer(_web_app(stack, deployment.language), name="pages", idle_seconds=60)
        try:
            web.start(port)
        except OSError as error:
            raise ConfigError(f"port {port} is taken ({error.strerror}); name another with --port.") from error
        try:
            if not deployment.github_api_url:
                _listen_to_the_stand_in(stack, web, deployment.language)
            stack.engine.resume()
            yield Served(stack, web)
        finally:
            web.stop()


def _free_port() -> int:
    """One that nobody listens on at this moment; functions and comments must know it before the pages are there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listen_to_the_stand_in(stack: LocalStack, web: HttpServer, language: str) -> None:
    from local.github.records import Account

    stack.github.save_account(Account(SCIENTIST, permission="triage"))
    stack.github.ensure_repository(DEFAULT_REPOSITORY)
    present = {label.name for label in stack.github.labels(DEFAULT_REPOSITORY)}
    for label in ISSUE_LABELS:
        if label.name not in present:
            text = label.description(language)
            stack.github.create_label(DEFAULT_REPOSITORY, label.name, label.color, text)
    # The key keeps it one hook though the port may be another one at each start.
    stack.github.save_hook(
        None, url=f"{web.url}/webhook", secret=stack.webhook_secret, events=HOOK_EVENTS, key="issueops"
    )
    stack.start_webhooks()


def _web_app(stack: LocalStack, language: str) -> Any:
    from local.web.app import WebApp
    from local.web.ports import Ports, Words
    from pipelines.graph import mermaid
    from registry.packages import describe
    from registry.references import ModelReference

    texts = page_texts(language)

    def deliver(headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        return http_answer(stack.invoke(names.ISSUE_WEBHOOK_FUNCTION, http_event(headers, body)))

    def metrics(model: str, version: int) -> Mapping[str, float]:
        return describe(stack.client("sagemaker"), ModelReference(model, version), s3=stack.client("s3")).metrics

    return WebApp(
        Ports(
            github=stack.github,
            executions=stack.engine,
            registry=stack.registry,
            graph=mermaid,
            actions=_actions(stack),
            deliver_webhook=deliver,
            metrics=metrics,
            jobs=stack.home.jobs,
            queue_depths=stack.queue_depths,
            words=Words(
                repository_parameter=names.REPOSITORY,
                issue_parameter=names.ISSUE_NUMBER,
                training_label=names.LABEL_TRAIN,
                training_template=f"{texts['example_question']}\n\n{TEMPLATE}",
                commands=tuple(f"/{name}" for name in COMMANDS),
                empty_hint="issueops run examples/issues/penguins.md",
                facts={texts["home_folder"]: str(stack.home.path), texts["aws_endpoint"]: stack.endpoint.url},
                language=language,
                texts=texts,
            ),
        ),
        key=stack.session_key,
    )


def _actions(stack: LocalStack) -> Actions:
    from local.web.ports import ActionRefusedError, Actions
    from registry import approval, rollback
    from registry.references import ModelReference

    def told(act: Any) -> Any:
        """The registry's refusals, in the words of the pages."""

        def action(model: str, version: int | None, *, by: str, reason: str) -> object:
            try:
                return act(model, version, by, reason)
            except IssueOpsError as error:
                raise ActionRefusedError(str(error)) from error

        return action

    sagemaker = stack.client("sagemaker")
    return Actions(
        approve=told(lambda m, v, by, why: approval.approve(sagemaker, ModelReference(m, v), by=by, reason=why)),
        reject=told(lambda m, v, by, why: approval.reject(sagemaker, ModelReference(m, v), by=by, reason=why)),
        rollback=told(
            lambda m, v, by, why: rollback.roll_back(sagemaker, m, to=v, by=by, reason=why, s3=stack.client("s3"))
        ),
    )


def _print(served: Served, deployment: Deployment, *, as_json: bool) -> None:
    addresses = served.addresses()
    if as_json:
        print(json.dumps(addresses), flush=True)
        return
    print(f"Issues, runs and models:  {addresses['pages']}")
    if deployment.github_api_url:
        print(f"Serving {', '.join(deployment.repositories)} of {deployment.github_api_url} by polling.")
        print(f"Webhook, for a tunnel:    {addresses['webhook']}")
    print("\nFor boto3, the AWS CLI and PyGithub, in another terminal:\n")
    for name, value in served.stack.aws_environment().items():
        print(f"export {name}={value}")
    print(f"# GitHub API: {addresses['github_api']}\n\nCtrl-C ends it.", flush=True)
