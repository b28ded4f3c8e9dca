"""Collected text and numbers as both databases take them: cleaned once, where they are stored."""

from __future__ import annotations

import hashlib
from typing import Any

LONGEST_TEXT = 2_000
LONGEST_KEY = 300
"""PostgreSQL refuses keys of an index beyond 2,704 bytes."""
MOST_LABELS = 100
LARGEST_NUMBER = 2**31 - 1


def clean_text(text: str) -> str:
    r"""Without what PostgreSQL refuses (NUL, half a character), and not endless.

    >>> clean_text("a\x00b"), clean_text("a\ud800b"), len(clean_text("a" * 9_000))
    ('a�b', 'a?b', 2000)
    """
    return text[:LONGEST_TEXT].replace("\x00", "\ufffd").encode(errors="replace").decode()


def clean_key(text: str) -> str:
    """As `clean_text`, short enough for an index; different keys stay different.

    >>> clean_key("17"), clean_key("a" * 9_000) == clean_key("a" * 9_001)
    ('17', False)
    """
    clean = text.replace("\x00", "\ufffd").encode(errors="replace").decode()
    if len(clean) <= LONGEST_KEY:
        return clean
    return clean[: LONGEST_KEY - 65] + "#" + hashlib.sha256(clean.encode()).hexdigest()


def clean_value(value: Any) -> Any:
    """A value of any column: texts cleaned, labels as a list, a number that no count can be as None.

    >>> clean_value(10**20), clean_value(("bug", "bug")), clean_value(True)
    (None, ['bug'], True)
    """
    if isinstance(value, str):
        # A word of an enumeration is a text too: it stays as it is.
        return clean_text(value) if type(value) is str else value
    if isinstance(value, tuple):
        return list(dict.fromkeys(clean_key(str(label)) for label in value[:MOST_LABELS]))
    if type(value) is int and not 0 <= value <= LARGEST_NUMBER:
        return None
    return value
