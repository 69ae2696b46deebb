"""Routes for webhooks and their deliveries. Only administrators reach them.

Cost: a delivery's list is paged by number as the other lists are, not by GitHub's cursor.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from local.github import accounts
from local.github.errors import Unprocessable
from local.github.exchange import Answer, Exchange
from local.github.hook_payloads import delivery_payload, full_delivery_payload, hook_payload
from local.github.hook_records import ContentType, Hook
from local.github.hooks import new_hook
from local.github.payloads import Json

_FORMS = ("json", "form")


def list_hooks(at: Exchange, repo: str) -> Answer:
    accounts.require_admin(at.account)
    return at.page(at.store.hooks.of_repository(repo), lambda hook: _hook(at, repo, hook))


def create_hook(at: Exchange, repo: str) -> Answer:
    accounts.require_admin(at.account)
    if at.text("name", "web") != "web":
        raise Unprocessable('Invalid request.\n\n"name" must be "web".')
    config = _config(at)
    wanted = new_hook(
        _text(config, "url"),
        secret=_text(config, "secret", ""),
        events=_names(at, "events", ("push",)),
        active=_flag(at, "active", True),
        content_type=_content_type(config, "form"),
    )
    return Answer(201, _hook(at, repo, at.store.hooks.create(repo, wanted, at.account)))


def get_hook(at: Exchange, repo: str, hook_id: int) -> Answer:
    accounts.require_admin(at.account)
    return Answer(200, _hook(at, repo, at.store.hooks.find(repo, hook_id)))


def update_hook(at: Exchange, repo: str, hook_id: int) -> Answer:
    """A `config` replaces the whole old one, its secret included, as on GitHub."""
    accounts.require_admin(at.account)
    hook = at.store.hooks.find(repo, hook_id)
    events = dict.fromkeys((*_names(at, "events", hook.events), *_names(at, "add_events", ())))
    removed = _names(at, "remove_events", ())
    wanted = replace(
        hook,
        events=tuple(name for name in events if name not in removed),
        active=_flag(at, "active", hook.active),
    )
    if "config" in at.fields():
        config = _config(at)
        wanted = replace(
            wanted,
            url=_text(config, "url", hook.url),
            secret=_text(config, "secret", ""),
            content_type=_content_type(config, hook.content_type),
        )
    return Answer(200, _hook(at, repo, at.store.hooks.update(repo, wanted)))


def delete_hook(at: Exchange, repo: str, hook_id: int) -> Answer:
    accounts.require_admin(at.account)
    at.store.hooks.delete(repo, hook_id)
    return Answer(204)


def ping_hook(at: Exchange, repo: str, hook_id: int) -> Answer:
    accounts.require_admin(at.account)
    at.store.hooks.ping(repo, hook_id, at.account)
    return Answer(204)


def list_deliveries(at: Exchange, repo: str, hook_id: int) -> Answer:
    accounts.require_admin(at.account)
    return at.page(at.store.hooks.deliveries(repo, hook_id), delivery_payload)


def get_delivery(at: Exchange, repo: str, hook_id: int, delivery_id: int) -> Answer:
    accounts.require_admin(at.account)
    return Answer(200, full_delivery_payload(at.store.hooks.delivery(repo, hook_id, delivery_id)))


def redeliver(at: Exchange, repo: str, hook_id: int, delivery_id: int) -> Answer:
    accounts.require_admin(at.account)
    at.store.hooks.redeliver(repo, hook_id, delivery_id)
    return Answer(202, {})


def _hook(at: Exchange, repo: str, hook: Hook) -> Json:
    last = next(iter(at.store.hooks.deliveries(repo, hook.id)), None)
    return hook_payload(at.to, at.store.repository(repo).full_name, hook, last)


def _config(at: Exchange) -> Mapping[str, object]:
    config = at.fields().get("config")
    if not isinstance(config, dict):
        raise Unprocessable('Invalid request.\n\n"config" wasn\'t supplied as an object.')
    return config


def _text(config: Mapping[str, object], name: str, default: str | None = None) -> str:
    value = config.get(name, default)
    if not isinstance(value, str):
        raise Unprocessable(f'Invalid request.\n\n"config.{name}" wasn\'t supplied as text.')
    return value.encode("utf-8", "replace").decode()


def _content_type(config: Mapping[str, object], default: ContentType) -> ContentType:
    value = config.get("content_type", default)
    if value not in _FORMS:
        raise Unprocessable('Invalid request.\n\n"config.content_type" must be "json" or "form".')
    return cast(ContentType, value)


def _names(at: Exchange, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    value = at.fields().get(name, list(default))
    if not isinstance(value, list) or len(value) > 100 or not all(isinstance(each, str) for each in value):
        raise Unprocessable(f'Invalid request.\n\n"{name}" must be a list of names.')
    return tuple(str(each).encode("utf-8", "replace").decode() for each in value)


def _flag(at: Exchange, name: str, default: bool) -> bool:
    value = at.fields().get(name, default)
    if not isinstance(value, bool):
        raise Unprocessable(f'Invalid request.\n\n"{name}" must be true or false.')
    return value
