"""Small JSON documents in the bucket that several functions change at the same time, by compare and swap.

Place in the flow: what must be remembered between invocations (an issue's record, the line of waiting issues, where
the poller was) lies below `state/`. S3's conditional writes make a change happen on what was read, or again. One cost:
two requests a change, and a document that everybody changes at once becomes slow.

Source: Amazon S3 User Guide, conditional writes (If-Match, If-None-Match).
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

from botocore.exceptions import ClientError

from contracts.errors import ConfigError
from lambdas.aws import error_code

PREFIX = "state/"
ATTEMPTS = 30
_OVERTAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
_ABSENT = frozenset({"NoSuchKey", "404"})

Document = dict[str, Any]


class Documents:
    """The documents of one bucket."""

    def __init__(self, s3: Any, bucket: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._s3, self._bucket, self._sleep = s3, bucket, sleep

    def read(self, name: str) -> Document:
        """The document, or an empty one.

        Raises:
            ConfigError: somebody wrote something else there.
        """
        return self._read(name)[0]

    def change(self, name: str, work: Callable[[Document], Mapping[str, Any]]) -> Document:
        """Replace a document by what `work` makes of it, and return that; an unchanged one is not written.

        Args:
            work: may be called several times, each time with what is there then; must not touch anything else.

        Raises:
            ConfigError: somebody wrote something else there.
            RuntimeError: others changed it every time that this writer tried to.
        """
        for attempt in range(ATTEMPTS):
            before, etag = self._read(name)
            after = _plain(work(_plain(before)))
            if after == before:
                return before
            condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
            try:
                self._s3.put_object(
                    Bucket=self._bucket,
                    Key=_key(name),
                    Body=json.dumps(after, ensure_ascii=False, sort_keys=True).encode(),
                    ContentType="application/json",
                    **condition,
                )
                return after
            except ClientError as error:
                # An absent object under If-Match: somebody deleted it in between; it is read again.
                if error_code(error) not in _OVERTAKEN | _ABSENT:
                    raise
            self._sleep(min(1.0, 0.01 * 2**attempt) * random.uniform(0.5, 1.5))  # noqa: S311 - writers part
        raise RuntimeError(f"{name} was changed by others {ATTEMPTS} times in a row.")

    def _read(self, name: str) -> tuple[Document, str]:
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=_key(name))
        except ClientError as error:
            if error_code(error) not in _ABSENT:
                raise
            return {}, ""
        with closing(answer["Body"]) as body:
            content = body.read()
        try:
            value = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise damaged(name, "it is not JSON") from error
        if not isinstance(value, dict):
            raise damaged(name, f"it must hold a JSON object, got {type(value).__name__}")
        return value, str(answer["ETag"])


def damaged(name: str, what: str) -> ConfigError:
    """The error of a document that no function of ours wrote."""
    return ConfigError(f"{_key(name)} in the bucket is damaged: {what}; delete it, and what it said is found anew.")


def _key(name: str) -> str:
    return f"{PREFIX}{name}.json"


def _plain(value: Mapping[str, Any]) -> Document:
    """A copy as a reader would get it: lists for tuples."""
    plain: Document = json.loads(json.dumps(value))
    return plain
