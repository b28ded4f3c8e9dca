"""A planned project as widgets that live in the URL."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import streamlit as st

from maestro_core.reports.expectation import PlannedProject, Usual

KEYS = {
    "complexity": "p_complexity",
    "team_size": "p_team",
    "experience": "p_experience",
    "artifacts": "p_artifacts",
    "domain": "p_domain",
    "problem_type": "p_problem",
}


def start_from(typical: PlannedProject) -> None:
    """Fill the inputs with the middle of the past; what a link says of the plan comes first."""
    if any(key in st.session_state or key in st.query_params for key in KEYS.values()):
        return
    told = {KEYS[name]: _fitting(name, value) for name, value in asdict(typical).items() if value is not None}
    # A widget that is drawn for the first time does not write its value to the address.
    st.query_params.update({key: str(value) for key, value in told.items()})
    st.session_state.update(told)


def inputs(usual: Usual) -> PlannedProject:
    """The plan that the widgets tell of; what is left empty is not known. Others than the past's words can be typed."""
    with st.grid(3, min_column_width=200):
        complexity = _number("Complexity", "complexity", usual, span=(1.0, 10.0), about="1 is routine, 10 is research.")
        team_size = _number("Team size", "team_size", usual, span=(1, 1000), about="People at the start.")
        experience = _number("Experience", "experience", usual, span=(0.0, 60.0), about="Mean years of the members.")
        artifacts = _number(
            "Artifacts reused",
            "artifacts",
            usual,
            span=(0, 10_000),
            about="Different ones, in use or planned by its start.",
        )
        domain = _word("Domain", "domain", usual.domains)
        problem_type = _word("Problem type", "problem_type", usual.problem_types)
    return PlannedProject(complexity, team_size, experience, artifacts, domain, problem_type)


def _number(label: str, name: str, usual: Usual, *, span: tuple[float, float], about: str) -> float | None:
    """A number, in halves where the span is not of whole numbers."""
    is_whole = isinstance(span[0], int)
    seen = usual.seen.get(name)
    value: float | None = st.number_input(
        label,
        min_value=span[0],
        max_value=span[1],
        value=None,
        step=1 if is_whole else 0.5,
        format="%d" if is_whole else "%.1f",
        key=KEYS[name],
        help=f"{about} Past projects had {seen[0]:.3g} to {seen[1]:.3g}." if seen else about,
        placeholder="not known",
        bind="query-params",
    )
    return None if value is None else float(value)


def _word(label: str, name: str, met: list[str]) -> str | None:
    chosen = st.session_state.get(KEYS[name]) or st.query_params.get(KEYS[name])
    options = met if not chosen or chosen in met else [*met, chosen]
    word: str | None = st.selectbox(
        label,
        options,
        index=None,
        placeholder="not known",
        key=KEYS[name],
        bind="query-params",
        accept_new_options=True,
        help="Choose one of the past, or type another.",
    )
    return word


def _fitting(name: str, value: Any) -> Any:
    """As its widget holds it: whole numbers of people and artifacts, others with a point."""
    if name in {"team_size", "artifacts"}:
        return round(value)
    return value if isinstance(value, str) else float(value)
