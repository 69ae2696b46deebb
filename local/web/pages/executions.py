"""Executions: the list, one with its graph and steps, live, and the log of a job.

Place in the flow: what Studio shows on AWS. The live parts are asked for every second while something runs and answered
with 304 while nothing changed. One cost: the definition is read anew each time.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from markupsafe import Markup
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from local.web.mermaid import NotAFlowchartError, draw
from local.web.runs import Run, Step
from local.web.visit import Visit

TAIL_BYTES = 64 << 10
SHOWN_LINES = 14
_JOB = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


def listing(visit: Visit) -> Response:
    """The newest executions."""
    return visit.page("executions.html", runs=visit.runs.newest())


def listing_live(visit: Visit) -> Response:
    """The list itself."""
    return visit.fragment("executions_live.html", runs=visit.runs.newest())


def show(visit: Visit, execution: str) -> Response:
    """One execution."""
    return visit.page("execution.html", **_content(visit, _found(visit, execution)))


def live(visit: Visit, execution: str) -> Response:
    """What of it changes while it runs."""
    run = _found(visit, execution)
    return visit.fragment("execution_live.html", done=not run.is_running, **_content(visit, run))


def log(visit: Visit, execution: str, step: str) -> Response:
    """The end of a job's log."""
    run = _found(visit, execution)
    found = _step(visit, run, step)
    return visit.page("log.html", run=run, step=found, lines=_tail(visit, found))


def job(visit: Visit, job: str) -> Response:
    """The log of a job, wherever it ran: what comments link to knows no execution."""
    found = re.fullmatch(r"pipelines-([a-z0-9]{12})-([A-Za-z0-9_-]+)-[0-9a-f]+", job)
    if found is None:
        raise visit.not_found("no_job", name=job[:64])
    return redirect(f"/executions/{found[1]}/log/{found[2]}", Response=Response)


def log_live(visit: Visit, execution: str, step: str) -> Response:
    """The log's lines."""
    run = _found(visit, execution)
    found = _step(visit, run, step)
    return visit.fragment("log_live.html", done=not run.is_running, lines=_tail(visit, found))


def _found(visit: Visit, execution: str) -> Run:
    run = visit.runs.find(execution)
    if run is None:
        raise visit.not_found("no_execution", name=execution[:40])
    return run


def _step(visit: Visit, run: Run, name: str) -> Step:
    found = next((step for step in run.steps if step.name == name and step.job), None)
    if found is None:
        raise visit.not_found("no_job", name=name[:64])
    return found


def _content(visit: Visit, run: Run) -> dict[str, Any]:
    definition = visit.runs.definition(run)
    statuses = {step.name: "Cached" if step.from_cache else step.status for step in run.steps}
    text = visit.ports.graph(definition, statuses)
    try:
        picture = Markup(draw(text, visit.templates.drawn))  # noqa: S704 - the drawing escapes what it shows
    except NotAFlowchartError:
        picture = None
    shown = next((step for step in reversed(run.steps) if step.job and step.status in ("Executing", "Failed")), None)
    return {
        "run": run,
        "graph": picture,
        "graph_text": text,
        "watched": shown,
        "tail": _tail(visit, shown)[-SHOWN_LINES:] if shown else [],
    }


def _tail(visit: Visit, step: Step) -> list[str]:
    """The last lines of the job's log; none where there is no log."""
    folder: Path | None = visit.ports.jobs
    if folder is None or not _JOB.fullmatch(step.job):
        return []
    try:
        with (folder / step.job / "log.txt").open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            data = file.read(TAIL_BYTES)
    except OSError:
        return []
    lines = _CONTROL.sub("", data.decode("utf-8", "replace").replace("\r", "\n")).splitlines()
    return lines[1:] if size > TAIL_BYTES else lines
