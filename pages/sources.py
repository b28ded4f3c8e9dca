"""Where facts come from: connect tools, see refreshes go on, and what to do where one fails."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from app.ui import forms_mlflow, forms_push, forms_sources, forms_tools, links, refreshing, states, tables
from app.ui.ask import ask, ask_anew, tell
from app.ui.forms import done
from app.ui.frame import leave_sample
from app.ui.session import settings, shows_sample
from app.ui.text import plain
from app.ui.times import ago
from maestro_core.actions.refresh import request_refresh
from maestro_core.reports import records, sources
from maestro_core.terms import RunState, SourceKind

COMMANDS = "\n".join(
    f".venv/bin/maestro {words}"
    for words in (
        "connect git ~/projects",
        "connect mlflow http://localhost:5000",
        "connect github https://github.com/team/app --token-file token.txt",
        "status",
    )
)

CONNECTS: dict[str, Callable[[], None]] = {
    "Connect Git": forms_sources.connect_repositories,
    "Connect MLflow": forms_mlflow.connect,
    **{f"Connect {tool.name}": partial(forms_tools.connect, tool) for tool in forms_tools.TOOLS},
}


def sample_has_none() -> None:
    """A sample is made up: nothing to connect to."""
    with st.container(border=True):
        st.subheader("The sample portfolio has no sources")
        st.markdown(
            "Its commits, runs and outcomes are made up, and it never mixes with what you connect. "
            "Leave it to connect your own repositories and tools to your own portfolio."
        )
        st.button("Leave the sample and connect", icon=":material/logout:", type="primary", on_click=leave_sample)


def how_to_start() -> None:
    """Nothing is connected: what each kind brings, and the same from the command line."""
    git, mlflow = st.columns(2)
    with git.container(border=True, height="stretch"):
        st.subheader(":material/commit: Git")
        st.markdown(
            "A repository, a folder of repositories, or a URL. Brings **commits, contributors, churn, branches** "
            "and who works with whom. Each becomes a project of its own, unless you choose one."
        )
        if st.button("Connect Git", key="start-git", type="primary", icon=":material/cable:"):
            forms_sources.connect_repositories()
    with mlflow.container(border=True, height="stretch"):
        st.subheader(":material/experiment: MLflow")
        st.markdown(
            "A tracking server. Brings **runs, metrics, registered models, data sets** and which project used what. "
            "You choose the experiments, their projects, and the metric that tells model performance."
        )
        if st.button("Connect MLflow", key="start-mlflow", type="primary", icon=":material/cable:"):
            forms_mlflow.connect()
    for column, tool in zip(st.columns(2) + st.columns(2), forms_tools.TOOLS, strict=True):
        with column.container(border=True, height="stretch"):
            tool_card(tool)
    st.markdown("**Or from the command line**")
    st.code(COMMANDS, language="bash")
    st.caption("Maestro only reads: it copies repositories into its data directory, and never writes to a source.")
    if st.button("Or let other tools push to a project", icon=":material/webhook:", type="tertiary"):
        forms_push.connect()
    links.link("projects", "No Git or MLflow? Import past projects from a file", icon="upload")


def tool_card(tool: forms_tools.Tool) -> None:
    """What a tool of delivery brings, and the way to connect it."""
    st.subheader(f"{tool.icon} {tool.name}")
    st.markdown(tool.brings)
    if st.button(f"Connect {tool.name}", key=f"start-{tool.kind}", icon=":material/cable:"):
        forms_tools.connect(tool)


def connect_buttons(rows: pd.DataFrame) -> None:
    """Connect more, or refresh all."""
    with st.container(horizontal=True):
        for label, connect in CONNECTS.items():
            kind: Literal["primary", "secondary"] = "primary" if label == "Connect Git" else "secondary"
            if st.button(label, icon=":material/cable:", type=kind):
                connect()
        if st.button("Let tools push", icon=":material/webhook:"):
            forms_push.connect()
        if st.button("Refresh all now", icon=":material/sync:"):
            for source_id in rows.loc[rows["kind"] != SourceKind.PUSH, "id"]:
                tell(request_refresh, source_id=source_id)
            done("Queued a refresh of every source.")


def table(rows: pd.DataFrame) -> int:
    """All sources; the position of the one whose details are shown, where its address stands whole."""
    column = st.column_config
    order = list(rows["state"])
    first = order.index(RunState.FAILED) if RunState.FAILED in order else 0
    event = st.dataframe(
        rows.assign(
            stands=[_stands(row) for row in records(rows)],
            rows=rows["rows"].where(rows["refreshed_at"].notna()),
        ),
        column_order=["name", "kind", "stands", "projects", "refreshed_at", "rows"],
        column_config={
            "name": column.TextColumn("Source", width="medium"),
            "kind": column.TextColumn("Kind", width=80),
            "stands": column.TextColumn("Last refresh", width=100),
            "projects": column.ListColumn("Projects", width=260),
            "refreshed_at": column.DatetimeColumn("Last success", format="distance", width=130),
            "rows": column.NumberColumn("Rows", format="localized", width=80, help="Stored by the last refresh."),
        },
        hide_index=True,
        key="sources",
        height=min(38 + 35 * len(rows), 388),
        on_select="rerun",
        selection_mode="single-row-required",
        selection_default={"selection": {"rows": [first]}},
        placeholder="–",
        alt="Sources with the state of their last refresh",
    )
    return min(event["selection"]["rows"][0], len(rows) - 1) if event["selection"]["rows"] else first


def _stands(source: dict[str, Any]) -> str:
    return "pushed" if source["kind"] == SourceKind.PUSH else states.run_word(source["state"])


def details(source: dict[str, Any]) -> None:
    """One source: how it stands, what to do, its refreshes and what was odd."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(source["name"]), width="content")
        if source["kind"] != SourceKind.PUSH:
            states.run_badge(source["state"])
    st.caption(f"{source['kind']} · {plain(source['location'])}")
    if source["state"] == RunState.FAILED:
        advice = plain(source["advice"] or "Try again, and look into the server's log.")
        st.error(f"**What to do:** {advice}", title=plain(source["error"]), icon=":material/error:")
    deeds(source)
    st.caption(" · ".join(facts(source)))
    refreshes, oddities = st.tabs(["Last refreshes", "Data quality"], key="history", on_change="rerun")
    if refreshes.open:
        with refreshes:
            runs(source)
    if oddities.open:
        with oddities:
            issues(source)


