"""What stands around every page: the menu, the choice of portfolio and the sample's badge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from app.ui import filters
from app.ui.forms import say_what_was_done
from app.ui.session import OWN, PARAMETER, SAMPLE, first_shown, show, shows_sample

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

MENU = {
    "": [("overview", "Overview", "dashboard", "State of the portfolio: what changed and what needs attention.")],
    "Learn from the past": [
        ("artifacts", "Artifacts", "library_music", "What to reuse, and what that is worth. For team leads."),
        ("collaboration", "Collaboration", "groups", "How teams work together. For managers."),
        ("code", "Code", "account_tree", "What depends on one person, and where change gathers. For managers."),
        ("delivery", "Delivery", "rocket_launch", "How fast and how safely software ships. For managers."),
        ("reviews", "Reviews", "rate_review", "Pull requests: where changes wait. For managers."),
        ("pipelines", "Pipelines", "conveyor_belt", "CI: where minutes and failures go. For managers."),
        ("projects", "Projects", "folder", "Every project, its outcome and its team; add, edit and import."),
    ],
    "Plan the next": [
        ("team_sizing", "Team sizing", "tune", "What if: success, duration and cost by team size. For analysts."),
        ("predictions", "Predictions", "insights", "What to expect of running projects, and how sure."),
        ("experiments", "Experiments", "experiment", "Does it work? Teams assigned by chance. For managers."),
    ],
    "Set up": [
        ("sources", "Sources", "cable", "Connect Git, GitHub, GitLab, CI and MLflow; see how refreshes went."),
        ("identities", "Identities", "badge", "Who is who: several names and addresses of one person."),
        ("settings", "Settings", "settings", "Currency, time zone, weights of the success score."),
    ],
}
DETAILS = [
    ("experiment", "Experiment", "experiment", "One experiment: what it can find, what it shows, what was decided."),
    ("code_file", "File", "description", "One file: its history, and what changes with it."),
    ("artifact", "Artifact", "library_music", "Why this score; versions, consumers, impact over time."),
    ("project", "Project", "folder", "Everything about one project."),
]


def menu() -> Page:
    """The page that the URL names; pages of one thing have an address but no line in the menu."""
    listed = {section: [_page(*line) for line in lines] for section, lines in MENU.items()}
    listed[""] += [_page(*line, hidden=True) for line in DETAILS]
    # Left to itself, Streamlit hides what comes after the twelfth page.
    return st.navigation(listed, expanded=True)


@contextmanager
def page_frame() -> Iterator[None]:
    """The sidebar's choice of portfolio and, over a sample, its badge, then the page."""
    with st.sidebar:
        st.segmented_control(
            "Portfolio",
            [OWN, SAMPLE],
            # An address that tells it keeps doing so.
            default=None if PARAMETER in st.query_params else first_shown(),
            key=PARAMETER,
            required=True,
            on_change=filters.forget_projects,
            bind="query-params",
            width="stretch",
            help="The sample portfolio is made up and never mixes with your own data.",
        )
    if shows_sample():
        _sample_badge()
    say_what_was_done()
    yield


def _sample_badge() -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="sample"):
        st.badge("Sample portfolio", icon=":material/science:", color="orange")
        st.caption("Made-up projects to look around in, not measurements; made anew every day.", width="stretch")
        st.button("Leave the sample", icon=":material/logout:", on_click=leave_sample, type="tertiary")


def leave_sample() -> None:
    """Show the organisation's own portfolio."""
    show(OWN)


def _page(name: str, title: str, icon: str, about: str, *, hidden: bool = False) -> Page:
    return st.Page(
        f"../pages/{name}.py",
        title=title,
        icon=f":material/{icon}:",
        help=about,
        default=name == "overview",
        visibility="hidden" if hidden else "visible",
    )
