"""What the pages about code are made of: their sentences, tables and empty states."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pandas as pd
import streamlit as st

from app.ui import code_charts, filters, links, tables, tiles
from app.ui.drawing import draw
from app.ui.times import day
from maestro_core.reports.code import Code
from maestro_core.scoring.catalogue import CATALOGUE
from maestro_core.terms import percent

HOTSPOT_COLUMNS: dict[str, Any] = {
    "place": st.column_config.NumberColumn("#", width=45),
    "short_path": st.column_config.TextColumn("File", width=240),
    "heat": st.column_config.ProgressColumn(
        "Heat", width=95, min_value=0, max_value=1, format="%.2f", help="Changes × lines, against the hottest file."
    ),
    "changes": st.column_config.NumberColumn("Changes", width=75, help="Commits of the period that changed it."),
    "lines": st.column_config.NumberColumn("Lines", width=65, help="As it is now; none for a binary file."),
    "people": st.column_config.NumberColumn("People", width=65, help="Who changed it in the period."),
    "authors": st.column_config.NumberColumn(
        "Authors", width=70, help="Who knows it, by degree of authorship over its whole history."
    ),
    "last_changed_at": st.column_config.DateColumn("Last changed", width=105),
}
PAIR_COLUMNS: dict[str, Any] = {
    "short_path_a": st.column_config.TextColumn("File", width=235),
    "short_path_b": st.column_config.TextColumn("changes with", width=235),
    "coupling": st.column_config.ProgressColumn(
        "Coupling",
        width=110,
        min_value=0,
        max_value=100,
        format="%.0f %%",
        help="Changes together / mean changes of the two.",
    ),
    "shared": st.column_config.NumberColumn("Together", width=75, help="Commits of the period that changed both."),
    "revisions": st.column_config.NumberColumn("Mean changes", width=105, format="%.1f"),
    "where": st.column_config.TextColumn("Where", width=100),
}
LONGEST_PATH = 34
NARROWED = ("projects", "path", "view")
PROJECT_COLUMNS: dict[str, Any] = {
    "project": st.column_config.TextColumn("Project", width=210),
    "truck_factor": st.column_config.NumberColumn("Truck factor", width=105, help=CATALOGUE["truck_factor"].summary),
    "one_author_share": st.column_config.ProgressColumn(
        "Files with one author", width=150, min_value=0, max_value=100, format="%.0f %%"
    ),
    "knowledge_at_risk": st.column_config.ProgressColumn(
        "Knowledge at risk", width=150, min_value=0, max_value=100, format="%.0f %%",
        help=CATALOGUE["knowledge_at_risk"].summary,
    ),
    "people": st.column_config.NumberColumn("Authors", width=80, help="Distinct people who know something in it."),
    "files": st.column_config.NumberColumn("Files", width=70),
    "lines": st.column_config.NumberColumn("Lines", width=85),
}  # fmt: skip


def no_code(answer: Code, path: str) -> None:
    """Which source is missing, which refresh, or which filter finds nothing."""
    seen = answer.coverage
    with st.container(border=True):
        if not seen.repositories:
            st.subheader("No Git repository is connected")
            st.markdown(
                "Who knows the code is measured from its history. Connect the Git repositories of these projects."
            )
            links.link("sources", "Connect a Git repository", icon="cable")
        elif path:
            st.subheader("No file has this in its path")
            st.markdown("Take the filter away, or shorten it: it is looked for anywhere in the path of a file.")
        elif seen.left_out:
            st.subheader("Every file is vendored or generated")
            st.markdown("The organisation's setting leaves all of them out.")
            links.link("settings", "See what is left out", icon="settings")
        else:
            st.subheader("No file is known yet")
            st.markdown("The repositories are connected; the next refresh that succeeds tells which files exist.")
            links.link("sources", "See the refreshes", icon="cable")


def in_words(answer: Code) -> None:
    """What the numbers mean for somebody who plans holidays."""
    factor, risk = answer.truck_factor.value, answer.knowledge_at_risk.value
    if factor is None or risk is None:
        return
    who = "one person" if factor == 1 else f"{factor} people"
    alone = f"One person alone knows {percent(risk)} of the lines: the most that a single leave would put at risk."
    gone = answer.knowledge_lost.value
    lost = f" Nobody who made a commit in the last 12 months knows {percent(gone)} of the lines." if gone else ""
    st.markdown(
        f"If **{who}** left, and perhaps some who know under a tenth as much, more than half of the files would have "
        f"nobody who knows them. {alone}{lost}"
    )


def narrow() -> None:
    """What a click on a row chose: before the filters are made, for only then can they be set."""
    for name in NARROWED:
        if f"next {name}" in st.session_state:
            st.session_state[name] = st.session_state.pop(f"next {name}")


def by_project(answer: Code) -> None:
    """The projects that depend on the fewest people first; a click chooses one."""
    rows = answer.by_project
    choice = tables.choose(
        per_cent(rows), PROJECT_COLUMNS, key="by_project", height=height(rows, 600), alt="Projects by truck factor"
    )
    foot(rows, "Those that depend on the fewest people first. Select one to see its code.", name="truck-factors")
    if choice is not None:
        narrow_to(projects=[rows.iloc[choice]["project"]], view="Who knows it")


def narrow_to(**filters: object) -> None:
    """Set filters as if they had been chosen, and show the page again."""
    for name, value in filters.items():
        st.session_state[f"next {name}"] = value
    st.rerun()


def hotspots(answer: Code) -> None:
    """Where work and size meet, as points and as rows; a click on either opens the file."""
    rows = answer.hotspots
    if rows.empty:
        st.info(f"None of these files changed in the period. {_since_when(answer)}", icon=":material/hourglass_empty:")
        return
    with st.grid(2, min_column_width=240):
        tiles.show("change_concentration", answer.change_concentration)
        tiles.show("fragmentation", answer.fragmentation)
    event = draw(
        code_charts.hot_files(rows), on_select="rerun", selection_mode="points", key="hot_points",
        alt="Files by their changes in the period and their lines now",
    )  # fmt: skip
    shown = shortened(rows.assign(place=range(1, len(rows) + 1)), "path")
    choice = tables.choose(
        shown, _columns(rows, HOTSPOT_COLUMNS), key="hotspots", height=height(rows, 460), alt="Hotspots"
    )
    foot(
        rows.drop(columns="file_id"),
        "The hottest first, numbered as above; select one to see its history.",
        name="hotspots",
    )
    _open(rows, _clicked(event) if choice is None else choice)


def _since_when(answer: Code) -> str:
    """When there was a commit at last, and what to do to see it."""
    last = answer.coverage.last_changed_at
    if last is None:
        return ""
    enough = filters.reaching(last)
    todo = f"Choose {enough} above to see it." if enough else "That is longer ago than any period here."
    return f"The last commit was made on {day(last)}. {todo}"


def pairs(answer: Code) -> None:
    """What changes together; a click opens the first of the two."""
    rows = answer.pairs
    if rows.empty:
        st.info(
            "No two files changed together at least five times in the period. Choose a longer one.",
            icon=":material/hourglass_empty:",
        )
        return
    rows = rows.assign(where=_where(rows))
    shown = shortened(per_cent(rows), "path_a", "path_b")
    choice = tables.choose(
        shown, _columns(rows, PAIR_COLUMNS), key="pairs", height=height(rows, 600), alt="Coupled files"
    )
    words = (
        "At least 5 changes together; commits of more than 30 files are left out. Files far apart that change together "
        "depend on each other in a way that the structure does not show. Select a pair to see the first file."
    )
    foot(rows.drop(columns=["file_a", "file_b"]), words, name="changes-together")
    _open(rows.rename(columns={"file_a": "file_id"}), choice)


def shortened(rows: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The rows with their paths as short_…: their ends, which tell files apart."""
    return rows.assign(**{f"short_{name}": [_end(path) for path in rows[name]] for name in names})


