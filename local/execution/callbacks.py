"""Answers to callback steps: the first one counts.

Place in the flow: SendPipelineExecutionStepSuccess and …Failure arrive here through the engine; the answer is journaled
and then the execution's runner, if there is one, is woken. One cost: an answer to an execution that nobody runs takes
effect on resume.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from local.api_errors import ApiError
from local.execution.definition import parse
from local.execution.executors import named
from local.execution.journal import Journal
from local.execution.parameters import typed

MAX_OUTPUTS, MAX_OUTPUT_CHARACTERS, MAX_REASON_CHARACTERS = 50, 1024, 256


class Callbacks:
    """The waiting steps of one journal."""

    def __init__(self, journal: Journal, wake: Callable[[str], None]) -> None:
        self._journal, self._wake = journal, wake

    def succeed(self, token: str, given: list[Mapping[str, Any]]) -> str:
        """The step succeeds with these outputs; returns its execution's ARN.

        Raises:
            ApiError: nobody waits with this token, or the outputs are not those that the step declares.
        """
        outputs: dict[str, Any] = {str(o["Name"]): o["Value"] for o in given}
        if len(outputs) > MAX_OUTPUTS or any(len(str(v)) > MAX_OUTPUT_CHARACTERS for v in outputs.values()):
            raise ApiError(
                "ValidationException", f"at most {MAX_OUTPUTS} outputs of {MAX_OUTPUT_CHARACTERS} characters each"
            )
        row = self._waiting(token)
        definition = parse(self._execution(row["execution"])["definition"])
        declared = definition.steps[row["name"]].raw.get("OutputParameters") or []
        missing = [o["OutputName"] for o in declared if o["OutputName"] not in outputs]
        if missing:
            raise ApiError(
                "ValidationException", f"the callback step declares outputs that were not given: {', '.join(missing)}"
            )
        for output in declared:
            name, kind = output["OutputName"], output.get("OutputType", "String")
            try:
                outputs[name] = typed(kind, outputs[name])
            except ValueError as error:
                shown = str(outputs[name])[:80]
                raise ApiError(
                    "ValidationException", f"output '{name}' must be of type {kind}, got {shown!r}"
                ) from error
        metadata = {"Callback": {**row["metadata"]["Callback"], "OutputParameters": named(outputs)}}
        return self._answer(row, "Succeeded", None, metadata, {"OutputParameters": outputs})

    def fail(self, token: str, reason: str | None) -> str:
        """The step fails, or is stopped where its execution stops; returns its execution's ARN."""
        row = self._waiting(token)
        text = str(reason or "the callback was answered with a failure")[:MAX_REASON_CHARACTERS]
        stopping = self._execution(row["execution"])["status"] == "Stopping"
        return self._answer(row, "Stopped" if stopping else "Failed", text, row["metadata"], {})

    def _execution(self, arn: str) -> dict[str, Any]:
        row = self._journal.row("SELECT definition, status FROM executions WHERE arn = ?", arn)
        if row is None:
            raise ApiError("ResourceNotFound", f"Pipeline execution {arn} does not exist.")
        return row

    def _waiting(self, token: str) -> dict[str, Any]:
        row = self._journal.row("SELECT * FROM steps WHERE token = ?", token)
        if row is None:
            raise ApiError("ResourceNotFound", "No step waits with this callback token.")
        if row["status"] != "Executing":
            raise ApiError("ValidationException", f"The step has been answered already; it is {row['status']}.")
        return row

    def _answer(
        self,
        row: Mapping[str, Any],
        status: str,
        reason: str | None,
        metadata: Mapping[str, Any],
        properties: Mapping[str, Any],
    ) -> str:
        changed = self._journal.execute(
            "UPDATE steps SET status = ?, ended = ?, failure = ?, metadata = ?, properties = ?"
            " WHERE token = ? AND status = 'Executing'",
            status, time.time(), reason, json.dumps(metadata), json.dumps(properties), row["token"],
        )  # fmt: skip
        if not changed:
            raise ApiError("ValidationException", "The step has been answered already.")
        self._wake(row["execution"])
        return str(row["execution"])
