"""A GitHub stand-in served on the loopback interface, and PyGithub clients for its two accounts."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from github import Auth, Github
from github.Repository import Repository
from werkzeug.serving import make_server

from local.github import BOT, OPERATOR, GitHubApp, create_app
from tests.local.github.receiver import Receiver, receiving

REPO = "octo/models"
Client = Callable[[str], Github]


@contextmanager
def served(app: GitHubApp) -> Iterator[str]:
    """Serves `app` and gives the API's root."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://localhost:{server.port}/api/v3"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def app(home: Path) -> Iterator[GitHubApp]:
    app = create_app(home, token="bot-token")
    app.store.ensure_repository(REPO)
    yield app
    app.close()


@pytest.fixture
def url(app: GitHubApp) -> Iterator[str]:
    with served(app) as url:
        yield url


@pytest.fixture
def client(app: GitHubApp, url: str) -> Iterator[Client]:
    made = []

    def connect(login: str) -> Github:
        github = Github(
            base_url=url,
            auth=Auth.Token(app.token(login)),
            seconds_between_requests=0,
            seconds_between_writes=0,
            retry=None,
        )
        made.append(github)
        return github

    yield connect
    for github in made:
        github.close()


@pytest.fixture
def repo(client: Client) -> Repository:
    """The repository as the bot sees it."""
    return client(BOT.login).get_repo(REPO)


@pytest.fixture
def operator_repo(client: Client) -> Repository:
    return client(OPERATOR.login).get_repo(REPO)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver
