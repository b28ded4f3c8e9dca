"""What gets a plan to a goal: the smallest changes that the past supports, each one click from being tried."""

from __future__ import annotations

import streamlit as st

from app.ui import plans
from app.ui.ask import ask
from app.ui.text import plain
from maestro_core.reports import team_sizing
from maestro_core.reports.team_sizing import WhatIf
from maestro_core.terms import Target

LEVERS = {
    "Team size": "team_size",
    "More experience": "experience",
    "More reuse": "artifacts",
    "Less scope": "complexity",
}
USUAL_GOAL = 80.0
LESS = 0.8
"""Of the days or the cost of a plan, where nobody said how much they may be."""


def panel(answer: WhatIf, units: dict[str, str]) -> None:
    """A goal, what may change, and the changes that get there."""
    only = answer.utility.only
    unit = units[str(only or "utility")]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        goal = _goal(answer, unit)
        levers = st.pills(
            "What may change", list(LEVERS), selection_mode="multi", default=list(LEVERS), key="goal_levers",
            bind="query-params",
        )  # fmt: skip
    if not levers:
        st.info("Choose what may change.", icon=":material/tune:")
        return
    chosen = tuple(LEVERS[name] for name in LEVERS if name in levers)
    sought = ask(team_sizing.goal_seek, plan=answer.plan, goal=goal, utility=answer.utility, levers=chosen)
    if sought.reached:
        st.success(" ".join(map(plain, sought.sentences)), icon=":material/check_circle:")
    elif not sought.steps:
        st.info("  \n".join(map(plain, sought.sentences)), icon=":material/search_off:")
    for place, (step, sentence) in enumerate(zip(sought.steps, sought.sentences, strict=False)):
        words, button = st.columns([6, 1], vertical_alignment="center")
        words.markdown(f":material/trending_up: {plain(sentence)}")
        button.button("Try it", key=f"try-{place}", on_click=plans.take, args=(step.plan,), type="tertiary")
    st.caption(
        "Smallest changes first, measured by how much past projects differed. Only what past projects had together is "
        "tried; associations, not promises."
    )


def _goal(answer: WhatIf, unit: str) -> float:
    """Points to reach, or days or currency to stay within."""
    only = answer.utility.only
    is_points = only in (None, Target.SUCCESS)
    own = answer.at_size.loc[answer.at_size["target"] == str(only), "value"]
    usual = USUAL_GOAL if is_points or own.empty else max(float(f"{LESS * own.iloc[0]:.2g}"), 1.0)
    label = f"At least, {unit}" if is_points else f"At most, {unit}"
    chosen = st.number_input(
        label, min_value=0.0 if is_points else 1.0, max_value=100.0 if is_points else 1e12, value=usual,
        step=1.0 if usual < 1000 else 100.0, format="%.0f", key=f"goal_{only or plans.WEIGHED}", bind="query-params",
        width=180,
    )  # fmt: skip
    return float(chosen)
