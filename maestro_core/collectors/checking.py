"""What somebody who connects a tool is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def what_is_there(found: Mapping[str, bool | None]) -> str:
    """What was looked for and found, in words; None is what could not be read.

    >>> what_is_there({"issues": True, "releases": True, "deployments": False, "workflow runs": None})
    'has issues and releases. Not readable, as switched off or not allowed to this token: workflow runs.'
    """
    has = _in_words([name for name, anything in found.items() if anything]) or "nothing yet"
    closed = _in_words([name for name, anything in found.items() if anything is None])
    return f"has {has}." + (f" Not readable, as switched off or not allowed to this token: {closed}." if closed else "")


def _in_words(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
