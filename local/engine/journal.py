"""The engine's memory: every transition is one SQLite transaction, so a kill at any moment loses at most one.

Place in the flow: only the engine writes it; resuming reads it. One cost: WAL without a sync per commit survives a
killed process always, a power cut without the last moments.
"""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.engine.records import SENT, SETTLED, CallbackRecord, ExecutionRecord, JobRecord, PipelineRecord, StepRecord

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pipelines (name TEXT PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS executions (
    arn TEXT PRIMARY KEY, pipeline TEXT NOT NULL, token TEXT, status TEXT NOT NULL, created REAL NOT NULL,
    record TEXT NOT NULL, UNIQUE (pipeline, token));
CREATE INDEX IF NOT EXISTS executions_by_pipeline ON executions (pipeline, created);
CREATE TABLE IF NOT EXISTS steps (
    execution TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, signature TEXT, ended REAL,
    record TEXT NOT NULL, PRIMARY KEY (execution, name));
CREATE INDEX IF NOT EXISTS steps_by_signature ON steps (signature, ended) WHERE signature IS NOT NULL;
CREATE TABLE IF NOT EXISTS callbacks (
    token TEXT PRIMARY KEY, execution TEXT NOT NULL, step TEXT NOT NULL, answered INTEGER NOT NULL, record TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS callbacks_by_execution ON callbacks (execution, answered);
CREATE TABLE IF NOT EXISTS jobs (
    kind TEXT NOT NULL, name TEXT NOT NULL, created REAL NOT NULL, record TEXT NOT NULL, PRIMARY KEY (kind, name));
"""


class Journal:
    """Records by their keys; several threads may use it."""

    def __init__(self, database: Path) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None, timeout=30)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Release the database."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes in the block happen, or none."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")

    def put_pipeline(self, record: PipelineRecord) -> None:
        self._write("INSERT OR REPLACE INTO pipelines VALUES (?, ?)", record.name, _text(record))

    def remove_pipeline(self, name: str) -> None:
        self._write("DELETE FROM pipelines WHERE name = ?", name)

    def pipeline(self, name: str) -> PipelineRecord | None:
        found = self._read("SELECT record FROM pipelines WHERE name = ? COLLATE NOCASE", name)
        return PipelineRecord(**found[0]) if found else None

    def pipelines(self) -> list[PipelineRecord]:
        return [PipelineRecord(**row) for row in self._read("SELECT record FROM pipelines ORDER BY name")]

    def put_execution(self, record: ExecutionRecord) -> None:
        self._write(
            "INSERT OR REPLACE INTO executions VALUES (?, ?, ?, ?, ?, ?)",
            record.arn,
            record.pipeline,
            record.token,
            record.status,
            record.created,
            _text(record),
        )

    def execution(self, arn: str) -> ExecutionRecord | None:
        found = self._read("SELECT record FROM executions WHERE arn = ?", arn)
        return ExecutionRecord(**found[0]) if found else None

    def execution_of_token(self, pipeline: str, token: str) -> ExecutionRecord | None:
        found = self._read("SELECT record FROM executions WHERE pipeline = ? AND token = ?", pipeline, token)
        return ExecutionRecord(**found[0]) if found else None

    def executions(self, pipeline: str) -> list[ExecutionRecord]:
        """A pipeline's executions, oldest first."""
        query = "SELECT record FROM executions WHERE pipeline = ? ORDER BY created, rowid"
        return [ExecutionRecord(**row) for row in self._read(query, pipeline)]

    def unfinished(self) -> list[ExecutionRecord]:
        """Executions that have not ended, oldest first."""
        query = "SELECT record FROM executions WHERE status IN ('Executing', 'Stopping') ORDER BY created, rowid"
        return [ExecutionRecord(**row) for row in self._read(query)]

    def put_step(self, execution: str, record: StepRecord) -> None:
        self._write(
            "INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?, ?, ?)",
            execution,
            record.name,
            record.status,
            record.signature,
            record.ended,
            _text(record),
        )

    def steps(self, execution: str) -> list[StepRecord]:
        return [StepRecord(**row) for row in self._read("SELECT record FROM steps WHERE execution = ?", execution)]

    def results(self, signature: str, since: float) -> list[tuple[str, StepRecord]]:
        """Finished steps with that signature that ran themselves, newest first, with their executions."""
        query = (
            "SELECT record, execution FROM steps WHERE signature = ? AND ended >= ? AND status = 'Succeeded' "
            "ORDER BY ended DESC"
        )
        with self._lock:
            rows = self._connection.execute(query, (signature, since)).fetchall()
        found = [(str(row[1]), StepRecord(**json.loads(row[0]))) for row in rows]
        return [(execution, record) for execution, record in found if record.cache_source is None]

    def put_callback(self, record: CallbackRecord) -> None:
        self._write(
            "INSERT OR REPLACE INTO callbacks VALUES (?, ?, ?, ?, ?)",
            record.token,
            record.execution_arn,
            record.step,
            record.answered,
            _text(record),
        )

    def callback(self, token: str) -> CallbackRecord | None:
        found = self._read("SELECT record FROM callbacks WHERE token = ?", token)
        return CallbackRecord(**found[0]) if found else None

    def waiting_callbacks(self, execution: str) -> list[CallbackRecord]:
        query = "SELECT record FROM callbacks WHERE execution = ? AND answered = 0 ORDER BY rowid"
        return [CallbackRecord(**row) for row in self._read(query, execution)]

    def settle_callbacks(self) -> None:
        """Every message sent so far has arrived, for the queue outlives the engine that sent it."""
        with self.transaction():
            for row in self._read("SELECT record FROM callbacks WHERE answered = 0"):
                record = CallbackRecord(**row)
                record.delivery = SETTLED if record.delivery == SENT else record.delivery
                record.stop_delivery = SETTLED if record.stop_delivery == SENT else record.stop_delivery
                self.put_callback(record)

    def put_job(self, record: JobRecord) -> None:
        self._write("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?)", record.kind, record.name, record.created, _text(record))

    def job(self, kind: str, name: str) -> JobRecord | None:
        found = self._read("SELECT record FROM jobs WHERE kind = ? AND name = ?", kind, name)
        return JobRecord(**found[0]) if found else None

    def jobs(self, kind: str) -> list[JobRecord]:
        return [JobRecord(**r) for r in self._read("SELECT record FROM jobs WHERE kind = ? ORDER BY created", kind)]

    def _write(self, statement: str, *values: object) -> None:
        with self._lock:
            self._connection.execute(statement, values)

    def _read(self, query: str, *values: object) -> list[dict[str, Any]]:
        with self._lock:
            return [json.loads(row[0]) for row in self._connection.execute(query, values)]


def _text(record: object) -> str:
    assert dataclasses.is_dataclass(record)  # noqa: S101 - for the type checker
    assert not isinstance(record, type)  # noqa: S101 - for the type checker
    return json.dumps(dataclasses.asdict(record))
