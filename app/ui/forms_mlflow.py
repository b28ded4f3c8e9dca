"""Connecting an MLflow server: look at its experiments, choose, and say which project each tells about."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.ui import tables
from app.ui.ask import tell
from app.ui.filters import project_names
from app.ui.forms import counted, done
from app.ui.forms_sources import KEPT, secret
from app.ui.problems import politely
from app.ui.text import plain
from maestro_core.actions.sources import ExperimentChoice, connect_mlflow
from maestro_core.collectors.mlflow_preview import preview
from maestro_core.reports import records

SEEN = "mlflow-seen"
NEW = "A new project of this name"
NONE = "None"


@st.dialog("Connect MLflow", width="large", icon=":material/cable:", on_dismiss=lambda: forget())
def connect() -> None:
    """Ask the server what it has, choose experiments, connect."""
    url, token = _address()
    seen = st.session_state.get(SEEN)
    if seen is None or seen["url"] != url:
        st.caption("Maestro looks first and shows what the server has. Nothing is connected before you choose.")
        return
    if seen["experiments"].empty:
        st.info("The server answers, but has no experiments. Log a run, then look again.", icon=":material/science:")
        return
    chosen = _chosen(seen["experiments"])
    choices = [_choice(row) for row in chosen]
    count = counted(len(choices), "experiment")
    if st.button(f"Connect {count}", type="primary", icon=":material/cable:", disabled=not choices):
        tell(connect_mlflow, url=url, token=secret(token), experiments=choices)
        forget()
        done(f"Connected {count}: the first refresh is queued.")


def forget() -> None:
    """Look at the server again next time."""
    st.session_state.pop(SEEN, None)


def _address() -> tuple[str, str]:
    with st.form("mlflow-address", border=False):
        url = st.text_input("URL", key="mlflow-url", placeholder="http://localhost:5000")
        token = st.text_input(
            "Token", key="mlflow-token", type="password", autocomplete="off",
            help=f"Where the server asks for one: a bearer token, or user:password. {KEPT}",
        )  # fmt: skip
        looks = st.form_submit_button("Test the connection", icon=":material/network_check:")
    if looks:
        forget()
        with politely(), st.spinner("Asking the server for its experiments …"):
            found = preview(url, secret(token))
        st.session_state[SEEN] = {"url": url, "experiments": found}
    return url, token


def _chosen(experiments: pd.DataFrame) -> list[dict[str, Any]]:
    """The experiments that are ticked."""
    shown = experiments.sort_values("last_run_at", ascending=False, na_position="last", ignore_index=True)
    answered = f"The server answers: {counted(len(shown), 'experiment')}."
    st.success(f"{answered} Tick those that tell about a project.", icon=":material/check_circle:")
    rows = tables.choose_many(
        shown.assign(count=_counts(shown)),
        {
            "name": st.column_config.TextColumn("Experiment", width="medium"),
            "count": st.column_config.TextColumn("Runs", width="small"),
            "last_run_at": st.column_config.DatetimeColumn("Last run", format="YYYY-MM-DD HH:mm", width="medium"),
            "metrics": st.column_config.ListColumn("Metrics", width="medium"),
        },
        key="mlflow-experiments",
        height=min(38 + 35 * len(shown), 260),
        alt="Experiments of the server with runs, last run and metrics",
    )
    return records(shown.iloc[rows])


def _counts(experiments: pd.DataFrame) -> pd.Series[str]:
    more = experiments["has_more_runs"].map({True: "more than ", False: ""})
    return more + experiments["runs"].astype(str)


def _choice(experiment: dict[str, Any]) -> ExperimentChoice:
    """The project and the metric of one experiment."""
    names, key = project_names(), experiment["experiment_id"]
    with st.container(border=True):
        st.markdown(f"**{plain(experiment['name'])}**")
        left, right = st.columns(2)
        project = left.selectbox("Project", [NEW, *names], key=f"mlflow-project-{key}")
        metric = right.selectbox(
            "Metric that tells model performance",
            [NONE, *experiment["performance_metrics"]],
            index=1 if experiment["performance_metrics"] else 0,
            key=f"mlflow-metric-{key}",
            help="Between 0 and 1, higher is better. Its best value times 100 becomes the model performance.",
        )
    return ExperimentChoice(key, experiment["name"], names.get(project), None if metric == NONE else metric)
