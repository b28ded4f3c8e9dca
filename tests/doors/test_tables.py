"""Tables: differences read as everywhere else, and a file keeps the numbers."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from app.ui import tables

ROOT = Path(__file__).parents[2]
FRAME = pd.DataFrame({"name": ["a", "b", "c", "d"], "effect": [-1.26, 2.0, 0.01, None]})
SIGN_BY_FORMAT = re.compile(r"\{[^{}]*:\+[\d,.]*[dfg%]?\}")


def told(asked: str) -> list[str]:
    columns = {"effect": st.column_config.NumberColumn("Effect", format=asked)}
    shown = tables.as_told(FRAME, columns)
    assert isinstance(shown, Styler)
    return [cells[-1]["display_value"] for cells in shown._translate(False, False)["body"]]


def test_a_difference_in_a_table_has_a_true_minus_sign_and_none_at_zero() -> None:
    assert told("%+.1f points") == ["−1.3 points", "+2.0 points", "0.0 points", "–"]
    assert told("%+.0f %%") == ["−1 %", "+2 %", "0 %", "–"]


def test_beside_differences_other_cells_read_as_without_them() -> None:
    frame = FRAME.assign(rank=[1.0, 12.0, None, 0.25], since=pd.to_datetime(["2026-07-01"] * 4, utc=True))
    columns = {
        "rank": st.column_config.NumberColumn("#"),
        "since": st.column_config.DateColumn("Since"),
        "effect": st.column_config.NumberColumn("Effect", format="%+.1f"),
    }
    shown = tables.as_told(frame, columns)
    assert isinstance(shown, Styler)
    cells = [[cell["display_value"] for cell in row[1:3]] for row in shown._translate(False, False)["body"]]
    assert cells == [["1", "2026-07-01"], ["12", "2026-07-01"], ["–", "2026-07-01"], ["0.25", "2026-07-01"]]


def test_a_table_without_differences_is_shown_as_it_is() -> None:
    columns = {"name": st.column_config.TextColumn("Name"), "effect": st.column_config.NumberColumn(format="%.1f")}
    assert tables.as_told(FRAME, columns) is FRAME


def test_differences_stay_numbers_in_a_file() -> None:
    assert "-1.26" in tables.csv(FRAME).decode("utf-8-sig")


def test_nobody_formats_a_sign_but_the_one_who_knows_the_minus() -> None:
    """Figures format in the browser, with the minus sign of Plotly; what reads a tool may have a hyphen."""
    told = [*ROOT.glob("app/ui/*.py"), *ROOT.glob("pages/*.py"), *ROOT.glob("maestro_core/**/*.py")]
    texts = {path: path.read_text(encoding="utf-8") for path in told if not path.stem.endswith("charts")}
    assert len(texts) > 300
    assert [str(path) for path, text in texts.items() if SIGN_BY_FORMAT.search(text)] == []
