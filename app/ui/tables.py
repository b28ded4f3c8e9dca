"""A frame as a table, and as a file that a spreadsheet opens safely."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from hashlib import blake2b
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from maestro_core.terms import with_sign

SIGNED = re.compile(r"%\+\.(?P<decimals>\d)f(?P<unit>[^%]*%{0,2})")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# A table draws a picture as high as its cell, so that this is also its size on the screen.
BAR_WIDTH, BAR_HEIGHT = 150, 28


def show(
    frame: pd.DataFrame, columns: Mapping[str, Any], *, key: str, height: int | None = None, alt: str = ""
) -> None:
    """The named columns of a frame, in their order."""
    st.dataframe(as_told(frame, columns), **_look(columns, key=key, height=height, alt=alt))


def choose(
    frame: pd.DataFrame, columns: Mapping[str, Any], *, key: str, height: int | None = None, alt: str = ""
) -> int | None:
    """The same, and the position of the row that was clicked, anywhere in it or at its box."""
    look = _look(columns, key=key, height=height, alt=alt)
    event = st.dataframe(
        as_told(frame, columns), on_select="rerun", selection_mode=["single-row", "single-cell"], **look
    )
    rows, cells = event["selection"]["rows"], event["selection"]["cells"]
    chosen = int(rows[0]) if rows else int(cells[0][0]) if cells else None
    # What was chosen outlives a change of the rows, as by a search.
    return chosen if chosen is not None and chosen < len(frame) else None


def choose_many(
    frame: pd.DataFrame, columns: Mapping[str, Any], *, key: str, height: int | None = None, alt: str = ""
) -> list[int]:
    """The same with a box at each row, and the positions of those that are ticked."""
    look = _look(columns, key=key, height=height, alt=alt)
    event = st.dataframe(as_told(frame, columns), on_select="rerun", selection_mode="multi-row", **look)
    return [int(row) for row in event["selection"]["rows"] if row < len(frame)]


def key_of_rows(key: str, rows: Iterable[Any]) -> str:
    """The key of a table in which nothing is chosen any more once it has other rows, where a choice can change them."""
    return f"{key}-{blake2b(repr(list(rows)).encode(), digest_size=8).hexdigest()}"


def as_told(frame: pd.DataFrame, columns: Mapping[str, Any]) -> pd.DataFrame | Styler:
    """The frame, differences in words of ours: the browser would write a hyphen for the minus sign."""
    asked = {name: _signed_format(config) for name, config in columns.items()}
    if not any(asked.values()):
        return frame
    names = [name for name in columns if name in frame]
    words: dict[Any, Any] = {name: _difference(found) if (found := asked[name]) else _plainly for name in names}
    return frame[names].reset_index(drop=True).style.format(words, na_rep="–")


def download(frame: pd.DataFrame, *, name: str, key: str, called: Mapping[str, str] | None = None) -> None:
    """A button that saves a frame as CSV; `called` are other names of columns, such as those that tell the unit."""
    st.download_button(
        "CSV",
        data=csv(frame.rename(columns=called or {})),
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        key=key,
        help="Save these rows as a file for a spreadsheet.",
    )


def csv(frame: pd.DataFrame) -> bytes:
    r"""A frame as CSV in which no collected text starts a formula.

    >>> csv(pd.DataFrame({"name": ["=cmd()", "churn"], "change": [-1, 2]})).decode("utf-8-sig")
    "name,change\n'=cmd(),-1\nchurn,2\n"
    """
    safe = frame.apply(lambda column: column.map(_safe) if column.dtype.kind not in "biufM" else column)
    text: str = safe.to_csv(index=False)
    return text.encode("utf-8-sig")


def interval_bar(low: float, value: float, high: float, *, scale: tuple[float, float] = (0, 100)) -> str | None:
    """An interval with its middle as a small picture for a table's cell; None where there is no value."""
    if any(math.isnan(number) for number in (low, value, high)):
        return None
    start, middle, end = (_position(number, scale) for number in (low, value, high))
    colour = "#2b9c74" if low > sum(scale) / 2 else "#c2553f" if high < sum(scale) / 2 else "#7d8aa0"
    centre, half = BAR_WIDTH / 2, BAR_HEIGHT / 2
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{BAR_WIDTH}" height="{BAR_HEIGHT}">'
        f'<line x1="{centre}" y1="0" x2="{centre}" y2="{BAR_HEIGHT}" stroke="#9aa5b8" stroke-dasharray="2 2"/>'
        f'<line x1="{start}" y1="{half}" x2="{end}" y2="{half}" stroke="{colour}" stroke-width="4" opacity=".45"/>'
        f'<circle cx="{middle}" cy="{half}" r="5" fill="{colour}"/></svg>'
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}"


def _look(columns: Mapping[str, Any], *, key: str, height: int | None, alt: str) -> dict[str, Any]:
    """What every table here has in common."""
    return {
        "column_order": list(columns),
        "column_config": {name: _shown_as_told(config) for name, config in columns.items()},
        "hide_index": True,
        "key": key,
        "height": height or "auto",
        "placeholder": "–",
        "alt": alt or None,
    }


def _shown_as_told(config: Any) -> Any:
    """A column of numbers with thousands told apart, and without the browser's format where the words are ours."""
    told = config.get("type_config") or {}
    if told.get("type") != "number" or (told["format"] and not _signed_format(config)):
        return config
    return {**config, "type_config": {**told, "format": None if told["format"] else "localized"}}


def _signed_format(config: Any) -> re.Match[str] | None:
    """Decimals and unit of a column of differences, which asks for a sign."""
    return SIGNED.fullmatch((config.get("type_config") or {}).get("format") or "")


def _difference(asked: re.Match[str]) -> Callable[[float], str]:
    return lambda value: f"{with_sign(value, int(asked['decimals']))}{asked['unit'].replace('%%', '%')}"


def _plainly(cell: Any) -> Any:
    """Beside differences, what no column formats: pandas itself would add six decimals, and the hour to a day.

    >>> _plainly(12.0), _plainly(0.25), _plainly("churn"), _plainly(pd.Timestamp("2026-07-01", tz="UTC"))
    ('12', '0.25', 'churn', '2026-07-01')
    """
    if isinstance(cell, float):
        return f"{cell:.10g}"
    return f"{cell:%Y-%m-%d}" if isinstance(cell, date) else cell


def _position(value: float, scale: tuple[float, float]) -> float:
    low, high = scale
    inside = min(max(value, low), high)
    return round(6 + (BAR_WIDTH - 12) * (inside - low) / (high - low), 1)


def _safe(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