def _end(path: str) -> str:
    """The last folders of a path that fit a cell.

    >>> _end("src/app.py"), _end("partner-refund-abuse-optimiser/pipelines/nightly/build.py")
    ('src/app.py', '…/pipelines/nightly/build.py')
    """
    parts = path.split("/")
    ends = (path, *("/".join(["…", *parts[start:]]) for start in range(1, len(parts))))
    return next((end for end in ends if len(end) <= LONGEST_PATH), ends[-1])


def _columns(rows: pd.DataFrame, columns: dict[str, Any]) -> dict[str, Any]:
    """The columns; where there are several projects, the project instead of what it leaves no room for."""
    if rows["project"].nunique() < 2:
        return columns
    kept = {name: column for name, column in columns.items() if name != "revisions"}
    return kept | {"project": st.column_config.TextColumn("Project", width=165)}


def per_cent(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with their shares in per cent."""
    shares = rows.columns.intersection(["one_author_share", "knowledge_at_risk", "coupling"])
    return rows.assign(**{name: 100 * rows[name].astype(float) for name in shares})


def height(rows: pd.DataFrame, most: int) -> int:
    """The pixels that a table of these rows needs, up to the most."""
    return min(38 + 35 * len(rows), most)


def _where(rows: pd.DataFrame) -> list[str]:
    folders = [rows[name].astype(str).str.rpartition("/")[0] for name in ("path_a", "path_b")]
    tops = [folder.str.partition("/")[0] for folder in folders]
    near = (folders[0] == folders[1]).map({True: "same folder", False: "other folder"})
    return list(near.mask(tops[0] != tops[1], "far apart"))


def foot(rows: pd.DataFrame, words: str, *, name: str) -> None:
    """What stands under a table: how to read it, and its rows as a file."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(words, width="stretch")
        tables.download(rows, name=name, key=f"{name}_csv")


def _clicked(event: Any) -> int | None:
    points = event["selection"]["points"]
    return int(points[0]["customdata"][0]) if points else None


def _open(rows: pd.DataFrame, choice: int | None) -> None:
    if choice is not None:
        key: UUID = rows.iloc[choice]["file_id"]
        links.go("code_file", file=key)
