"""What an experiment shows: whether the assignment held, first; then the effect, in every way that may be read now."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.ui import experiment_charts, tables, tiles
from app.ui.experiment_parts import unit_of, units_word
from app.ui.experiment_words import effect_text, loss_text, p_text, relative_text
from app.ui.forms import counted
from app.ui.text import plain
from maestro_core.reports.experiment_results import MetricResult
from maestro_core.reports.experiments import ExperimentReport
from maestro_core.scoring.experiment_results import Comparison
from maestro_core.terms import ExperimentUnit, Measured, percent

RUNNING = (
    "While it runs, and where it was stopped early, only the interval that holds at every look is told: one may look "
    "as often as one likes and is still wrong in at most 5 of 100 experiments without an effect."
)
FINAL = (
    "As many units ended as were planned: the intervals for a single look hold. Which p-value counts is a rule: exact "
    "with up to 12 units, else adjusted by forecasts where there are any, else the test of shares or Welch's."
)


def counts(told: ExperimentReport) -> None:
    """How many units each variant has, and whether so uneven ones come by chance: before anything else."""
    if told.is_broken:
        st.error(
            "The variants are too uneven to come from the assignment (p < .001). Whatever the results below say, "
            "find out first how units got lost or in.",
            icon=":material/report:",
        )
    with st.container(horizontal=True):
        for variant in told.variants:
            with st.container(border=True, height="stretch"):
                st.metric(plain(variant.name), f"{variant.measured} of {variant.units}")
                used = (
                    "" if variant.used_artifact is None else f" · {counted(variant.used_artifact, 'project')} used it"
                )
                expected = "" if variant.expected is None else f" · {variant.expected:g} expected"
                st.caption(f"{units_word(told)} have ended{expected}{used}")
                if variant.description:
                    st.caption(plain(variant.description))
    checked = f"Assignment as even as expected: {p_text(told.sample_ratio.value)}" if not told.is_broken else "Uneven"
    lost = "" if told.measured_ratio.value is None else f"; among those that ended {p_text(told.measured_ratio.value)}"
    st.caption(f":material/balance: {checked}{lost} (sample ratio; below .001 it would be broken).")


def verdict(told: ExperimentReport) -> None:
    """What may be said now, and what may mislead."""
    with st.container(border=True):
        for sentence in told.verdicts:
            st.markdown(f"**{plain(sentence)}**")
        st.caption(FINAL if told.is_final else RUNNING)
    for warning in told.warnings:
        st.markdown(f":material/warning: {plain(warning)}")


def in_numbers(told: ExperimentReport) -> None:
    """Each treatment's effect on the primary metric, and what each choice may cost; at the planned end only."""
    primary = told.results[0]
    for one in primary.comparisons:
        if told.is_final and one.belief and one.absolute:
            with st.container(horizontal=True):
                _tiles(told, primary, one)


def _tiles(told: ExperimentReport, primary: MetricResult, one: Comparison) -> None:
    units, belief, effect = one.control.units + one.treatment.units, one.belief, one.adjusted or one.absolute
    if belief is None or effect is None:
        return
    name = f": {plain(one.variant)}" if len(told.variants) > 2 else ""
    how = "adjusted by forecasts from before the assignment" if one.adjusted else "as measured"
    figures = (
        (f"Effect{name}", effect, primary.unit, f"The difference of means, {how}, with its 95 % interval."),
        (
            f"Relative effect{', as measured' if one.adjusted else ''}",
            one.relative,
            "share",
            "As a share of the control's mean, as measured, by the delta method, with its 95 % interval.",
        ),
    )
    for title, span, unit, about in figures:
        if span:
            value = Measured[float](value=span.value, low=span.low, high=span.high, sample=units)
            tiles.tile(title, value, unit=unit, about=about, level=0.95, is_signed=True)
    prior = "Bayesian, with a normal prior of no effect, give or take half a standard deviation."
    tiles.tile("Chance that it is better", Measured(value=belief.better, sample=units), unit="share", about=prior)
    loss = Measured[float](value=belief.loss_of_treatment, sample=units)
    staying = plain(tiles.number(belief.loss_of_control, primary.unit))
    about = f"What adopting it costs on average in case it is worse; staying as before: {staying}."
    tiles.tile("Expected loss", loss, unit=primary.unit, about=about)


def figures(told: ExperimentReport) -> None:
    """The effect over time and each unit by variant; relative effects where there are several metrics."""
    primary = told.results[0]
    names = [variant.name for variant in told.variants]
    over_time, by_variant = st.columns([3, 2], gap="large")
    with over_time:
        if told.looks.empty:
            st.caption("The effect over time shows from two units in each variant on.")
        else:
            st.plotly_chart(
                experiment_charts.looks(told.looks, unit=unit_of(told), planned=told.planned_units),
                key="looks",
                alt="Effect after each unit that ended, with the interval that holds at every look",
            )
    with by_variant:
        if len(primary.values):
            st.plotly_chart(
                experiment_charts.values_by_variant(
                    _named(told, primary), names, title=f"{primary.title} of each unit", unit=primary.unit
                ),
                key="units",
                alt=f"{primary.title} of each unit by variant",
            )
    _all_relative(told)


