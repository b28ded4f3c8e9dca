"""Connecting tools of delivery: each form says what to paste, and what a token needs to be allowed."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from pydantic import SecretStr

from app.ui.ask import tell
from app.ui.filters import project_names
from app.ui.forms import done
from app.ui.forms_sources import KEPT, secret
from app.ui.problems import politely
from app.ui.session import settings
from app.ui.text import plain
from maestro_core.actions.sources import check_source, connect_tool
from maestro_core.terms import SourceKind


@dataclass(frozen=True)
class Tool:
    """A tool of delivery, as its form and its card tell it."""

    kind: SourceKind
    name: str
    icon: str
    brings: str
    """In Markdown; the sentence stands on the card."""
    placeholder: str
    address: str
    """What to paste."""
    token: str
    """Which token, and what it must be allowed."""


TOOLS = (
    Tool(
        SourceKind.GITHUB,
        "GitHub",
        ":material/code:",
        "A repository of github.com or of your own server. Brings **pull requests, reviews, workflow runs, "
        "deployments, releases** and issues.",
        "https://github.com/pallets/flask",
        "The address of the repository, as in the browser. Of GitHub Enterprise Server too.",
        "A fine-grained token with Read access to Actions, Contents, Deployments, Issues, Metadata and Pull requests "
        "of this repository, or a classic one with the scope repo (public_repo for public ones). Without one, "
        "only public repositories, 60 questions an hour.",
    ),
    Tool(
        SourceKind.GITLAB,
        "GitLab",
        ":material/merge:",
        "A project of gitlab.com or of your own server. Brings **merge requests, notes, pipelines, deployments, "
        "releases** and issues.",
        "https://gitlab.com/gitlab-org/cli",
        "The address of the project, as in the browser. Of a server of your own too.",
        "A personal, group or project access token with the scope read_api and the role Reporter. None is needed for "
        "public projects, but then notes may not be readable.",
    ),
    Tool(
        SourceKind.JENKINS,
        "Jenkins",
        ":material/engineering:",
        "A job, a folder with all its jobs, or a whole server. Brings **builds, their stages, and what failed where**.",
        "https://jenkins.example.org/job/team/job/app",
        "The address of a job, a folder or the server, as in the browser.",
        "user:token, made in Jenkins under the name of the user, Security. It needs Overall/Read and Job/Read.",
    ),
    Tool(
        SourceKind.CIRCLECI,
        "CircleCI",
        ":material/cycle:",
        "A project of circleci.com or of your own server. Brings **pipelines, workflows and jobs**.",
        "https://app.circleci.com/pipelines/github/team/app",
        "The address of the project's pipelines, as in the browser.",
        "A personal API token, made under User Settings. Tokens of projects cannot read pipelines.",
    ),
)


def connect(tool: Tool) -> None:
    """Paste an address, test it, connect it."""
    st.dialog(f"Connect {tool.name}", width="medium", icon=":material/cable:")(_form)(tool)


def _form(tool: Tool) -> None:
    with st.form(f"connect-{tool.kind}", border=False):
        location = st.text_input(
            "URL", key=f"{tool.kind}-url", placeholder=tool.placeholder, help=tool.address
        )  # fmt: skip
        token = st.text_input(
            "Token", key=f"{tool.kind}-token", type="password", autocomplete="off", help=f"{tool.token} {KEPT}"
        )
        st.caption(f"**Token:** {tool.token}")
        project = st.selectbox(
            "Project",
            list(project_names()),
            index=None,
            key=f"{tool.kind}-project",
            accept_new_options=True,
            placeholder="The one of the same repository or name, or a new one",
            help="Choose a project, or type the name of a new one. Deployments find their commits where the Git "
            "repository feeds the same project.",
        )
        with st.container(horizontal=True):
            tests = st.form_submit_button("Test the connection", icon=":material/network_check:")
            connects = st.form_submit_button("Connect", type="primary", icon=":material/cable:")
    if not (tests or connects):
        return
    found = _checked(tool, location, secret(token))
    if connects:
        tell(connect_tool, kind=tool.kind, location=location, project_name=project, token=secret(token))
        done(f"Connected {tool.name}: the first refresh is queued.")
    st.success(plain(found), title="The connection works")


def _checked(tool: Tool, location: str, token: SecretStr | None) -> str:
    with politely(), st.spinner(f"Asking {tool.name} …"):
        return check_source(kind=tool.kind, location=location, token=token, settings=settings())
