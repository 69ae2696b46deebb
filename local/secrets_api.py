"""The secrets a stack declares, answered without moto: every run reads one before its first step.

Place in the flow: stands before moto in the endpoint; GetSecretValue of a declared secret ends here, everything else
goes on. One cost: a declared secret is constant while the stack lives, and ListSecrets does not see it.

Source: AWS Secrets Manager API Reference, GetSecretValue.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

from werkzeug.wrappers import Request, Response

TARGET = "secretsmanager.GetSecretValue"


class SecretsApi:
    """A WSGI application over fixed values by name."""

    def __init__(
        self, values: Mapping[str, str], *, account: str, region: str, fallback: Callable[[], Callable[..., Any]]
    ) -> None:
        self._values, self._fallback = dict(values), fallback
        self._arn_prefix = f"arn:aws:secretsmanager:{region}:{account}:secret:"

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ.get("HTTP_X_AMZ_TARGET") != TARGET:
            return self._fallback()(environ, start_response)
        body = Request(environ).get_data()
        environ["wsgi.input"] = BytesIO(body)  # for moto, where the secret is not ours
        try:
            name = json.loads(body)["SecretId"]
        except (ValueError, KeyError, TypeError, RecursionError):
            name = None
        value = self._values.get(str(name).removeprefix(self._arn_prefix))
        if value is None:
            return self._fallback()(environ, start_response)
        answer = {
            "ARN": self._arn_prefix + str(name),
            "Name": name,
            "SecretString": value,
            "VersionStages": ["AWSCURRENT"],
        }
        response = Response(json.dumps(answer), content_type="application/x-amz-json-1.1")
        return response(environ, start_response)
