"""What to expect of one project: its numbers, why, what if a fact were another, and which past projects are alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pandas as pd
import streamlit as st

from app.ui import links, prediction_charts, tables, tiles
from app.ui.ask import ask
from app.ui.drawing import draw
from app.ui.text import plain
from maestro_core.reports import expectation, records
from maestro_core.reports.expectation import Dependence, Expectation, Expected, PlannedProject
from maestro_core.terms import Target, percent

Asked = Callable[[Target, str], Dependence]


def of_project(project_id: UUID, level: float) -> tuple[Expectation, Asked]:
    """What is expected of a project, and how to ask what a fact of it does."""
    answer = ask(expectation.expectation, project_id=project_id, level=level)
    return answer, lambda target, feature: ask(
        expectation.dependence, target=target, feature=feature, project_id=project_id
    )


def of_plan(plan: PlannedProject, level: float) -> tuple[Expectation, Asked]:
    """The same of a plan."""
    answer = ask(expectation.planned, plan=plan, level=level)
    return answer, lambda target, feature: ask(expectation.dependence, target=target, feature=feature, plan=plan)


def show(answer: Expectation, asked: Asked, target: Target) -> None:
    """The numbers of all targets, then for one of them why, what if, and beside which past projects."""
    if answer.warnings:
        st.warning("  \n".join(plain(warning) for warning in answer.warnings), icon=":material/warning:")
    with st.grid(3, min_column_width=220):
        for told in answer.expected:
            number(told, answer)
    told = next(one for one in answer.expected if one.target is target)
    parts = {"Why": _why, "What if": _what_if, "Similar projects": _similar, "Facts": _facts}
    titles = list(parts)
    tabs = st.tabs(titles, key="why", on_change="rerun", bind="query-params")
    for tab, part in zip(tabs, parts.values(), strict=True):
        if tab.open:
            with tab:
                part(answer, asked, told)


def number(told: Expected, answer: Expectation) -> None:
    """One target as a tile: its value and interval, or how many outcomes are missing; what came, once it has."""
    expected = told.expected
    about = "Median estimate and interval." if told.target is not Target.SUCCESS else "Mean estimate and interval."
    with st.container(border=True, height="stretch"):
        st.metric(told.title, value(told), help=f"{about} Unit: {plain(told.unit)}.")
        if expected.value is None or expected.low is None or expected.high is None:
            st.caption(f"No interval yet: {plain(expected.reason or '')}. {_median(told)}")
            return
        interval = tiles.span(expected.low, expected.high, told.unit)
        st.caption(f"{percent(answer.level)} interval: **{plain(interval)}**")
        st.caption(f"Average past project {plain(tiles.number(told.average, told.unit))} · n = {expected.sample}")
        if told.actual is not None:
            came(told)
        if told.better_than_median is False:
            st.badge("Not better than the median", icon=":material/warning:", color="orange")


def value(told: Expected) -> str:
    """The prediction, with no more digits than its interval holds."""
    expected = told.expected
    if expected.value is None or expected.low is None or expected.high is None:
        return tiles.number(None, told.unit)
    return tiles.as_sure(expected.value, expected.low, expected.high, told.unit)


def _median(told: Expected) -> str:
    """What is known instead: the middle of the few outcomes that there are."""
    middle = told.median
    if middle.value is None:
        return ""
    return f"The median of {middle.sample}: {plain(tiles.number(middle.value, told.unit))}."


def came(told: Expected) -> None:
    """What came of a project that has ended, and whether the interval held."""
    expected, actual = told.expected, told.actual
    if actual is None or expected.low is None or expected.high is None:
        return
    inside = expected.low <= actual <= expected.high
    word, colour = ("inside", "green") if inside else ("outside", "red")
    st.badge(f"came: {plain(tiles.number(actual, told.unit))}, {word}", color=colour)  # type: ignore[arg-type]


def exported(answer: Expectation) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The numbers and what they are made of, as files tell them."""
    rows = [
        {
            "project": answer.name,
            "target": told.target.value,
            "unit": told.unit,
            "level": answer.level,
            "value": told.expected.value,
            "low": told.expected.low,
            "high": told.expected.high,
            "average_past_project": told.average,
            "actual": told.actual,
            "outside": ", ".join(told.outside),
            "past_projects": told.expected.sample,
        }
        for told in answer.expected
    ]
    return pd.DataFrame(rows), answer.contributions.assign(project=answer.name)


def _why(answer: Expectation, _asked: Asked, told: Expected) -> None:
    steps = answer.contributions[answer.contributions["target"] == told.target]
    if steps.empty:
        reason = plain(told.expected.reason or "")
        st.caption(f"{plain(told.title)} is not learned yet: it {reason}. Similar projects can be looked at already.")
        return
    picture, words = st.columns([1.6, 1])
    with picture:
        draw(prediction_charts.steps(steps, told), alt=f"What adds up to the expected {told.target}")
    with words:
        average, here = (tiles.number(one, told.unit) for one in (told.average, told.expected.value))
        st.markdown(f"An average past project: **{plain(average)}**. What is known of this one moves that by:")
        st.markdown("\n".join(f"- {sentence(row, told)}" for row in records(steps)))
        st.markdown(f"Together: **{plain(here)}**.")
        st.caption("These parts add up exactly. They are associations with past outcomes, not causes.")
    with st.container(horizontal=True):
        for name, frame in zip(("Prediction", "Contributions"), exported(answer), strict=True):
            _download(name, frame)


