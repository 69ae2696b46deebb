"""Which channels a deployment uses, and with what: environment variables of their own.

Place in the flow: `deliver` reads them at each notification. A mistake concerns one channel: that one fails and says
why, the others deliver; `checked` names all of them at once. One cost: a wrong secret is noticed when it is used.

    ISSUEOPS_CHANNELS              github slack slack_webhook email sns, and names of custom channels; github alone
    ISSUEOPS_SLACK_CHANNEL         id or name of the Slack channel
    ISSUEOPS_SLACK_SECRET          Secrets Manager id of the bot token (text, or JSON with `token`)
    ISSUEOPS_SLACK_API_URL         https://slack.com/api
    ISSUEOPS_SLACK_WEBHOOK_SECRET  Secrets Manager id of the incoming webhook's URL (text, or JSON with `url`)
    ISSUEOPS_EMAIL_FROM, _TO       addresses; the sender is verified in SES
    ISSUEOPS_SNS_TOPIC_ARN         topic to publish to
    ISSUEOPS_<CHANNEL>_KINDS       only these kinds go to that channel; all, where it is not set
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points

from contracts.errors import ConfigError
from contracts.findings import did_you_mean
from lambdas.channels.notification import KINDS
from lambdas.channels.posting import is_safe_address

BUILT_IN = ("github", "slack", "slack_webhook", "email", "sns")
GROUP = "sagemaker_issueops.channels"
SLACK_API_URL = "https://slack.com/api"
MAX_RECIPIENTS = 50
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+\Z")
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?\Z")


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """One deployment's channels.

    Attributes:
        kinds: by channel, the kinds it is told; a channel that is not in it is told all.
        mistakes: by channel, what is wrong with its settings.
    """

    channels: tuple[str, ...] = ("github",)
    slack_channel: str = ""
    slack_secret: str = ""
    slack_api_url: str = SLACK_API_URL
    slack_webhook_secret: str = ""
    email_from: str = ""
    email_to: tuple[str, ...] = ()
    sns_topic_arn: str = ""
    kinds: Mapping[str, frozenset[str]] = field(default_factory=dict)
    mistakes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def checked(self) -> ChannelSettings:
        """Raises ConfigError: settings are missing or wrong; the message names all of them."""
        found = [mistake for mistakes in self.mistakes.values() for mistake in mistakes]
        if found:
            raise ConfigError(" ".join(found))
        return self

    def wants(self, channel: str, kind: str) -> bool:
        """Whether the channel is told this kind."""
        return channel not in self.kinds or kind in self.kinds[channel]


def channel_settings(environment: Mapping[str, str] | None = None) -> ChannelSettings:
    """Read the environment; never raises."""
    source = os.environ if environment is None else environment
    channels = tuple(dict.fromkeys(_words(source.get("ISSUEOPS_CHANNELS", "")))) or ("github",)
    settings = ChannelSettings(
        channels=channels,
        slack_channel=source.get("ISSUEOPS_SLACK_CHANNEL", "").strip(),
        slack_secret=source.get("ISSUEOPS_SLACK_SECRET", "").strip(),
        slack_api_url=(source.get("ISSUEOPS_SLACK_API_URL") or SLACK_API_URL).strip().rstrip("/"),
        slack_webhook_secret=source.get("ISSUEOPS_SLACK_WEBHOOK_SECRET", "").strip(),
        email_from=source.get("ISSUEOPS_EMAIL_FROM", "").strip(),
        email_to=tuple(_words(source.get("ISSUEOPS_EMAIL_TO", ""))),
        sns_topic_arn=source.get("ISSUEOPS_SNS_TOPIC_ARN", "").strip(),
        kinds={name: frozenset(kinds) for name in channels if (kinds := _words(source.get(_kinds_variable(name), "")))},
    )
    found = {name: tuple(_mistakes(name, settings)) for name in channels}
    return ChannelSettings(
        **{name: getattr(settings, name) for name in settings.__slots__ if name != "mistakes"},
        mistakes={name: mistakes for name, mistakes in found.items() if mistakes},
    )


def _mistakes(channel: str, settings: ChannelSettings) -> list[str]:
    found: list[str] = []
    unknown = sorted(settings.kinds.get(channel, frozenset()) - set(KINDS))
    if unknown:
        found.append(f"{_kinds_variable(channel)} names {', '.join(unknown)[:100]}; kinds: {', '.join(KINDS)}.")
    if channel in _CHECKS:
        return [*found, *_CHECKS[channel](settings)]
    if channel in BUILT_IN:
        return found
    installed = sorted(entry.name for entry in entry_points(group=GROUP))
    if _NAME.match(channel) is None or channel not in installed:
        known = (*BUILT_IN, *installed)
        hint = did_you_mean(channel[:40], known) or "."
        found.append(f"ISSUEOPS_CHANNELS names '{channel[:40]}'{hint} Known: {', '.join(known)}.")
    return found


def _slack(settings: ChannelSettings) -> list[str]:
    found = _missing({"SLACK_CHANNEL": settings.slack_channel, "SLACK_SECRET": settings.slack_secret})
    if not is_safe_address(settings.slack_api_url):
        found.append("ISSUEOPS_SLACK_API_URL must be an https address.")
    return found


def _slack_webhook(settings: ChannelSettings) -> list[str]:
    return _missing({"SLACK_WEBHOOK_SECRET": settings.slack_webhook_secret})


def _email(settings: ChannelSettings) -> list[str]:
    found = _missing({"EMAIL_FROM": settings.email_from, "EMAIL_TO": " ".join(settings.email_to)})
    wrong = [text for text in (settings.email_from, *settings.email_to) if text and _ADDRESS.match(text) is None]
    if wrong:
        found.append("ISSUEOPS_EMAIL_FROM and ISSUEOPS_EMAIL_TO must hold e-mail addresses, NAME@HOST.")
    if len(settings.email_to) > MAX_RECIPIENTS:
        found.append(f"ISSUEOPS_EMAIL_TO must name at most {MAX_RECIPIENTS} addresses, got {len(settings.email_to)}.")
    return found


def _sns(settings: ChannelSettings) -> list[str]:
    found = _missing({"SNS_TOPIC_ARN": settings.sns_topic_arn})
    if settings.sns_topic_arn and _TOPIC.match(settings.sns_topic_arn) is None:
        found.append("ISSUEOPS_SNS_TOPIC_ARN must read arn:aws:sns:REGION:ACCOUNT:NAME.")
    return found


_CHECKS: Mapping[str, Callable[[ChannelSettings], list[str]]] = {
    "slack": _slack,
    "slack_webhook": _slack_webhook,
    "email": _email,
    "sns": _sns,
}


def _missing(variables: Mapping[str, str]) -> list[str]:
    return [f"the function's environment lacks ISSUEOPS_{name}." for name, value in variables.items() if not value]


def _kinds_variable(channel: str) -> str:
    return f"ISSUEOPS_{channel.upper()}_KINDS"


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,]+", text) if word]
