"""What to expect of running and planned projects, how sure that is, and what it rests on."""

from __future__ import annotations

import streamlit as st

from app.ui import charts, empty, expectations, links, prediction_card, prediction_one, prediction_plan, tables
from app.ui.ask import ask, work
from app.ui.drawing import draw
from app.ui.text import plain
from app.ui.times import ago
from maestro_core.actions import training
from maestro_core.reports import expectation, predictions
from maestro_core.reports import prediction_card as cards
from maestro_core.reports.predictions import Judged, Predictions
from maestro_core.terms import Target

WORDS = {"success": "success points", "duration": "days", "cost": "compute cost"}
LEVELS = {"80 %": 0.8, "90 %": 0.9}
VIEWS = ("Running", "One project", "A plan", "Model card")


def not_yet(judged: Judged) -> None:
    """How many outcomes are missing, or that learning is due."""
    with st.container(border=True):
        if judged.missing:
            needed = judged.known + judged.missing
            st.subheader(f"{judged.missing} more {'outcome is' if judged.missing == 1 else 'outcomes are'} needed")
            st.progress(
                judged.known / needed, text=f"{judged.known} of {needed} finished projects with a known {judged.target}"
            )
            st.markdown(
                "A prediction is only told with an interval that was tested on your own past projects. "
                f"Enter the outcome of finished projects, with their {WORDS[judged.target]}."
            )
            links.link("projects", "Enter or import outcomes of finished projects", icon="edit")
        else:
            st.subheader("Not learned yet")
            st.markdown("There are enough outcomes. They are learned within a minute, or now with “Learn anew”.")


def learn() -> None:
    """Learn from all outcomes, and say what came of each question."""
    told = work(training.train, label="Learning from past projects")
    st.caption(" · ".join(f"{plain(question.replace('_', ' '))}: {plain(result)}" for question, result in told.items()))


def running(answer: Predictions, judged: Judged) -> None:
    """What rings and how good the predictor is, then each running project's expectation with its interval."""
    expectations.alarms(answer, judged.target)
    if judged.error.value is not None:
        expectations.skill(judged)
        picture(answer, judged)
    late = expectations.overdue(answer)
    if late:
        names = ", ".join(plain(name) for name in late)
        st.warning(
            f"Already longer than the interval told for their duration: {names}. Ask the teams what is left; what was "
            "told of them before no longer holds.",
            icon=":material/schedule:",
        )
    if answer.predictions.empty:
        return
    row = expectations.chosen_project(answer)
    st.caption("Select a row to see what its predictions rest on.")
    tables.download(
        answer.predictions.assign(outside=answer.predictions["outside"].map(", ".join)),
        name="predictions",
        key="predictions_csv",
    )
    if row is not None:
        st.session_state["opened"] = expectations.by_project(answer)["name"].iloc[row]
        st.rerun()


def picture(answer: Predictions, judged: Judged) -> None:
    """The running projects, the highest expectation on top."""
    rows = answer.predictions[answer.predictions["target"] == judged.target].sort_values("value", ascending=False)
    if rows.empty:
        st.info("No project is running. A project is running until it has an end or an outcome.")
        links.link("projects", "See all projects", icon="folder")
        return
    title = f"{judged.title} with {answer.level:.0%} interval".replace("%", " %")
    draw(
        charts.intervals(rows, label="name", title=title, unit=judged.unit),
        alt=f"Expected {judged.target} of each running project",
    )


def one_project(level: float, target: Target) -> None:
    """A project that runs, or one that has ended in hindsight."""
    known = ask(expectation.usual).projects
    if known.empty:
        empty.no_projects()
        return
    names = dict(zip(known["name"], known["project_id"], strict=True))
    about = "Running ones first, then those that have ended, in hindsight."
    chosen = st.selectbox("Project", list(names), key="of", bind="query-params", help=about)
    answer, asked = prediction_one.of_project(names[chosen], level)
    if answer.has_ended:
        st.caption("It has ended: this is what models say that did not learn from it, beside what came.")
    prediction_one.show(answer, asked, target)
    with st.container(horizontal=True):
        links.link("project", "Open the project", icon="folder", project=names[chosen])
        links.link("team_sizing", "Try another team", icon="tune", project=chosen)


