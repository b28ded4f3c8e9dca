"""The effects of an experiment on all its metrics, as tables that fit a screen and as a file."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.ui import tables
from app.ui.experiment_words import chance_text, effect_text, loss_text, p_cell, relative_text
from maestro_core.reports.experiment_results import MetricResult
from maestro_core.reports.experiments import ExperimentReport
from maestro_core.scoring.experiment_results import Comparison
from maestro_core.scoring.experiment_words import LEVEL, means_in_words
from maestro_core.terms import Better

text = st.column_config.TextColumn
P_RULE = (
    "Which p-value counts is a rule: exact with up to 12 units, else adjusted by forecasts where there are any, else "
    "the score test of shares or Welch's test of means."
)
CORRECTION = "Corrected for several looks at once: by Holm for the primary metric, by Benjamini–Hochberg for others."
LOSS = "On average, counting only the cases in which it is the worse choice."


def table(told: ExperimentReport) -> None:
    """Every metric and treatment in a row, as far as it may be read now."""
    rows = pd.DataFrame([_row(told, result, one) for result in told.results for one in result.comparisons])
    named = _naming(told)
    tables.show(rows, named | _effects(told, rows), key="results", alt="Effects on all metrics")
    if told.is_final:
        st.caption("How sure that is:")
        tables.show(rows, named | _certainty(rows), key="certainty", alt="How sure the effects are")
    tables.download(_exported(told), name="results", key="download_results")


def _naming(told: ExperimentReport) -> dict[str, Any]:
    metric = {"metric": text("Metric", pinned=True, width=150)}
    return metric | ({"variant": text("Variant", width=120)} if len(told.variants) > 2 else {})


def _effects(told: ExperimentReport, rows: pd.DataFrame) -> dict[str, Any]:
    about = f"With its {LEVEL} interval."
    columns: dict[str, Any] = {
        "n": text("n", width=60, help="Units in the control and in the variant."),
        "means": text("Means", width=150, help="Of the control and of the variant."),
    }
    if told.is_final:
        columns["single look"] = text(f"Effect, {LEVEL}", width=210, help=about)
        if rows["adjusted"].ne("–").any():
            help_text = f"With what forecasts from before the assignment explain taken out (CUPED). {about}"
            columns["adjusted"] = text(f"Adjusted, {LEVEL}", width=200, help=help_text)
    else:
        help_text = f"{about} It holds however often one looks."
        columns["at every look"] = text(f"Effect so far, {LEVEL}", width=210, help=help_text)
    columns["relative"] = text(f"Relative, {LEVEL}", width=140, help=f"In % of the control's mean. {about}")
    return columns | _notes(told, rows)


def _certainty(rows: pd.DataFrame) -> dict[str, Any]:
    columns = {
        "p": text("p", width=70, help=P_RULE),
        "corrected": text("Corrected p", width=95, help=CORRECTION),
        "method": text("By", width=190, help="How p was computed."),
        "better": text("P(better)", width=115, help="How likely the variant is better, by Bayes; or higher."),
        "adopting": text("Loss if adopted", width=125, help=LOSS),
        "staying": text("Loss if not", width=125, help=LOSS),
    }
    return columns | ({"note": text("Note", width=330)} if rows["note"].ne("").any() else {})


def _notes(told: ExperimentReport, rows: pd.DataFrame) -> dict[str, Any]:
    """Why something is missing; at the end it stands in the second table."""
    return {"note": text("Note", width=330)} if not told.is_final and rows["note"].ne("").any() else {}


def _row(told: ExperimentReport, result: MetricResult, one: Comparison) -> dict[str, str]:
    belief, unit = one.belief, result.unit
    has_loss = belief is not None and result.better is not Better.NEITHER
    return {
        "metric": result.title,
        "variant": one.variant,
        "n": f"{one.control.units} + {one.treatment.units}",
        "means": means_in_words(one.control.mean, one.treatment.mean, unit),
        "at every look": effect_text(one.looked, unit),
        "relative": relative_text(one.relative if told.is_final else one.looked_relative),
        "single look": effect_text(one.absolute, unit),
        "adjusted": effect_text(one.adjusted, unit),
        "p": p_cell(one.p_value),
        "corrected": p_cell(one.corrected_p_value),
        "method": one.method or "–",
        "better": chance_text(belief, result.better),
        "adopting": loss_text(belief.loss_of_treatment if belief and has_loss else None, unit),
        "staying": loss_text(belief.loss_of_control if belief and has_loss else None, unit),
        "note": one.reason or "",
    }


def _exported(told: ExperimentReport) -> pd.DataFrame:
    """The same as numbers, for a spreadsheet; what may not be read yet is left out."""
    return pd.DataFrame([_numbers(told, result, one) for result in told.results for one in result.comparisons])


def _numbers(told: ExperimentReport, result: MetricResult, one: Comparison) -> dict[str, object]:
    spans = {"look": one.looked, "look_relative": one.looked_relative}
    if told.is_final:
        spans |= {"effect": one.absolute, "relative": one.relative, "adjusted": one.adjusted}
    row: dict[str, object] = {"metric": result.metric, "unit": result.unit, "variant": one.variant}
    row |= {"units_control": one.control.units, "units_variant": one.treatment.units}
    row |= {"mean_control": one.control.mean, "mean_variant": one.treatment.mean}
    for name, span in spans.items():
        row |= {name: span and span.value, f"{name}_low": span and span.low, f"{name}_high": span and span.high}
    if not told.is_final:
        return row
    return row | {"p_value": one.p_value, "corrected": one.corrected_p_value, "method": one.method} | _beliefs(one)


def _beliefs(one: Comparison) -> dict[str, object]:
    belief = one.belief
    return {
        "better": belief and belief.better,
        "loss_if_adopted": belief and belief.loss_of_treatment,
        "loss_if_not": belief and belief.loss_of_control,
    }
