"""Whether what projects do goes along with how they do, behind an expander: few ask, and pictures cost."""

from __future__ import annotations

import streamlit as st

from app.ui import charts
from app.ui.ask import ask
from app.ui.drawing import draw
from app.ui.text import plain
from app.ui.times import ago
from maestro_core.reports import correlations
from maestro_core.reports.correlations import Correlation
from maestro_core.scoring.catalogue import CATALOGUE
from maestro_core.terms import with_sign


def show() -> None:
    """Each question with its correlation, interval, number of projects and picture."""
    with st.expander(
        "What goes along with what, across all projects", icon=":material/scatter_plot:", on_change="rerun", key="work"
    ) as more:
        if more.open:
            _answers()


def _answers() -> None:
    answer = ask(correlations.correlations)
    # Without a project that tells of both sides nothing is kept, however often was learned.
    learned = f"; {ago('learned', answer.trained_at)}" if answer.trained_at else ""
    st.caption(
        f"Rank correlations over projects, −1 to 1{learned}. They say nothing of why: "
        "larger or harder projects may differ in both. Proof comes from an experiment."
    )
    for column, one in zip(st.columns(len(answer.questions), gap="medium"), answer.questions, strict=True):
        with column:
            _answer(one)
    measure = CATALOGUE["rank_correlation"]
    st.caption(plain(f"{measure.title}: {_spoken(measure.definition)} Source: {measure.source}."))


def _answer(one: Correlation) -> None:
    found = one.correlation
    with st.container(border=True, height="stretch"):
        st.metric(
            plain(one.title),
            help=plain(one.definition),
            value="–" if found.value is None else with_sign(found.value, 2),
        )
        if found.value is None or found.low is None or found.high is None:
            st.caption(plain(f"Not enough data: {found.reason}."))
            return
        zero = "contains zero: it may be nothing" if found.low <= 0 <= found.high else "leaves out zero"
        span = f"90 % interval {with_sign(found.low, 2)} to {with_sign(found.high, 2)}"
        st.caption(f"{span} · n = {found.sample}. The interval {zero}.")
        draw(
            charts.points(one.points, x="cause", y="result", title="", x_title=one.cause, y_title=one.result),
            key=f"correlation_{one.name}",
            alt=plain(one.title),
        )


def _spoken(definition: str) -> str:
    """A definition without its last paragraph, which is for programmers."""
    return " ".join(" ".join(definition.split("\n\n")[:-1]).split())