def a_plan(answer: Predictions, target: Target) -> None:
    """A project that does not exist yet."""
    if not any(one.known for one in answer.predictors):
        st.info(
            "With the first outcomes a plan is entered here, and is told beside the past projects most like it. Until "
            "then the sample portfolio, chosen in the sidebar, shows what that looks like.",
            icon=":material/edit_note:",
        )
        return
    usual = ask(expectation.usual)
    st.caption("What is known of a project before it starts; empty is not known. The address keeps the plan.")
    prediction_plan.start_from(usual.typical)
    with st.container(border=True):
        plan = prediction_plan.inputs(usual)
    told, asked = prediction_one.of_plan(plan, answer.level)
    prediction_one.show(told, asked, target)


def how_it_is_computed() -> None:
    """The method in words."""
    with st.expander("How this is computed"):
        st.markdown(
            "- **Model**: Bayesian ridge regression, one for each of success, duration and cost, on complexity, team "
            "size, experience, artifacts reused, domain and problem type, as they stood at the start. Duration and "
            "cost are learned as logarithms, so that facts multiply them.\n"
            "- **Interval**: CV+ (Barber et al. 2021): as wide as the errors on past projects that were held out, so "
            "that 8 (or 9) of 10 projects should end inside.\n"
            "- **Out of sample**: every error on this page was made on projects that the model had not seen.\n"
            "- **Why**: the exact parts of the sum, not a proof of cause and effect.\n"
            "- **What if**: partial dependence (Friedman 2001): the prediction averaged over the past, had all of it "
            "this value; and that of one project, were only this changed.\n"
            "- **Similar projects**: nearest by the standardised facts known before the start (Shepperd and Schofield "
            "1997).\n"
            "- **Unlike any past project**: a fact beyond the range of the past; the interval does not cover it."
        )


opened = st.session_state.pop("opened", None)
if opened is not None:
    # Both: a widget that is drawn for the first time does not write its value to the address.
    if "of" not in st.session_state:
        st.query_params["of"] = opened
    st.session_state.update(of=opened, view=VIEWS[1])
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    st.title("Predictions", width="content")
    is_asked = st.button("Learn anew", icon=":material/model_training:", key="learn_anew")
if is_asked:
    learn()
with st.container(horizontal=True, vertical_alignment="bottom"):
    view = st.segmented_control(
        "Show", list(VIEWS), default=VIEWS[0], key="view", required=True, bind="query-params", width="content"
    )
    target = st.segmented_control(
        "What to expect",
        list(Target),
        default=Target.SUCCESS,
        key="target",
        required=True,
        bind="query-params",
        format_func=lambda one: one.title(),
        width="content",
    )
    level_name = st.segmented_control(
        "Interval", list(LEVELS), default="80 %", key="interval", required=True, bind="query-params", width="content"
    )
level = LEVELS[level_name or "80 %"]
answer = ask(predictions.predictions, level=level)
judged = next(one for one in answer.predictors if one.target is (target or Target.SUCCESS))
st.caption(
    f"{answer.running} running {'project' if answer.running == 1 else 'projects'} · "
    f"{ago('learned', answer.trained_at)} · only from what is known before a project starts"
)
if judged.error.value is None:
    not_yet(judged)
if view in VIEWS[1:3]:
    expectations.alarms_elsewhere(answer)
if view == VIEWS[1]:
    one_project(level, judged.target)
elif view == VIEWS[2]:
    a_plan(answer, judged.target)
elif view == VIEWS[3]:
    expectations.alarms(answer, judged.target)
    prediction_card.show(ask(cards.model_card, target=judged.target))
else:
    running(answer, judged)
how_it_is_computed()
