"""Forms about sources: connect, change the credential, disconnect. Networks are asked outside of transactions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st
from pydantic import SecretStr

from app.ui.ask import tell
from app.ui.filters import project_names
from app.ui.forms import counted, done
from app.ui.problems import politely
from app.ui.session import settings
from app.ui.text import plain
from maestro_core.actions.sources import change_credentials, check_source, connect_git, disconnect, git_locations
from maestro_core.terms import SourceKind

KEPT = "Kept encrypted on this machine, never shown again, and sent to this source only."
SHOWN = 5
"""So many repositories of a folder are named."""


@st.dialog("Connect Git", width="medium", icon=":material/cable:")
def connect_repositories() -> None:
    """A path, a folder of repositories, or a URL; tested before it is connected."""
    with st.form("connect-git", border=False):
        location = st.text_input(
            "Path or URL",
            key="git-location",
            placeholder="/home/me/projects or https://github.com/pallets/flask.git",
            help="A repository, a folder of repositories, or an https or ssh URL. Maestro copies it and only reads.",
        )
        token = st.text_input(
            "Token", key="git-token", type="password", autocomplete="off",
            help=f"Only for private repositories over https. {KEPT}",
        )  # fmt: skip
        project = _project_field()
        with st.container(horizontal=True):
            tests = st.form_submit_button("Test the connection", icon=":material/network_check:")
            connects = st.form_submit_button("Connect", type="primary", icon=":material/cable:")
    if tests or connects:
        location = str(Path(location).expanduser()) if location.startswith("~") else location
        found = _checked(location, secret(token))
        if connects:
            sources = tell(connect_git, location=location, project_name=project, token=secret(token))
            done(f"Connected {counted(len(sources), 'repository')}: the first refresh is queued.")
        _tell_checked(found)


@st.dialog("Change the credential", icon=":material/key:")
def change_credential(source: dict[str, Any]) -> None:
    """Another token in the place of the one kept, tested first; or none."""
    st.markdown(
        f"**{plain(source['name'])}**: {'a token is kept' if source['has_credentials'] else 'no token is kept'}"
    )
    with st.form("change-credential", border=False):
        token = st.text_input("New token", key=f"token-{source['id']}", type="password", autocomplete="off", help=KEPT)
        with st.container(horizontal=True):
            saves = st.form_submit_button("Test and save", type="primary")
            forgets = st.form_submit_button("Forget the token", disabled=not source["has_credentials"])
    if saves and not token:
        st.error("Enter a token.")
    elif saves:
        with politely(), st.spinner("Asking the source …"):
            check_source(kind=source["kind"], location=source["location"], token=secret(token), settings=settings())
        tell(change_credentials, source_id=source["id"], token=secret(token))
        done("Token saved: the next refresh uses it.")
    elif forgets:
        tell(change_credentials, source_id=source["id"], token=None)
        done("Token forgotten.")


@st.dialog("Disconnect this source?", icon=":material/link_off:")
def confirm_disconnect(source: dict[str, Any]) -> None:
    """What goes and what stays, before it goes."""
    brought = {
        SourceKind.GIT: "its commits, branches, files and the daily counts made of them, and people known only by them",
        SourceKind.MLFLOW: "its runs, and their metrics and lineage",
    }.get(SourceKind(source["kind"]), "what it told of pipelines, deployments, reviews and incidents")
    st.markdown(
        f"**{plain(source['name'])}** is forgotten, with its token, its refreshes and what it brought: {brought}.\n\n"
        "Projects stay, with everything that people entered or imported. "
        "The repository or server itself is not touched, and can be connected again."
    )
    with st.container(horizontal=True):
        if st.button("Disconnect", type="primary", icon=":material/link_off:"):
            tell(disconnect, source_id=source["id"])
            done(f"Disconnected {plain(source['name'])}.")
        if st.button("Keep it"):
            st.rerun()


def secret(text: str) -> SecretStr | None:
    """A token as everything but this form sees it."""
    return SecretStr(text.strip()) if text.strip() else None


def _project_field() -> str | None:
    """The project that repositories tell about; None for one of its own each."""
    return st.selectbox(
        "Project",
        list(project_names()),
        index=None,
        key="git-project",
        accept_new_options=True,
        placeholder="One of its own for each repository, named after it",
        help="Choose a project, or type the name of a new one. Several repositories can tell about one project.",
    )


def _checked(location: str, token: SecretStr | None) -> list[tuple[str, str]]:
    """Each repository with what it answered; where one does not answer, the reason, and a stop."""
    with politely(), st.status("Asking …") as status:
        places = git_locations(location)
        found = []
        for number, place in enumerate(places, start=1):
            status.update(label=f"Asking {number} of {len(places)}: {plain(place)}")
            found.append((place, check_source(kind=SourceKind.GIT, location=place, token=token, settings=settings())))
        status.update(label=f"{counted(len(found), 'repository')} answered", state="complete")
    return found


def _tell_checked(found: list[tuple[str, str]]) -> None:
    lines = [f"- {plain(place)}: {plain(answer)}" for place, answer in found[:SHOWN]]
    if len(found) > SHOWN:
        lines.append(f"- and {len(found) - SHOWN} more")
    st.success("\n".join(lines), title="The connection works")
