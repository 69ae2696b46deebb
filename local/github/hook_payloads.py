"""GitHub's JSON of webhooks and their deliveries. Pure; a secret is never shown, only that there is one."""

import json

from local.github.addresses import Addresses
from local.github.hook_records import Delivery, Hook
from local.github.payloads import Json

_HIDDEN = "********"


def hook_payload(to: Addresses, repo: str, hook: Hook, last: Delivery | None) -> Json:
    """A webhook, and how its last delivery ended."""
    url = f"{to.api}/repos/{repo}/hooks/{hook.id}"
    config: Json = {"url": hook.url, "content_type": hook.content_type, "insecure_ssl": "0"}
    if hook.secret:
        config["secret"] = _HIDDEN
    outcome = last.outcome if last is not None else None
    return {
        "type": "Repository",
        "id": hook.id,
        "name": "web",
        "active": hook.active,
        "events": list(hook.events),
        "config": config,
        "created_at": hook.created_at,
        "updated_at": hook.updated_at,
        "url": url,
        "test_url": f"{url}/tests",
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
        "last_response": {
            "code": outcome.code if outcome else None,
            "status": ("active" if outcome.code < 300 else "error") if outcome else "unused",
            "message": outcome.status if outcome else None,
        },
    }


def delivery_payload(delivery: Delivery) -> Json:
    """An entry of the list of deliveries."""
    outcome = delivery.outcome
    return {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": outcome.delivered_at if outcome else None,
        "redelivery": delivery.redelivery,
        "duration": outcome.duration if outcome else 0,
        "status": outcome.status if outcome else "pending",
        "status_code": outcome.code if outcome else 0,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": None,
        "repository_id": delivery.repository,
        "throttled_at": None,
    }


def full_delivery_payload(delivery: Delivery) -> Json:
    """One delivery with what was sent and answered."""
    outcome = delivery.outcome
    return delivery_payload(delivery) | {
        "url": delivery.hook.url,
        "request": {
            "headers": dict(outcome.request_headers) if outcome else {},
            "payload": json.loads(delivery.payload),
        },
        "response": {
            "headers": dict(outcome.response_headers) if outcome else {},
            "payload": outcome.response if outcome else None,
        },
    }
