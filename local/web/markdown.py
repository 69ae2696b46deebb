"""Markdown as GitHub shows it: tables, task lists, alerts, folded details, pictures, flowcharts; nothing that bites.

Place in the flow: every text that a person or a function wrote goes through `render`. markdown-it-py makes HTML, nh3
sanitises the whole of it with an allow-list; what this server draws itself (flowcharts, coloured code) is put in
afterwards, in place of random words that no text can know. One cost: footnotes, mathematics and other diagrams are
shown as text.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any, cast

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from local.web.highlight import code_block
from local.web.links import Place
from local.web.mentions import mentions
from local.web.mermaid import PLAIN, Captions, NotAFlowchartError, draw

MAX_CHARACTERS = 300_000
_TAGS = {
    "a", "b", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "i", "img", "input", "ins", "kbd", "li", "ol", "p", "pre", "q", "s", "samp", "small", "strong", "sub",
    "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "var",
}  # fmt: skip
_DROPPED_WITH_CONTENT = {
    "script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "plaintext", "svg", "math",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "details": {"open"},
    "img": {"src", "alt", "title", "width", "height"},
    "input": {"checked"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
}
_CLASSES = {
    "div": {
        "markdown-alert",
        *(f"markdown-alert-{kind}" for kind in ("note", "tip", "important", "warning", "caution")),
    },
    "p": {"markdown-alert-title"},
    "ul": {"contains-task-list"},
    "li": {"task-list-item"},
    "span": {"mention"},
}
_NUMBER = re.compile(r"\d{1,4}%?")
_ALIGNMENT = re.compile(r"text-align:(left|center|right)")


@lru_cache(maxsize=256)
def render(text: str, place: Place, *, breaks: bool = True, captions: Captions = PLAIN) -> Markup:
    """Safe HTML of a Markdown text.

    Args:
        place: where it stands, for its links and pictures.
        breaks: whether a line's end is one, as in issues and comments; in files it is not.
        captions: what flowcharts say of themselves; states and branches in them are the writer's own.
    """
    if len(text) > MAX_CHARACTERS:
        return Markup(code_block(text[:MAX_CHARACTERS], ""))  # noqa: S704 - it escapes
    drawn = _Drawn()
    environment: dict[str, Any] = {"drawn": drawn, "place": place, "captions": Captions(captions.title)}
    raw = (_WITH_BREAKS if breaks else _WITHOUT_BREAKS).render(text, environment)
    clean = nh3.clean(
        raw,
        tags=_TAGS,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_filter(place, drawn),
        allowed_classes=_CLASSES,
        set_tag_attribute_values={"input": {"type": "checkbox", "disabled": ""}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    )
    return Markup(drawn.put_in(clean))  # noqa: S704 - sanitised by nh3; what is put in escapes what it shows


class _Drawn:
    """What this server drew, each behind a word that only this rendering knows."""

    def __init__(self) -> None:
        self.secret = secrets.token_hex(16)
        self._pieces: list[str] = []

    def add(self, piece: str) -> str:
        self._pieces.append(piece)
        return f"<div>{self.secret}-{len(self._pieces) - 1}-</div>\n"

    def put_in(self, clean: str) -> str:
        """The sanitised text with the pieces; the words stand in texts only, for attributes with one were dropped."""
        parts = re.split(f"(?:<div>)?{self.secret}-(\\d+)-(?:</div>)?", clean)
        for at in range(1, len(parts), 2):
            parts[at] = self._pieces[int(parts[at])]
        return "".join(parts)


def _filter(place: Place, drawn: _Drawn) -> Any:
    """What nh3 asks for each attribute that the list allows: its value, or None to drop it."""

    def allowed(tag: str, name: str, value: str) -> str | None:
        if drawn.secret in value:
            return None
        if name == "href":
            return place.link(value)
        if name == "src":
            return place.picture(value)
        if name in ("width", "height", "start", "colspan", "rowspan"):
            return value if _NUMBER.fullmatch(value) else None
        if name == "align":
            return value if value in ("left", "center", "right") else None
        return value

    return allowed


def _fence(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    environment: MutableMapping[str, Any],
) -> str:
    token, drawn = tokens[index], cast(_Drawn, environment["drawn"])
    language = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
    if language.lower() == "mermaid":
        try:
            return drawn.add(f'<div class="diagram">{draw(token.content, environment["captions"])}</div>')
        except NotAFlowchartError:
            pass  # shown as its text, as any other code
    return drawn.add(code_block(token.content, language))


def _image(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    environment: MutableMapping[str, Any],
) -> str:
    """A picture from here; a foreign one is a link, so that nothing is loaded from elsewhere."""
    token, place = tokens[index], cast(Place, environment["place"])
    alternative = escape(renderer.renderInlineAsText(token.children or [], options, environment))
    source = str(token.attrs.get("src", ""))
    if place.picture(source) is None:
        return f'<a href="{escape(source)}">{alternative or escape(source)}</a>'
    return f'<img src="{escape(source)}" alt="{alternative}">'


def _cell(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    environment: MutableMapping[str, Any],
) -> str:
    """The alignment of a column as an attribute: style sheets in attributes are not allowed here."""
    token = tokens[index]
    found = _ALIGNMENT.fullmatch(str(token.attrs.pop("style", "")))
    if found:
        token.attrs["align"] = found.group(1)
    return renderer.renderToken(tokens, index, options, environment)


def _parser(*, breaks: bool) -> MarkdownIt:
    parser = MarkdownIt(
        "commonmark",
        {"html": True, "breaks": breaks, "tasklists": True, "alerts": True, "strikethrough_single_tilde": True},
    )
    parser.enable(["table", "strikethrough"])
    parser.use(gfm_autolink_plugin)
    parser.use(mentions)
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("code_block", _fence)
    parser.add_render_rule("image", _image)
    parser.add_render_rule("th_open", _cell)
    parser.add_render_rule("td_open", _cell)
    return parser


_WITH_BREAKS, _WITHOUT_BREAKS = _parser(breaks=True), _parser(breaks=False)
