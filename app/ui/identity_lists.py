"""Long lists of which some are shown: the pairs who may be one person, and what was decided."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd
import streamlit as st

from app.ui import forms_identities
from app.ui.forms import counted
from app.ui.text import plain
from app.ui.times import ago
from maestro_core.reports import records

COLOURS: dict[str, Literal["green", "blue", "gray"]] = {"very likely": "green", "likely": "blue", "possible": "gray"}
ACTS = {
    "merge": "{other} joined {name}",
    "apart": "{name} and {other} are two people",
    "split": "{other} was split off {name}",
}


def some(rows: pd.DataFrame, *, key: str, step: int) -> list[dict[str, Any]]:
    """As many of the rows as somebody asked for."""
    return list(records(rows.head(_asked(key, step))))


def more(total: int, *, key: str, step: int) -> None:
    """A way to see the next ones, where there are any."""
    asked = _asked(key, step)
    if total > asked:
        words = f"Show {min(step, total - asked)} more of {total:,}"
        st.button(words, icon=":material/expand_more:", key=f"{key}-more", on_click=_ask, args=(key, asked + step))


def suggestion(pair: dict[str, Any]) -> None:
    """Two persons side by side, and what can be said of them."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(pair["how_likely"], color=COLOURS[pair["how_likely"]])
            st.caption(pair["reasons"], width="stretch")
        left, right = st.columns(2)
        for column, prefix in ((left, ""), (right, "other_")):
            column.markdown(f"**{plain(pair[f'{prefix}name'])}** · {counted(pair[f'{prefix}commits'], 'commit')}")
            column.caption(plain(pair[f"{prefix}known_as"]))
        forms_identities.judge(pair)


def decision(made: dict[str, Any]) -> None:
    """What was decided of two, and a way back."""
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        email = f" ({plain(made['other_email'])})" if made["other_email"] else ""
        both = {"name": f"**{plain(made['name'])}**", "other": f"**{plain(made['other'])}**{email}"}
        st.markdown(ACTS[made["act"]].format(**both), width="stretch")
        when = ago("undone" if made["undone_at"] else "decided", made["undone_at"] or made["decided_at"])
        st.caption(when, width="content")
        if not made["undone_at"]:
            forms_identities.undo(made)


def _asked(key: str, step: int) -> int:
    return int(st.session_state.get(key, step))


def _ask(key: str, number: int) -> None:
    st.session_state[key] = number
