"""A notification as each channel writes it: a GitHub comment, Slack's mrkdwn, plain text, HTML, a subject.

Place in the flow: channels call one of these and send what comes back. Pure. One cost: Slack has no way to escape its
own marks, so a stranger's `*`, `_` and `~` become look-alikes there.

Source: Slack, formatting text for app surfaces (escaping of & < >, `<url|label>`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from itertools import groupby

from contracts.messages import message
from lambdas.channels.markup import Block, Span, blocks, plain_line, spans
from lambdas.channels.notification import Notification

MAX_SUBJECT = 200
MAX_ASCII_SUBJECT = 99
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+/[A-Za-z0-9._~/#?=&%+-]*\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
# Where a marked run of text begins and ends, until it is known what stands beside it; Unicode has no such characters.
_OPENS, _CLOSES = "\ufdd0", "\ufdd1"
_APART = r"\s!-/:-@\[-`{-~"
_NEEDLESS = re.compile(f"(?:^|(?<=[{_APART}])){_OPENS}|{_CLOSES}(?=[{_APART}]|$)")
_SLACK_MARKS = str.maketrans({"*": "∗", "~": "∼", "`": "ʼ"})


def is_link(url: str) -> bool:
    """Whether this is an address that can be put into Markdown as it is."""
    return _ADDRESS.match(url) is not None


def github_comment(notification: Notification, language: str, *, status_url: str = "") -> str:
    """The comment without its marker; it links to the status comment, where that is known."""
    parts = [f"### {notification.title}", notification.text]
    if is_link(status_url) and "#" in status_url:
        parts.append(f"[{message('see_status', language)}]({status_url})")
    return "\n\n".join(part for part in parts if part)


def slack_text(notification: Notification, language: str) -> str:
    """Title, text and link as mrkdwn."""
    lines = (_slack_spans(spans(notification.title), "bold"), "", *map(_slack_block, blocks(notification.text)))
    where = _slack_escaped(notification.issue)
    if is_link(notification.url):
        label = _slack_escaped(f"{notification.issue} · {message('see_status', language)}")
        where = f"<{_slack_entities(notification.url)}|{label}>"
    return _squeezed("\n".join([*lines, "", where]))


def plain_text(notification: Notification, language: str) -> str:
    """Title, text and link without any marks."""
    lines = (plain_line(notification.title), "", *map(_plain_block, blocks(notification.text)))
    where = [notification.issue, *([notification.url] if is_link(notification.url) else [])]
    return _squeezed("\n".join([*lines, "", *where])) + "\n"


def html_text(notification: Notification, language: str) -> str:
    """Title, text and link as a small HTML document."""
    where = html.escape(notification.issue)
    if is_link(notification.url):
        label = html.escape(f"{notification.issue} · {message('see_status', language)}")
        where = f'<a href="{html.escape(notification.url)}">{label}</a>'
    body = "\n".join(_html_groups(blocks(notification.text)))
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"></head><body>\n'
        f"<h3>{html.escape(plain_line(notification.title))}</h3>\n{body}\n<p>{where}</p>\n</body></html>\n"
    )


def subject(notification: Notification) -> str:
    """`[octo/models#12] ✅ The model reached its threshold`: one line without control characters."""
    text = _CONTROL.sub("", " ".join(f"[{notification.issue}] {plain_line(notification.title)}".split()))
    return text if len(text) <= MAX_SUBJECT else text[: MAX_SUBJECT - 1] + "…"


def ascii_subject(notification: Notification) -> str:
    """`[octo/models#12] training success`: what SNS takes, in any language."""
    text = f"[{notification.issue}] {notification.kind.replace('_', ' ')}"
    return re.sub(r"[^ -~]", "", text)[:MAX_ASCII_SUBJECT]


# Slack


def _slack_block(block: Block) -> str:
    if block.kind == "blank":
        return ""
    if block.kind == "heading":
        return _slack_spans(block.spans, "bold")
    if block.kind == "code":
        return f"`{_slack_code(block.text)}`" if block.text.strip() else ""
    return ("• " if block.kind == "item" else "") + _slack_spans(block.spans)


def _slack_spans(parts: Iterable[Span], every: str = "") -> str:
    """Marks count only where no letter touches them; a zero-width space keeps Japanese away without a gap."""
    if every:
        text = "".join(part.text for part in parts).strip()
        return f"*{_slack_escaped(text)}*" if text else ""
    texts: list[str] = []
    for part in parts:
        if part.style == "text":
            texts.append(_slack_escaped(part.text))
        elif part.style == "link":
            texts.append(f"<{_slack_entities(part.url)}|{_slack_escaped(part.text).replace('|', '¦')}>")
        elif part.style == "bold":
            texts.append(f"{_OPENS}*{_slack_escaped(part.text.strip())}*{_CLOSES}")
        else:
            texts.append(f"{_OPENS}`{_slack_code(part.text)}`{_CLOSES}")
    return _NEEDLESS.sub("", "".join(texts)).replace(_OPENS, "\u200b").replace(_CLOSES, "\u200b")


def _slack_escaped(text: str) -> str:
    """Plain text that stays plain."""
    unmarked = re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", "ˍ", text.translate(_SLACK_MARKS))
    return _slack_entities(unmarked)


def _slack_code(text: str) -> str:
    return _slack_entities(text.replace("`", "ʼ"))


def _slack_entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# Plain text


def _plain_block(block: Block) -> str:
    text = "".join(f"{span.text} ({span.url})" if span.style == "link" else span.text for span in block.spans)
    return f"- {text}" if block.kind == "item" else text


# HTML


def _html_groups(found: Iterable[Block]) -> Iterable[str]:
    for kind, group in groupby(found, key=lambda block: block.kind):
        members = list(group)
        if kind == "heading":
            yield from (f"<h4>{_html_spans(block.spans)}</h4>" for block in members)
        elif kind == "item":
            yield "<ul>" + "".join(f"<li>{_html_spans(block.spans)}</li>" for block in members) + "</ul>"
        elif kind == "code":
            yield "<pre>" + "\n".join(html.escape(block.text) for block in members) + "</pre>"
        elif kind == "line":
            yield "<p>" + "<br>\n".join(_html_spans(block.spans) for block in members) + "</p>"


def _html_spans(parts: Iterable[Span]) -> str:
    return "".join(_HTML[part.style](html.escape(part.text), html.escape(part.url)) for part in parts)


_HTML: dict[str, Callable[[str, str], str]] = {
    "text": lambda text, url: text,
    "bold": lambda text, url: f"<strong>{text}</strong>",
    "code": lambda text, url: f"<code>{text}</code>",
    "link": lambda text, url: f'<a href="{url}">{text}</a>',
}


def _squeezed(text: str) -> str:
    """Without empty lines in a row."""
    return re.sub(r"\n{3,}", "\n\n", text).strip()
