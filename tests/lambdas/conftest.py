"""Real handlers against the GitHub stand-in over HTTP, and small in-memory AWS services."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from contracts import names
from contracts.deployment import QUEUES
from lambdas import aws, github
from lambdas.services import Services, connect_services
from local.github import GitHubApp, create_app
from tests.lambdas import runs
from tests.lambdas.fakes import FakeS3, FakeSageMaker, FakeSecrets, FakeSqs
from tests.lambdas.world import ISSUE, REPO, World, records


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubApp]:
    home: Path = tmp_path_factory.mktemp("home")
    app = create_app(home, token="bot-token")
    yield app
    app.close()


@pytest.fixture(scope="session")
def github_url(app: GitHubApp) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://localhost:{server.port}/api/v3"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def environment(github_url: str) -> dict[str, str]:
    return {
        "AWS_REGION": names.REGION,
        "ISSUEOPS_BUCKET": "bucket",
        "ISSUEOPS_PIPELINE": names.PIPELINE_NAME,
        "ISSUEOPS_CODE_URI": "s3://bucket/code/abc/",
        "ISSUEOPS_GITHUB_API_URL": github_url,
        "ISSUEOPS_GITHUB_TOKEN_SECRET": "issueops/github-token",
        "ISSUEOPS_LANGUAGE": "en",
        **{
            queue.environment: names.queue_url(names.REGION, names.LOCAL_ACCOUNT, queue.name)
            for queue in QUEUES
            if queue.environment
        },
    }


@pytest.fixture
def world(app: GitHubApp, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A deployment with one data set and an empty registry."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    app.store.ensure_repository(REPO)
    world = World(FakeSageMaker(), FakeS3(), FakeSecrets("bot-token"), FakeSqs(), app.store)
    services = {"sagemaker": world.sagemaker, "s3": world.s3, "secretsmanager": world.secrets, "sqs": world.sqs}
    monkeypatch.setattr(aws, "client", services.__getitem__)
    world.s3.put_object(Bucket="bucket", Key="datasets/penguins/penguins.csv", Body=b"species,mass\n")
    yield world
    github.close_connections()


@pytest.fixture
def open_issue(world: World) -> Callable[..., int]:
    """Opens an issue and gives its number."""

    def open_issue(body: str = ISSUE) -> int:
        return world.github.open_issue(REPO, "Penguins", body, [names.LABEL_TRAIN])

    return open_issue


@pytest.fixture
def started(world: World, open_issue: Callable[..., int]) -> tuple[int, str]:
    """An issue whose execution runs: its number and the execution's ARN."""
    from lambdas.start_execution.handler import handler

    number = open_issue()
    answer = handler(records({"repository": REPO, "issue_number": number}), None)
    return number, answer["results"][0]["execution_arn"]


@pytest.fixture
def services(world: World) -> Services:
    world.sagemaker.definition = runs.DEFINITION
    return connect_services()


@pytest.fixture
def running(world: World, services: Services, open_issue: Callable[..., int]) -> tuple[int, str]:
    """An issue whose execution prepares data; nobody was told yet."""
    number = open_issue()
    arn = runs.start(world, number)
    runs.step(world, arn, names.PREPARE_DATA, "Executing")
    return number, arn
