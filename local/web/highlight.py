"""Code in colours, for the few languages that issues and reports hold.

Place in the flow: Markdown calls it for fenced code. One cost: a long block stays plain, for lexers are slow on
hostile text.
"""

from __future__ import annotations

from functools import cache
from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name

MAX_CHARACTERS = 20_000
LANGUAGES = {
    "yaml": "yaml",
    "yml": "yaml",
    "json": "json",
    "python": "python",
    "py": "python",
    "diff": "diff",
    "bash": "bash",
    "sh": "bash",
    "shell": "bash",
}


def code_block(text: str, language: str) -> str:
    """A `<pre>` with the text escaped, and its words classed where the language is known."""
    name = LANGUAGES.get(language.lower())
    if name is None or len(text) > MAX_CHARACTERS:
        return f'<pre class="code"><code>{escape(text)}</code></pre>'
    shown: str = highlight(text, _lexer(name), HtmlFormatter(nowrap=True, classprefix="tok-"))
    return f'<pre class="code"><code>{shown}</code></pre>'


@cache
def _lexer(name: str) -> Lexer:
    return get_lexer_by_name(name, stripnl=False, ensurenl=False)
