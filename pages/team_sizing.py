"""What if: success, duration and cost by team size. For analysts."""

from __future__ import annotations

import streamlit as st

from app.ui import charts, filters, links, plans, tables
from app.ui.ask import ask, work
from app.ui.text import plain
from app.ui.times import ago
from maestro_core.actions import training
from maestro_core.reports import team_sizing
from maestro_core.reports.team_sizing import Range, Utility, WhatIf
from maestro_core.terms import Target

UNITS = {"success": "points", "duration": "days"}


def too_early(seen: Range) -> None:
    """How many outcomes are missing, or that learning is due."""
    with st.container(border=True):
        st.subheader("Team sizes are not learned yet")
        if seen.missing:
            known = seen.outcomes
            st.progress(known / (known + seen.missing), text=f"{known} of {known + seen.missing} outcomes known")
            st.markdown(
                f"{seen.missing} more finished {'project' if seen.missing == 1 else 'projects'} with an outcome, a "
                f"complexity and a team size {'is' if seen.missing == 1 else 'are'} needed. "
                "With fewer the curves would be a rule of thumb, not your own past."
            )
            links.link("projects", "Enter or import outcomes of finished projects", icon="edit")
        elif st.button("Learn now", icon=":material/model_training:", key="learn_sizes"):
            work(training.train, label="Learning from past projects")
            st.rerun()


def recommended(answer: WhatIf) -> None:
    """The size to choose, the sizes that are as good, and why."""
    choice = answer.recommendation
    with st.container(border=True, height="stretch"):
        people = "–" if choice.size is None else f"{choice.size} {'person' if choice.size == 1 else 'people'}"
        st.metric("Recommended team size", people)
        others = [str(size) for size in choice.sizes if size != choice.size]
        if others:
            st.badge(f"cannot be told apart from {', '.join(others)}", color="green")
        for reason in choice.reasons:
            st.caption(plain(reason))


def about(answer: WhatIf) -> None:
    """What the curves are, and what they are not."""
    with st.expander("How this is computed"):
        st.markdown(
            f"Learned from {answer.outcomes} finished projects, {ago('last', answer.trained_at)}.\n\n"
            "- **Where it starts**: a rule of thumb, that the best size grows with complexity. The fewer projects "
            "there are, the closer the curve stays to it; your own outcomes pull it away (Bayesian regression on a "
            "curved surface of team size and complexity, adjusted for experience, domain and artifacts).\n"
            "- **Duration and cost**: work = people × days is learned and divided by the people; cost follows from the "
            "work.\n"
            "- **Band**: 80 % of what the past leaves open about the *expected* outcome. A single project scatters "
            "more: see Predictions.\n"
            "- **Solid or dashed**: solid where past projects like this one had teams of that size; dashed is "
            "extrapolation, and never recommended.\n"
            "- **Cannot be told apart**: sizes whose difference to the best is smaller than its standard deviation.\n"
            "- **Not a proof**: these are associations, adjusted for what is known. Larger teams were given to other "
            "projects for reasons that nobody wrote down; a change of size may not change the outcome as drawn.\n"
            "- **Roles** are compared with past teams; the curves do not depend on them."
        )


st.title("Team sizing")
seen = ask(team_sizing.planning_range)
if not seen.is_learned:
    too_early(seen)
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom"):
    project_id = filters.project(label="Start from", blank="Blank plan")
    goal = st.segmented_control(
        "Goal",
        list(Target),
        default=Target.SUCCESS,
        key="plan_goal",
        required=True,
        bind="query-params",
        format_func=lambda target: {"success": "Most success", "duration": "Shortest", "cost": "Cheapest"}[target],
        width="content",
    )
start = ask(team_sizing.plan_of, project_id=project_id) if project_id else seen.typical
plans.start_from(project_id, start)
with st.container(border=True):
    fields = st.container()
    role_box = st.expander("Roles in the team")
    with fields:
        plan = plans.inputs(seen, role_box=role_box)
baseline = plans.baseline(start)
utility = Utility(**{(goal or Target.SUCCESS).value: 1.0})
answer = ask(team_sizing.what_if, plan=plan, baseline=baseline, utility=utility)
with role_box:
    plans.role_table(answer)
if answer.warnings:
    st.warning("  \n".join(plain(warning) for warning in answer.warnings), icon=":material/warning:")

units = UNITS | {"cost": answer.currency}
choice, comparison = st.columns([1, 1.6])
with choice:
    recommended(answer)
with comparison, st.container(border=True, height="stretch"):
    plans.comparison(answer, units)
    st.caption(
        "The baseline is what the inputs started from: the project as it is or, in a blank plan, a typical past "
        "project. Differences within the bands may be chance."
    )
    st.button(
        "Compare with this scenario from now on",
        icon=":material/push_pin:",
        on_click=plans.keep_as_baseline,
        args=(plan,),
        key="keep_baseline",
    )

st.subheader("By team size")
st.caption(
    ":blue[**—**] expected, with its 80 % band · :blue[**- -**] not supported by past projects · "
    ":green[**◆**] recommended · :orange[**●**] this plan · :gray[**·· ●**] baseline"
)
figures = st.columns(3)
for target, figure in zip(Target, figures, strict=True):
    curve = answer.curves[answer.curves["target"] == target]
    with figure:
        if curve.empty:
            st.info(f"Too few past projects with a known {target}: 15 are needed.")
            continue
        before = answer.baseline_curves
        st.plotly_chart(
            charts.size_curve(
                curve,
                title=target.title(),
                unit=units[target],
                chosen=plan.team_size,
                recommended=answer.recommendation.size,
                baseline=None if before is None else before[before["target"] == target],
                baseline_size=baseline.team_size,
            ),
            alt=f"Expected {target} by team size",
        )
tables.download(answer.curves, name="team_sizing", key="curves_csv")
about(answer)
