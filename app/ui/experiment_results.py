"""What an experiment shows: whether the assignment held, first; then the effect, in every way that may be read now."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.ui import experiment_charts, experiment_tiles
from app.ui.drawing import draw
from app.ui.experiment_words import unit_of, units_word
from app.ui.text import plain
from maestro_core.reports.experiment_results import MetricResult, VariantFacts
from maestro_core.reports.experiments import ExperimentReport
from maestro_core.scoring.effects import SRM_ALPHA
from maestro_core.scoring.experiment_words import LEVEL, amount_in_words, p_in_words
from maestro_core.terms import Better, ExperimentUnit

RUNNING = (
    "While it runs, and where it was stopped early, only the interval that holds at every look is told: one may look "
    "as often as one likes and is still wrong in at most 5 of 100 experiments without an effect."
)
FINAL = (
    "As many units ended as were planned: the intervals for a single look hold. Which p-value counts is a rule: exact "
    "with up to 12 units, else adjusted by forecasts where there are any, else the test of shares or Welch's."
)
SAMPLE_RATIO = "sample ratio, a χ² test; below .001 it would be broken"


def counts(told: ExperimentReport) -> None:
    """How many units each variant has, and whether so uneven ones come by chance: before anything else."""
    if told.is_broken:
        st.error(
            "The variants are too uneven to come from the assignment (p < .001). Whatever the results below say, "
            "find out first how units got lost or in.",
            icon=":material/report:",
        )
    with st.container(horizontal=True):
        for place, variant in enumerate(told.variants):
            _count(told, variant, is_control=place == 0)
    st.caption(f":material/balance: {evenness(told)}")
    if told.artifact_id:
        st.caption(f":material/library_music: {plain(uses(told))}")


def evenness(told: ExperimentReport) -> str:
    """Whether so uneven variants come by chance, of those assigned and of those that have ended."""
    if told.sample_ratio.value is None:
        return "Nobody is assigned yet."
    first = "Assignment as even as expected" if told.sample_ratio.value >= SRM_ALPHA else "Assignment broken"
    ended = told.measured_ratio.value
    lost = "" if ended is None else f"; among those that ended {p_in_words(ended)}"
    return f"{first}: {p_in_words(told.sample_ratio.value)}{lost} ({SAMPLE_RATIO})."


def uses(told: ExperimentReport) -> str:
    """Who used the artifact since, in every variant alike: which of them was meant to is told by no name."""
    counted = [
        f"{variant.used_artifact} of {variant.projects} projects of “{variant.name}”"
        for variant in told.variants
        if variant.used_artifact is not None
    ]
    so_far = "" if told.stopped_at else " so far"
    return (
        f"Used {told.artifact_name} since the assignment{so_far}: {', '.join(counted)}. What is compared is what was "
        "assigned: the less the variants differ in use, the smaller an effect of the use looks."
    )


def verdict(told: ExperimentReport) -> None:
    """What may be said now, what would matter, and what may mislead."""
    with st.container(border=True):
        for sentence in told.verdicts:
            st.markdown(f"**{plain(sentence)}**")
        if told.worthwhile:
            unit = unit_of(told.primary_metric, told.currency)
            st.caption(plain(f"Planned to find what matters: {amount_in_words(told.worthwhile, unit)} or more."))
        st.caption(FINAL if told.is_final else RUNNING)
    for warning in told.warnings:
        st.markdown(f":material/warning: {plain(warning)}")


def in_numbers(told: ExperimentReport) -> None:
    """Each treatment's effect on the primary metric, in its own unit first; at the end what each choice may cost."""
    primary = told.results[0]
    tiles = experiment_tiles.final if told.is_final else experiment_tiles.looked
    for one in primary.comparisons:
        with st.container(horizontal=True):
            tiles(told, primary, one)


def figures(told: ExperimentReport) -> None:
    """The effect over time and each unit by variant; relative effects where there are several metrics."""
    over_time, by_variant = st.columns([3, 2], gap="large")
    with over_time:
        _looks(told)
    with by_variant:
        _values(told, told.results[0])
    _all_relative(told)


def _count(told: ExperimentReport, variant: VariantFacts, *, is_control: bool) -> None:
    expected = "" if variant.expected is None else f" · its share of those assigned is {variant.expected:.3g}"
    described = f" · {variant.description}" if variant.description else ""
    experiment_tiles.tile(
        f"{variant.name}{' (control)' if is_control else ''}", f"{variant.measured} of {variant.units}",
        below=f"{units_word(told)} have an outcome{expected}{described}",
        about="So many of those assigned belong here by the variant's weight; uneven by chance is no fault.",
    )  # fmt: skip


def _looks(told: ExperimentReport) -> None:
    if told.looks.empty:
        st.caption("The effect over time shows from two units in each variant on.")
        return
    primary = told.results[0]
    draw(
        experiment_charts.looks(
            told.looks,
            unit=primary.unit,
            counted=units_word(told),
            planned=told.planned_units,
            worthwhile=_hoped_for(told, primary),
        ),
        key="looks",
        alt=f"Effect after each unit that ended, with the {LEVEL} interval that holds at every look",
    )
    st.caption(plain(_legend(told, primary)))


def _legend(told: ExperimentReport, primary: MetricResult) -> str:
    """What the lines of the looks are, in words: labels would lie on the curve."""
    parts = ["Dotted grey: no effect."]
    if told.worthwhile and _hoped_for(told, primary):
        parts.append(f"Dotted orange: {amount_in_words(told.worthwhile, primary.unit)}, which would matter.")
    if told.is_final and any(one.adjusted for one in primary.comparisons):
        parts.append("Looks are taken as measured; the effect above is adjusted by forecasts as well.")
    return " ".join(parts)


def _hoped_for(told: ExperimentReport, primary: MetricResult) -> float | None:
    """The effect that would matter, as good news has it; None where neither direction is."""
    if not told.worthwhile or primary.better is Better.NEITHER:
        return None
    return -told.worthwhile if primary.better is Better.LOWER else told.worthwhile


def _values(told: ExperimentReport, primary: MetricResult) -> None:
    if not len(primary.values):
        return
    each = units_word(told).removesuffix("s")
    draw(
        experiment_charts.values_by_variant(
            _named(told, primary),
            [variant.name for variant in told.variants],
            title=f"{primary.title} of each {each}",
            unit=primary.unit,
        ),
        key="units",
        alt=f"{primary.title} of each {each} by variant, with the mean of each variant as a line",
    )


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
        kind = f"Relative effects, {LEVEL}" if told.is_final else f"Relative effects so far, {LEVEL} at every look"
        draw(
            experiment_charts.effects(pd.DataFrame(rows), title=kind),
            key="relative",
            alt=f"Relative effect on each metric with its {LEVEL} interval",
        )


def _named(told: ExperimentReport, result: MetricResult) -> pd.DataFrame:
    """The units with what they are called: projects by their names."""
    if told.unit is ExperimentUnit.TEAM:
        return result.values.assign(name=result.values["unit"])
    names = {
        str(key): name for key, name in zip(told.assignments["project_id"], told.assignments["project"], strict=True)
    }
    return result.values.assign(name=result.values["unit"].map(names))
