"""Who knows which code: a map, and the same as rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pandas as pd
import streamlit as st

from app.ui import code_charts, links, tables
from app.ui.code_parts import foot, height, narrow_to, per_cent, shortened
from app.ui.drawing import draw
from app.ui.forms import counted
from maestro_core.reports.code import Code
from maestro_core.reports.collaboration import MINIMUM_PEOPLE
from maestro_core.scoring.code_map import OTHERS

PLACE_COLUMNS: dict[str, Any] = {
    "short_place": st.column_config.TextColumn("Folder or file", width=340),
    "one_author_share": st.column_config.ProgressColumn(
        "Known by one only", width=140, min_value=0, max_value=100, format="%.0f %%", help="Share of its lines."
    ),
    "lines": st.column_config.NumberColumn("Lines", width=80),
    "files": st.column_config.NumberColumn("Files", width=70),
    "authors": st.column_config.NumberColumn("Authors", width=80, help="Distinct people who know something in it."),
}


def ownership(answer: Code) -> None:
    """The map with its legend, and the same as rows."""
    ownership_map(answer)
    if answer.is_broken_down:
        _ownership_choice(answer)


def ownership_map(answer: Code) -> None:
    """The map with its legend, or why there is none."""
    if not answer.is_broken_down:
        st.info(
            f"Fewer than {MINIMUM_PEOPLE} people know the code of each of these projects: "
            "a map would tell of single persons. Hotspots and what changes together tell of code alone."
        )
        return
    draw(
        code_charts.ownership_map(answer.places),
        alt="Map of folders and files: area is lines, colour is the share of lines that one person alone knows",
    )
    st.caption(
        ":green[■] several people know it  :orange[■] one person alone knows it · the area is lines · a click opens a "
        f"folder · over the whole history{_not_on_the_map(answer)}"
    )


def ownership_rows(answer: Code) -> None:
    """The same as the map as rows and as a file."""
    alone = _alone_first(answer)
    shown = shortened(per_cent(alone), "place")
    tables.show(shown, PLACE_COLUMNS, key="places", height=height(alone, 300), alt="Folders and files by authors")
    foot(alone.drop(columns="file_id"), "What one person alone knows first.", name="ownership")


def _alone_first(answer: Code) -> pd.DataFrame:
    """The places of the map, those with most lines that one person alone knows first."""
    rows = answer.places[answer.places["place"] != ""]
    sole = rows["one_author_share"] * rows["lines"]
    return rows.loc[sole.sort_values(ascending=False, kind="stable").index]


def _ownership_choice(answer: Code) -> None:
    alone = _alone_first(answer)
    with st.expander(
        "The same as a table, what one person alone knows first", on_change="rerun", key="as_rows"
    ) as table:
        if table.open:
            shown = shortened(per_cent(alone), "place")
            choice = tables.choose(shown, PLACE_COLUMNS, key="places", height=440, alt="Folders and files by authors")
            foot(alone.drop(columns="file_id"), "Select a folder to see only that.", name="ownership")
            if choice is not None:
                _open_place(alone.iloc[choice])


def _not_on_the_map(answer: Code) -> str:
    few = int((answer.by_project["people"] < MINIMUM_PEOPLE).sum())
    return f" · {counted(few, 'project')} with fewer than {MINIMUM_PEOPLE} people not shown" if few else ""


def _open_place(row: pd.Series) -> None:
    if isinstance(row["file_id"], UUID):
        links.go("code_file", file=row["file_id"])
    # What else is at the top is in no folder of its own.
    narrow_to(path="" if row["place"] == OTHERS else str(row["place"]).removesuffix(f"/{OTHERS}"))
