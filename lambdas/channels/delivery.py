"""Hands a notification to every channel that is configured, once; what fails is tried again, and never fails the run.

Place in the flow: the notification step, execution_events and operator_reply call `deliver`. A channel gets a few quick
attempts here; then the notification goes on the notifications queue for the failed channels only, and the notification
function calls `deliver_again` for more than an hour (the queue's row says how often). One cost: a step waits for its
slowest channel.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from botocore.exceptions import BotoCoreError, ClientError

from contracts.errors import ConfigError
from lambdas.channels import email_message, github_comment, slack_message, slack_webhook, sns_topic
from lambdas.channels.channel import Channel, Outlet, custom_channel
from lambdas.channels.failures import ChannelError
from lambdas.channels.ledger import LEASE_SECONDS, Claims, Ledger
from lambdas.channels.notification import Delivery, Notification, Result
from lambdas.channels.settings import channel_settings
from lambdas.edge import Fields
from lambdas.services import Services

logger = logging.getLogger(__name__)

ATTEMPTS = 3
PATIENCE_SECONDS = 10.0
BUSY = "another invocation is sending it at this moment."
BUILT_IN: Mapping[str, Channel] = {
    "github": github_comment.send,
    "slack": slack_message.send,
    "slack_webhook": slack_webhook.send,
    "email": email_message.send,
    "sns": sns_topic.send,
}


@dataclass(frozen=True, slots=True)
class Time:
    """Seconds since 1970, and waiting; tests bring their own."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


CLOCK = Time()


def deliver(services: Services, notification: Notification, *, language: str, clock: Time = CLOCK) -> Delivery:
    """Tell every channel that was not told yet; what fails goes on the queue. No failing channel raises."""
    delivery = _deliver(services, notification, None, language=language, clock=clock)
    if not delivery.failed:
        return delivery
    queued = _enqueue(services, notification, delivery.failed, language)
    return Delivery(delivery.results, queued)


def deliver_again(services: Services, fields: Fields, *, clock: Time = CLOCK) -> Delivery:
    """A message of the notifications queue.

    Raises:
        ChannelError: some channel failed again; the queue will offer the message again.
    """
    notification = Notification.from_fields(Fields(fields.mapping("notification")))
    channels = fields.text("channels").split()
    delivery = _deliver(services, notification, channels, language=fields.text("language"), clock=clock)
    if delivery.failed:
        failed = [f"{result.channel}: {result.detail}" for result in delivery.results if result.status == "failed"]
        raise ChannelError(f"{notification.kind} of {notification.issue} is still not delivered: {' '.join(failed)}")
    return delivery


def _deliver(
    services: Services, notification: Notification, only: Sequence[str] | None, *, language: str, clock: Time
) -> Delivery:
    settings = channel_settings()
    outlet = Outlet(services, settings, language, os.environ, late=only is not None)
    asked = [name for name in settings.channels if only is None or name in only]
    wanted = [name for name in asked if settings.wants(name, notification.kind)]
    ready = [name for name in wanted if name not in settings.mistakes]
    ledger = Ledger(services.documents, notification, clock.now)
    claims = _claim(ledger, ready, clock)
    results: list[Result] = []
    for name in asked:
        if name not in wanted:
            result = Result(name, "skipped", "its settings leave this kind out.")
        elif name in settings.mistakes:
            result = Result(name, "failed", " ".join(settings.mistakes[name]))
        elif name in claims.told:
            result = Result(name, "sent", reference=claims.told[name])
        elif name in claims.busy:
            result = Result(name, "failed", BUSY)
        else:
            result = _attempt(name, notification, outlet, clock)
            ledger.settle(result)
        if result.status == "failed":
            logger.error(
                "%s of %s is not delivered by %s: %s", notification.kind, notification.issue, name, result.detail
            )
        results.append(result)
    return Delivery(tuple(results))


def _claim(ledger: Ledger, channels: Sequence[str], clock: Time) -> Claims:
    """GitHub's short claim is waited for, in case its owner was killed; longer ones are left to the queue."""
    claims = ledger.claim(channels) if channels else Claims((), {}, ())
    step, waited = 0.5, 0.0
    while not LEASE_SECONDS.keys().isdisjoint(claims.busy) and waited <= max(LEASE_SECONDS.values()):
        clock.sleep(step)
        waited += step
        claims = ledger.claim(channels)
    return claims


def _attempt(name: str, notification: Notification, outlet: Outlet, clock: Time) -> Result:
    patience = PATIENCE_SECONDS
    for attempt in range(1, ATTEMPTS + 1):
        try:
            channel = BUILT_IN[name] if name in BUILT_IN else custom_channel(name)
            return Result(name, "sent", reference=str(channel(notification, outlet) or ""))
        except ChannelError as error:
            wait = error.retry_after
            if attempt == ATTEMPTS or wait is None or wait > patience:
                return Result(name, "failed", str(error))
        except ConfigError as error:
            return Result(name, "failed", str(error))
        except Exception as error:  # noqa: BLE001 - a channel may be a stranger's code, and must not fail the run
            return Result(name, "failed", _where(error))
        patience -= wait
        clock.sleep(wait)
    raise AssertionError("unreachable: the last attempt returns")


def _where(error: Exception) -> str:
    """Kind and place of an unexpected error; its message may hold a secret."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f" in {PurePath(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
    return f"{type(error).__name__}{place}."


def _enqueue(services: Services, notification: Notification, channels: Sequence[str], language: str) -> bool:
    """Put it on the queue for these channels; False where there is no queue, or it does not take it."""
    url = services.settings.notifications_queue_url
    if not url:
        return False
    body = json.dumps(
        {"channels": " ".join(channels), "language": language, "notification": json.loads(notification.to_json())},
        ensure_ascii=False,
    )
    try:
        services.sqs.send_message(QueueUrl=url, MessageBody=body)
    except (ClientError, BotoCoreError) as error:
        logger.error("the notifications queue did not take %s: %s", notification.issue, type(error).__name__)
        return False
    return True
