"""What a channel is: a callable that sends one notification and returns its reference, or raises ChannelError.

Place in the flow: `deliver` calls the channels that are configured; each lies in a module of its own, and other
packages add theirs by an entry point. One cost: a channel is told nothing of what others did.

    [project.entry-points."sagemaker_issueops.channels"]
    pager = "our_pager:send"

    def send(notification: Notification, outlet: Outlet) -> str:
        answer = post_json(outlet.environment["PAGER_URL"], {"text": notification.title}, what="the pager")
        return answer.text

`ISSUEOPS_CHANNELS="github pager"` switches it on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points

from botocore.exceptions import BotoCoreError, ClientError

from contracts.errors import ConfigError
from lambdas import aws
from lambdas.channels.failures import ChannelError, refused_by_aws
from lambdas.channels.notification import Notification
from lambdas.channels.settings import GROUP, ChannelSettings
from lambdas.services import Services


@dataclass(frozen=True, slots=True)
class Outlet:
    """What a channel sends with; a custom channel finds its own settings in `environment`.

    Attributes:
        late: it was tried before, and much may have happened since.
    """

    services: Services
    settings: ChannelSettings
    language: str
    environment: Mapping[str, str]
    late: bool = False


Channel = Callable[[Notification, Outlet], str]


def custom_channel(name: str) -> Channel:
    """The channel that an installed package offers under this name.

    Raises:
        ConfigError: nobody does, or what is offered cannot be called.
    """
    found = list(entry_points(group=GROUP, name=name))
    if not found:
        raise ConfigError(f"no installed package offers a channel '{name}' (entry points {GROUP}).")
    offered = found[0].load()
    if not callable(offered):
        raise ConfigError(f"entry point {found[0].value} must be a function, got {type(offered).__name__}.")
    channel: Channel = offered
    return channel


def secret_value(secret_id: str, member: str) -> str:
    """A secret's text, or this member of it where it is JSON.

    Raises:
        ChannelError: it cannot be read, or holds no such thing.
    """
    try:
        text = str(aws.client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]).strip()
    except (ClientError, BotoCoreError) as error:
        raise refused_by_aws(f"the secret '{secret_id}' cannot be read", error) from None
    if text.startswith("{"):
        try:
            value = json.loads(text).get(member)
        except ValueError:
            value = None
        text = value if isinstance(value, str) else ""
    if not text:
        raise ChannelError(f"the secret '{secret_id}' holds no {member}.")
    return text
