"""How the command line talks: collected text as text, errors politely, and the portfolio of this installation."""

from __future__ import annotations

import unicodedata
from typing import Any

import typer
from rich.console import Console
from rich.text import Text
from typer.core import TyperGroup

from maestro_core.errors import MaestroError

EXIT_CODES = "Exit codes: 0 done; 1 it could not be done, the reason and what to do are on stderr; 2 wrong usage."


class PoliteGroup(TyperGroup):
    """Commands whose errors are told in the user's words: message and advice on stderr, exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except MaestroError as problem:
            complain(problem.message, problem.advice)
            raise typer.Exit(1) from problem


def out() -> Console:
    """Standard output; made when needed, so that it is the one of now."""
    return Console(highlight=False)


def say(text: str, *, style: str = "") -> None:
    """A line of text; nothing in it is taken as markup."""
    out().print(plain(text, style=style), soft_wrap=True)


def complain(message: str, advice: str = "") -> None:
    """An error and what to do about it, on standard error."""
    console = Console(stderr=True, highlight=False)
    console.print(plain(message, style="bold red"), soft_wrap=True)
    if advice:
        console.print(plain(advice), soft_wrap=True)


def plain(text: object, *, style: str = "") -> Text:
    r"""Collected text for a terminal: no markup, and no control characters that would command it.

    >>> plain("[bold]churn\x1b[2J\u202e").plain
    '[bold]churn�[2J�'
    """
    letters = ("\ufffd" if unicodedata.category(letter) in ("Cc", "Cf", "Cs") else letter for letter in str(text))
    return Text("".join(letters), style=style)
