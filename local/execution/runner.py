"""Runs one execution: which steps are ready, which are skipped, when it has ended.

Place in the flow: the engine keeps one runner per active execution. The runner's thread only schedules; steps work in
threads of their own and report through a queue. All state that matters is in the journal. One cost: a thread a step.
"""

from __future__ import annotations

import json
import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from local.execution.attempts import Done, run_attempts
from local.execution.cache import KEY_ATTRIBUTES
from local.execution.definition import Dependency, Plan, Step
from local.execution.executors import Executors, Result
from local.execution.expressions import Resolver
from local.execution.journal import Journal
from local.execution.ports import ExecutionEvent, SendMessage, StepError, StepEvent

logger = logging.getLogger(__name__)

ENDED = ("Succeeded", "Failed", "Stopped")
FINAL = (*ENDED, "CompletedWithFailures")
SKIPPED = "Skipped"
TOKEN_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # noqa: S105 - an alphabet, no secret
STOPPING_MESSAGE = "Stopping"
# How long `close` lets steps end that cannot be interrupted, such as a function's call.
CLOSE_SECONDS = 5.0
LONGEST_PAUSE = 86400.0


class Runner:
    """One execution in progress."""

    def __init__(
        self,
        execution: Mapping[str, Any],
        plan: Plan,
        *,
        journal: Journal,
        executors: Executors,
        send_message: SendMessage,
        resolver: Callable[[Mapping[str, Any]], Resolver],
        on_event: Callable[[object], None],
        max_parallel: int,
    ) -> None:
        self.arn: str = execution["arn"]
        self._execution, self._plan, self._journal = execution, plan, journal
        self._executors, self._send, self._on_event = executors, send_message, on_event
        self._resolver = resolver(execution)
        self._max_parallel = max_parallel
        self._inbox: queue.SimpleQueue[Done | str] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._no_more_attempts = threading.Event()
        self._changed = threading.Condition()
        self._phase = "running"
        self._steps: dict[str, str] = {}
        self._working: set[str] = set()
        self._told_to_stop: set[str] = set()
        self._workers: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._run, name=f"execution-{self.arn[-12:]}", daemon=True)

    def start(self) -> None:
        """Begin, or go on where the journal ends."""
        self._thread.start()

    def wake(self) -> None:
        """Something outside changed the journal: a callback was answered, a stop was asked for."""
        with self._changed:
            if self._phase != "ended":
                self._phase = "running"
            # Under the lock: the thread must not find the inbox empty after the phase was set.
            self._inbox.put("wake")

    def close(self) -> None:
        """End the threads; what succeeded meanwhile is kept, what did not runs again on resume."""
        self._closing.set()
        self._no_more_attempts.set()
        self._inbox.put("close")
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join()
        deadline = time.monotonic() + CLOSE_SECONDS
        for worker in self._workers:
            if worker is not threading.current_thread():
                worker.join(max(0.0, deadline - time.monotonic()))
        while not self._inbox.empty():
            message = self._inbox.get()
            if isinstance(message, Done) and message.result is not None:
                self._succeeded(message.step, message.result)

    def wait(self, timeout: float | None) -> bool:
        """Block until the execution ended or only waits for answers; False when the time was too short."""
        with self._changed:
            return self._changed.wait_for(lambda: self._phase != "running", timeout)

    @property
    def is_waiting(self) -> bool:
        """True while only callbacks wait."""
        with self._changed:
            return self._phase == "waiting"

    def _run(self) -> None:
        try:
            self._load()
            while not self._closing.is_set():
                if self._advance():
                    return
                self._set_phase()
                self._handle(self._inbox.get())
        except Exception as error:
            if not self._closing.is_set():
                logger.exception("execution %s broke", self.arn)
                self._finish("Failed", f"the local engine broke: {type(error).__name__}: {error}")
        finally:
            with self._changed:
                self._phase = "ended"
                self._changed.notify_all()

    def _set_phase(self) -> None:
        with self._changed:
            if not self._working and self._inbox.empty():
                self._phase = "waiting"
                self._changed.notify_all()
            else:
                self._phase = "running"

    def _load(self) -> None:
        """Take over what an earlier process left: finished steps stand, interrupted ones begin again."""
        stopping = self._status() == "Stopping"
        for row in self._journal.rows("SELECT * FROM steps WHERE execution = ?", self.arn):
            step = self._plan.steps[row["name"]]
            if row["status"] in ENDED:
                self._steps[step.name] = row["status"]
            elif step.type == "Callback":
                self._steps[step.name] = "Executing"
                if not stopping:
                    self._ask(step, row)
            elif stopping and step.type not in KEY_ATTRIBUTES:
                self._end(step, "Stopped", None)  # jobs begin, so that an orphan is ended, and are refused their start
            else:
                self._begin(step, attempt=row["attempt"])

    def _handle(self, message: Done | str) -> None:
        if isinstance(message, str):
            for row in self._journal.rows(
                "SELECT * FROM steps WHERE execution = ? AND status IN ('Succeeded', 'Failed', 'Stopped')", self.arn
            ):
                if self._steps.get(row["name"]) == "Executing" and row["name"] not in self._working:
                    self._steps[row["name"]] = row["status"]
                    self._announce(row)
            return
        self._working.discard(message.step.name)
        if message.error is not None:
            self._failed(message.step, message.error)
        elif message.result is not None:
            self._succeeded(message.step, message.result)

    def _advance(self) -> bool:
        """Start what is ready; True when the execution has ended."""
        stopping = self._status() == "Stopping"
        if stopping:
            self._no_more_attempts.set()
            self._ask_to_stop()
        failed_by_step = any(self._plan.steps[n].type == "Fail" and s in ENDED for n, s in self._steps.items())
        if not stopping and not failed_by_step:
            progress = True
            while progress:
                progress = False
                for step in self._plan.steps.values():
                    if step.name in self._steps or len(self._working) >= self._max_parallel:
                        continue
                    verdict = self._verdict(step)
                    if verdict == "run":
                        self._begin(step, attempt=1)
                        progress |= self._steps[step.name] in ENDED
                    elif verdict == "skip":
                        self._steps[step.name] = SKIPPED
                        progress = True
        if self._working or any(s == "Executing" for s in self._steps.values()):
            if failed_by_step and not self._working:
                self._abandon_callbacks()
            else:
                return False
        if stopping:
            self._finish("Stopped", None)
        else:
            self._finish(*self._outcome())
        return True

    def _verdict(self, step: Step) -> str:
        """run, wait or skip."""
        if step.branch is not None:
            state = self._steps.get(step.branch.condition)
            if state is None or state == "Executing":
                return "wait"
            if state != "Succeeded" or self._condition_outcome(step.branch.condition) is not step.branch.outcome:
                return "skip"
        verdicts = [self._dependency(dependency) for dependency in step.dependencies]
        return "skip" if "skip" in verdicts else "wait" if "wait" in verdicts else "run"

    def _dependency(self, dependency: Dependency) -> str:
        state = self._steps.get(dependency.step)
        if state is None or state == "Executing":
            return "wait"
        wanted = {"Completed": ("Succeeded",), "Failed": ("Failed",), "Stopped": ("Stopped",), "Any": ENDED}[
            dependency.trigger
        ]
        return "run" if state in wanted else "skip"

    def _condition_outcome(self, name: str) -> bool:
        row = self._journal.row("SELECT properties FROM steps WHERE execution = ? AND name = ?", self.arn, name)
        return bool(row and row["properties"]["Outcome"])

    def _begin(self, step: Step, *, attempt: int) -> None:
        self._steps[step.name] = "Executing"
        values: dict[str, Any] = {
            "status": "Executing",
            "started": time.time(),
            "attempt": attempt,
            "metadata": {},
            "properties": {},
        }
        if step.type == "Callback":
            self._begin_callback(step, values)
            return
        self._journal.save_step(self.arn, step.name, values)
        self._on_event(StepEvent(self.arn, step.name, "Executing"))
        self._working.add(step.name)
        self._workers = [worker for worker in self._workers if worker.is_alive()]
        worker = threading.Thread(target=self._work, args=(step, attempt), name=step.name, daemon=True)
        self._workers.append(worker)
        worker.start()

    def _work(self, step: Step, attempt: int) -> None:
        """A step's own thread."""

        def work(attempt: int) -> Result:
            return self._executors.execute(
                step,
                self._resolver.resolve,
                execution=self.arn,
                pipeline=self._execution["pipeline"],
                attempt=attempt,
            )

        def record(attempt: int) -> None:
            statement = "UPDATE steps SET attempt = ? WHERE execution = ? AND name = ?"
            self._journal.execute(statement, attempt, self.arn, step.name)

        def pause(seconds: float) -> bool:
            return not self._no_more_attempts.wait(min(seconds, LONGEST_PAUSE))

        done = run_attempts(step, attempt=attempt, work=work, record=record, pause=pause)
        if self._closing.is_set() and done.error is not None:
            done = Done(step)  # whether it failed by itself or because everything closes, it runs again on resume
        self._inbox.put(done)

    def _begin_callback(self, step: Step, values: dict[str, Any]) -> None:
        token = "".join(secrets.choice(TOKEN_ALPHABET) for _ in range(10))
        values["token"] = token
        try:
            url = self._resolver.resolve(step.raw.get("SqsQueueUrl"))
        except StepError as error:
            self._journal.save_step(self.arn, step.name, values)
            self._failed(step, error)
            return
        values["metadata"] = {"Callback": {"CallbackToken": token, "SqsQueueUrl": url}}
        self._journal.save_step(self.arn, step.name, values)
        self._on_event(StepEvent(self.arn, step.name, "Executing"))
        self._ask(step, values)

    def _ask(self, step: Step, row: Mapping[str, Any]) -> None:
        """Send the callback's message; one that cannot be sent fails the step.

        After a resume it is sent again, as queues deliver at least once: nobody knows whether the local queue's
        consumer had seen it when its process died.
        """
        try:
            self._send(str(row["metadata"]["Callback"]["SqsQueueUrl"]), self._message(step, row, "Executing"))
        except StepError as error:
            self._failed(step, error)
        except Exception as error:  # noqa: BLE001 - the queue's own error types are not ours to know
            if row.get("delivered"):
                logger.warning("the message of %s could not be sent again: %s", step.name, error)
                return
            self._failed(step, StepError(f"the callback message could not be sent: {error}", "Step.SERVICE_FAULT"))
        else:
            self._journal.execute(
                "UPDATE steps SET delivered = 1 WHERE execution = ? AND name = ?", self.arn, step.name
            )

    def _message(self, step: Step, row: Mapping[str, Any], status: str) -> str:
        body = {
            "token": row["token"],
            "pipelineExecutionArn": self.arn,
            "arguments": self._resolver.resolve(step.arguments),
            "status": status,
        }
        return json.dumps(body)

    def _ask_to_stop(self) -> None:
        """Tell waiting callbacks, once, that the execution is stopping."""
        for row in self._journal.rows(
            "SELECT * FROM steps WHERE execution = ? AND status = 'Executing' AND token IS NOT NULL", self.arn
        ):
            if row["name"] in self._told_to_stop:
                continue
            self._told_to_stop.add(row["name"])
            step = self._plan.steps[row["name"]]
            try:
                self._send(str(row["metadata"]["Callback"]["SqsQueueUrl"]), self._message(step, row, STOPPING_MESSAGE))
            except Exception as error:  # noqa: BLE001 - the queue's own error types are not ours to know
                self._end(step, "Stopped", f"the stopping message could not be sent: {error}")

    def _abandon_callbacks(self) -> None:
        """A Fail step ended the execution: what still waits is stopped."""
        for name, state in list(self._steps.items()):
            if state == "Executing":
                self._end(self._plan.steps[name], "Stopped", None)

    def _succeeded(self, step: Step, result: Result) -> None:
        status = "Failed" if step.type == "Fail" else "Succeeded"
        reason = result.properties["ErrorMessage"] if step.type == "Fail" else None
        self._end(step, status, reason, result)

    def _failed(self, step: Step, error: StepError) -> None:
        self._end(step, "Stopped" if error.exception_type == "Stopped" else "Failed", error.reason)

    def _end(self, step: Step, status: str, reason: str | None, result: Result | None = None) -> None:
        row = self._journal.row("SELECT * FROM steps WHERE execution = ? AND name = ?", self.arn, step.name)
        assert row is not None  # noqa: S101 - a step is journaled before it works
        row |= {"status": status, "ended": time.time(), "failure": reason}
        if result is not None:
            row |= {"metadata": result.metadata, "properties": result.properties, "cache_source": result.cache_source}
        self._journal.save_step(self.arn, step.name, row)
        self._steps[step.name] = status
        self._announce(row)

    def _announce(self, row: Mapping[str, Any]) -> None:
        seconds = float(row["ended"] or time.time()) - float(row["started"])
        self._on_event(
            StepEvent(self.arn, row["name"], row["status"], seconds, row["cache_source"] is not None, row["failure"])
        )

    def _outcome(self) -> tuple[str, str | None]:
        """The execution's status once no step runs any more, and why it failed."""
        failed = [name for name, state in self._steps.items() if state in ("Failed", "Stopped")]
        if not failed:
            return "Succeeded", None
        rows = {
            r["name"]: r for r in self._journal.rows("SELECT name, failure FROM steps WHERE execution = ?", self.arn)
        }
        ends = [name for name in failed if self._plan.steps[name].type == "Fail"]
        if ends:
            return "Failed", rows[ends[0]]["failure"]
        reason = f"Step {failed[0]} failed: {rows[failed[0]]['failure']}"
        handled = all(
            any(
                self._steps.get(other.name) == "Succeeded"
                and any(d.step == name and d.trigger in ("Failed", "Any") for d in other.dependencies)
                for other in self._plan.steps.values()
            )
            for name in failed
        )
        return ("CompletedWithFailures" if handled else "Failed"), reason

    def _finish(self, status: str, reason: str | None) -> None:
        self._journal.execute(
            "UPDATE executions SET status = ?, failure = ?, modified = ? WHERE arn = ?",
            status,
            reason,
            time.time(),
            self.arn,
        )
        self._on_event(ExecutionEvent(self.arn, status))

    def _status(self) -> str:
        row = self._journal.row("SELECT status FROM executions WHERE arn = ?", self.arn)
        return str(row["status"]) if row else "Stopped"
