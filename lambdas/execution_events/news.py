"""What people are told once, beside the status comment: a run that ended untold, a decision in the registry.

Place in the flow: after the status comment is right, so that the news can link it. A run tells of its own end in a
step; where it was stopped, or that step did not come to it, this does. One cost: a run that is retried and stopped a
second time is told once.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from contracts import names
from lambdas import executions
from lambdas.channels import (
    Notification,
    deliver,
    model_notification,
    run_notification,
    stopped_notification,
    where_to_read,
)
from lambdas.edge import Fields
from lambdas.execution_events.packages import RegisteredModel
from lambdas.execution_events.runs import Run
from lambdas.run_facts import RunFacts
from lambdas.services import Services
from lambdas.status_comment.reading import step_of
from lambdas.status_comment.records import NOTIFY_STEPS, Package, first_broken
from registry.versions import APPROVED, REJECTED

logger = logging.getLogger(__name__)

KINDS: Mapping[str, str] = {APPROVED: "model_approved", REJECTED: "model_rejected"}


def tell_end(services: Services, run: Run) -> None:
    """Tell that a run was stopped or failed, unless one of its own steps did, or it was told before."""
    if not run.ended or run.status == "Succeeded":
        return
    kind = "training_stopped" if run.status == "Stopped" else "error"
    execution_id = run.arn.rsplit("/", 1)[-1]
    record = services.records.read(run.repository, run.number)
    if record.told.get(_ended(execution_id)) == kind:
        return
    steps = tuple(step_of(item) for item in executions.steps_of(services.sagemaker, run.arn))
    if any(step.name in NOTIFY_STEPS and step.status == "Succeeded" for step in steps):
        return
    language, url = services.settings.language, where_to_read(services.settings, record)
    if run.status == "Stopped":
        notification = stopped_notification(
            language, repository=run.repository, issue_number=run.number, execution_arn=run.arn, url=url
        )
    else:
        broken = first_broken(steps)
        notification = run_notification(
            kind,
            language,
            _facts(run, execution_id),
            None,
            url=url,
            failed_step=broken.name if broken is not None else "",
            reason=broken.failure if broken is not None else run.failure,
        )
    _send(services, notification, _ended(execution_id), kind)


def tell_decision(services: Services, run: Run, model: RegisteredModel) -> None:
    """Tell that a version was approved or rejected, once for each time that it was.

    Nobody is told of a package that merely says it came from this run.
    """
    package = model.package
    if package.status not in KINDS or package.archived or not _came_from(services, run, model.arn):
        return
    record = services.records.read(run.repository, run.number)
    occasion = f"package:{model.arn.split('/', 1)[-1]}"
    count, _, told = record.told.get(occasion, "0 ").partition(" ")
    if told == package.status:
        return
    turn = int(count) + 1 if count.isdigit() else 1
    operator, reason = _who_and_why(package)
    notification = model_notification(
        KINDS[package.status],
        services.settings.language,
        repository=run.repository,
        issue_number=run.number,
        model_name=package.group,
        model_version=package.version,
        key=f"{model.arn}:{package.status}:{turn}",
        url=where_to_read(services.settings, record),
        operator=operator,
        reason=reason,
    )
    _send(services, notification, occasion, f"{turn} {package.status}")


def _who_and_why(package: Package) -> tuple[str, str]:
    """Of `Approved by ada: checked on the island`, as the registry's functions write it."""
    who, _, why = package.decision.partition(": ")
    by = f"{package.status} by "
    return (who.removeprefix(by), why) if who.startswith(by) else ("", package.decision)


def _came_from(services: Services, run: Run, package_arn: str) -> bool:
    steps = (step_of(item) for item in executions.steps_of(services.sagemaker, run.arn))
    return any(step.package_arn == package_arn for step in steps)


def _send(services: Services, notification: Notification, occasion: str, what: str) -> None:
    """Deliver, and remember it; a channel's failure is the channels' to repeat, unless they have no queue for it."""
    delivery = deliver(services, notification, language=services.settings.language)
    logger.info("%s of %s: %s", notification.kind, notification.issue, delivery.status)
    if delivery.status != "failed":
        issue = (notification.repository, notification.issue_number)
        services.records.change(*issue, lambda record: record.having_told(occasion, what))


def _facts(run: Run, execution_id: str) -> RunFacts:
    given = run.parameters
    return RunFacts.from_fields(
        Fields(
            {
                "execution_arn": run.arn,
                "execution_id": execution_id,
                "repository": run.repository,
                "issue_number": run.number,
                "current_retry": given.get(names.CURRENT_RETRY, "0"),
                "max_retry": given.get(names.MAX_RETRY, "0"),
                "algorithm": given.get(names.ALGORITHM, ""),
                "dataset_id": given.get(names.DATASET_ID, ""),
                "model_name": given.get(names.MODEL_NAME, ""),
                "model_package_group_name": given.get(names.MODEL_PACKAGE_GROUP_NAME, ""),
                "evaluation_metric": given.get(names.EVALUATION_METRIC, ""),
                "evaluation_threshold": given.get(names.EVALUATION_THRESHOLD, "0"),
                "hyperparameters": given.get(names.HYPERPARAMETERS, "{}"),
            }
        )
    )


def _ended(execution_id: str) -> str:
    return f"ended:{execution_id}"
