"""A plan as widgets that live in the URL, its baseline, and the two side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pandas as pd
import streamlit as st
from pydantic import TypeAdapter, ValidationError

from app.ui import tables, tiles
from maestro_core.reports.team_sizing import Plan, Range, WhatIf
from maestro_core.terms import Target, TeamRole

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

INPUTS = ("plan_complexity", "plan_size", "plan_experience", "plan_domain", "plan_artifacts")
ROLES = {role: f"plan_{role.lower().replace(' ', '_')}" for role in TeamRole}
STARTED_FROM = "plan_started_from"
BASELINE = "plan_baseline"
LARGEST = 15
_AS_TEXT = TypeAdapter(Plan)


def start_from(project_id: UUID | None, plan: Plan) -> None:
    """Fill the inputs with a plan when another project is chosen; what a link says of the plan comes first."""
    is_other = st.session_state.get(STARTED_FROM, project_id) != project_id
    is_new = not any(key in st.session_state or key in st.query_params for key in (*INPUTS, *ROLES.values()))
    st.session_state[STARTED_FROM] = project_id
    if is_other:
        st.query_params.pop(BASELINE, None)
    if is_new:
        # A widget that is drawn for the first time does not write its value to the address.
        st.query_params.update({key: str(value) for key, value in _filled(plan).items() if value is not None})
    if is_other or is_new:
        st.session_state.update(_filled(plan))


def inputs(seen: Range, *, role_box: DeltaGenerator) -> Plan:
    """The plan that the widgets tell of. They have no default, so that a link names each and restores all of it."""
    with st.grid(5, min_column_width=150):
        complexity = _number(
            "Complexity", "plan_complexity", span=(1.0, 10.0), about="1 to 10. " + _had(seen.complexity)
        )
        size = _number("Team size", "plan_size", span=(1, LARGEST), about="People. " + _had(seen.team_size))
        years = "Mean years of the members. " + _had(seen.experience)
        experience = _number("Experience", "plan_experience", span=(0.0, 60.0), about=years)
        domain = st.selectbox(
            "Domain", seen.domains, index=None, placeholder="any", key="plan_domain", bind="query-params"
        )
        different = "Different ones. " + _had(seen.artifacts)
        artifacts = _number("Artifacts reused", "plan_artifacts", span=(0, 10_000), about=different)
    with role_box:
        roles = _roles()
    return Plan(
        complexity=seen.typical.complexity if complexity is None else complexity,
        team_size=int(size or seen.typical.team_size),
        experience=experience,
        domain=domain,
        artifacts=artifacts,
        roles=roles,
    )


def _roles() -> dict[str, int]:
    """How many people of each role; empty is as usual."""
    with st.grid(4, min_column_width=150):
        stated = {
            str(role): _number(f"{role[0].upper()}{role[1:]}", key, span=(0, LARGEST), about="People; empty: as usual")
            for role, key in ROLES.items()
        }
    return {role: int(count) for role, count in stated.items() if count is not None}


def baseline(start: Plan) -> Plan:
    """The scenario that was kept for comparison, else the plan that the inputs started from."""
    try:
        kept = _AS_TEXT.validate_json(st.query_params.get(BASELINE, ""))
    except ValidationError:
        return start
    return kept if 1 <= kept.team_size <= LARGEST else start


def keep_as_baseline(plan: Plan) -> None:
    """Compare with this plan from now on."""
    st.query_params[BASELINE] = _AS_TEXT.dump_json(plan).decode()


def comparison(answer: WhatIf, units: dict[str, str]) -> None:
    """Baseline against scenario: one row for each target."""
    if answer.differences is None:
        return
    columns: dict[str, Any] = {
        "what": st.column_config.TextColumn("Expected", width=90),
        "baseline": st.column_config.TextColumn("Baseline", width=110),
        "scenario": st.column_config.TextColumn("Scenario", width=110),
        "difference": st.column_config.TextColumn("Difference", width=110),
        "band": st.column_config.TextColumn("Difference, 80 % band", width=150),
    }
    tables.show(compared(answer.differences, units), columns, key="comparison", alt="Baseline against scenario")


def compared(differences: pd.DataFrame, units: dict[str, str]) -> pd.DataFrame:
    """The same as text, each number with its unit."""
    rows = []
    for row in differences.to_dict("records"):
        unit = units[row["target"]]
        low, high = (_signed(row[side], unit) for side in ("low", "high"))
        rows.append(
            {
                "what": Target(row["target"]).title(),
                "baseline": tiles.number(row["baseline"], unit),
                "scenario": tiles.number(row["scenario"], unit),
                "difference": _signed(row["difference"], unit),
                "band": f"{low} to {high}",
            }
        )
    return pd.DataFrame(rows)


def _signed(difference: float, unit: str) -> str:
    """Tenths of a point, whole days and currency: what is smaller is no difference to act on.

    >>> _signed(0.01, "points"), _signed(-3.26, "points"), _signed(1234.5, "EUR")
    ('none', '−3.3 points', '+1,234 EUR')
    """
    size = f"{abs(difference):,.{1 if unit == 'points' else 0}f}"
    if not float(size.replace(",", "")):
        return "none"
    return f"{'−' if difference < 0 else '+'}{size} {unit}"


def role_table(answer: WhatIf) -> None:
    """The stated mix beside the usual ones, of teams of this size and of the recommended one."""
    names = [str(role) for role in TeamRole]
    frame = pd.DataFrame(
        {
            "role": [f"{name[0].upper()}{name[1:]}" for name in names],
            "planned": [answer.plan.roles.get(name) for name in names],
            "usual": [answer.usual_roles.get(name, 0) for name in names],
            "recommended": [answer.recommended_roles.get(name, 0) for name in names],
        }
    )
    columns: dict[str, Any] = {
        "role": st.column_config.TextColumn("Role"),
        "planned": st.column_config.NumberColumn("Planned"),
        "usual": st.column_config.NumberColumn(f"Usual in a team of {answer.plan.team_size}"),
    }
    if answer.recommendation.size:
        columns["recommended"] = st.column_config.NumberColumn(f"Usual in a team of {answer.recommendation.size}")
    tables.show(frame, columns, key="role_mix", alt="Planned roles beside the usual ones")


def _filled(plan: Plan) -> dict[str, Any]:
    experience = None if plan.experience is None else round(plan.experience, 1)
    artifacts = None if plan.artifacts is None else round(plan.artifacts)
    values = (float(plan.complexity), plan.team_size, experience, plan.domain, artifacts)
    return dict(zip(INPUTS, values, strict=True)) | {key: plan.roles.get(role) for role, key in ROLES.items()}


def _number(label: str, key: str, *, span: tuple[float, float], about: str) -> Any:
    """A number, in halves where the span is not of whole numbers; empty: as usual."""
    is_whole = isinstance(span[0], int)
    return st.number_input(
        label,
        min_value=span[0],
        max_value=span[1],
        value=None,
        step=1 if is_whole else 0.5,
        format="%d" if is_whole else "%.1f",
        key=key,
        help=about,
        placeholder="as usual",
        bind="query-params",
    )


def _had(seen: tuple[float, float]) -> str:
    return f"Past projects had {seen[0]:g} to {seen[1]:g}."
