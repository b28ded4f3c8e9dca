"""Collected text on its way to the screen: never Markdown, never HTML."""

from __future__ import annotations

import html
import re
import unicodedata

# Streamlit's labels, alerts and captions are Markdown: an image link in a name would make the browser call a stranger.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&@^=/])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
# Addresses become links whatever is escaped, since they are looked for after Markdown was read: a word joiner, which
# nobody sees, keeps them from being found.
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)
_WORD_JOINER = "\u2060"
# A name that is read from the right would take a number that follows it along: it is kept to itself.
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"
_FROM_THE_RIGHT = ("R", "AL", "AN")
_UNSEEN = str.maketrans("", "", _WORD_JOINER + _ISOLATE + _END_OF_ISOLATE)


def plain(text: object) -> str:
    r"""Any text as Streamlit's Markdown shows it: unchanged but for spaces around it, which would undo emphasis.

    >>> plain("![x](c.png) ")
    '\\!\\[x\\]\\(c\\.png\\)'
    >>> ascii(plain("\u05d0"))
    "'\\u2068\\u05d0\\u2069'"
    """
    shown = _MARKDOWN.sub(r"\\\1", _ADDRESS.sub(_WORD_JOINER, visible(text).strip()))
    if any(unicodedata.bidirectional(letter) in _FROM_THE_RIGHT for letter in shown):
        return f"{_ISOLATE}{shown}{_END_OF_ISOLATE}"
    return shown


def visible(text: object) -> str:
    r"""Any text without what controls a screen or turns around the direction of reading; HTML is not escaped.

    >>> visible("a\u202eb\x00c")
    'a b c'
    """
    return _CONTROL.sub(" ", str(text))


def is_same(typed: str, name: str) -> bool:
    """Whether somebody typed or copied a name from the screen, where it may carry what nobody sees.

    >>> is_same(" see http:\u2060//a.b ", "see http://a.b")
    True
    """
    return typed.translate(_UNSEEN).strip() == name.translate(_UNSEEN).strip()


def plain_in_figure(text: object) -> str:
    """Any text as Plotly shows it unchanged: Plotly reads a subset of HTML, with links.

    >>> plain_in_figure("<a href='x'>y</a>")
    "&lt;a href='x'&gt;y&lt;/a&gt;"
    """
    return html.escape(visible(text), quote=False)
