"""Sessions that look for credentials when a request is signed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import NoCredentialsError

from pipelines.deferred_credentials import deferred_default_session, deferred_session


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def signed_with(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], str]:
    """Signs one request with a client; returns the Authorization header. Nothing is sent."""

    def sign(client: Any) -> str:
        headers: list[str] = []

        def keep(request: Any, **_: object) -> None:
            headers.append(str(request.headers["Authorization"]))
            raise InterruptedError

        client.meta.events.register("before-send", keep)
        with pytest.raises(InterruptedError):
            client.list_pipelines()
        return headers[0]

    return sign


def test_client_made_before_the_credentials_were_there_signs_with_them(
    signed_with: Callable[[Any], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = deferred_session("eu-west-1").client("sagemaker")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIALATE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert "Credential=AKIALATE/" in signed_with(client)


def test_missing_credentials_are_told_at_the_first_request() -> None:
    client = deferred_session("eu-west-1").client("sagemaker")
    with pytest.raises(NoCredentialsError):
        client.list_pipelines()


def test_default_session_of_boto3_is_put_back() -> None:
    before = boto3.DEFAULT_SESSION
    with deferred_default_session("eu-west-1"):
        assert boto3.DEFAULT_SESSION is not before
    assert boto3.DEFAULT_SESSION is before
