"""Forms about what other tools push: where to, and the secret that proves who does, shown once."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from app.ui.ask import tell
from app.ui.filters import project_names
from app.ui.forms_sources import confirm_disconnect
from app.ui.text import plain
from maestro_core.actions.push import PushDoor, connect_push, rotate_push_secret

ABOUT = (
    "A tool that Maestro does not read, such as a deployment script or an incident tracker, can tell runs of "
    "pipelines, deployments and incidents by itself. docs/push.md shows how, with examples."
)


@st.dialog("Let tools push", width="medium", icon=":material/webhook:", on_dismiss="rerun")
def connect() -> None:
    """Choose the project; then its address and secret."""
    st.markdown(ABOUT)
    names = project_names()
    with st.form("connect-push", border=False):
        project = st.selectbox("Project", list(names), index=None, key="push-project", placeholder="Choose")
        makes = st.form_submit_button("Make address and secret", type="primary", icon=":material/key:")
    if makes and not project:
        st.error("Choose a project. Where there is none yet, add one on the Projects page.")
    elif makes and project:
        _show_once(tell(connect_push, project_id=names[project]))


@st.dialog("Make a new secret?", width="medium", icon=":material/key:", on_dismiss="rerun")
def renew(source: dict[str, Any]) -> None:
    """What ends with the former secret, before it ends."""
    st.markdown(
        f"Webhooks of **{plain(source['name'])}** that are signed with the former secret are refused from then on."
    )
    if st.button("Make a new secret", type="primary", icon=":material/key:"):
        _show_once(tell(rotate_push_secret, source_id=source["id"]))


def deeds(source: dict[str, Any]) -> None:
    """What can be done with a source that is pushed to, and where webhooks go."""
    with st.container(horizontal=True):
        if st.button("New secret" if source["has_credentials"] else "Make a secret", icon=":material/key:"):
            renew(source)
        if st.button("Disconnect", icon=":material/link_off:"):
            confirm_disconnect(source)
    st.caption("Signed webhooks go to")
    st.code(address(source["id"]), language=None)


def address(source_id: object) -> str:
    """Where webhooks of a source go, as this browser reaches Maestro."""
    here = urlsplit(str(st.context.url or "http://localhost:8501"))
    return f"{here.scheme}://{here.netloc}/api/v1/webhooks/{source_id}"


def _show_once(door: PushDoor) -> None:
    st.success("Copy both now: the secret is kept encrypted, and never shown again.")
    st.caption("Address")
    st.code(address(door.source_id), language=None)
    st.caption("Secret")
    st.code(door.secret.get_secret_value(), language=None)
