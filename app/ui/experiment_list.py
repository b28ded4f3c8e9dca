"""All experiments in a table, and what can be compared without one."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.ui import empty, experiment_charts, links, tables
from app.ui.ask import ask
from app.ui.drawing import draw
from app.ui.experiment_words import METRIC_TITLES, effect_text
from app.ui.forms import counted
from app.ui.forms_experiments import MOST_ARTIFACTS
from app.ui.text import plain
from maestro_core.reports import artifacts, records
from maestro_core.reports import experiments as reports
from maestro_core.reports.experiment_comparisons import ObservationalComparison, comparison
from maestro_core.scoring.experiment_words import LEVEL, means_in_words, p_in_words

DECISIONS = 10
"""So many are told below the table; the file has all."""
OUTCOMES = ["success", "duration", "cost", "succeeded"]
TOO_FEW = "Both groups need two ended projects with this outcome to be compared."
BALANCE = {
    "fact": st.column_config.TextColumn("Fact", width=95),
    "unit": st.column_config.TextColumn("Unit", width=65),
    "chosen": st.column_config.NumberColumn("Chosen", format="%.1f", width=65, help="Mean of those that chose it."),
    "others": st.column_config.NumberColumn("Others", format="%.1f", width=65, help="Mean of the others."),
    "difference": st.column_config.NumberColumn(
        "In SDs", format="%+.2f", width=65, help="In standard deviations; from 0.25 on the groups differ visibly."
    ),
}


def listed() -> None:
    """The experiments, the latest first; a row opens its page."""
    everything = st.toggle("Archived too", key="archived", bind="query-params")
    told = ask(reports.experiments, archived=everything)
    rows = told.experiments
    if rows.empty:
        _nothing(told.archived)
        return
    shown = rows.assign(
        metric=rows["primary_metric"].map(METRIC_TITLES),
        size=[
            f"{row.enrolled:,} {row.unit}s ({row.planned_units:,} planned)"
            for row in rows[["enrolled", "planned_units", "unit"]].itertuples(index=False)
        ],
    )
    choice = tables.choose(
        shown,
        {
            "name": st.column_config.TextColumn("Experiment", width=185, pinned=True),
            "state": st.column_config.TextColumn("State", width=80),
            "kind": st.column_config.TextColumn("About", width=125),
            "metric": st.column_config.TextColumn("Judged by", width=110),
            "size": st.column_config.TextColumn("Enrolled", width=155, help="Over all variants."),
            "decision": st.column_config.TextColumn("Decided", width=120),
            "started_at": st.column_config.DateColumn("Started", width=82),
            "stopped_at": st.column_config.DateColumn("Stopped", width=82),
        },
        key="experiments",
        alt="Experiments with their state and decision",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Select a row to open it.", width="stretch")
        tables.download(rows, name="experiments", key="download")
    _decided(rows)
    if choice is not None:
        links.go("experiment", experiment=rows.iloc[choice]["experiment_id"])


def _decided(rows: pd.DataFrame) -> None:
    """What was decided and why, in full: a cell of a table would cut it."""
    told = rows[rows["decision"].notna()]
    if told.empty:
        return
    st.subheader("Decided, and why")
    for row in records(told.head(DECISIONS)):
        with st.container(border=True, gap="xsmall"):
            st.markdown(f":material/gavel: **{plain(row['name'])}**: {plain(row['decision'])}")
            st.text(row["reason"])
    if len(told) > DECISIONS:
        st.caption(f"The latest {DECISIONS} of {len(told)} experiments with a decision; the CSV has all.")


def observed() -> None:
    """Ended projects that chose something against those that did not, labelled as what it is."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = st.selectbox("Compare", ["use of an artifact", "team size"], key="by", bind="query-params")
        metric = st.selectbox(
            "Judged by", OUTCOMES, key="metric", bind="query-params", format_func=lambda name: METRIC_TITLES[name]
        )
        told = _by_artifact(metric) if by == "use of an artifact" else _by_team_size(metric)
    if told is None:
        empty.no_artifacts()
        return
    with st.container(border=True):
        st.badge("Observational", icon=":material/visibility:", color="orange")
        st.markdown(plain(told.note))
        for warning in told.warnings:
            st.markdown(f":material/balance: {plain(warning)}")
    _observed_effect(told)


def _by_artifact(metric: str) -> ObservationalComparison | None:
    board = ask(artifacts.leaderboard, limit=MOST_ARTIFACTS).artifacts
    if board.empty:
        return None
    names = {row["artifact_id"]: f"{row['name']} ({row['kind']})" for row in board.to_dict("records")}
    options = list(names)
    chosen = st.selectbox("Artifact", options, key="of", bind="query-params", format_func=lambda key: names[key])
    return ask(comparison, metric=metric, artifact_id=chosen or options[0])


def _by_team_size(metric: str) -> ObservationalComparison:
    size = st.number_input("Teams of so many people or more", 2, 100, 5, key="size", bind="query-params")
    return ask(comparison, metric=metric, team_size=float(size))


def _observed_effect(told: ObservationalComparison) -> None:
    one = told.comparison
    if one.absolute is None:
        groups = f"{counted(one.treatment.units, 'ended project')} {told.chosen}, {one.control.units:,} {told.others}."
        st.info(plain(f"{groups} {TOO_FEW if min(one.treatment.units, one.control.units) < 2 else one.reason or ''}"))
        return
    figure, numbers = st.columns([3, 2])
    with figure:
        _observed_figure(told)
    with numbers:
        st.markdown(f"**{plain(effect_text(one.absolute, told.unit, level=LEVEL))}**")
        st.markdown(
            f"{plain(observed_groups(told))}; {plain(p_in_words(one.p_value))} by {plain(one.method)}. "
            "**Observational**: nobody was assigned."
        )
        st.caption("How the groups differed before, on average:")
        tables.show(told.balance, BALANCE, key="balance", alt="Facts of both groups with their units")


def observed_groups(told: ObservationalComparison) -> str:
    """How many projects are compared, and their means in the metric's unit."""
    one = told.comparison
    means = means_in_words(one.control.mean, one.treatment.mean, told.unit)
    chosen = f"{counted(one.treatment.units, 'project')} that {told.chosen}"
    return f"{chosen}, against {one.control.units:,} that {told.others}: means {means}"


def _observed_figure(told: ObservationalComparison) -> None:
    short = {told.chosen: told.chosen_short, told.others: told.others_short}
    values = told.values.replace({"variant": short}).assign(name="a project")
    draw(
        experiment_charts.values_by_variant(
            values, [told.others_short, told.chosen_short], title=f"{told.title} (observational)", unit=told.unit
        ),
        key="observed",
        alt="Outcome of each ended project in both groups, with the mean of each as a line",
    )


def _nothing(archived: int) -> None:
    with st.container(border=True):
        st.subheader("No experiment yet")
        st.markdown(
            "Impact and predictions tell what went along with success. Whether something *causes* it, only an "
            "assignment by chance tells: some teams work in the new way, others as before, and a seed decides who."
        )
        st.markdown(
            "Design one above: it tells before the start how large an effect so many teams can find. Or look at what "
            "ended projects chose by themselves, which is labelled as what it is."
        )
        if archived:
            st.caption(f"{archived} archived: switch them on above.")
