"""Scenarios that were kept: the list with its buttons, and two to four of them side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pandas as pd
import streamlit as st

from app.ui import plans, sizing_charts, sizing_forms, tables, tiles
from app.ui.ask import ask
from app.ui.drawing import draw
from app.ui.forms import counted
from app.ui.sizing_views import BAND, UNITS, band, people, signed
from app.ui.text import plain, visible
from app.ui.times import ago
from maestro_core.reports import records, scenarios
from maestro_core.reports.scenarios import FEWEST, MOST, Comparison, Scenarios
from maestro_core.terms import Target

VIEW, WHAT_IF, KEPT = "sizing", "What if", "Scenarios"
COMPARED, CHOSEN = "compare", "compared_scenarios"
"""The name in the address, and the key of the widget."""
ROW_HEIGHT = 35

_LISTED: dict[str, Any] = {
    "name": st.column_config.TextColumn("Scenario", width=220),
    "complexity": st.column_config.NumberColumn("Complexity", format="%.1f", width=90),
    "team_size": st.column_config.NumberColumn("Team size", width=85),
    "experience": st.column_config.NumberColumn("Experience", format="%.1f", width=90),
    "domain": st.column_config.TextColumn("Domain", width=110),
    "artifacts": st.column_config.NumberColumn("Artifacts", width=80),
    "project": st.column_config.TextColumn("Started from", width=170),
    "created_by": st.column_config.TextColumn("Kept by", width=110),
    "changed_at": st.column_config.DatetimeColumn("Changed", format="YYYY-MM-DD HH:mm", width=130),
}


def are_asked_for() -> bool:
    """The choice between the what-if and the scenarios; whether it is the latter."""
    if VIEW not in st.session_state and VIEW not in st.query_params:
        st.session_state[VIEW] = WHAT_IF
    chosen = st.segmented_control(
        "View", [WHAT_IF, KEPT], key=VIEW, required=True, bind="query-params", label_visibility="collapsed"
    )
    return chosen == KEPT


def show() -> None:
    """The list, what can be done with one of them, those that can be brought back, and the comparison."""
    known = ask(scenarios.scenarios)
    if known.scenarios.empty:
        _none_yet()
    else:
        _listed(known)
    _removed(known)
    if len(known.scenarios) >= FEWEST:
        _side_by_side(known)
    else:
        _say_what_is_missing(linked(st.query_params.get_all(COMPARED), _names(known))[1])


def _none_yet() -> None:
    with st.container(border=True):
        st.subheader("No scenario is kept yet")
        st.markdown(
            "Set the inputs under *What if*, then keep them under a name: to come back to, to compare side by side, "
            "and to pass on as a link or a one-page report."
        )


def _listed(known: Scenarios) -> None:
    rows = known.scenarios
    # What was ticked is a place in the list: another list starts without a tick.
    key = f"scenario_list_{hash(tuple(rows['scenario_id']))}"
    place = tables.choose(rows, _LISTED, key=key, alt="Scenarios that were kept")
    if place is None or place >= len(rows):
        st.caption("Choose a row to open, rename or delete it, and for its link.")
        return
    chosen = records(rows.iloc[[place]])[0]
    st.markdown(
        f"**{plain(chosen['name'])}** · kept by {plain(chosen['created_by'])}, {ago('', chosen['created_at']).strip()}"
        f" · changed by {plain(chosen['changed_by'])}, {ago('', chosen['changed_at']).strip()}"
    )
    with st.container(horizontal=True):
        st.button(
            "Open scenario",
            icon=":material/open_in_new:",
            type="primary",
            on_click=_open,
            args=(chosen["scenario_id"],),
        )
        if st.button("Rename …", icon=":material/edit:"):
            sizing_forms.rename(chosen)
        if st.button("Delete …", icon=":material/delete:"):
            sizing_forms.delete(chosen)
    st.code(sizing_forms.permalink(chosen["scenario_id"]), language=None, wrap_lines=True)


def _open(scenario_id: UUID) -> None:
    plans.open_scenario(scenario_id)
    st.session_state[VIEW] = WHAT_IF


def _removed(known: Scenarios) -> None:
    if known.removed.empty:
        return
    with st.expander(f"Deleted in the last 30 days: {len(known.removed)}", icon=":material/restore_from_trash:"):
        for row in records(known.removed):
            words, button = st.columns([5, 1], vertical_alignment="center")
            words.markdown(f"{plain(row['name'])}, {ago('deleted', row['removed_at'])}")
            if button.button("Undo", icon=":material/undo:", key=f"undo-{row['scenario_id']}"):
                sizing_forms.bring_back(row)


def _side_by_side(known: Scenarios) -> None:
    st.subheader("Side by side")
    names = _names(known)
    chosen = _chosen(names)
    if len(chosen) < FEWEST:
        st.caption(f"Choose {FEWEST} to {MOST} scenarios; the others are compared with the first.")
        return
    answer = ask(scenarios.compare, scenario_ids=tuple(chosen))
    units = UNITS | {"cost": answer.currency}
    lines = beside(answer, units)
    height = ROW_HEIGHT * (len(lines) + 1) + 3
    columns = _columns([names[key] for key in chosen])
    tables.show(lines, columns, key="side_by_side", height=height, alt="Scenarios side by side")
    _overlaid(answer, units)
    tables.download(answer.curves.drop(columns="scenario_id"), name="scenarios", key="scenarios_csv")


def _names(known: Scenarios) -> dict[UUID, str]:
    return dict(zip(known.scenarios["scenario_id"], known.scenarios["name"], strict=True))


def _chosen(names: dict[UUID, str]) -> list[UUID]:
    """The scenarios to compare. The address has their keys, which stay when they are renamed."""
    if CHOSEN not in st.session_state:
        found, unknown = linked(st.query_params.get_all(COMPARED), names)
        st.session_state[CHOSEN] = found
        _say_what_is_missing(unknown)
    # One that was deleted meanwhile would be no option any more.
    st.session_state[CHOSEN] = [key for key in st.session_state[CHOSEN] if key in names]
    chosen: list[UUID] = st.multiselect(
        "Compare", list(names), key=CHOSEN, max_selections=MOST, placeholder=f"Choose {FEWEST} to {MOST}",
        format_func=lambda key: visible(names.get(key, "")), help="The first is what the others are compared with.",
    )  # fmt: skip
    st.query_params[COMPARED] = [str(key) for key in chosen]
    return chosen


def linked(told: Iterable[str], names: dict[UUID, str]) -> tuple[list[UUID], list[str]]:
    """The scenarios that a link names, by key or, as links did once, by name; and what is no scenario here.

    >>> linked(["small", str(UUID(int=2)), "gone"], {UUID(int=1): "small", UUID(int=2): "large"})[1]
    ['gone']
    """
    by_word = {str(key): key for key in names} | {name: key for key, name in names.items()}
    words = list(dict.fromkeys(told))
    found = dict.fromkeys(by_word[word] for word in words if word in by_word)
    return list(found)[:MOST], [word for word in words if word not in by_word]


def _say_what_is_missing(unknown: list[str]) -> None:
    if unknown:
        # A key says nothing to anybody; only links made before scenarios had keys in them carry names.
        named = f" ({plain(', '.join(word for word in unknown if not _is_key(word)))})".replace(" ()", "")
        st.warning(
            f"{counted(len(unknown), 'scenario')} of this link{named} cannot be compared: renamed before links told "
            "scenarios by their keys, deleted, or in the other portfolio.",
            icon=":material/link_off:",
        )


def _is_key(word: str) -> bool:
    try:
        UUID(word)
    except ValueError:
        return False
    return True


def beside(answer: Comparison, units: dict[str, str]) -> pd.DataFrame:
    """One line for each input and outcome, one column for each scenario; differences are from the first."""
    columns = {str(place): _told(answer, row, units) for place, row in enumerate(records(answer.plans))}
    lines = pd.DataFrame(columns)
    return lines.rename_axis("what").reset_index()


def _columns(names: list[str]) -> dict[str, Any]:
    told = {str(place): st.column_config.TextColumn(visible(name), width=230) for place, name in enumerate(names)}
    return {"what": st.column_config.TextColumn("", width=215, pinned=True)} | told


def _told(answer: Comparison, plan: dict[str, Any], units: dict[str, str]) -> dict[str, str]:
    inputs = {
        "Complexity": f"{plan['complexity']:g}",
        "Team size": people(plan["team_size"]),
        "Experience": "as usual" if plan["experience"] is None else f"{plan['experience']:g} years",
        "Domain": plan["domain"] or "any",
        "Artifacts reused": "as usual" if plan["artifacts"] is None else f"{plan['artifacts']:g}",
        "Recommended": _advice(plan),
    }
    rows = answer.outcomes[answer.outcomes["scenario_id"] == plan["scenario_id"]]
    for row in records(rows):
        unit, title = units[row["target"]], Target(row["target"]).title()
        low, high = row["low"], row["high"]
        value, ends = tiles.as_sure(row["value"], low, high, unit), tiles.span(low, high, "")
        mark = "" if row["supported"] else ", not supported"
        inputs[f"{title} ({BAND})"] = f"{value} ({ends}){mark}"
        inputs[f"{title}: difference ({BAND})"] = _difference(row, unit)
    return inputs


def _advice(plan: dict[str, Any]) -> str:
    others = [str(size) for size in plan["as_good"] if size != plan["recommended"]]
    return people(plan["recommended"]) + (f" (as good: {', '.join(others)})" if others else "")


def _difference(row: dict[str, Any], unit: str) -> str:
    if not row["difference"] and row["difference_low"] == row["difference_high"]:
        return "–"
    return f"{signed(row['difference'], unit)} ({band(row['difference_low'], row['difference_high'], unit)})"


def _overlaid(answer: Comparison, units: dict[str, str]) -> None:
    sizes = dict(zip(answer.plans["name"], answer.plans["team_size"], strict=True))
    with st.grid(3, min_column_width=280):
        for target in Target:
            curves = answer.curves[answer.curves["target"] == target]
            if curves.empty:
                continue
            figure = sizing_charts.overlay(curves, sizes=sizes, title=target.title(), unit=units[target])
            draw(figure, alt=f"Expected {target} of the scenarios by team size")
    st.caption(f"**—** with its {BAND} · **- -** not supported by past projects · **●** the scenario's own size")
