"""A number of an experiment as a tile: what it is, the number in words, and below it what belongs to it."""

from __future__ import annotations

import streamlit as st

from app.ui.experiment_words import effect_text, loss_text, relative_text, sure_text, units_word
from app.ui.text import plain
from maestro_core.reports.experiment_results import MetricResult
from maestro_core.reports.experiments import ExperimentReport
from maestro_core.scoring.effects import Effect
from maestro_core.scoring.experiment_results import Comparison
from maestro_core.scoring.experiment_words import LEVEL
from maestro_core.terms import Better

EVERY_LOOK = "It holds however often one looks, and is wider for that."
PRIOR = "Bayesian, with a normal prior of no effect, give or take half a standard deviation."


def tile(title: str, value: str, *, below: str, about: str | None = None) -> None:
    """A number in words, which wrap on a phone where a metric would be cut. What somebody entered is shown as it is."""
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.caption(plain(title), help=about and plain(about))
        st.header(plain(value), anchor=False)
        st.caption(plain(below))


def looked(told: ExperimentReport, primary: MetricResult, one: Comparison) -> None:
    """What may be read before the planned end: the effect so far, in the metric's own unit first."""
    if one.looked is None:
        return
    _effect(told, one, one.looked, primary.unit, title="Effect so far", about=f"The difference of means. {EVERY_LOOK}")
    if one.looked_relative:
        about = f"As a share of the control's mean, by the delta method. {EVERY_LOOK}"
        _relative(told, one, one.looked_relative, title="Relative effect so far", about=about)


def final(told: ExperimentReport, primary: MetricResult, one: Comparison) -> None:
    """What holds at the planned end: the effect, in the metric's own unit first, and what each choice may cost."""
    effect = one.adjusted or one.absolute
    if effect is None:
        return
    how = "adjusted by forecasts from before the assignment" if one.adjusted else "as measured"
    _effect(told, one, effect, primary.unit, title="Effect", about=f"The difference of means, {how}.")
    if one.relative:
        title = "Relative effect, as measured" if one.adjusted else "Relative effect"
        about = "As a share of the control's mean, as measured, by the delta method."
        _relative(told, one, one.relative, title=title, about=about)
    _belief(told, primary, one)


def _effect(told: ExperimentReport, one: Comparison, effect: Effect, unit: str, *, title: str, about: str) -> None:
    value, _, span = effect_text(effect, unit, level=LEVEL).partition(" (")
    tile(_named(title, told, one), value, below=f"{span.removesuffix(')')} · {_counted(told, one)}", about=about)


def _relative(told: ExperimentReport, one: Comparison, effect: Effect, *, title: str, about: str) -> None:
    value, _, span = relative_text(effect, level=LEVEL).partition(" (")
    tile(_named(title, told, one), value, below=f"{span.removesuffix(')')} % · {_counted(told, one)}", about=about)


def _belief(told: ExperimentReport, primary: MetricResult, one: Comparison) -> None:
    belief = one.belief
    if belief is None:
        return
    if primary.better is Better.NEITHER:
        title = _named("Chance that it is higher", told, one)
        tile(title, sure_text(belief.better), below=_counted(told, one), about=PRIOR)
        return
    tile(
        _named("Chance that it is better", told, one), sure_text(belief.better), below=_counted(told, one), about=PRIOR
    )
    staying = loss_text(belief.loss_of_control, primary.unit)
    tile(
        _named("Expected loss of adopting it", told, one), loss_text(belief.loss_of_treatment, primary.unit),
        below=f"of staying as before: {staying}",
        about=f"What a choice costs on average, counting only the cases in which it is the worse one. {PRIOR}",
    )  # fmt: skip


def _named(title: str, told: ExperimentReport, one: Comparison) -> str:
    return f"{title}: {one.variant}" if len(told.variants) > 2 else title


def _counted(told: ExperimentReport, one: Comparison) -> str:
    return f"n = {one.control.units} + {one.treatment.units} {units_word(told)}"
