"""One experiment: before the start what it can find, later what it shows and what was decided."""

from __future__ import annotations

import streamlit as st

from app.ui import (
    empty,
    experiment_assignment,
    experiment_design,
    experiment_parts,
    experiment_results,
    experiment_tables,
    filters,
    links,
)
from app.ui.ask import ask
from app.ui.forms import say_what_was_done
from maestro_core.reports import experiments
from maestro_core.terms import ExperimentState

experiment_id = filters.chosen_key("experiment")
if experiment_id is None:
    empty.nothing_chosen("experiment", "experiments")
    st.stop()
links.link("experiments", "All experiments", icon="arrow_back")
told = ask(experiments.experiment, experiment_id=experiment_id)

say_what_was_done()
experiment_parts.heading(told)
experiment_parts.buttons(told)
if told.state is ExperimentState.DRAFT:
    experiment_design.design(told)
    experiment_design.participants(told)
else:
    experiment_results.counts(told)
    experiment_parts.decided(told)
    experiment_results.verdict(told)
    experiment_results.in_numbers(told)
    experiment_results.figures(told)
    experiment_tables.table(told)
    with st.expander("Assignment", key="who", on_change="rerun", icon=":material/shuffle:") as who:
        if who.open:
            experiment_assignment.assignment(told)
with st.expander("History", key="done", on_change="rerun", icon=":material/history:") as log:
    if log.open:
        experiment_parts.history(told)
