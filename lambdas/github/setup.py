"""Setting up a repository: labels and the webhook, made once.

Place in the flow: `issueops github init`, through `GitHub`. One cost: a webhook is recognised by its URL only.
"""

from __future__ import annotations

from collections.abc import Sequence

from github.Repository import Repository


def ensure_label(repo: Repository, name: str, *, color: str, description: str) -> bool:
    """Make the label, or give it this colour and description; False where it is like that already."""
    wanted = (color.lower(), description)
    for label in repo.get_labels():
        if label.name.lower() == name.lower():
            if (label.color.lower(), label.description or "") == wanted:
                return False
            label.edit(label.name, color, description)
            return True
    repo.create_label(name, color, description)
    return True


def has_webhook(repo: Repository, *, url: str) -> bool:
    """Whether there is a webhook with this URL."""
    return any(hook.config.get("url") == url for hook in repo.get_hooks())


def ensure_webhook(repo: Repository, *, url: str, secret: str, events: Sequence[str]) -> bool:
    """Make the webhook, or set its secret and events anew; True where this call made it.

    GitHub never shows a secret again, so an existing one is always replaced.
    """
    config = {"url": url, "content_type": "json", "secret": secret, "insecure_ssl": "0"}
    for hook in repo.get_hooks():
        if hook.config.get("url") == url:
            hook.edit("web", config, events=list(events), active=True)
            return False
    repo.create_hook("web", config, list(events), active=True)
    return True
