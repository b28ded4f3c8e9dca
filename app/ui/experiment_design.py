"""A draft on its page: what so many units can find, what speaks against it, and who takes part."""

from __future__ import annotations

import streamlit as st

from app.ui import experiment_charts, experiment_tiles, tables
from app.ui.ask import tell
from app.ui.drawing import draw
from app.ui.experiment_words import sure_text, unit_of, units_word
from app.ui.forms import done
from app.ui.text import plain
from maestro_core.actions.experiments import withdraw
from maestro_core.reports.experiments import ExperimentReport
from maestro_core.scoring.experiment_words import amount_in_words

SPREAD = (
    "The smallest true effect that is found with a chance of 80 % at p < .05, with the spread that past projects had; "
    "between teams 30 % of the spread is assumed. Cohen's d is the effect in standard deviations."
)
UNKNOWN = "How much past projects differ in this metric is not known: told in standard deviations only."


def design(told: ExperimentReport) -> None:
    """What so many units can find, and what speaks against it."""
    with st.container(horizontal=True):
        _planned(told)
        _detectable(told)
        _chance(told)
    for warning in told.warnings:
        st.markdown(f":material/warning: {plain(warning)}")
    if told.power.detectable is not None:
        _curve(told)


def finds(told: ExperimentReport) -> str:
    """What is found at all, in a sentence; the effect in the metric's own unit where the spread is known.

    Only told where something can be found.
    """
    power = told.power
    arms = f"{power.control} {units_word(told)} per arm"
    if power.control != power.treatment:
        arms = f"{power.control} {units_word(told)} in the control and {power.treatment} in the smallest other arm"
    told_d = f"d ≥ {power.detectable or 0:.1f}"
    if power.detectable_effect is None:
        return f"{arms} detect {told_d}."
    return f"{arms} detect {_amount(told, power.detectable_effect)} or more ({told_d})."


def participants(told: ExperimentReport) -> None:
    """Who takes part, before the start; a row can be withdrawn."""
    st.subheader("Who takes part")
    if told.assignments.empty:
        st.caption("Nobody yet: enrol projects that have no outcome.")
        return
    rows = told.assignments
    st.caption("Select a row to withdraw it. Projects that name the same team are assigned together.")
    chosen = tables.choose(
        rows,
        {"project": st.column_config.TextColumn("Project"), "team": st.column_config.TextColumn("Team"),
         "enrolled_at": st.column_config.DateColumn("Enrolled", width="small")},
        key="participants", alt="Projects that take part",
    )  # fmt: skip
    if chosen is not None and st.button(
        f"Withdraw {plain(rows.iloc[chosen]['project'])}", icon=":material/person_remove:"
    ):
        tell(withdraw, experiment_id=told.experiment_id, project_id=rows.iloc[chosen]["project_id"])
        done("Withdrawn.")


def _planned(told: ExperimentReport) -> None:
    power = told.power
    experiment_tiles.tile(
        "Planned size", f"{told.planned_units:,} {units_word(told)}",
        below=f"{told.enrolled_units:,} enrolled · {power.control} in the control",
        about=f"{power.control} in the control and {power.treatment} in the smallest other variant.",
    )  # fmt: skip


def _detectable(told: ExperimentReport) -> None:
    power = told.power
    if power.detectable is None:
        experiment_tiles.tile("Smallest effect it finds", "–", below="Too few units to find anything.", about=SPREAD)
        return
    deviations = f"{power.detectable:.1f} standard deviations"
    if power.detectable_effect is None:
        experiment_tiles.tile("Smallest effect it finds", deviations, below=UNKNOWN, about=SPREAD)
        return
    below = f"{deviations} (Cohen's d), in 80 of 100 experiments"
    amount = _amount(told, power.detectable_effect)
    experiment_tiles.tile("Smallest effect it finds", amount, below=below, about=SPREAD)


def _chance(told: ExperimentReport) -> None:
    power, title = told.power, "Chance to find what matters"
    if not told.worthwhile:
        below = "Change the design and say which effect would matter: then this tells how likely it is found."
        experiment_tiles.tile(title, "–", below=below)
        return
    matters = f"{_amount(told, told.worthwhile)} would matter"
    if power.of_worthwhile is None:
        experiment_tiles.tile(title, "–", below=f"{matters}. {UNKNOWN if power.spread is None else 'Too few units.'}")
        return
    needed = f"{power.needed:,} {units_word(told)} per arm find it with 80 %" if power.needed else ""
    about = "The power of the planned size, at p < .05: how many of 100 such experiments find an effect of this size."
    experiment_tiles.tile(title, sure_text(power.of_worthwhile), below=f"{matters} · {needed}", about=about)


def _curve(told: ExperimentReport) -> None:
    unit = unit_of(told.primary_metric, told.currency)
    draw(
        experiment_charts.power(told.power_curve, spread=told.power.spread, unit=unit, worthwhile=told.worthwhile),
        key="power",
        alt=f"Chance to find an effect by its size: {finds(told)}",
    )
    st.caption(plain(finds(told)))


def _amount(told: ExperimentReport, value: float) -> str:
    return amount_in_words(value, unit_of(told.primary_metric, told.currency))
