"""What stands below the cards of delivery: time, stages, rows, services, and how to read all this."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.ui import delivery_charts, filters, links, tables
from app.ui.delivery_cards import spelt
from app.ui.drawing import draw
from app.ui.text import plain
from maestro_core.reports.delivery import DoraKeys
from maestro_core.scoring.catalogue import CATALOGUE
from maestro_core.terms import Measured

ALL = "all of the period"
SPAN, CHART = "span", "deployments_chart"
READING = (
    "Compare a team with its own past, one service at a time, all five together: never one metric alone. "
    "These numbers are not a target, and they do not tell of persons."
)
LINK = st.column_config.LinkColumn("Open", display_text="Open", width=60)
IN_HOURS = {
    "lead_time": "lead_time_hours",
    "recovery_time": "recovery_time_hours",
    "change_lead_time": "change_lead_time_hours",
    "failed_deployment_recovery_time": "failed_deployment_recovery_time_hours",
    "deployment_frequency": "deployments_per_week",
}
"""What a file calls what the page tells with its unit."""


def over_time(keys: DoraKeys, *, step: str) -> None:
    """Deployments and incidents of each week or month; a click on a bar chooses its rows."""
    rows, is_sighted = keys.weekly if step == "week" else keys.monthly, keys.now.change_fail_rate.value is not None
    draw(
        delivery_charts.deployments_over_time(rows, step=step, is_sighted=is_sighted),
        key=CHART,
        on_select=_choose_span,
        selection_mode="points",
        alt=f"Deployments of each {step}, those that failed, and incidents",
    )
    tables.download(rows, name=f"delivery-by-{step}", key="over_time_csv", called=IN_HOURS)


def stages(keys: DoraKeys) -> None:
    """Where the lead time of pull requests goes; trunk-based work has none."""
    rows = keys.stages[keys.stages["n"] > 0]
    if rows.empty:
        with st.container(border=True):
            st.markdown("**Lead time by stage**")
            st.caption(
                "No pull request was deployed in this period: work on the trunk has no stages, or the tool that has "
                "the pull requests is not connected."
            )
        return
    draw(delivery_charts.stages(rows), key="stages_chart", alt="Median time of coding, pickup, review and deploy")
    table = rows.assign(
        stage=[delivery_charts.STAGES[name][0] for name in rows["stage"]],
        median=_hours(rows["hours"]),
        ninth=_hours(rows["p90"]),
    )
    columns = {
        "stage": st.column_config.TextColumn("Stage", width=90),
        "median": st.column_config.TextColumn("Median", width=90),
        "ninth": st.column_config.TextColumn("90th percentile", width=110, help="Nine in ten took less."),
        "n": st.column_config.NumberColumn("n", width=60, help="Pull requests."),
    }
    tables.show(table, columns, key="stages_table", alt="Stages of the lead time")
    told = "; ".join(f"{name.lower()}: {about}" for name, _, about in delivery_charts.STAGES.values())
    st.caption(f"Of pull requests. {told.capitalize()}. Medians do not add up to the median of the whole.")
    tables.download(
        rows, name="delivery-stages", key="stages_csv", called={"hours": "median_hours", "p90": "p90_hours"}
    )


def choose_span(rows: pd.DataFrame, *, step: str) -> str | None:
    """The week or month whose rows are shown, chosen here or by a click on its bar; None for all."""
    offered = [ALL, *(f"{start:%Y-%m-%d}" for start in rows["start"][::-1])]
    filters.hold(SPAN, offered)
    # The address holds what is shown: a day that reads alike in both.
    chosen = st.selectbox(
        f"Of the {step} that begins on",
        offered,
        key=SPAN,
        bind="query-params",
        help="A click on a bar chooses it.",
        width=260,
    )
    return None if chosen in (None, ALL) else str(chosen)


def deployments(keys: DoraKeys, *, step: str, span: str | None) -> None:
    """The deployments behind the numbers, with links to where they ran."""
    rows = _of_span(keys.deployments, step, span)
    if rows.empty:
        st.caption("No deployment here.")
        return
    told = rows.assign(
        link=rows["url"].map(links.safe),
        lead=_hours(rows["lead_hours"]),
        recovery=_hours(rows["recovery_hours"]),
        sha=rows["sha"].str[:8],
        what=rows["reason"].where(rows["reason"] != "", rows["changes_reason"]),
    )
    several = _named(rows)
    columns = {
        "link": LINK,
        "finished_at": st.column_config.DatetimeColumn("Deployed", format="YYYY-MM-DD HH:mm", width=125, help="UTC"),
        **several,
        "failed": st.column_config.CheckboxColumn("Failed", width=60),
        "recovery": st.column_config.TextColumn("Recovered in", width=100),
        "is_rework": st.column_config.CheckboxColumn("Rework", width=65),
        "changes": st.column_config.NumberColumn("Commits", width=75, help="Merges included; – where not known."),
        "lead": st.column_config.TextColumn("Lead time", width=80, help="Median of its commits."),
        # Beside project and service, there is no room for it: a chosen row tells it.
        **({} if several else {"name": st.column_config.TextColumn("What", width=130)}),
        "sha": st.column_config.TextColumn("Commit", width=85),
    }
    alt = "Deployments, newest first"
    row = tables.choose(told, columns, key="deployment_rows", height=_height(rows), alt=alt)
    _why(told, row)
    _under(rows.drop(columns=["project_id", "deployment_id"]), "deployments")


def incidents(keys: DoraKeys, *, step: str, span: str | None) -> None:
    """The incidents, with what they are told by and the deployment that caused them."""
    rows = _of_span(keys.incidents, step, span)
    if rows.empty:
        st.caption("No incident here.")
        return
    hours = (rows["resolved_at"] - rows["opened_at"]).dt.total_seconds() / 3600
    told = rows.assign(
        link=rows["url"].map(links.safe),
        open_for=_hours(hours),
        cause=rows["deployment"].where(rows["deployment_id"].notna(), "not known"),
    )
    several = _named(rows)
    columns = {
        "link": LINK,
        "opened_at": st.column_config.DatetimeColumn("Opened", format="YYYY-MM-DD HH:mm", width=130, help="UTC"),
        "title": st.column_config.TextColumn("Incident", width=195 if several else 360),
        **several,
        "open_for": st.column_config.TextColumn("Resolved in", width=85, help="– while it is open."),
        "origin": st.column_config.TextColumn("Told by", width=75, help="A label, a fix, or pushed by a tool."),
        "cause": st.column_config.TextColumn("Deployment", width=110),
        "is_linked": st.column_config.CheckboxColumn("Linked", width=65, help="The tool names the deployment."),
    }
    row = tables.choose(told, columns, key="incident_rows", height=_height(rows), alt="Incidents, newest first")
    _whole_title(told, row)
    _under(rows.drop(columns=["project_id", "deployment_id"]), "incidents")


def services(keys: DoraKeys) -> None:
    """Each service by itself: to choose one, not to rank them."""
    rows = keys.services[keys.services["deployments"] > 0]
    told = rows.assign(lead=_hours(rows["change_lead_time"]), recovery=_hours(rows["failed_deployment_recovery_time"]))
    told = told.assign(fails=100 * rows["change_fail_rate"], rework=100 * rows["rework_rate"])
    columns = {
        "project": st.column_config.TextColumn("Project", width=240),
        "service": st.column_config.TextColumn("Service", width=90),
        "deployments": st.column_config.NumberColumn("Deployments", width=95),
        "deployment_frequency": st.column_config.NumberColumn("Per week", format="%.1f", width=80),
        "lead": st.column_config.TextColumn("Lead time", width=85),
        "fails": st.column_config.NumberColumn("Fail rate", format="%.0f %%", width=80),
        "recovery": st.column_config.TextColumn("Recovery", width=85),
        "rework": st.column_config.NumberColumn("Rework", format="%.0f %%", width=75),
    }
    st.caption("In the order of deployments in the period; – is not enough data. Services differ: this is no ranking.")
    tables.show(told, columns, key="services_table", height=_height(rows), alt="The metrics of each service")
    _under(rows.drop(columns="project_id"), "services")


def ladder(keys: DoraKeys) -> None:
    """The ladder of 2023, metric by metric, as what it was."""
    check = keys.quick_check
    levels = ("elite", "high", "medium", "low")
    rows = [
        {"metric": CATALOGUE[row.name].title}
        | dict(zip(levels, row.says, strict=True))
        | {"here": _measured(row.name, getattr(keys.now, row.name)), "fits": " or ".join(row.fitting) or "–"}
        for row in check.legacy
    ]
    columns = {
        "metric": st.column_config.TextColumn("Metric", width=220),
        **{level: st.column_config.TextColumn(level.capitalize(), width=130) for level in levels},
        "here": st.column_config.TextColumn("Here", width=90),
        "fits": st.column_config.TextColumn("Would fit", width=120),
    }
    st.caption(plain(check.legacy_note))
    tables.show(pd.DataFrame(rows), columns, key="ladder", alt=f"DORA's ladder of {check.legacy_year}")


def _choose_span() -> None:
    points = st.session_state[CHART]["selection"]["points"]
    st.session_state[SPAN] = str(points[0]["x"]) if points else ALL


def _of_span(rows: pd.DataFrame, step: str, span: str | None) -> pd.DataFrame:
    return rows if span is None else rows[rows[step] == pd.Timestamp(span)].reset_index(drop=True)


def _named(rows: pd.DataFrame) -> dict[str, Any]:
    """Whose rows these are, where they are of several."""
    several = {
        "project": st.column_config.TextColumn("Project", width=190),
        "service": st.column_config.TextColumn("Service", width=85),
    }
    return {name: column for name, column in several.items() if rows[name].nunique() > 1}


def _why(told: pd.DataFrame, row: int | None) -> None:
    """Why the chosen deployment failed, is rework or has no commits: a sentence, longer than a cell."""
    if row is None or row >= len(told):
        st.caption("Choose a row to see why it failed, is rework, or has no commits.")
        return
    chosen = told.iloc[row]
    brought = "it brought no new commit" if chosen["changes"] == 0 else "its commits are known"
    why = plain(chosen["what"] or f"Nothing tells that it failed or mended another, and {brought}.")
    st.info(f"**{plain(chosen['name'])}**, {chosen['finished_at']:%Y-%m-%d %H:%M} UTC: {why}", icon=":material/info:")


def _whole_title(told: pd.DataFrame, row: int | None) -> None:
    """The chosen incident in full: its title may be longer than a cell."""
    if row is None or row >= len(told):
        st.caption("Choose a row to read its whole title.")
        return
    chosen = told.iloc[row]
    opened = f"{plain(chosen['project'])}, opened {chosen['opened_at']:%Y-%m-%d %H:%M} UTC"
    st.info(f"**{plain(chosen['title'])}**: {opened}", icon=":material/info:")


def _measured(name: str, measured: Measured[float]) -> str:
    if measured.value is None:
        return "–"
    if name == "change_fail_rate":
        return f"{100 * measured.value:.0f} %"
    return f"{measured.value:.1f} per week" if name == "deployment_frequency" else spelt(measured)


def _hours(hours: pd.Series[Any]) -> pd.Series[Any]:
    return hours.map(lambda each: None if pd.isna(each) else spelt(Measured[float](value=float(each)))).astype(object)


def _height(rows: pd.DataFrame) -> int:
    return min(38 + 35 * max(len(rows), 1), 388)


def _under(rows: pd.DataFrame, name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{len(rows):,} {name}, newest first." if name != "services" else f"{len(rows)} services.", width="stretch"
        )
        tables.download(rows, name=f"delivery-{name}", key=f"{name}_csv", called=IN_HOURS)
