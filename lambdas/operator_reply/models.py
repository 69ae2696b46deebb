"""`/approve` and `/rollback`: decisions on the registered model of the issue.

Place in the flow: over the same functions of `registry/` as the command line. Who decided, why and in which comment
stands in the registry itself, which is how a repeated comment recognises its own deed. The registry's event announces
an approval; a rollback is announced and written into the history from here. One cost: an approval looks at the steps of
the issue's executions, newest first.
"""

from __future__ import annotations

from contracts import names
from contracts.errors import RegistryError
from contracts.findings import Finding
from contracts.operator_commands import Command
from lambdas import executions
from lambdas.channels import deliver, model_notification, where_to_read
from lambdas.history import Rollback, write_rollback
from lambdas.operator_reply.order import Order, Outcome
from registry import approval
from registry.packages import describe, list_summaries
from registry.references import ModelReference
from registry.rollback import ROLLED_BACK, RolledBack, roll_back
from registry.versions import APPROVED, in_force


def approve(order: Order, command: Command) -> Outcome:
    """Set a version Approved: the newest that this issue's executions registered, or the named one."""
    group = model_of(order)
    registered = registered_version(order)
    reference = registered if command.version is None else ModelReference(group, command.version)
    if reference is None or not reference.group:
        return order.refused(order.say("nothing_registered"))
    if command.model not in ("", reference.group):
        return order.refused(order.say("other_model", model_name=reference.group, named=command.model))
    try:
        found = describe(order.sagemaker, reference)
        ours = order.source in found.approval_description
        if found.status == APPROVED and not found.archived and not ours:
            text = order.say(
                "already_approved",
                model_version=found.version,
                model_name=found.group,
                description=found.approval_description,
            )
            return order.done(text)
        if found.status != APPROVED or found.archived:
            approval.approve(order.sagemaker, reference, by=order.author, reason=_reason(order, command))
        current = in_force(list_summaries(order.sagemaker, found.group))
    except RegistryError as error:
        return order.refused_with([Finding("approve", str(error))])
    version = found.version
    texts = [order.say("reply_approved", operator=order.author, model_version=version, model_name=found.group)]
    if current is not None and current.version > version:
        texts.append(order.say("newer_in_force", current_model_version=current.version, model_version=version))
    return order.done(*texts)


def rollback(order: Order, command: Command) -> Outcome:
    """Put the approved version before the current, or the named one, in force again."""
    group = model_of(order)
    if not group:
        return order.refused(order.say("nothing_registered"))
    if command.model not in ("", group):
        return order.refused(order.say("other_model", model_name=group, named=command.model))
    try:
        done = roll_back(
            order.sagemaker,
            group,
            to=command.version,
            by=order.author,
            reason=_reason(order, command),
            s3=order.services.s3,
        )
    except RegistryError as error:
        return order.refused_with([Finding("rollback", str(error))])
    versions = {
        "model_name": group,
        "current_model_version": done.current_model_version,
        "previous_model_version": done.previous_model_version,
    }
    if done.rollback_status != ROLLED_BACK and order.source not in done.description:
        text = order.say("already_rolled_back", **versions, description=done.description)
        return order.done(text) if command.version is not None else order.refused(text)
    _write_down(order, command, group, done)
    _announce(order, command, group, done)
    return order.done(order.say("reply_rolled_back", operator=order.author, **versions))


def model_of(order: Order) -> str:
    """The issue's model package group: that of its newest execution; empty where nothing was started."""
    for arn in order.executions():
        return executions.parameters_of(order.sagemaker, arn).get(names.MODEL_PACKAGE_GROUP_NAME, "")
    return ""


def registered_version(order: Order) -> ModelReference | None:
    """What the newest of the issue's executions that registered anything registered.

    The service writes a group's name in lower case into an ARN, so the name is the execution's own parameter.
    """
    for arn in order.executions():
        for step in reversed(executions.steps_of(order.sagemaker, arn)):
            package = str(step.get("Metadata", {}).get("RegisterModel", {}).get("Arn", ""))
            if step["StepName"] in names.REGISTER_STEPS and package:
                parameters = executions.parameters_of(order.sagemaker, arn)
                return ModelReference(parameters[names.MODEL_PACKAGE_GROUP_NAME], int(package.rsplit("/", 1)[-1]))
    return None


def _reason(order: Order, command: Command) -> str:
    """`checked on the island (octo/models#12, comment 345)`."""
    return f"{command.reason} {order.source}".strip()


def _write_down(order: Order, command: Command, group: str, done: RolledBack) -> None:
    repository, number = order.address
    rollback = Rollback(
        repository=repository,
        issue_number=number,
        model_package_group_name=group,
        rollback_status=ROLLED_BACK,
        current_model_version=str(done.current_model_version),
        previous_model_version=str(done.previous_model_version),
        operator=order.author,
        reason=command.reason,
        happened=order.comment.created,
        reference=f"comment {order.comment.id}",
    )
    write_rollback(order.services, rollback)


def _announce(order: Order, command: Command, group: str, done: RolledBack) -> None:
    services = order.services
    repository, number = order.address
    notification = model_notification(
        "model_rolled_back",
        services.settings.language,
        repository=repository,
        issue_number=number,
        model_name=group,
        model_version=done.current_model_version,
        previous_version=done.previous_model_version,
        key=f"comment-{order.comment.id}",
        url=where_to_read(services.settings, services.records.read(*order.address)),
        operator=order.author,
        reason=command.reason,
    )
    deliver(services, notification, language=services.settings.language)
