"""The whole local cloud in one object: endpoint, engine, registry, queues, events, functions, GitHub stand-in.

Place in the flow: the command line opens one `LocalStack` per home and talks to it as to an AWS account; other
programs reach it through `endpoint.json`. It decides nothing: it connects ports. One cost: everything shares one
process, so a home is used by one command at a time.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from local.api_errors import ApiError
from local.endpoint import Endpoint
from local.events import EventBus
from local.execution.engine import Engine
from local.execution.ports import ExecutionEvent, StepEvent
from local.functions import Function, LambdaInvoker
from local.github.app import create_app
from local.github.faults import Faults
from local.home import Home
from local.home_secrets import home_secrets
from local.object_store import ObjectStore
from local.queues.consumer import QueueRow
from local.queues.consumers import Consumers
from local.queues.messages import Sent
from local.queues.store import QueueStore
from local.registry_store import RegistryStore
from local.schedules import ScheduleRow, Schedules

logger = logging.getLogger(__name__)

# As long as `wait` lets the queues come to rest; a function that hangs is ended after a minute.
DRAIN_SECONDS = 120.0
CLOSE_SECONDS = 5.0


class LocalStack:
    """Everything a pipeline run needs, on one home directory; a context manager.

    Args:
        home: directory that keeps executions, registry, artefacts, issues and history.
        functions: given the GitHub API's URL, the table function name -> handler and environment.
        queues: the queues with their consumers; each gets a dead letter queue beside it.
        token_secret: Secrets Manager id under which the GitHub token is found.
        on_event: receives the engine's step, execution and log events, on its threads.
        events_queue: FIFO queue, one of `queues`, that receives EventBridge's events; None for none.
        events_group: their message group.
        schedules: functions that run by the clock while the stack is open.
        secrets: more secrets, by Secrets Manager id; one under `token_secret` replaces the stand-in's token.
        webhook_secret: Secrets Manager id of what webhooks are signed with; unless `secrets` has it, the home makes
            one up.
        html_root: where pages of issues are shown; without it the endpoint's address.
        port: of the endpoint; 0 takes a free one.

    Raises (on entering):
        HomeInUseError: another process holds the home.
        ValueError: a queue, a schedule or the events name what is not there.
    """

    def __init__(
        self,
        home: Path,
        *,
        account: str,
        region: str,
        bucket: str,
        functions: Callable[[str], Mapping[str, Function]],
        queues: Sequence[QueueRow],
        token_secret: str,
        on_event: Callable[[object], None] | None = None,
        events_queue: str | None = None,
        events_group: str = "events",
        schedules: Sequence[ScheduleRow] = (),
        secrets: Mapping[str, str] | None = None,
        webhook_secret: str = "",
        html_root: Callable[[], str] | None = None,
        port: int = 0,
    ) -> None:
        self.home = Home(home)
        self.account, self.region, self.bucket = account, region, bucket
        self._functions, self._rows, self._token_secret = functions, queues, token_secret
        self._listener = on_event or (lambda event: None)
        self._events_queue, self._events_group = events_queue, events_group
        self._schedule_rows, self._port = schedules, port
        self._secrets, self._webhook_secret, self._html_root = dict(secrets or {}), webhook_secret, html_root
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._closing = ExitStack()

    def __enter__(self) -> LocalStack:
        with ExitStack() as opened:
            self.home.acquire()
            opened.callback(self.home.release)
            self._start(opened)
            self._closing = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def _start(self, opened: ExitStack) -> None:
        """Open everything; what was opened is closed in the opposite order.

        First the queues stop handing out, then the engine and the functions end, then what they speak to.
        """
        if self._events_queue is not None and self._events_queue not in {row.name for row in self._rows}:
            raise ValueError(f"nobody consumes the events' queue {self._events_queue}")
        self.objects = ObjectStore(self.home.objects)
        opened.callback(self.objects.close)
        self.objects.create_bucket(self.bucket)
        self.queues = QueueStore(self.home.path / "queues.db", account=self.account, region=self.region)
        opened.callback(self.queues.close)
        self.registry = RegistryStore(
            self.home.database, account=self.account, region=self.region, on_change=lambda: self._events.announce()
        )
        opened.callback(self.registry.close)
        self.engine = Engine(
            self.home,
            objects=self.objects,
            registry=self.registry,
            invoke_lambda=self._invoke_lambda,
            send_message=self._send_message,
            on_event=self._on_event,
            account=self.account,
            region=self.region,
        )
        opened.callback(self.engine.close)
        self._events = EventBus(
            self.home.database,
            facts=self.engine,
            describe_package=self.registry.describe_model_package,
            send=self._send_event if self._events_queue is not None else None,
            account=self.account,
            region=self.region,
        )
        opened.callback(self._events.close)
        kept = self._kept = home_secrets(self.home.path)
        app = create_app(self.home.path, kept.token, html_root=self._html_root, api_root=lambda: self.github_api_url)
        opened.callback(app.close)
        self._github_app, self.github = app, app.store
        held = {self._token_secret: kept.token, self._webhook_secret: kept.webhook, **self._secrets}
        self.endpoint = Endpoint(
            self.home,
            self.objects,
            engine=self.engine,
            registry=self.registry,
            queues=self.queues,
            github_app=app,
            secrets={name: value for name, value in held.items() if name},
            account=self.account,
            region=self.region,
        )
        opened.callback(self.endpoint.stop)
        self.endpoint.start(self._port)
        self.invoker = LambdaInvoker(
            self._functions(self.github_api_url),
            self.aws_environment(),
            log_path=self.home.path / "lambda.log",
        )
        opened.callback(self.invoker.close)
        self._consumers = Consumers(
            self.queues,
            self._rows,
            functions=self.invoker.functions,
            invoke=self.invoker.invoke,
            account=self.account,
        )
        self._schedules = Schedules(self._schedule_rows, functions=self.invoker.functions, invoke=self.invoker.invoke)
        opened.callback(self._end_work)
        self._events.announce()
        self._consumers.start()
        self._schedules.start()

    def _end_work(self) -> None:
        """Nothing new is begun; what is in flight gets a moment, then its host ends and it comes again another time."""
        self._schedules.stop()
        self._consumers.stop()
        self.engine.close()
        self.invoker.close()
        if not (self._consumers.join(CLOSE_SECONDS) and self._schedules.join(CLOSE_SECONDS)):
            logger.warning("a consumer or a schedule is still at work while the stack closes")

    def warm(self) -> None:
        """Begin, in the background, to load the functions that a run will need."""
        self.invoker.warm()

    def aws_environment(self) -> dict[str, str]:
        """The variables that point any AWS SDK or CLI at this stack; the credentials are placeholders."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint.url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
        }

    def client(self, service: str) -> Any:
        """A boto3 client that speaks to this stack."""
        import boto3

        with self._lock:
            if service not in self._clients:
                self._clients[service] = boto3.client(
                    service,
                    endpoint_url=self.endpoint.url,
                    region_name=self.region,
                    aws_access_key_id="local",
                    aws_secret_access_key="local",  # noqa: S106 - the local endpoint checks no signature
                )
            return self._clients[service]

    def invoke(self, function: str, event: Mapping[str, object]) -> dict[str, Any]:
        """Invoke a function as the service would."""
        return dict(self.invoker.invoke(function, dict(event)))

    def upsert_pipeline(self, name: str, definition: str, *, role_arn: str) -> None:
        """Create the pipeline, or update it where the definition differs."""
        try:
            current = self.engine.describe_pipeline({"PipelineName": name})
        except ApiError:
            self.engine.create_pipeline(
                {
                    "PipelineName": name,
                    "PipelineDefinition": definition,
                    "RoleArn": role_arn,
                    "ClientRequestToken": secrets.token_hex(16),
                }
            )
            return
        if current["PipelineDefinition"] != definition:
            self.engine.update_pipeline({"PipelineName": name, "PipelineDefinition": definition})

    def send(self, queue: str, body: str, *, group: str | None = None, dedup: str | None = None) -> Sent:
        """Put a message on a queue, as a function would."""
        return self.queues.send(queue, body, group=group, deduplication=dedup)

    def drain(self, timeout: float = DRAIN_SECONDS) -> bool:
        """Block until the consumers have nothing in flight and nothing to take; False when time was too short.

        A message that keeps failing rests longer and longer between its attempts, and is not waited for.
        """
        return self._consumers.drain(timeout)

    def wait(self, execution_arn: str) -> str:
        """Block until the execution ended, or waits only for answers, and the queues are at rest; its status then."""
        while True:
            status = self.engine.wait(execution_arn)
            self.drain()
            if self.engine.wait(execution_arn, 0) == status:
                return status

    def _invoke_lambda(self, function_arn: str, event: Mapping[str, object], timeout: float | None) -> dict[str, Any]:
        return dict(self.invoker.invoke(function_arn, dict(event), timeout))

    def _send_message(self, queue_url: str, body: str) -> None:
        """The engine's callbacks; a definition may name a queue that nobody made, and need not be run twice for it."""
        queue = queue_url.rsplit("/", 1)[-1]
        if not self.queues.catalogue.exists(queue):
            self.queues.catalogue.create(queue)
        self.queues.send(queue, body)

    def _send_event(self, body: str, key: str) -> Sent:
        assert self._events_queue is not None  # noqa: S101 - the bus has no way to send without one
        return self.queues.send(self._events_queue, body, group=self._events_group, deduplication=key)

    def _on_event(self, event: object) -> None:
        """What the engine did is told on the queue before a listener hears of it, for a listener may break."""
        if isinstance(event, StepEvent | ExecutionEvent):
            self._events.announce()
        self._listener(event)

    @property
    def github_api_url(self) -> str:
        """Where the stand-in's API is."""
        return f"{self.endpoint.url}/api/v3"

    @property
    def github_faults(self) -> Faults:
        """Lets requests to the stand-in fail, for tests."""
        return self._github_app.faults

    @property
    def webhook_secret(self) -> str:
        """What the stand-in signs its webhooks with."""
        return self._secrets.get(self._webhook_secret) or self._kept.webhook

    @property
    def session_key(self) -> bytes:
        """What the pages sign their forms with: the same after a restart."""
        return self._kept.session.encode()

    def start_webhooks(self) -> None:
        """Let the stand-in send its webhooks, first those that an earlier process left."""
        self._github_app.start_sender()

    def queue_depths(self) -> dict[str, int]:
        """Queue name -> messages that wait, rest or are in flight."""
        return {row.name: self._depth(row.name) for row in self._rows}

    def _depth(self, queue: str) -> int:
        counts = self.queues.counts(queue)
        return counts.visible + counts.in_flight + counts.delayed
