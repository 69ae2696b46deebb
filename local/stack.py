"""The whole local cloud in one object: endpoint, engine, registry, queues, functions, GitHub stand-in.

Place in the flow: the command line opens one `LocalStack` per home and talks to it as to an AWS account; other
programs reach it through `endpoint.json`. It decides nothing: it connects ports. One cost: queues come
from moto, whose import takes half a second when an operator is asked.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

from local.api_errors import ApiError
from local.endpoint import Endpoint
from local.execution.engine import Engine
from local.functions import Function, LambdaInvoker
from local.github.app import create_app
from local.home import Home
from local.object_store import ObjectStore
from local.registry_store import RegistryStore

logger = logging.getLogger(__name__)

DELIVERY_ATTEMPTS = 3


class LocalStack:
    """Everything a pipeline run needs, on one home directory; a context manager.

    Args:
        home: directory that keeps executions, registry, artefacts, issues and history.
        functions: given the GitHub API's URL, the table function name -> handler and environment.
        queues: queue name -> name of the function that consumes it.
        token_secret: Secrets Manager id under which the GitHub token is found.
        on_event: receives the engine's step, execution and log events, on its threads.
    """

    def __init__(
        self,
        home: Path,
        *,
        account: str,
        region: str,
        bucket: str,
        functions: Callable[[str], Mapping[str, Function]],
        queues: Mapping[str, str],
        token_secret: str,
        on_event: Callable[[object], None] | None = None,
    ) -> None:
        self.home = Home(home)
        self.account, self.region, self.bucket = account, region, bucket
        self._functions, self._queues, self._token_secret = functions, queues, token_secret
        self._on_event = on_event
        self._clients: dict[str, Any] = {}
        self._deliveries: list[Future[None]] = []
        self._lock = threading.Lock()

    def __enter__(self) -> LocalStack:
        self.home.acquire()
        try:
            self._start()
        except BaseException:
            self.home.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.engine.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.invoker.close()
        self.endpoint.stop()
        self._github_app.close()
        self.registry.close()
        self.objects.close()
        self.home.release()

    def _start(self) -> None:
        self.objects = ObjectStore(self.home.objects)
        self.objects.create_bucket(self.bucket)
        self.registry = RegistryStore(self.home.database, account=self.account, region=self.region)
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
        token = self._token()
        app = create_app(self.home.path, token)
        self._github_app, self.github = app, app.store
        self.endpoint = Endpoint(
            self.home,
            self.objects,
            engine=self.engine,
            registry=self.registry,
            github_app=app,
            secrets={self._token_secret: token},
            account=self.account,
            region=self.region,
        )
        self.endpoint.start()
        self.github_api_url = f"{self.endpoint.url}/api/v3"
        self.invoker = LambdaInvoker(
            self._functions(self.github_api_url),
            self.aws_environment(),
            log_path=self.home.path / "lambda.log",
        )
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="stack")

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

    def wait(self, execution_arn: str) -> str:
        """Block until the execution ended, or waits only for answers and every question has been delivered."""
        status = str(self.engine.wait(execution_arn))
        if status == "Waiting":
            self._drain()
            status = str(self.engine.wait(execution_arn))
        return status

    def _drain(self) -> None:
        while True:
            with self._lock:
                waiting = [d for d in self._deliveries if not d.done()]
                self._deliveries = waiting
            if not waiting:
                return
            for delivery in waiting:
                delivery.result()

    def _invoke_lambda(self, function_arn: str, event: Mapping[str, object], timeout: float | None) -> dict[str, Any]:
        return dict(self.invoker.invoke(function_arn, dict(event), timeout))

    def _send_message(self, queue_url: str, body: str) -> None:
        """Put the message on its queue, and let the queue's consumer have it."""
        queue = queue_url.rsplit("/", 1)[-1]
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=queue)["QueueUrl"]  # one that exists is returned as it is
        sqs.send_message(QueueUrl=url, MessageBody=body)
        function = self._queues.get(queue)
        if function is not None:
            with self._lock:
                self._deliveries.append(self._pool.submit(self._deliver, url, function))

    def _deliver(self, url: str, function: str) -> None:
        """Hand waiting messages to their function; a message it reports as failed is offered again."""
        sqs = self.client("sqs")
        for _ in range(DELIVERY_ATTEMPTS):
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get(
                "Messages", []
            )
            if not messages:
                return
            records = [
                {
                    "messageId": m["MessageId"],
                    "receiptHandle": m["ReceiptHandle"],
                    "body": m["Body"],
                    "eventSource": "aws:sqs",
                    "eventSourceARN": f"arn:aws:sqs:{self.region}:{self.account}:{url.rsplit('/', 1)[-1]}",
                }
                for m in messages
            ]
            answer: dict[str, Any] = dict(self.invoker.invoke(function, {"Records": records}))
            failed = {item["itemIdentifier"] for item in answer.get("batchItemFailures", [])}
            for record in records:
                if record["messageId"] not in failed:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=record["receiptHandle"])
            if failed:
                logger.warning("%s could not handle %d message(s) of %s", function, len(failed), url)

    def _token(self) -> str:
        """The GitHub token of this home: random, made once, readable by its owner only."""
        path = self.home.path / "github-token.json"
        if not path.exists():
            draft = path.with_suffix(".new")
            draft.touch(mode=0o600)
            draft.write_text(json.dumps({"token": secrets.token_hex(20)}), encoding="utf-8")
            draft.replace(path)
        return str(json.loads(path.read_text(encoding="utf-8"))["token"])
