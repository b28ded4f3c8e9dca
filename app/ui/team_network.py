"""Who works with whom, and on what: numbers for names unless names are asked for."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import pandas as pd
import streamlit as st

from app.ui import charts
from app.ui.ask import ask
from app.ui.network_layout import MOST_PEOPLE, network_layout
from maestro_core.reports import collaboration, patterns
from maestro_core.reports.collaboration import MINIMUM_PEOPLE, Collaboration
from maestro_core.terms import Period

PEOPLE, CODE = "People", "People and code"


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
    st.plotly_chart(charts.network(shown, lines, title=""), alt="Network of people who changed the same files")
    alone = int((people["partners"] == 0).sum())
    st.caption(
        f"{len(shown)} of {len(people)} people{', those with the most partners' if len(people) > MOST_PEOPLE else ''}. "
        "A line joins two who changed the same files, thicker where they share more; each person keeps the three "
        "strongest. A larger circle shares files with more people."
        + (f" {alone} {'shares' if alone == 1 else 'share'} no file with anybody." if alone else "")
    )


def _people_and_code(called: dict[UUID, str], *, projects: tuple[UUID, ...], period: Period) -> None:
    rows = ask(patterns.people_and_code, projects=projects, period=period).lines
    if rows.empty:
        st.caption("No file was changed in this period.")
        return
    places, lines = people_and_folders(rows, called)
    shown, drawn = network_layout(places, lines, most=len(places))
    st.plotly_chart(charts.network(shown, drawn, title=""), alt="Network of people and the folders that they work in")
    st.caption(
        f"Orange squares are the {rows['folder'].nunique()} folders with most work, blue circles those who do most of "
        "it, up to three in each. A line is thicker where more of a folder's work is by that person. A folder with a "
        "single line is worked in by one person."
    )


def people_and_folders(rows: pd.DataFrame, called: dict[UUID, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """People and folders as places of one network, and the lines between them; keys are text, since both are."""
    person, folder = rows["person_id"].map(str), "folder " + rows["folder"]
    people = pd.DataFrame({"person_id": person, "name": rows["person_id"].map(called), "is_code": False})
    code = pd.DataFrame({"person_id": folder, "name": rows["folder"], "is_code": True, "partners": rows["people"]})
    people = people.value_counts(sort=False).rename("partners").reset_index()
    places = pd.concat([people, code.drop_duplicates()])
    lines = pd.DataFrame({"person_a": person, "person_b": folder, "weight": rows["share"]})
    return places.sort_values("is_code", ascending=False, ignore_index=True, kind="stable"), lines
