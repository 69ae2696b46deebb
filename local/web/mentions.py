"""`#12` becomes a link to the issue, `@ada` is set apart, as GitHub does in texts of a repository.

Place in the flow: a rule of the Markdown parser, after everything else. One cost: a number is linked whether or not the
issue exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from local.web.links import Place

_SIGN = re.compile(
    r"(?<![\w/#@&.-])(?:#(?P<number>[1-9]\d{0,8})|@(?P<login>[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})))(?![\w-])"
)


def mentions(parser: MarkdownIt) -> None:
    """Plugin for markdown-it-py; `env["place"]` names the repository."""
    parser.core.ruler.push("mentions", _rule)


def _rule(state: StateCore) -> None:
    place = state.env.get("place")
    repository = place.repository if isinstance(place, Place) else ""
    for token in state.tokens:
        if token.type == "inline" and token.children and ("#" in token.content or "@" in token.content):
            token.children = list(_replaced(token.children, repository))


def _replaced(tokens: list[Token], repository: str) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        depth += token.nesting if token.type in ("link_open", "link_close") else 0
        if token.type == "text" and depth == 0:
            yield from _split(token, repository)
        else:
            yield token


def _split(token: Token, repository: str) -> Iterator[Token]:
    at = 0
    for found in _SIGN.finditer(token.content):
        number = found.group("number")
        if number and not repository:
            continue
        yield _text(token, token.content[at : found.start()])
        if number:
            opening = Token("link_open", "a", 1, attrs={"href": f"/{repository}/issues/{number}"})
            closing = Token("link_close", "a", -1)
        else:
            opening, closing = Token("strong_open", "strong", 1), Token("strong_close", "strong", -1)
        yield from (opening, _text(token, found.group()), closing)
        at = found.end()
    yield _text(token, token.content[at:])


def _text(like: Token, content: str) -> Token:
    return Token("text", "", 0, content=content, level=like.level)
