"""The model card: how good a predictor is, on what it was trained, what it is for and what it is not for."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.ui import expectations, prediction_charts, tables, tiles
from app.ui.drawing import draw
from app.ui.text import plain
from app.ui.times import day
from maestro_core.reports.prediction_card import ModelCard
from maestro_core.scoring.catalogue import CATALOGUE


def show(card: ModelCard) -> None:
    """All of the card; below ten outcomes what is known without a model."""
    expectations.verdict(card.predictor)
    with st.grid(4, min_column_width=190):
        tiles.show("standardised_accuracy", card.skill)
        tiles.show("skill_against_median", card.skill_against_median)
        tiles.show("mean_absolute_error", card.predictor.error, unit=card.unit)
        inside, coverage = CATALOGUE["interval_coverage"], card.predictor.coverage
        title = expectations.counted(inside.title, coverage)
        tiles.tile(title, coverage, unit="share", about=plain(inside.summary))
    expectations.live(card.predictor)
    if len(card.calibration):
        _pictures(card)
    _trained(card)
    _features(card)
    with st.grid(2, min_column_width=300):
        _list("What it is for", card.intended_use)
        _list("What it is not for, and its limits", card.limits)
    st.download_button(
        "Card as JSON",
        data=card.model_dump_json(indent=2).encode(),
        file_name=f"model_card_{card.target.value}.json",
        mime="application/json",
        icon=":material/download:",
        key="card_json",
        help="All of this card for a register of models; it names no project.",
    )


def _pictures(card: ModelCard) -> None:
    promises, misses = st.columns(2)
    with promises:
        st.markdown("**Do intervals keep their promise?**")
        draw(prediction_charts.calibration(card.calibration), alt="Promised and observed share inside the interval")
        st.caption(
            "At each level, the share of held-out past projects inside, with 90 % bounds. On the dashed line promises "
            "are kept, above it intervals are wider than they need to be, below it too narrow."
        )
    with misses:
        st.markdown("**What came, beside what was said before**")
        figure = prediction_charts.held_out(card.held_out, unit=card.unit, target=card.target)
        draw(figure, alt="Actual against predicted outcome of each past project")
        st.caption(
            "Each dot is a past project, told by a model that had not seen it. A flat cloud says that little is known."
        )


def _trained(card: ModelCard) -> None:
    """When and on what, and whether it can be learned again."""
    st.subheader("How it was trained")
    if card.predictor.missing:
        st.caption("Not trained yet: too few outcomes are known.")
        return
    if card.trained_at is None:
        st.caption("Not trained yet: what is shown was learned just now from the facts of today, and is not kept.")
        return
    versions = ", ".join(f"{name} {version}" for name, version in card.libraries.items())
    settings = ", ".join(f"{name} {_said(value)}" for name, value in card.settings.items() if name != "rows_hash")
    st.markdown(
        f"- **When**: {day(card.trained_at)}, {card.trained_at:%H:%M} UTC, on **{card.rows} finished projects**\n"
        f"- **Model**: Bayesian ridge regression on standardised features, on a scale of {plain(card.scale)}; "
        "intervals by CV+\n"
        f"- **Settings**: {plain(settings)}\n"
        f"- **Versions**: {plain(versions) or '–'}\n"
        f"- **Hash of the rows**: `{card.data_hash[:16]}…`"
    )
    _again(card)


def _again(card: ModelCard) -> None:
    if card.is_reproduced:
        st.badge("Learned again just now: the same coefficients", icon=":material/check:", color="green")
    elif card.is_same_rows is False:
        st.badge("The facts have changed since: learn anew", icon=":material/update:", color="orange")
    elif card.is_reproduced is False:
        st.badge("Learned again: other coefficients", icon=":material/error:", color="red")


def _features(card: ModelCard) -> None:
    st.subheader("What it knows: only what is known before the start")
    column = st.column_config
    columns: dict[str, Any] = {
        "feature": column.TextColumn("Feature", width=120),
        "meaning": column.TextColumn("How it is known", width=460),
        "kind": column.TextColumn("Kind", width=165),
        "known": column.NumberColumn("Known of", width=90, help="Past projects that tell it."),
        "seen": column.TextColumn("Past projects", width=215),
    }
    shown = card.features.assign(feature=card.features["feature"].str.replace("_", " ").str.capitalize())
    tables.show(shown, columns, key="card_features", alt="The features with what past projects had")
    if card.coefficients.empty:
        return
    with st.expander("Coefficients", key="coefficients", on_change="rerun") as place:
        if place.open:
            _coefficients(card)


def _coefficients(card: ModelCard) -> None:
    column = st.column_config
    columns: dict[str, Any] = {
        "column": column.TextColumn("Column", width=260),
        "effect": column.TextColumn("Effect of a standard deviation", width=210),
        "coefficient": column.NumberColumn("Coefficient", format="%.6f", width=120),
    }
    tables.show(card.coefficients, columns, key="card_coefficients", alt="The coefficients of the model")
    tables.download(card.coefficients, name=f"coefficients_{card.target.value}", key="coefficients_csv")


def _list(title: str, lines: tuple[str, ...]) -> None:
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{title}**\n\n" + "\n".join(f"- {plain(line)}" for line in lines))


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
