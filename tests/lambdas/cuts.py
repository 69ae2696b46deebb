"""Kills a function at its n-th call to the outside, before or after the call has had its effect.

The death is a BaseException, so that nothing in the function can survive it, as when its process is killed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from lambdas import aws
from lambdas.status_comment import post
from tests.lambdas.world import World


class Killed(BaseException):
    """The process is gone."""


class Scissors:
    """Counts calls to AWS and requests to GitHub, and cuts one of them."""

    def __init__(self) -> None:
        self.calls = 0
        self.at: int | None = None
        self.after_effect = False

    @contextmanager
    def cut(self, at: int, *, after_effect: bool) -> Iterator[None]:
        """Kill the n-th call of the block, counted from 1."""
        self.calls, self.at, self.after_effect = 0, at, after_effect
        try:
            yield
        finally:
            self.at = None

    def call(self, work: Callable[[], Any]) -> Any:
        self.calls += 1
        dies = self.calls == self.at
        if dies and not self.after_effect:
            raise Killed
        try:
            return work()
        finally:
            if dies:
                raise Killed


class _Cut:
    """A client whose calls are counted; a listing counts when it is asked for."""

    def __init__(self, client: Any, scissors: Scissors) -> None:
        self._client, self._scissors = client, scissors

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name == "get_paginator":
            return lambda operation: _Cut(method(operation), self._scissors)
        return lambda **request: self._scissors.call(lambda: method(**request))


def scissors_for(world: World, monkeypatch: pytest.MonkeyPatch) -> Scissors:
    """Scissors at everything the functions of this world call."""
    scissors = Scissors()
    clients = {
        "sagemaker": _Cut(world.sagemaker, scissors),
        "s3": _Cut(world.s3, scissors),
        "sqs": _Cut(world.sqs, scissors),
        "secretsmanager": world.secrets,
    }
    monkeypatch.setattr(aws, "client", clients.__getitem__)
    send = requests.Session.send

    def sent(session: requests.Session, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        def work() -> requests.Response:
            response = send(session, request, **more)
            assert response.content is not None  # read now, for nobody closes it behind a cut
            return response

        answer: requests.Response = scissors.call(work)
        return answer

    monkeypatch.setattr(requests.Session, "send", sent)
    # A function that died while it made the comment is waited for; here it is known to be dead.
    monkeypatch.setattr(post, "CLAIM", post.CLAIM * 0)
    return scissors
