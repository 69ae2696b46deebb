"""Lambda step: commits `training_history/<training_job_name>.md`, its pictures and a row of the index, once.

Place in the flow: every branch that ends a run, before its notification. Called again, it finds the same files and
commits nothing. While GitHub is down the run goes on, and the history queue calls this with the same event until it is
written. One cost: each picture takes two requests, one at S3 and one at GitHub.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdas.edge import Fields, each_record, logged
from lambdas.history.rollbacks import Rollback
from lambdas.history.writing import ROLLBACK, commit_rollback, remember_late, write_run, write_run_or_queue
from lambdas.run_facts import RunFacts
from lambdas.services import Services, connect_services
from lambdas.status_comment import refresh


@logged
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """{"history_path", "commit_sha", "history_url", "history_plots", "history_status": "written" | "queued"}.

    Of a queue: {"batchItemFailures": […], "results": [the same]}.
    """
    services = connect_services()
    if "Records" in event:
        return each_record(event, lambda fields: write_late(services, fields))
    return dict(write_run_or_queue(services, Fields(event)).outputs())


def write_late(services: Services, fields: Fields) -> dict[str, Any]:
    """A message of the history queue; the issue's status comment learns where a run's history stands.

    Raises:
        GitHubError: GitHub refused again; the queue will offer the message again.
    """
    if ROLLBACK in fields.values:
        return dict(commit_rollback(services, Rollback.from_fields(Fields(fields.mapping(ROLLBACK)))).outputs())
    written = write_run(services, fields)
    facts = RunFacts.from_fields(fields)
    if facts.issue_number > 0:
        remember_late(services, facts, written)
        refresh(services, facts.repository, facts.issue_number)
    return dict(written.outputs())
