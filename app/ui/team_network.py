"""Who works with whom, and on what: numbers for names unless names are asked for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import pandas as pd
import streamlit as st

from app.ui import charts, tables
from app.ui.ask import ask
from app.ui.drawing import draw
from app.ui.forms import counted
from app.ui.network_labels import labelled
from app.ui.network_layout import MOST_PEOPLE, network_layout
from maestro_core.reports import collaboration, patterns
from maestro_core.reports.collaboration import MINIMUM_PEOPLE, Collaboration
from maestro_core.terms import Period

PEOPLE, CODE = "People", "People and code"
column = st.column_config
PAIRS: dict[str, Any] = {
    "one": column.TextColumn("One", width=100),
    "other": column.TextColumn("and the other", width=105),
    "files": column.NumberColumn("Files shared", width=95, help="Files that both changed."),
    "strength": column.ProgressColumn(
        "Strength", width=150, min_value=0, max_value=100, format="%.0f %%",
        help="Of the strongest line. A file of two people joins them more than a file of twenty.",
    ),
}  # fmt: skip
FOLDERS: dict[str, Any] = {
    "folder": column.TextColumn("Folder", width=190),
    "person": column.TextColumn("Person", width=110),
    "share": column.ProgressColumn(
        "Share of its work", width=150, min_value=0, max_value=100, format="%.0f %%",
        help="Days on which this person changed something in it, of those of everybody.",
    ),
    "people": column.NumberColumn("People in it", width=100, help="Everybody who worked there, drawn or not."),
}  # fmt: skip


def show(answer: Collaboration, *, projects: tuple[UUID, ...], period: Period) -> dict[UUID, str]:
    """The network that is chosen; what each person is called on this page."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader("Who works with whom", width="content")
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            kind = st.segmented_control(
                "Network", [PEOPLE, CODE], default=PEOPLE, key="network", required=True, bind="query-params",
                label_visibility="collapsed", disabled=not answer.is_broken_down,
            )  # fmt: skip
            is_named = st.toggle("Show names", key="names", bind="query-params", disabled=not answer.is_broken_down)
    if not answer.is_broken_down:
        st.info(f"Fewer than {MINIMUM_PEOPLE} people committed: anything broken down would tell of single persons.")
        return {}
    called = names(answer.people["person_id"], is_named=is_named)
    if kind == CODE:
        _people_and_code(called, projects=projects, period=period)
    else:
        _people(answer, called)
    if not is_named:
        st.caption("Numbers are given for this page only.")
    return called


def names(people: Collection[UUID], *, is_named: bool, first: int = 1) -> dict[UUID, str]:
    """What to call each person: a number, in the order of their keys, or a name where names are asked for."""
    called = {person: f"Person {number}" for number, person in enumerate(people, start=first)}
    return called | ask(collaboration.names, people=tuple(people)) if is_named else called


def _people(answer: Collaboration, called: dict[UUID, str]) -> None:
    people = answer.people.assign(name=answer.people["person_id"].map(called))
    shown, lines = network_layout(people, answer.pairs)
    _drawn(shown, lines, alt="Network of people who changed the same files")
    alone = int((people["partners"] == 0).sum())
    st.caption(
        f"{len(shown)} of {len(people)} people{', those with the most partners' if len(people) > MOST_PEOPLE else ''}. "
        "A line joins two who changed the same files, thicker where they share more; each person keeps the three "
        "strongest. A larger circle shares files with more people."
        + (f" {alone} {'shares' if alone == 1 else 'share'} no file with anybody." if alone else "")
    )
    _as_table(pairs_told(lines, called), PAIRS, name="who-with-whom")


def _people_and_code(called: dict[UUID, str], *, projects: tuple[UUID, ...], period: Period) -> None:
    rows = ask(patterns.people_and_code, projects=projects, period=period).lines
    if rows.empty:
        st.caption(
            "No file was changed in this period in a project to which at least "
            f"{MINIMUM_PEOPLE} people committed: in smaller ones, a folder would tell of single persons."
        )
        return
    places, lines = people_and_folders(rows, called)
    shown, drawn = network_layout(places, lines, most=len(places))
    _drawn(shown, drawn, alt="Network of people and the folders that they work in")
    st.caption(
        f"Orange squares are the {rows['folder'].nunique()} folders with most work, blue circles those who do most of "
        "it, up to three in each. A line is thicker where more of a folder's work is by that person. A folder with a "
        "single line is worked in by one person."
    )
    _as_table(folders_told(rows, called), FOLDERS, name="people-and-code")


def people_and_folders(rows: pd.DataFrame, called: dict[UUID, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """People and folders as places of one network, and the lines between them; keys are text, since both are."""
    person, folder = rows["person_id"].map(str), "folder " + rows["folder"]
    people = pd.DataFrame({"person_id": person, "name": rows["person_id"].map(called), "is_code": False})
    code = pd.DataFrame({"person_id": folder, "name": rows["folder"], "is_code": True, "partners": rows["people"]})
    people = people.value_counts(sort=False).rename("partners").reset_index()
    places = pd.concat([people, code.drop_duplicates()])
    lines = pd.DataFrame({"person_a": person, "person_b": folder, "weight": rows["share"]})
    return places.sort_values("is_code", ascending=False, ignore_index=True, kind="stable"), lines


def pairs_told(lines: pd.DataFrame, called: dict[UUID, str]) -> pd.DataFrame:
    """The lines between people as rows: one, other, files, strength in per cent of the strongest line."""
    sides = {"one": lines["person_a"].map(called), "other": lines["person_b"].map(called)}
    told = lines.assign(**sides, strength=100 * lines["weight"])
    return told.sort_values("strength", ascending=False, kind="stable", ignore_index=True)[list(PAIRS)]


def folders_told(rows: pd.DataFrame, called: dict[UUID, str]) -> pd.DataFrame:
    """The lines between folders and people as rows: folder, person, share in per cent, people; in no order of merit."""
    told = rows.assign(person=rows["person_id"].map(called), share=100 * rows["share"])
    return told.sort_values(["folder", "person"], ignore_index=True)[list(FOLDERS)]


def _drawn(people: pd.DataFrame, lines: pd.DataFrame, *, alt: str) -> None:
    """The network, and how many names found no room."""
    shown = labelled(people)
    draw(charts.network(shown, lines, title=""), alt=alt)
    unnamed = int((shown["label"] == "").sum())
    if unnamed:
        st.caption(f"{counted(unnamed, 'name')} found no room: point at a circle, or look for its lines in the table.")


def _as_table(rows: pd.DataFrame, columns: dict[str, Any], *, name: str) -> None:
    """The same lines to read, search and take along."""
    if rows.empty:
        return
    with st.expander(f"The {counted(len(rows), 'line')} as a table", on_change="rerun", key=f"{name}_rows") as place:
        if place.open:
            tables.show(rows, columns, key=f"{name}_table", height=min(38 + 35 * len(rows), 388), alt="Lines drawn")
            tables.download(rows, name=name, key=f"{name}_csv")