def table(told: ExperimentReport) -> None:
    """Every metric and treatment in a row, as far as it may be read now."""
    rows = _rows(told)
    first = {
        "metric": st.column_config.TextColumn("Metric", pinned=True, width=140),
        "variant": st.column_config.TextColumn("Variant", width=120),
        "n": st.column_config.TextColumn("n", width=60, help="Units in the control and in the variant."),
        "means": st.column_config.TextColumn("Means", width=120, help="Of the control and of the variant."),
    }
    looked = {"at every look": st.column_config.TextColumn("Effect, 95 % at every look", width=210)}
    relative = {"relative": st.column_config.TextColumn("Relative, 95 %", width=130)}
    final = {
        "single look": st.column_config.TextColumn("Effect, 95 % interval", width=200),
        **relative,
        "adjusted": st.column_config.TextColumn("Adjusted by forecasts", width=200),
        "p": st.column_config.TextColumn("p", width=70, help="By the rule for which p-value counts."),
        "corrected": st.column_config.TextColumn(
            "Corrected", width=80, help="Holm; Benjamini–Hochberg for further ones."
        ),
        "method": st.column_config.TextColumn("By", width=190),
        "better": st.column_config.TextColumn("P(better)", width=80),
        "loss": st.column_config.TextColumn("Expected loss", width=150, help="Of adopting it · of staying as before."),
        **looked,
    }
    columns = first | (final if told.is_final else looked | relative)
    note = {"note": st.column_config.TextColumn("Note", width=300)} if rows["note"].ne("").any() else {}
    tables.show(rows, columns | note, key="results", alt="Effects of all metrics")
    tables.download(_exported(told), name="results", key="download_results")


def _rows(told: ExperimentReport) -> pd.DataFrame:
    return pd.DataFrame([_row(told, result, one) for result in told.results for one in result.comparisons])


def _row(told: ExperimentReport, result: MetricResult, one: Comparison) -> dict[str, str]:
    belief = one.belief
    relative = one.relative if told.is_final else one.looked_relative
    return {
        "metric": result.title,
        "variant": one.variant,
        "n": f"{one.control.units}/{one.treatment.units}",
        "means": f"{_mean(one.control.mean)} → {_mean(one.treatment.mean)}",
        "at every look": effect_text(one.looked, result.metric, result.unit),
        "relative": relative_text(relative),
        "single look": effect_text(one.absolute, result.metric, result.unit),
        "adjusted": effect_text(one.adjusted, result.metric, result.unit),
        "p": p_text(one.p_value),
        "corrected": p_text(one.corrected_p_value),
        "method": one.method,
        "better": "–" if belief is None else percent(belief.better),
        "loss": loss_text(belief, result.unit),
        "note": one.reason or "",
    }


def _exported(told: ExperimentReport) -> pd.DataFrame:
    """The same as numbers, for a spreadsheet; what may not be read yet is left out."""
    rows = []
    for result in told.results:
        for one in result.comparisons:
            spans = {"look": one.looked, "look_relative": one.looked_relative}
            if told.is_final:
                spans |= {"effect": one.absolute, "relative": one.relative, "adjusted": one.adjusted}
            row: dict[str, object] = {"metric": result.metric, "unit": result.unit, "variant": one.variant}
            row |= {"units_control": one.control.units, "units_variant": one.treatment.units}
            row |= {"mean_control": one.control.mean, "mean_variant": one.treatment.mean}
            for name, span in spans.items():
                row |= {
                    f"{name}": span and span.value,
                    f"{name}_low": span and span.low,
                    f"{name}_high": span and span.high,
                }
            if told.is_final:
                row |= {"p_value": one.p_value, "corrected": one.corrected_p_value, "method": one.method}
            rows.append(row)
    return pd.DataFrame(rows)


def _all_relative(told: ExperimentReport) -> None:
    several = len(told.variants) > 2
    rows = [
        {"label": f"{result.title}: {one.variant}" if several else result.title,
         "value": effect.value, "low": effect.low, "high": effect.high}
        for result in told.results
        for one in result.comparisons
        if (effect := one.relative if told.is_final else one.looked_relative)
    ]  # fmt: skip
    if len(rows) > 1:
        kind = "Relative effects" if told.is_final else "Relative effects so far"
        st.plotly_chart(
            experiment_charts.effects(pd.DataFrame(rows), title=kind),
            key="relative",
            alt="Relative effect of each metric",
        )


def _named(told: ExperimentReport, result: MetricResult) -> pd.DataFrame:
    """The units with what they are called: projects by their names."""
    if told.unit is ExperimentUnit.TEAM:
        return result.values.assign(name=result.values["unit"])
    names = {
        str(key): name for key, name in zip(told.assignments["project_id"], told.assignments["project"], strict=True)
    }
    return result.values.assign(name=result.values["unit"].map(names))


def _mean(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
