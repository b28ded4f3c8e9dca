"""Forms about one artifact: register it, change it, add a version, record a use, remove it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.ui import links
from app.ui.ask import ask, tell
from app.ui.filters import project_names
from app.ui.forms import changes, counted, day_field, done, learned_within, note_on_sample, will_say, word_field
from app.ui.text import is_same, plain
from maestro_core.actions.artifacts import (
    add_version,
    change_artifact,
    register_artifact,
    remove_artifact,
    use_artifact,
)
from maestro_core.reports import artifacts
from maestro_core.reports.artifacts import ArtifactReport
from maestro_core.terms import ArtifactKind


@st.dialog("Register an artifact", width="medium", icon=":material/add:")
def register() -> None:
    """A new artifact; its page opens when it is there."""
    note_on_sample()
    with st.form("register-artifact", border=False):
        told = _fields({}, key="new")
        sent = st.form_submit_button("Register", type="primary")
    if sent:
        artifact_id = tell(register_artifact, **told)
        will_say(f"Registered {plain(told['name'])}.")
        links.go("artifact", artifact=artifact_id)


@st.dialog("Change the artifact", width="medium", icon=":material/edit:")
def edit(artifact: ArtifactReport) -> None:
    """Change what is known of an artifact."""
    note_on_sample()
    shown = {name: getattr(artifact, name) for name in ("name", "kind", "description", "owner", "url", "tags")}
    with st.form("edit-artifact", border=False):
        told = _fields(shown, key="edit")
        sent = st.form_submit_button("Save", type="primary")
    if sent:
        tell(change_artifact, artifact_id=artifact.artifact_id, **changes(told, shown))
        done(f"Saved {plain(told['name'])}.")


@st.dialog("Add a version", icon=":material/new_label:")
def new_version(artifact: ArtifactReport) -> None:
    """A version with its tags; one that is known already gets the tags told here."""
    note_on_sample()
    with st.form("add-version", border=False):
        version = st.text_input("Version", key="version-name")
        tags = st.multiselect(
            "Tags", ["production", "deprecated"], accept_new_options=True, key="version-tags", placeholder="None"
        )
        sent = st.form_submit_button("Add version", type="primary")
    if sent:
        tell(add_version, artifact_id=artifact.artifact_id, version=version, tags=tuple(tags))
        done(f"Added version {plain(version)}.")


@st.dialog("Record a use", icon=":material/add_task:")
def record_use(artifact: ArtifactReport) -> None:
    """Say that a project uses this artifact."""
    note_on_sample()
    with st.form("record-use", border=False):
        project = st.selectbox("Project", list(project_names()), index=None, key="use-project", required=True)
        version = word_field("Version", None, known=list(artifact.versions["version"]), key="use-version")
        day = day_field("Since", None, key="use-day", about="Today, where it is empty.")
        sent = st.form_submit_button("Record the use", type="primary")
    if sent and project:
        key = project_names()[project]
        tell(use_artifact, artifact_id=artifact.artifact_id, project=key, version=version, used_at=day)
        done(f"{plain(project)} uses {plain(artifact.name)}. {learned_within('a minute')}")


@st.dialog("Delete this artifact?", icon=":material/delete:")
def delete(artifact: ArtifactReport) -> None:
    """Remove an artifact, once its name was typed."""
    st.markdown(
        f"**{plain(artifact.name)}** goes with {counted(len(artifact.versions), 'version')}, its scores, and the "
        f"record of its use by {counted(len(artifact.consumers), 'project')}. What it is stays where it is stored. "
        "**It cannot be undone.** One that came from MLflow comes back with the next refresh."
    )
    note_on_sample()
    with st.form("delete-artifact", border=False):
        typed = st.text_input("Type the artifact's name to confirm", key="delete-name", autocomplete="off")
        sent = st.form_submit_button("Delete artifact", type="primary", icon=":material/delete:")
    if sent and not is_same(typed, artifact.name):
        st.error("That is not its name: nothing was deleted.")
    elif sent:
        tell(remove_artifact, artifact_id=artifact.artifact_id)
        will_say(f"Deleted {plain(artifact.name)}.")
        links.go("artifacts")


def _fields(shown: dict[str, Any], *, key: str) -> dict[str, Any]:
    """The fields of an artifact, as they are or empty."""
    facets = ask(artifacts.facets)
    kinds = [str(kind) for kind in ArtifactKind]
    with st.container(horizontal=True):
        name = st.text_input("Name", shown.get("name", ""), key=f"{key}-artifact-name")
        kind = st.selectbox("Type", kinds, index=kinds.index(shown.get("kind", kinds[0])), key=f"{key}-artifact-kind")
    description = st.text_area("Description", shown.get("description", ""), key=f"{key}-artifact-description")
    with st.container(horizontal=True):
        known = list(facets.owners["value"])
        owner = word_field("Owner", shown.get("owner"), known=known, key=f"{key}-artifact-owner")
        url = st.text_input("Web address", shown.get("url") or "", key=f"{key}-artifact-url")
    own = list(shown.get("tags", ()))
    tags = st.multiselect(
        "Tags",
        [*own, *(tag for tag in facets.tags["value"] if tag not in own)],
        default=own,
        accept_new_options=True,
        key=f"{key}-artifact-tags",
        placeholder="None",
    )
    told = {"name": name, "kind": ArtifactKind(kind), "description": description, "owner": owner}
    return told | {"url": url or None, "tags": tuple(tags)}
