"""Whether reusing what helps goes along with better projects, as a card with its definition."""

from __future__ import annotations

import streamlit as st

from app.ui.effect_words import effect, interval
from app.ui.text import plain
from app.ui.times import ago
from maestro_core.reports.reuse import Reuse, ReuseOutcome
from maestro_core.scoring.catalogue import CATALOGUE
from maestro_core.scoring.impact_reuse import HIGH_IMPACT
from maestro_core.terms import Target

QUESTIONS = {
    Target.SUCCESS: "More successful?",
    Target.DURATION: "Faster?",
    Target.COST: "Cheaper?",
}


def show(answer: Reuse) -> None:
    """What projects that reuse high-impact artifacts differ in, each with its interval and numbers of projects."""
    with st.container(border=True, key="reuse"):
        st.markdown(f"**Projects that reuse {HIGH_IMPACT} or more high-impact artifacts**")
        reasons = {outcome.difference.reason for outcome in answer.outcomes}
        if None in reasons or len(reasons) > 1:
            _told(answer)
        else:
            st.caption(_missing(reasons.pop()))
        with st.popover("How this is found", icon=":material/help:"):
            _definition()


def _told(answer: Reuse) -> None:
    with st.grid(3, min_column_width=220):
        for outcome in answer.outcomes:
            _tile(outcome)
    st.caption(
        f"Against comparable projects that reuse fewer; {ago('learned', answer.trained_at)}. An adjusted "
        "association; proof comes from an experiment."
    )


def _missing(reason: str | None) -> str:
    return plain(f"Whether they do better is not known yet: {(reason or 'not enough data').rstrip('.')}.")


def _tile(outcome: ReuseOutcome) -> None:
    difference = outcome.difference
    with st.container(border=True, height="stretch"):
        if difference.value is None or difference.low is None or difference.high is None:
            st.metric(QUESTIONS[outcome.target], "–")
            st.caption(_missing(difference.reason))
            return
        st.metric(QUESTIONS[outcome.target], effect(outcome.target, difference.value))
        st.caption(
            f"{interval(outcome.target, difference.low, difference.high)} (90 %) · "
            f"{outcome.reusing} projects against {outcome.others}. {_says(difference.low, difference.high)}"
        )


def _says(low: float, high: float) -> str:
    return "The interval contains zero: it may be nothing." if low <= 0 <= high else "The interval leaves out zero."


def _definition() -> None:
    """What programmers need beside it, the last paragraph, is left out."""
    measure = CATALOGUE["reuse_effects"]
    st.markdown(plain(" ".join(" ".join(measure.definition.split("\n\n")[1:-1]).split())))
    st.caption(plain(f"Source: {measure.source}"))
