"""What to expect of running projects, how sure that is, and what it rests on."""

from __future__ import annotations

from uuid import UUID

import streamlit as st

from app.ui import charts, expectations, links, tables
from app.ui.ask import ask, work
from app.ui.text import plain
from app.ui.times import ago
from maestro_core.actions import training
from maestro_core.reports import predictions
from maestro_core.reports.predictions import Judged, Predictions

WORDS = {"success": "success points", "duration": "days", "cost": "compute cost"}


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
            st.markdown("There are enough outcomes. They are learned with the next refresh, or with “Learn anew”.")


def learn() -> None:
    """Learn from all outcomes, and say what came of each question."""
    told = work(training.train, label="Learning from past projects")
    st.caption(" · ".join(f"{plain(question.replace('_', ' '))}: {plain(result)}" for question, result in told.items()))


def running(answer: Predictions, judged: Judged) -> None:
    """Each running project's expectation with its interval."""
    rows = answer.predictions[answer.predictions["target"] == judged.target].sort_values("value", ascending=False)
    if rows.empty:
        st.info("No project is running. A project is running until it has an end or an outcome.")
        links.link("projects", "See all projects", icon="folder")
        return
    st.plotly_chart(
        charts.intervals(rows, label="name", title=f"{judged.title} with 80 % interval", unit=judged.unit),
        alt=f"Expected {judged.target} of each running project",
    )


def what_it_rests_on(answer: Predictions) -> None:
    """The table of all expectations; a chosen row says why."""
    st.subheader("Running projects")
    row = expectations.chosen_project(answer)
    tables.download(
        answer.predictions.drop(columns=["contributions"]).assign(outside=answer.predictions["outside"].map(", ".join)),
        name="predictions",
        key="predictions_csv",
    )
    if row is None:
        st.caption("Select a row to see what its predictions rest on.")
        return
    chosen: UUID = expectations.by_project(answer)["project_id"].iloc[row]
    why = ask(predictions.rests_on, project_id=chosen)
    with st.container(border=True):
        st.subheader(f"What {plain(why.name)} rests on")
        expectations.rests_on(why, answer.predictors)
        links.link("project", "Open the project", icon="folder", project=chosen)
        links.link("team_sizing", "Try another team", icon="tune", project=why.name)


with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    st.title("Predictions", width="content")
    is_asked = st.button("Learn anew", icon=":material/model_training:", key="learn_anew")
if is_asked:
    learn()
answer = ask(predictions.predictions)
st.caption(
    f"{answer.running} running {'project' if answer.running == 1 else 'projects'} · "
    f"{ago('learned', answer.trained_at)} · only from what is known before a project starts"
)
by_target = {judged.target: judged for judged in answer.predictors}
target = st.segmented_control(
    "What to expect",
    list(by_target),
    default=next(iter(by_target)),
    key="target",
    required=True,
    bind="query-params",
    format_func=lambda one: by_target[one].title,
)
judged = by_target[target or next(iter(by_target))]
if judged.skill.value is None and judged.error.value is None:
    not_yet(judged)
else:
    expectations.skill(judged)
    running(answer, judged)
late = expectations.overdue(answer)
if late:
    names = ", ".join(plain(name) for name in late)
    st.warning(f"Already longer than the interval told for them: {names}.", icon=":material/schedule:")
if len(answer.predictions):
    what_it_rests_on(answer)
with st.expander("How this is computed"):
    st.markdown(
        "- **Model**: Bayesian ridge regression, one for each of success, duration and cost, on complexity, team "
        "size, experience, artifacts reused, domain and problem type. Duration and cost are learned as logarithms, so "
        "that facts multiply them.\n"
        "- **Interval**: CV+ (Barber et al. 2021): as wide as the errors on past projects that were held out, so that "
        "8 of 10 projects should end inside.\n"
        "- **Out of sample**: every error on this page was made on projects that the model had not seen.\n"
        "- **What it rests on**: the exact parts of the sum, not a proof of cause and effect.\n"
        "- **Unlike any past project**: a fact beyond the range of the past; the interval does not cover such leaps."
    )
