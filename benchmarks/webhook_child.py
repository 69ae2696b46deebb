"""One cold start: imports a handler, gives it deliveries, prints seconds as JSON. `benchmarks.webhook` runs it.

`python -P webhook_child.py MODULE DELIVERIES`. Nothing that a handler may need is imported before it, so that it pays
for all of it.
Cost: none worth naming.
"""

import sys
import time

_started, _cpu_started = time.perf_counter(), time.process_time()
_module = __import__(sys.argv[1], fromlist=["handler"])
_imported, _cpu_imported = time.perf_counter() - _started, time.process_time() - _cpu_started
# What the import itself brought, before anything below adds to it.
_modules = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}

import hashlib  # noqa: E402
import hmac  # noqa: E402
import json  # noqa: E402
import statistics  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from typing import Any  # noqa: E402

SECRET = b"it is a secret to everybody"


def delivery(number: int) -> dict[str, Any]:
    """An issue of ours was opened."""
    issue = {
        "number": number,
        "title": "Penguins",
        "body": "algorithm: random_forest\n" * 40,
        "labels": [{"name": "mlops:train"}],
        "updated_at": datetime.now(UTC).isoformat(),
    }
    body = json.dumps({"action": "opened", "issue": issue, "repository": {"full_name": "octo/models"}})
    return {
        "version": "2.0",
        "rawPath": "/webhook",
        "headers": {
            "content-type": "application/json",
            "x-github-event": "issues",
            "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
            "x-hub-signature-256": "sha256=" + hmac.new(SECRET, body.encode(), hashlib.sha256).hexdigest(),
        },
        "requestContext": {"stage": "$default", "http": {"method": "POST", "path": "/webhook"}},
        "body": body,
        "isBase64Encoded": False,
    }


def timed(event: dict[str, Any]) -> float:
    """Processor seconds of one invocation that queues."""
    started = time.process_time()
    answer = _module.handler(event, None)
    seconds = time.process_time() - started
    if answer["statusCode"] != 202:
        raise SystemExit(f"{sys.argv[1]} answered {answer['statusCode']}: {answer.get('body')}")
    return seconds


def main() -> None:
    """The first delivery, then the others."""
    first = timed(delivery(1))
    warm = [timed(delivery(number)) for number in range(2, int(sys.argv[2]) + 1)]
    print(
        json.dumps(
            {
                "waited": _imported,
                "imported": _cpu_imported,
                "first": first,
                "warm": statistics.fmean(warm) if warm else 0.0,
                "modules": {name: file for name, file in _modules.items() if file},
            }
        )
    )


main()