def _download(name: str, frame: pd.DataFrame) -> None:
    st.download_button(
        f"{name} as CSV",
        data=tables.csv(frame),
        file_name=f"{name.lower()}.csv",
        mime="text/csv",
        icon=":material/download:",
        key=f"{name.lower()}_csv",
    )


def sentence(row: dict[str, Any], told: Expected) -> str:
    """One contribution in words."""
    feature, value = row["feature"].replace("_", " ").capitalize(), row["value"] or "not known"
    on = "" if told.target is Target.SUCCESS else f" on {told.target.value}"
    return f"{feature} ({plain(value)}): **{plain(row['effect'])}**{on}"


def _what_if(answer: Expectation, asked: Asked, told: Expected) -> None:
    if told.expected.value is None:
        st.caption(f"{plain(told.title)} is not learned yet: it {plain(told.expected.reason or '')}.")
        return
    features = list(answer.facts["feature"])
    chosen = st.segmented_control(
        "If this were different",
        features,
        default=features[0],
        key="feature",
        required=True,
        bind="query-params",
        format_func=lambda name: name.replace("_", " ").capitalize(),
    )
    found = asked(told.target, chosen or features[0])
    if found.average.empty:
        st.caption("No past project tells this fact: nothing could be learned of it.")
        return
    draw(prediction_charts.dependence(found), alt=f"Expected {told.target} by {found.feature.replace('_', ' ')}")
    mark = ":blue[**●**] this project" if found.is_word else ":blue[**—**] this project, were only this changed"
    ticks = "" if found.is_word else " · shaded: seen in past projects, whose values are the ticks below"
    grey = "◆" if found.is_word else "- -"
    st.caption(
        f"{mark} · :orange[**●**] as it is · :gray[**{grey}**] partial dependence: the average, had all past projects "
        f"this value{ticks}. Associations, not causes."
    )


def _similar(answer: Expectation, _asked: Asked, told: Expected) -> None:
    near = answer.similar
    if near.empty:
        st.caption("No past project with an outcome, or nothing known of this one to compare by.")
        links.link("projects", "Enter or import outcomes of finished projects", icon="edit")
        return
    column = st.column_config
    units = {one.target: one.unit for one in answer.expected}
    columns: dict[str, Any] = {
        "name": column.TextColumn("Project", width=210),
        "distance": column.NumberColumn(
            "Distance", format="%.2f", width=80, help="0 is a twin; 1 is a standard deviation in every known fact."
        ),
        "success": column.NumberColumn("Success", format="%.0f points", width=90),
        "duration": column.NumberColumn("Duration", format="%.0f days", width=90),
        "cost": column.NumberColumn(f"Cost, {units[Target.COST]}", width=100),
        "complexity": column.NumberColumn("Complexity", format="%.0f", width=90),
        "team_size": column.NumberColumn("Team", format="%.0f", width=60),
        "experience": column.NumberColumn("Experience", format="%.1f years", width=95),
        "domain": column.TextColumn("Domain", width=120),
        "problem_type": column.TextColumn("Problem type", width=130),
        "artifacts": column.NumberColumn("Artifacts", format="%.0f", width=80),
    }
    rounded = near.assign(cost=near["cost"].round())
    row = tables.choose(rounded, columns, key="similar", alt="The most similar past projects with their outcomes")
    came_of = near[told.target.value].dropna()
    if len(came_of):
        met = tiles.span(came_of.min(), came_of.max(), told.unit)
        st.caption(
            f"{plain(told.title)} of these {len(came_of)}: {plain(met)}. Compared by what is known "
            "before the start only. Select a row to open the project."
        )
    tables.download(near, name="similar_projects", key="similar_csv")
    if row is not None:
        links.go("project", project=near["project_id"].iloc[row])


def _facts(answer: Expectation, _asked: Asked, _told: Expected) -> None:
    column = st.column_config
    facts = answer.facts.assign(
        feature=answer.facts["feature"].str.replace("_", " ").str.capitalize(),
        value=answer.facts["value"].fillna("not known"),
        note=answer.facts["outside"].map({True: "outside of what was seen", False: ""}),
    )
    columns: dict[str, Any] = {
        "feature": column.TextColumn("Known before the start", width=170),
        "value": column.TextColumn("This project", width=160),
        "seen": column.TextColumn("Past projects", width=300),
        "note": column.TextColumn("Note", width=180),
    }
    tables.show(facts, columns, key="facts", alt="What is known of this project before its start")
    st.caption("Team, experience and artifacts as of the start: what came later is left out, here as in the past.")
