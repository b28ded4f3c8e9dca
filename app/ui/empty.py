"""What a page shows when there is nothing to show: the next step."""

from __future__ import annotations

import streamlit as st

from app.ui import filters, links
from app.ui.forms import counted
from app.ui.text import plain
from app.ui.times import ago, day
from maestro_core.reports.coverage import Freshness, Seen
from maestro_core.reports.projects import OutcomesMissing


def no_projects() -> None:
    """An organisation without a project: connect a source, import, or look at the sample."""
    with st.container(border=True):
        st.subheader("No projects yet")
        st.markdown(
            "Maestro learns from what your organisation has already done. Start with one of these; "
            "what describes the past works at once."
        )
        links.link("sources", "Connect a Git repository or an MLflow server", icon="cable")
        links.link("projects", "Import past projects from a CSV or Excel file, or add one", icon="upload")
        st.caption("Or choose the sample portfolio in the sidebar to look around.")


def outcomes_to_go(outcomes: OutcomesMissing) -> None:
    """How many outcomes are missing until the pages that learn work."""
    known = outcomes.scored
    pages = {
        "predictions work": outcomes.for_predictions,
        "team sizing works (it needs complexity and team size too)": outcomes.for_team_sizing,
        "artifact impact works": outcomes.for_impact,
    }
    for works, missing in pages.items():
        if missing:
            st.progress(
                known / (known + missing), text=f"{counted(known, 'outcome')} known; {missing} more until {works}"
            )
    if any(pages.values()):
        links.link("projects", "Enter or import outcomes of finished projects", icon="edit")


def no_artifacts() -> None:
    """No artifact yet: where they come from."""
    with st.container(border=True):
        st.subheader("No artifacts yet")
        st.markdown(
            "Registered models and data sets come from MLflow by themselves. Everything else comes with an import, "
            "or from your programs through the API."
        )
        links.link("sources", "Connect an MLflow server", icon="cable")
        links.link("projects", "Import artifacts and their use", icon="upload")


def enter_outcomes() -> None:
    """The way to the projects whose outcome is missing."""
    links.link("projects", "Enter the outcomes of finished projects", icon="edit", missing="outcome missing")


def nothing_chosen(what: str, page: str) -> None:
    """A page about one thing, opened without saying which."""
    st.info(f"No {what} is chosen.", icon=":material/touch_app:")
    links.link(page, f"Choose one of the {page}", icon="arrow_back")


def nothing_seen(seen: Seen, *, what: str, tools: str, can_be_pushed: bool = True) -> None:
    """No row of delivery in the period: which source is missing, or which period to choose."""
    with st.container(border=True):
        if not seen.sources and seen.last_at is None:
            st.subheader(f"No tool that tells of {what}s is connected")
            pushed = " Or let any other tool push what it does, by webhook or REST." if can_be_pushed else ""
            st.markdown(f"Connect {tools} to these projects: the first refresh reads what is there.{pushed}")
            links.link("sources", f"Connect {tools}", icon="cable")
        elif seen.last_at is None:
            st.subheader(f"No {what} has been read yet")
            told = f"The tools are connected, {ago('refreshed', seen.refreshed_at)}"
            todo = "and told of none." if seen.refreshed_at else "; see whether their first refresh is still under way."
            st.markdown(f"{told} {todo}".replace(" ;", ";"))
            links.link("sources", "See the refreshes", icon="cable")
        else:
            st.subheader(f"No {what} in this period")
            enough = filters.reaching(seen.last_at)
            todo = f"Choose {enough} above to see it." if enough else "That is longer ago than any period here."
            st.markdown(f"The last one is of {day(seen.last_at)}. {todo}")


def freshness(seen: Seen, *, notes: str) -> None:
    """How many tools the page rests on and how old it is; since when, where that is long ago; what it cannot see."""
    st.caption(f"{counted(seen.sources, 'tool')} · {age(seen)} · {notes}")
    since_when(seen)
    if seen.without:
        with st.expander(f"{counted(len(seen.without), 'project')} without such a tool: not seen here"):
            st.markdown(", ".join(plain(name) for name in seen.without))
            links.link("sources", "Connect one", icon="cable")


def age(fresh: Freshness) -> str:
    """How long ago the sources were refreshed, and how many never were."""
    unread = f" · {counted(fresh.unread, 'source')} not read yet" if fresh.unread and fresh.refreshed_at else ""
    return ago("refreshed", fresh.refreshed_at) + unread


def since_when(fresh: Freshness) -> None:
    """What a stale page does not show, or one of whose sources a refresh failed, and the way to the reason."""
    if not fresh.is_stale and not fresh.failing:
        return
    failed = f" The last refresh of {counted(fresh.failing, 'source')} failed." if fresh.failing else ""
    since = f" since {day(fresh.refreshed_at)}" if fresh.refreshed_at else ""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/history: Not everything that happened{since} is here.{failed}")
        links.link("sources", "See the refreshes", icon="cable")
