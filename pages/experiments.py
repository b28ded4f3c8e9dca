"""Does it work? Experiments by assignment, and what was only observed. For managers and analysts."""

from __future__ import annotations

import streamlit as st

from app.ui import empty, experiment_list, filters, forms_experiments
from app.ui.forms import say_what_was_done

VIEWS = {"Experiments": experiment_list.listed, "Observed without assignment": experiment_list.observed}

say_what_was_done()
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Experiments", width="stretch")
    asked = st.button("Design an experiment", icon=":material/add:")
if not filters.project_names():
    empty.no_projects()
    st.stop()
linked = st.query_params.get("new") == "1"
artifact_id = filters.chosen_key("artifact")
if linked:
    # Once: else the form would open again with every click.
    del st.query_params["new"]
if asked or linked:
    forms_experiments.design(artifact_id if linked else None)

view = st.segmented_control(
    "View",
    list(VIEWS),
    default="Experiments",
    key="view",
    required=True,
    bind="query-params",
    label_visibility="collapsed",
)
VIEWS[view or "Experiments"]()
