"""A plan and what matters as widgets that live in the URL, and what they start from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import streamlit as st
from pydantic import TypeAdapter, ValidationError

from app.ui import filters
from app.ui.ask import ask
from maestro_core.errors import InvalidInput
from maestro_core.reports import scenarios, team_sizing_plan
from maestro_core.reports.scenarios import StoredScenario
from maestro_core.reports.team_sizing import Plan, Range, Utility
from maestro_core.terms import Target, TeamRole

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

INPUTS = ("plan_complexity", "plan_size", "plan_experience", "plan_domain", "plan_artifacts")
ROLES = {role: f"plan_{role.lower().replace(' ', '_')}" for role in TeamRole}
GOAL, WEIGHED = "plan_goal", "Weighed"
GOALS = {"Most success": Target.SUCCESS, "Shortest": Target.DURATION, "Cheapest": Target.COST}
WEIGHTS = {target: f"weight_{target}" for target in Target}
USUAL_WEIGHTS = {Target.SUCCESS: 50, Target.DURATION: 25, Target.COST: 25}
STARTED_FROM, PROJECT = "plan_started_from", "plan_project"
BASELINE, SCENARIO = "plan_baseline", "scenario"
READ = "plan_version"
"""In the address, as the inputs are: a reload keeps them, and must not take them for those of a version made since."""
LARGEST = 15
_AS_TEXT = TypeAdapter(Plan)


@dataclass(frozen=True)
class Start:
    """What the inputs start from: a scenario, a project as it is, or a typical past project."""

    origin: str
    plan: Plan
    baseline: Plan
    utility: Utility
    project_id: UUID | None
    stored: StoredScenario | None


def start(seen: Range) -> Start:
    """The scenario that the address names, else the chosen project; another project closes the scenario."""
    project_id = filters.project(label="Start from", blank="Blank plan")
    if st.session_state.get(PROJECT, project_id) != project_id:
        st.query_params.pop(SCENARIO, None)
    st.session_state[PROJECT] = project_id
    stored = _stored()
    if stored:
        origin = f"{SCENARIO} {stored.scenario_id}"
        still_there = stored.project_id if stored.project else None
        return Start(origin, stored.plan, stored.baseline, stored.utility, still_there, stored)
    plan = ask(team_sizing_plan.plan_of, project_id=project_id) if project_id else seen.typical
    return Start(str(project_id), plan, plan, Utility(success=1.0), project_id, None)


def begin(start: Start) -> None:
    """Fill the inputs when something else is started from; what a link says of the plan comes first."""
    is_other = st.session_state.get(STARTED_FROM, start.origin) != start.origin
    is_new = not any(key in st.session_state or key in st.query_params for key in (*INPUTS, *ROLES.values()))
    st.session_state[STARTED_FROM] = start.origin
    if is_other:
        st.query_params.pop(BASELINE, None)
    if is_new:
        # A widget that is drawn for the first time does not write its value to the address.
        st.query_params.update({key: str(value) for key, value in _filled(start).items() if value is not None})
    _keep_version(start, is_read_now=is_other or is_new)
    if is_other or is_new:
        st.session_state.update(_filled(start))
    elif not any(key in st.session_state or key in st.query_params for key in (GOAL, *WEIGHTS.values())):
        # A link that says nothing of what matters; in one that does, a weight that it leaves out is 0.
        st.session_state.update(_filled_goal(start))


def version_that_was_read(start: Start) -> str:
    """That of the scenario when the inputs were filled from it: somebody may have let it hold something else since."""
    return st.query_params.get(READ) or (start.stored.version if start.stored else "")


def forget_version() -> None:
    """Take what the scenario holds from now on as read: it was just saved from here."""
    st.query_params.pop(READ, None)


def open_scenario(scenario_id: UUID) -> None:
    """Fill the inputs from a scenario as it is now, also where they came from it before it was changed elsewhere."""
    st.query_params[SCENARIO] = str(scenario_id)
    st.session_state[STARTED_FROM] = None


def close_scenario() -> None:
    """Go back to the project, or the blank plan, that is started from."""
    st.query_params.pop(SCENARIO, None)


def is_changed(start: Start, plan: Plan, *, baseline: Plan, utility: Utility) -> bool:
    """Whether the inputs say something else than the scenario that they started from."""
    before = filled(start.plan), filled(start.baseline), _rounded(start.utility)
    return before != (filled(plan), filled(baseline), _rounded(utility))


def inputs(seen: Range, start: Start, *, role_box: DeltaGenerator) -> Plan:
    """The plan that the widgets tell of. They have no default, so that a link names each and restores all of it."""
    with st.grid(2, min_column_width=280):
        complexity = st.slider(
            "Complexity", 1.0, 10.0, step=0.1, format="%.1f", key="plan_complexity", bind="query-params",
            help="1 is routine, 10 is research. " + _had(seen.complexity),
        )  # fmt: skip
        size = st.slider(
            "Team size", 1, LARGEST, key="plan_size", bind="query-params", help="People. " + _had(seen.team_size)
        )
    with st.grid(3, min_column_width=150):
        years = "Mean years of the members. " + _had(seen.experience)
        experience = _number("Experience", "plan_experience", span=(0.0, 60.0), about=years)
        domain = _domain(seen, start)
        different = "Different ones, in use or planned when the project starts. " + _had(seen.artifacts)
        artifacts = _number("Artifacts reused", "plan_artifacts", span=(0, 10_000), about=different)
    with role_box:
        roles = _roles()
    return Plan(float(complexity), int(size), experience=experience, domain=domain, artifacts=artifacts, roles=roles)


def utility() -> Utility:
    """What matters: one of the three, or weights that sliders set."""
    goal = st.segmented_control(
        "What matters", [*GOALS, WEIGHED], key=GOAL, required=True, bind="query-params", width="content"
    )
    if goal != WEIGHED:
        return Utility.of(GOALS.get(goal or "", Target.SUCCESS))
    with st.grid(3, min_column_width=150):
        weights = {target: _weight(target, key) for target, key in WEIGHTS.items()}
    try:
        return Utility(**{target.value: float(weight) for target, weight in weights.items()})
    except InvalidInput:
        st.info("All weights are 0: success counts until one is above.", icon=":material/info:")
        return Utility.of(Target.SUCCESS)


def baseline(start: Start) -> Plan:
    """The plan that was kept for comparison, else that of the scenario or project that the inputs started from."""
    try:
        kept = _AS_TEXT.validate_json(st.query_params.get(BASELINE, ""))
    except ValidationError:
        return start.baseline
    return kept if 1 <= kept.team_size <= LARGEST else start.baseline


def keep_as_baseline(plan: Plan) -> None:
    """Compare with this plan from now on."""
    st.query_params[BASELINE] = _AS_TEXT.dump_json(plan).decode()


def take(plan: Plan) -> None:
    """Let the inputs say this plan; the roles stay."""
    st.session_state.update({key: value for key, value in filled(plan).items() if key in INPUTS})


def filled(plan: Plan) -> dict[str, Any]:
    """What each input shows of a plan."""
    experience = None if plan.experience is None else round(plan.experience, 1)
    artifacts = None if plan.artifacts is None else round(plan.artifacts)
    values = (round(float(plan.complexity), 1), plan.team_size, experience, plan.domain, artifacts)
    return dict(zip(INPUTS, values, strict=True)) | {key: plan.roles.get(role) for role, key in ROLES.items()}


def _stored() -> StoredScenario | None:
    scenario_id = filters.chosen_key(SCENARIO)
    if scenario_id is None:
        return None
    if scenario_id in set(ask(scenarios.scenarios).scenarios["scenario_id"]):
        return ask(scenarios.scenario, scenario_id=scenario_id)
    st.warning("The scenario of this link was deleted, or is in the other portfolio.", icon=":material/link_off:")
    return None


def _keep_version(start: Start, *, is_read_now: bool) -> None:
    """Inputs that are filled now, or of which a link does not say from what, are those of the scenario as it is."""
    if start.stored is None:
        st.query_params.pop(READ, None)
    elif is_read_now or READ not in st.query_params:
        st.query_params[READ] = start.stored.version


def _filled(start: Start) -> dict[str, Any]:
    return filled(start.plan) | _filled_goal(start)


def _filled_goal(start: Start) -> dict[str, Any]:
    goal = next((name for name, target in GOALS.items() if target == start.utility.only), WEIGHED)
    weights = _weights(start.utility) if goal == WEIGHED else USUAL_WEIGHTS
    return {GOAL: goal} | {key: weights[target] for target, key in WEIGHTS.items()}


def _weights(utility: Utility) -> dict[Target, int]:
    """As sliders show them: what was told in other numbers than theirs is told in per cent.

    >>> _weights(Utility(50, 30, 25))[Target.DURATION], _weights(Utility(2, 1, 1))[Target.DURATION]
    (30, 25)
    """
    told = {target: float(getattr(utility, target.value)) for target in Target}
    factor = 1.0 if 10 < max(told.values()) <= 100 else 100 / sum(told.values())
    return {target: round(weight * factor) for target, weight in told.items()}


def _rounded(utility: Utility) -> dict[Target, float]:
    return {target: round(share, 2) for target, share in utility.shares.items()}


def _domain(seen: Range, start: Start) -> str | None:
    domains = sorted({*seen.domains, *([start.plan.domain] if start.plan.domain else [])})
    return st.selectbox("Domain", domains, index=None, placeholder="any", key="plan_domain", bind="query-params")


def _roles() -> dict[str, int]:
    """How many people of each role; empty is as usual."""
    with st.grid(4, min_column_width=150):
        stated = {
            str(role): _number(f"{role[0].upper()}{role[1:]}", key, span=(0, LARGEST), about="People; empty: as usual")
            for role, key in ROLES.items()
        }
    return {role: int(count) for role, count in stated.items() if count is not None}


def _weight(target: Target, key: str) -> int:
    names = {Target.SUCCESS: "Success", Target.DURATION: "Time", Target.COST: "Cost"}
    return int(st.slider(names[target], 0, 100, step=5, key=key, bind="query-params"))


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


def _had(seen: tuple[float, float] | None) -> str:
    return f"Past projects had {seen[0]:g} to {seen[1]:g}." if seen else "No past project tells it."
