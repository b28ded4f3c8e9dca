"""Predictions as the page shows them: how good they are, what rings, and each running project's."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.ui import tables, tiles
from app.ui.text import plain
from maestro_core.reports import records
from maestro_core.reports.predictions import ALL_ALIKE, Judged, Predictions
from maestro_core.scoring.catalogue import CATALOGUE
from maestro_core.terms import Measured, Target, percent

LIVE = (
    "The same of projects that ended after their prediction, by the last interval told before; since Maestro predicts."
)


def skill(judged: Judged) -> None:
    """Skill against guessing, error against the median, coverage of the past and since: four tiles and a verdict."""
    verdict(judged)
    with st.grid(4, min_column_width=190):
        tiles.show("standardised_accuracy", judged.skill)
        tiles.show("mean_absolute_error", judged.error, unit=judged.unit)
        inside = CATALOGUE["interval_coverage"]
        about = plain(inside.summary)
        tiles.tile(counted(inside.title, judged.coverage), judged.coverage, unit="share", about=about)
        tiles.tile(counted("Inside, since told", judged.live_coverage), judged.live_coverage, unit="share", about=LIVE)


def counted(title: str, share: Measured[float]) -> str:
    """A share's title with its k of n.

    >>> counted("Inside", Measured(value=0.75, sample=8)), counted("Inside", Measured.missing("none yet"))
    ('Inside: 6 of 8', 'Inside')
    """
    return title if share.value is None else f"{title}: {round(share.value * share.sample)} of {share.sample}"


def verdict(judged: Judged) -> None:
    """Whether the predictor beats the median of the past, its naive rival."""
    if judged.better_than_median is None or judged.error.value is None or judged.median_error.value is None:
        return
    if judged.skill.reason == ALL_ALIKE:
        st.caption("All past outcomes are alike: so are predictions. How good they are shows once outcomes differ.")
        return
    error, rival = (tiles.number(one.value, judged.unit) for one in (judged.error, judged.median_error))
    if judged.better_than_median:
        st.badge("Better than the median", icon=":material/check:", color="green")
        st.caption(f"Off by {error} on held-out projects; always answering the median is off by {rival}.")
        return
    st.badge("Not better than the median", icon=":material/warning:", color="orange")
    st.caption(
        f"Off by {error} on held-out projects, and always answering the median only by {rival}: do not plan on these. "
        "More outcomes, and facts such as complexity and experience, are what would help."
    )


def chosen_project(answer: Predictions) -> int | None:
    """One row for each running project with its three expectations; the position of the row that was chosen."""
    rows, interval = by_project(answer), f"{percent(answer.level)} interval"
    beyond = st.column_config.TextColumn("Unlike any past project in", width=180)
    columns: dict[str, Any] = {
        "name": st.column_config.TextColumn("Project", width=225, pinned=True),
        "days_so_far": st.column_config.NumberColumn("So far", format="%.0f days", width=80),
        **{
            judged.target.value: st.column_config.TextColumn(
                f"{judged.title} ({interval})", width=195, help=f"Expected, with {interval}"
            )
            for judged in answer.predictors
        },
        **({"outside": beyond} if rows["outside"].any() else {}),
    }
    return tables.choose(rows, columns, key="prediction_rows", alt="Expectations of running projects")


def by_project(answer: Predictions) -> pd.DataFrame:
    """One row for each running project, its predictions as text."""
    units = {judged.target: judged.unit for judged in answer.predictors}
    told = answer.predictions
    rows = []
    for project_id, group in told.groupby("project_id", sort=False):
        texts = {str(row["target"]): _expected(row, units[row["target"]]) for row in records(group)}
        outside = sorted({name.replace("_", " ") for names in group["outside"] for name in names})
        first = group.iloc[0]
        known = {"project_id": project_id, "name": first["name"], "days_so_far": first["days_so_far"]}
        rows.append(known | texts | {"outside": ", ".join(outside)})
    return pd.DataFrame(rows)


def overdue(answer: Predictions) -> list[str]:
    """Running projects that already took longer than their interval: their prediction was too short."""
    told = answer.predictions
    late = told[(told["target"] == Target.DURATION) & (told["days_so_far"] > told["high"])]
    return list(late["name"])


def alarms(answer: Predictions, target: Target) -> None:
    """What rings now: of this target and of all in full, of the others in a sentence."""
    for alarm in answer.alarms:
        if alarm.target not in {target, None}:
            st.caption(f":orange[:material/notifications_active:] {plain(alarm.sentence)}")
            continue
        with st.container(border=True):
            st.markdown(f":orange[:material/notifications_active:] **{plain(alarm.sentence)}**")
            st.markdown(f"What to do: {plain(alarm.try_this)}")
            numbers = " · ".join(f"{name} {_figure(value)}" for name, value in alarm.evidence)
            st.caption(plain(f"{alarm.kind.value}: {numbers}"))


def alarms_elsewhere(answer: Predictions) -> None:
    """That something rings, where there is no room to say what."""
    count = len(answer.alarms)
    if count:
        what = "1 alarm rings" if count == 1 else f"{count} alarms ring"
        st.caption(
            f":orange[:material/notifications_active:] {what}: see “Running” or “Model card” before you rely on it."
        )


def live(judged: Judged) -> None:
    """How the intervals did on projects that ended since, with bounds; or that none has."""
    share = judged.live_coverage
    if share.value is None:
        st.caption(f"Live coverage: {plain(share.reason or '')}. It is counted as soon as one does.")
        return
    behind = "" if share.low is None or share.high is None else tiles.span(share.low, share.high, "share")
    st.caption(
        f"Live coverage: **{round(share.value * share.sample)} of {share.sample}** later outcomes came inside the 80 % "
        f"interval told before them ({plain(behind)} could well be behind that, at {percent(tiles.LEVEL)})."
    )


def _figure(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.3g}"


def _expected(row: dict[str, Any], unit: str) -> str:
    value = tiles.as_sure(row["value"], row["low"], row["high"], unit)
    return f"{value} ({tiles.span(row['low'], row['high'], '')})"
