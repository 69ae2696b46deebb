"""What changed on an issue -> the events GitHub would report -> their payloads. Pure.

Place in the flow: the store compares an issue before and after each change, inside the change's transaction. Cost: an
edit that changes nothing is no event, and several changes in one request are reported in one fixed order.
"""

from local.github import payloads
from local.github.addresses import Addresses
from local.github.hook_records import Event
from local.github.payloads import Json
from local.github.records import Account, Comment, Issue, Label, Reaction, Repository
from local.github.repository_payload import repository


def issue_events(before: Issue | None, after: Issue) -> list[Event]:
    """Opened, edited, unlabeled, labeled, closed, reopened: in this order.

    Args:
        before: None for an issue that was not there.
    """
    events = [Event("issues", "opened")] if before is None else []
    if before is not None:
        texts = {"title": (before.title, after.title), "body": (before.body or "", after.body or "")}
        changes = {name: old for name, (old, new) in texts.items() if old != new}
        if changes:
            events.append(Event("issues", "edited", changes=changes))
        events += [Event("issues", "unlabeled", label=each) for each in _missing(before.labels, after.labels)]
    had = before.labels if before is not None else ()
    events += [Event("issues", "labeled", label=each) for each in _missing(after.labels, had)]
    if before is not None and before.state != after.state:
        events.append(Event("issues", "closed" if after.state == "closed" else "reopened"))
    return events


def comment_created(comment: Comment) -> list[Event]:
    return [Event("issue_comment", "created", comment=comment)]


def comment_edited(before: Comment, after: Comment) -> list[Event]:
    if before.body == after.body:
        return []
    return [Event("issue_comment", "edited", changes={"body": before.body}, comment=after)]


def comment_deleted(comment: Comment) -> list[Event]:
    return [Event("issue_comment", "deleted", comment=comment)]


def issue_payload(
    to: Addresses, event: Event, issue: Issue, *, sender: Account,
    issue_reactions: tuple[Reaction, ...] = (), comment_reactions: tuple[Reaction, ...] = (),
) -> Json:  # fmt: skip
    """The body of an `issues` or `issue_comment` delivery."""
    payload: Json = {"action": event.action, "issue": payloads.issue(to, issue, issue_reactions)}
    if event.comment is not None:
        payload["comment"] = payloads.comment(to, event.comment, comment_reactions)
    if event.label is not None:
        payload["label"] = payloads.label(to, issue.repository, event.label)
    if event.changes:
        payload["changes"] = {name: {"from": old} for name, old in event.changes.items()}
    return payload | _around(to, issue.repository, sender)


def ping_payload(to: Addresses, hook_id: int, hook: Json, *, of: Repository, sender: Account) -> Json:
    """The body of a `ping` delivery."""
    ping: Json = {"zen": "Speak like a human.", "hook_id": hook_id, "hook": hook}
    return ping | _around(to, of, sender)


def _around(to: Addresses, of: Repository, sender: Account) -> Json:
    return {"repository": repository(to, of, sender), "sender": payloads.user(to, sender)}


def _missing(labels: tuple[Label, ...], others: tuple[Label, ...]) -> list[Label]:
    ids = {label.id for label in others}
    return [label for label in labels if label.id not in ids]
