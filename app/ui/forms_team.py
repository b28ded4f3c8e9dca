"""Forms about what a project is made of: its members, and the artifacts that it uses."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import streamlit as st

from app.ui.ask import ask, tell
from app.ui.forms import as_date, changes, day_field, done, note_on_sample, number_field
from app.ui.text import plain
from maestro_core.actions.artifacts import use_artifact
from maestro_core.actions.projects import add_member, change_member, remove_member
from maestro_core.reports import artifacts
from maestro_core.terms import TeamRole

ROLES = list(TeamRole)
MOST_ARTIFACTS = 2000


@st.dialog("Add a member", width="medium", icon=":material/person_add:")
def add(project_id: UUID) -> None:
    """Put a person on a project."""
    note_on_sample()
    with st.form("add-member", border=False):
        left, right = st.columns(2)
        name = left.text_input("Name", key="member-name", max_chars=200, required=True)
        email = right.text_input(
            "E-mail address", key="member-email", help="Tells people of one name apart, and finds their commits."
        )
        told = _member_fields({"role": TeamRole.OTHER}, key="member")
        sent = st.form_submit_button("Add member", type="primary")
    if sent:
        tell(add_member, project_id=project_id, person=name, email=email or None, **told)
        done(f"Added {plain(name)}.")


@st.dialog("Change the member", width="medium", icon=":material/person_edit:")
def edit(member: dict[str, Any]) -> None:
    """Change a member's role, experience and dates, or take them off the project."""
    note_on_sample()
    key = f"member-{member['member_id']}"
    shown = _shown(member)
    with st.form("edit-member", border=False):
        st.markdown(f"**{plain(member['person'] or 'Name not shown')}**")
        told = _member_fields(shown, key=key)
        with st.container(horizontal=True):
            sent = st.form_submit_button("Save", type="primary")
            removed = st.form_submit_button("Take off the project", icon=":material/person_remove:")
    if sent:
        tell(change_member, member_id=member["member_id"], **changes(told, shown))
        done("Member saved.")
    if removed:
        tell(remove_member, member_id=member["member_id"])
        done("The member is off the project; the person stays known.")


@st.dialog("Record the use of an artifact", width="medium", icon=":material/library_music:")
def use(project_id: UUID) -> None:
    """Say that a project uses an artifact."""
    note_on_sample()
    known = ask(artifacts.leaderboard, limit=MOST_ARTIFACTS).artifacts.sort_values("name")
    with st.form("use-artifact", border=False):
        titles = known["name"] + " · " + known["kind"].astype(str)
        names = dict(zip(titles, known["artifact_id"], strict=True))
        chosen = st.selectbox("Artifact", list(names), index=None, key="use-artifact-name", required=True)
        left, right = st.columns(2)
        version = left.text_input("Version", key="use-version", help="As its registry names it; may stay empty.")
        with right:
            day = day_field("First used", None, key="use-day", about="Today, where it is empty.")
        sent = st.form_submit_button("Record use", type="primary")
    if sent and chosen:
        tell(use_artifact, artifact_id=names[chosen], project=project_id, version=version or None, used_at=day)
        done("Use recorded.")


def _member_fields(shown: dict[str, Any], *, key: str) -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        role = st.selectbox("Role", ROLES, index=ROLES.index(shown["role"]), key=f"{key}-role")
        joined = day_field("Joined", shown.get("joined_at"), key=f"{key}-joined")
    with right:
        years = number_field(
            "Experience, years", shown.get("experience_years"), key=f"{key}-years", within=(0, 80), step=0.5,
            about="Years in the field; the team's mean is what experience means on every page.",
        )  # fmt: skip
        left_at = day_field("Left", shown.get("left_at"), key=f"{key}-left", about="Empty while they are on it.")
    return {"role": role, "experience_years": years, "joined_at": joined, "left_at": left_at}


def _shown(member: dict[str, Any]) -> dict[str, Any]:
    return {
        "role": TeamRole(member["role"]),
        "experience_years": member["experience_years"],
        "joined_at": as_date(member["joined_at"]),
        "left_at": as_date(member["left_at"]),
    }
