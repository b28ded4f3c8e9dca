"""Addresses that hide an e-mail and name an account instead, as GitHub and GitLab put them into commits."""

from __future__ import annotations

import re

from maestro_core.terms import SourceKind

ADDRESS = re.compile(r"^(?P<number>\d{1,19})(?P<sign>[+-])[^@\s]*@users\.noreply\.(?P<host>[a-z0-9.-]+)$")
SIGNS = {"+": SourceKind.GITHUB, "-": SourceKind.GITLAB}


def account_behind(email: str | None) -> tuple[SourceKind, str] | None:
    """The tool and the identity (see `SeenAccount`) of the account that an address stands for, if it does.

    >>> account_behind("583231+octocat@users.noreply.github.com")
    (<SourceKind.GITHUB: 'github'>, 'github.com/583231')
    >>> account_behind("1+ada@example.org"), account_behind(None)
    (None, None)
    """
    told = ADDRESS.match((email or "").lower())
    return (SIGNS[told["sign"]], f"{told['host']}/{told['number']}") if told else None
