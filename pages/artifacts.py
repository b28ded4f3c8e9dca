"""What to reuse, and what that is worth."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.ui import empty, filters, forms_artifacts, links, reuse_card, tables
from app.ui.ask import ask
from app.ui.forms import counted, say_what_was_done
from app.ui.text import plain
from app.ui.times import day
from maestro_core.reports import artifacts, reuse
from maestro_core.reports.leaderboard import Preset
from maestro_core.terms import ArtifactKind

LIMIT = 200
ABOUT = {
    Preset.TOP: "The best impact first, adjusted for complexity, team, domain and start, and shrunk while little is "
    "known: an adjusted association, not proof.",
    Preset.TRENDING: "The most growth in projects over the last 90 days against the 90 before.",
    Preset.NEW: "Registered in the last 90 days, the newest first.",
    Preset.STALE: "Used once, but not for 180 days: candidates to refresh or to retire.",
}


def impact_bars(rows: pd.DataFrame) -> pd.Series[Any]:
    """Each score with its interval as a picture for the table."""
    numbers = rows[["score_low", "score", "score_high"]].astype(float).itertuples(index=False, name=None)
    return pd.Series([tables.interval_bar(*row) for row in numbers], index=rows.index)


def changes(rows: pd.DataFrame) -> pd.Series[Any]:
    """How each rank changed, as charts of songs say it."""
    moves = rows["rank_change"].map(lambda move: "–" if not move else f"{'▲' if move > 0 else '▼'} {abs(move):.0f}")
    return moves.where(rows["rank_change"].notna(), "").mask(rows["is_new"].astype(bool) & rows["rank"].notna(), "NEW")


say_what_was_done()
with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Artifacts", width="stretch")
    if st.button("Register an artifact", icon=":material/add:"):
        forms_artifacts.register()
preset = Preset(
    st.segmented_control(
        "Leaderboard",
        [str(name) for name in Preset],
        format_func=str.capitalize,
        default=str(Preset.TOP),
        key="preset",
        required=True,
        bind="query-params",
        label_visibility="collapsed",
    )
)
st.caption(ABOUT[preset])

facets = ask(artifacts.facets)
if facets.kinds.empty:
    empty.no_artifacts()
    st.stop()
with st.container(horizontal=True, vertical_alignment="bottom"):
    search = st.text_input(
        "Search",
        key="q",
        bind="query-params",
        placeholder="Name, text or tag",
        icon=":material/search:",
    )
    kinds = filters.facet("Kind", facets.kinds, key="kind")
    owners = filters.facet("Owner", facets.owners, key="owner")
    tags = filters.facet("Tag", facets.tags, key="tag")

board = ask(
    artifacts.leaderboard,
    preset=preset,
    search=search,
    kinds=tuple(ArtifactKind(kind) for kind in kinds),
    owners=owners,
    tags=tags,
    limit=LIMIT,
)
if board.reason:
    st.info(plain(board.reason), icon=":material/hourglass:")
    empty.enter_outcomes()
rows = board.artifacts
if rows.empty:
    st.info("No artifact matches. Take a filter away, or choose another leaderboard.", icon=":material/filter_alt_off:")
    st.stop()

moved = {
    "change": st.column_config.TextColumn(
        "Change", width=65, help=f"Places won or lost since {day(board.compared_with)}; NEW was not ranked then."
    )
}
rank = st.column_config.NumberColumn("#", width=45, help="By effect, among all that are scored.")
measured = {
    "impact": st.column_config.ImageColumn(
        "Impact, 90 % interval", width=160, help="0 to 100; the dashed line is 50, an average artifact."
    ),
    "score": st.column_config.NumberColumn("Score", width=55, format="%.0f", help="100·Φ(effect / τ), 0 to 100."),
    "effect": st.column_config.NumberColumn(
        "Effect", width=95, format="%+.1f points", help="On project success, against an average artifact."
    ),
    "faster": st.column_config.NumberColumn(
        "Faster", width=60, format="%+.0f %%", help="Share of duration saved, against an average artifact."
    ),
    "cheaper": st.column_config.NumberColumn(
        "Cheaper", width=65, format="%+.0f %%", help="Share of cost saved, against an average artifact."
    ),
    "projects": st.column_config.NumberColumn(
        "n", width=40, help="Finished projects that used it: what the score rests on."
    ),
}
trend = {
    "trend": st.column_config.LineChartColumn(
        "Trend", width=80, y_min=0, y_max=100, help="Score at the last month ends, from what was known then."
    ),
}
choice = tables.choose(
    rows.assign(
        impact=impact_bars(rows),
        change=changes(rows),
        faster=100 * rows["duration_saved"],
        cheaper=100 * rows["cost_saved"],
    ),
    {
        **({} if board.reason else {"rank": rank}),
        "name": st.column_config.TextColumn("Artifact", width=230, pinned=True),
        **(moved if board.compared_with else {}),
        **({} if board.reason else measured),
        "reuse": st.column_config.NumberColumn(
            "Popularity", width=75, help="Projects that use it, running ones too; not part of the score."
        ),
        **({} if board.reason else trend),
        "uses_per_month": st.column_config.BarChartColumn(
            "Use", width=95, help="Distinct projects in each of the last 12 months."
        ),
        "kind": st.column_config.TextColumn("Type", width=90),
        "owner": st.column_config.TextColumn("Owner", width=120),
        "last_used_at": st.column_config.DateColumn("Last used", width=90),
        "latest_version": st.column_config.TextColumn("Version", width=70),
        "tags": st.column_config.ListColumn("Tags", width=120),
    },
    key="leaderboard",
    height=min(38 + 35 * len(rows), 740),
    alt="Leaderboard of artifacts with impact, use, type and owner",
)
with st.container(horizontal=True, vertical_alignment="center"):
    whole = counted(board.total, "artifact")
    shown = f"{len(rows)} of {whole}" if board.total > len(rows) else whole
    known = f" · impact as of {day(board.as_of)}" if board.as_of else ""
    st.caption(f"{shown}{known}. Select a row to see why.", width="stretch")
    tables.download(rows, name=f"artifacts-{preset}", key="download")
if preset is Preset.TOP:
    reuse_card.show(ask(reuse.reuse))
if choice is not None:
    links.go("artifact", artifact=rows.iloc[choice]["artifact_id"])