def deeds(source: dict[str, Any]) -> None:
    """What can be done with a source."""
    if source["kind"] == SourceKind.PUSH:
        forms_push.deeds(source)
        return
    with st.container(horizontal=True):
        waits = source["state"] in refreshing.UNFINISHED
        if st.button("Refresh now", icon=":material/sync:", type="primary", disabled=waits):
            tell(request_refresh, source_id=source["id"])
            done(f"Queued a refresh of {plain(source['name'])}.")
        if st.button("Change the credential", icon=":material/key:"):
            forms_sources.change_credential(source)
        if st.button("Disconnect", icon=":material/link_off:"):
            forms_sources.confirm_disconnect(source)


def facts(source: dict[str, Any]) -> list[str]:
    """What is known of a source in a line."""
    names = ", ".join(plain(name) for name in source["projects"])
    due = source["next_due_at"]
    return [
        f"tells about {names}" if names else "tells about no project",
        ago("refreshed", source["refreshed_at"]),
        f"next due {due:%H:%M} UTC" if due else _without_date(source),
        "with a token" if source["has_credentials"] else "without a token",
    ]


def _without_date(source: dict[str, Any]) -> str:
    return "told by other tools" if source["kind"] == SourceKind.PUSH else "is being refreshed"


def runs(source: dict[str, Any]) -> None:
    """The last refreshes of a source."""
    found = ask_anew(sources.refresh_runs, source_id=source["id"]).runs
    column = st.column_config
    tables.show(
        found.assign(told=found["error"].fillna(found["message"])),
        {
            "requested_at": column.DatetimeColumn("Requested", format="YYYY-MM-DD HH:mm", width=130),
            "state": column.TextColumn("State", width="small"),
            "rows": column.NumberColumn("Rows stored", width=95),
            "seconds": column.NumberColumn("Took", format="%.1f s", width="small"),
            "told": column.TextColumn("Message", width="large"),
        },
        key="runs",
        alt="The last refreshes of this source",
    )


def issues(source: dict[str, Any]) -> None:
    """What was odd in what a source gave, and what was done about it."""
    found = ask(sources.quality_issues, source_id=source["id"]).issues
    if found.empty:
        st.caption("Nothing odd was found in what this source gave.")
        return
    st.caption(f"{len(found):,} odd things were found. What is stored is what the second column says.")
    column = st.column_config
    tables.show(
        found,
        {
            "kind": column.TextColumn("What", width="small"),
            "detail": column.TextColumn("What Maestro did", width="large"),
            "subject": column.TextColumn("Where", width="medium"),
            "found_at": column.DatetimeColumn("Found", format="YYYY-MM-DD", width="small"),
        },
        key="issues",
        alt="Odd things in the data of this source",
    )
    tables.download(found.drop(columns="source_id"), name="data-quality", key="issues-csv")


st.title("Sources")
if shows_sample():
    sample_has_none()
    st.stop()
minutes = settings().refresh_minutes
found = ask_anew(sources.sources, refresh_minutes=minutes).sources
if found.empty:
    how_to_start()
    st.stop()
failing = int((found["state"] == RunState.FAILED).sum())
st.caption(
    f"{len(found)} source{'' if len(found) == 1 else 's'}{f', {failing} failing' if failing else ''} · "
    f"{ago('refreshed', found['refreshed_at'].max() if found['refreshed_at'].notna().any() else None)} · "
    f"every {minutes} minutes"
)
connect_buttons(found)
# A place of its own, kept while nothing is refreshed: what stands below does not move in the page's tree.
with st.container():
    if refreshing.unfinished():
        refreshing.watch()
chosen = table(found)
with st.container(border=True):
    details(records(found)[chosen])
