"""Lambda handlers for the tests of the local host."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def echo(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {
        "event": event,
        "function_name": context.function_name,
        "arn": context.invoked_function_arn,
        "request_id": context.aws_request_id,
        "remaining": context.get_remaining_time_in_millis(),
        "pid": os.getpid(),
    }


def environment(event: dict[str, Any], context: Any) -> dict[str, Any]:
    seen = dict(os.environ)
    os.environ["LEFT_BEHIND"] = "yes"
    os.environ.pop("PATH", None)
    return seen


def raises(event: dict[str, Any], context: Any) -> dict[str, Any]:
    raise ValueError(f"cannot use {event['what']}")


def hangs(event: dict[str, Any], context: Any) -> dict[str, Any]:
    Path(event["pid_file"]).write_text(str(os.getpid()))
    time.sleep(60)
    return {}


def exits(event: dict[str, Any], context: Any) -> dict[str, Any]:
    sys.exit(3)


def dies(event: dict[str, Any], context: Any) -> dict[str, Any]:
    os._exit(7)


def noisy(event: dict[str, Any], context: Any) -> dict[str, Any]:
    print('{"id": "not an answer"}')
    os.write(1, b"raw noise\n")
    subprocess.run(["echo", "noise of a child"], check=True)
    sys.stdout.flush()
    return {"stdin": sys.stdin.read()}


def returns_a_set(event: dict[str, Any], context: Any) -> Any:
    return {"set": {1}}


def returns_text(event: dict[str, Any], context: Any) -> Any:
    return "text"
