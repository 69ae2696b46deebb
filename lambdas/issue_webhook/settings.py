"""What the webhook knows of its deployment. Small, so that a cold start does not pay for `lambdas.settings`.

Place in the flow: read at each invocation. One cost: names of variables stand here and in `lambdas.settings`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from contracts.errors import ConfigError

# GitHub lets a delivery be sent again for three days.
MAX_AGE_HOURS = "72"


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """One deployment.

    Attributes:
        secret_id: Secrets Manager id of what deliveries are signed with.
        repositories: the only ones listened to, in lower case; empty for any.
        bot_login: login of our own account where it is no bot by GitHub's account, in lower case; may be empty.
        max_age: a delivery signed for an earlier moment is refused; None never.
    """

    secret_id: str
    requests_queue_url: str
    comments_queue_url: str
    repositories: frozenset[str] = frozenset()
    bot_login: str = ""
    max_age: timedelta | None = timedelta(hours=int(MAX_AGE_HOURS))


def load_settings(environment: Mapping[str, str] | None = None) -> WebhookSettings:
    """Read the environment.

    Raises:
        ConfigError: variables are missing or wrong; the message names all of them.
    """
    source = os.environ if environment is None else environment
    required = ("ISSUEOPS_WEBHOOK_SECRET", "ISSUEOPS_REQUESTS_QUEUE_URL", "ISSUEOPS_COMMENTS_QUEUE_URL")
    missing = [name for name in required if not source.get(name)]
    mistakes = [f"the function's environment lacks {', '.join(missing)}."] if missing else []
    hours = source.get("ISSUEOPS_WEBHOOK_MAX_AGE_HOURS") or MAX_AGE_HOURS
    if re.fullmatch(r"[0-9]{1,5}", hours) is None:
        mistakes.append(f"ISSUEOPS_WEBHOOK_MAX_AGE_HOURS must be a whole number, 0 for any age, got '{hours[:20]}'.")
    if mistakes:
        raise ConfigError(" ".join(mistakes))
    return WebhookSettings(
        secret_id=source["ISSUEOPS_WEBHOOK_SECRET"],
        requests_queue_url=source["ISSUEOPS_REQUESTS_QUEUE_URL"],
        comments_queue_url=source["ISSUEOPS_COMMENTS_QUEUE_URL"],
        repositories=frozenset(re.split(r"[\s,]+", source.get("ISSUEOPS_REPOSITORIES", "").lower())) - {""},
        bot_login=source.get("ISSUEOPS_GITHUB_BOT_LOGIN", "").lower(),
        max_age=timedelta(hours=int(hours)) if int(hours) else None,
    )
