"""GitHub Apps: JSON web tokens, installations, and tokens that act as the App's bot."""

import time
from collections.abc import Iterator

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from github import Auth, Github, GithubException, GithubIntegration
from github.Auth import AppAuth

from local.github import GitHubApp
from local.github.apps import App

REPO = "octo/models"


def key_pair() -> tuple[str, str]:
    """Private and public key, PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    return key_pair()


@pytest.fixture
def registered(app: GitHubApp, keys: tuple[str, str]) -> App:
    return app.store.apps.save("trainer", public_key=keys[1], owners=["octo"])


@pytest.fixture
def integration(registered: App, keys: tuple[str, str], url: str) -> Iterator[GithubIntegration]:
    integration = GithubIntegration(
        auth=AppAuth(registered.id, keys[0]), base_url=url, seconds_between_requests=0, seconds_between_writes=0
    )
    yield integration
    integration.close()


def acting(url: str, token: str) -> Github:
    return Github(
        base_url=url, auth=Auth.Token(token), seconds_between_requests=0, seconds_between_writes=0, retry=None
    )


def test_an_app_finds_its_installation_and_acts_as_its_bot(
    integration: GithubIntegration, url: str, app: GitHubApp
) -> None:
    assert integration.get_app().slug == "trainer"
    installation = integration.get_repo_installation("octo", "models")
    assert [each.id for each in integration.get_installations()] == [installation.id]
    token = integration.get_access_token(installation.id)
    assert 3500 < token.expires_at.timestamp() - time.time() <= 3600
    github = acting(url, token.token)
    app.store.open_issue(REPO, "t")
    comment = github.get_repo(REPO).get_issue(1).create_comment("done")
    assert (comment.user.login, comment.user.type) == ("trainer[bot]", "Bot")
    github.close()


def test_an_installation_has_no_user_of_its_own_and_no_settings(integration: GithubIntegration, url: str) -> None:
    installation = integration.get_repo_installation("octo", "models")
    github = acting(url, integration.get_access_token(installation.id).token)
    for forbidden in (lambda: github.get_user().login, lambda: list(github.get_repo(REPO).get_hooks())):
        with pytest.raises(GithubException, match="Resource not accessible by integration") as refused:
            forbidden()
        assert refused.value.status == 403
    github.close()


def test_an_installation_reaches_the_repositories_of_its_owner_only(
    integration: GithubIntegration, url: str, app: GitHubApp
) -> None:
    app.store.ensure_repository("elsewhere/models")
    with pytest.raises(GithubException) as refused:
        integration.get_repo_installation("elsewhere", "models")
    assert refused.value.status == 404
    installation = integration.get_repo_installation("octo", "models")
    github = acting(url, integration.get_access_token(installation.id).token)
    with pytest.raises(GithubException) as refused:
        github.get_repo("elsewhere/models")
    assert refused.value.status == 404
    github.close()


def test_an_expired_token_is_refused(integration: GithubIntegration, url: str, app: GitHubApp) -> None:
    installation = integration.get_repo_installation("octo", "models")
    github = acting(url, integration.get_access_token(installation.id).token)
    github.get_repo(REPO)
    app.store.apps.expire_tokens()
    with pytest.raises(GithubException) as refused:
        github.get_repo(REPO)
    assert refused.value.status == 401
    github.close()


def claims(registered: App, **changed: object) -> dict[str, object]:
    now = int(time.time())
    return {"iss": str(registered.id), "iat": now - 60, "exp": now + 300} | changed


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "999"},
        {"exp": 1},
        {"exp": 4_000_000_000},
        {"iat": 4_000_000_000},
        {"exp": None},
        {"exp": "soon"},
    ],
)
def test_a_json_web_token_with_wrong_claims_is_refused(
    registered: App, keys: tuple[str, str], url: str, changed: dict[str, object]
) -> None:
    token = jwt.encode(claims(registered, **changed), keys[0], algorithm="RS256")
    refuse(url, token)


def test_a_json_web_token_of_another_key_or_of_no_key_is_refused(
    registered: App, keys: tuple[str, str], url: str
) -> None:
    refuse(url, jwt.encode(claims(registered), key_pair()[0], algorithm="RS256"))
    refuse(url, jwt.encode(claims(registered), "", algorithm="none"))
    refuse(url, jwt.encode(claims(registered), "x" * 32, algorithm="HS256"))
    refuse(url, "a.b.c")


def test_a_json_web_token_opens_nothing_but_the_apps_own_routes(
    registered: App, keys: tuple[str, str], url: str
) -> None:
    github = acting(url, jwt.encode(claims(registered), keys[0], algorithm="RS256"))
    with pytest.raises(GithubException) as refused:
        github.get_repo(REPO)
    assert refused.value.status == 403
    github.close()


def test_a_person_is_no_app(url: str, app: GitHubApp) -> None:
    refuse(url, app.token("operator"))


def refuse(url: str, token: str) -> None:
    github = acting(url, token)
    status, _, _ = github.requester.requestJson("GET", "/app")
    assert status == 401
    github.close()
