"""What the organisation decides for all its projects, and how this installation runs."""

from __future__ import annotations

from importlib.metadata import version

import streamlit as st

from app.ui import forms_left_out, forms_settings, forms_working_hours
from app.ui.ask import ask
from app.ui.session import settings
from app.ui.text import plain
from maestro_core.reports import organisation


def installation() -> None:
    """Version, place of the data, database, refresh, and who may see it."""
    chosen = settings()
    is_postgres = chosen.database_url is not None
    refreshed_by = "this server" if chosen.refresh_in_server else "a worker of its own"
    told = {
        "Version": version("maestro"),
        "Database": "PostgreSQL" if is_postgres else "SQLite, one file per portfolio",
        "Refresh": f"every {chosen.refresh_minutes} minutes, by {refreshed_by}",
        "Who may see it": "whoever can use this machine: it answers localhost only, without sign-in",
        "Data directory": str(chosen.data_directory),
    }
    with st.container(border=True):
        for name, value in told.items():
            label, text = st.columns([1, 4])
            label.caption(name)
            text.markdown(plain(value))
    st.caption(
        "These come from the environment (MAESTRO\\_… variables) when the server starts. "
        "Credentials of sources are kept encrypted, with a key in the data directory or in the environment."
    )


st.title("Settings")
known = ask(organisation.organisation)

st.subheader("Money and time")
forms_settings.money_and_time(known)

st.subheader("Working hours")
st.markdown(
    "Without them, a pull request that is opened on Friday evening and answered on Monday morning waited for the whole "
    "weekend. With them, first responses count only these hours. Holidays are not known: they count as working days."
)
forms_working_hours.working_hours(known)

st.subheader("What counts as success")
st.markdown(
    "The success score of a finished project, 0 to 100, is the weighted mean of the parts that are known. "
    "Only the proportions of the weights matter. Artifact impact and predictions learn from this score: "
    "they follow a change within a minute."
)
forms_settings.success_weights(known)

st.subheader("Files that nobody here wrote")
st.markdown(
    "Copied and generated files are left out of lines, churn, ownership and truck factor; commits to them still count."
)
forms_left_out.left_out_paths(known)

st.subheader("This installation")
installation()
