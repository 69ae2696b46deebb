"""Renders an issue's thread as Markdown for a person to read. Pure; cost: nothing is read back from it."""

from collections import Counter

from local.github.records import Reaction, Thread

_EMOJI = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "confused": "😕",
    "heart": "❤️",
    "hooray": "🎉",
    "rocket": "🚀",
    "eyes": "👀",
}


def render_thread(thread: Thread) -> str:
    """The issue, then each comment under a rule, each with author, time and reactions."""
    issue = thread.issue
    facts = [issue.state, f"opened by @{issue.author.login} on {issue.created_at}"]
    if issue.labels:
        facts.append("labels: " + ", ".join(f"`{label.name}`" for label in issue.labels))
    title = " ".join(issue.title.split())
    parts = [f"# {title} (#{issue.number})", " · ".join(facts), issue.body or "_No description._"]
    parts += _reactions(thread.reactions[0])
    for comment in thread.comments:
        edited = " (edited)" if comment.updated_at != comment.created_at else ""
        parts += ["---", f"**@{comment.author.login}** on {comment.created_at}{edited}", comment.body]
        parts += _reactions(thread.reactions[comment.id])
    return "\n\n".join(part.replace("\r\n", "\n").rstrip() for part in parts) + "\n"


def _reactions(reactions: tuple[Reaction, ...]) -> list[str]:
    counts = Counter(reaction.content for reaction in reactions)
    return ["  ".join(f"{_EMOJI[content]} {count}" for content, count in counts.items())] if counts else []
