"""Parts of the page of one artifact: its effects on three outcomes, its company, its versions and who moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.ui import links, tables
from app.ui.effect_words import effect, interval
from app.ui.forms import counted
from app.ui.text import plain
from app.ui.times import day
from maestro_core.reports import records
from maestro_core.reports.artifact_effects import OutcomeEffect
from maestro_core.reports.artifacts import ArtifactReport
from maestro_core.reports.upgrades import ArtifactUpgrades
from maestro_core.terms import Target, percent, with_sign

ASSOCIATION = "An adjusted association in past projects; proof comes from an experiment."
EFFECT_COLUMNS: dict[str, Any] = {
    "outcome": st.column_config.TextColumn("Outcome", width=85),
    "effect": st.column_config.TextColumn("Effect", width=110, help="Against an average artifact, all else alike."),
    "interval": st.column_config.TextColumn("90 % interval", width=200),
    "probability": st.column_config.TextColumn("Helps", width=70, help="How probable an effect for the better is."),
    "reliability": st.column_config.TextColumn(
        "Reliability",
        width=80,
        help="How much is evidence: 0 % is an average artifact's effect taken on trust, 100 % its own projects alone.",
    ),
    "projects": st.column_config.NumberColumn("n", width=45, help="Finished projects that used it."),
    "score": st.column_config.ImageColumn(
        "Score, 90 % interval", width=165, help="100·Φ(effect / τ): the dashed line is 50, an average artifact."
    ),
    "points": st.column_config.NumberColumn("Score", width=55, format="%.0f"),
}
COMPANY_COLUMNS: dict[str, Any] = {
    "name": st.column_config.TextColumn("Artifact", width=260),
    "kind": st.column_config.TextColumn("Type", width=85),
    "together": st.column_config.NumberColumn("Together", width=70, help="Projects that use both."),
    "lift": st.column_config.NumberColumn(
        "Lift", format="%.1f ×", width=60, help="How much more often than by chance, shrunk to 1."
    ),
    "effect": st.column_config.NumberColumn(
        "Better together",
        format="%+.1f",
        width=110,
        help="Points of success beyond the effect of each, from 10 finished common projects on.",
    ),
    "interval": st.column_config.TextColumn("90 % interval", width=120),
    "finished": st.column_config.NumberColumn("n", width=45, help="Finished projects that used both."),
}
VERSION_COLUMNS: dict[str, Any] = {
    "version": st.column_config.TextColumn("Version", width=75),
    "tags": st.column_config.ListColumn("Tags", width=140),
    "created_at": st.column_config.DateColumn("Since", width=90),
    "projects": st.column_config.NumberColumn("Projects", width=70, help="That used it last."),
    "running": st.column_config.NumberColumn("Running", width=70, help="Of these."),
    "gain": st.column_config.TextColumn(
        "Moving on, points (90 % interval)",
        width=240,
        help="What the newest version that projects ended with goes along with.",
    ),
    "rests_on": st.column_config.TextColumn("n", width=85, help="Finished projects with it, and with the newer one."),
}


def effects(rows: Sequence[OutcomeEffect]) -> None:
    """What using the artifact goes along with in success, duration and cost."""
    st.subheader("What using it goes along with")
    told = pd.DataFrame([_effect_row(row) for row in rows])
    tables.show(told, EFFECT_COLUMNS, key="effects", alt="Effect of the artifact on success, duration and cost")
    missing = [str(target) for target in Target if target not in {row.target for row in rows}]
    if missing:
        st.caption(f"Too few finished projects tell their {' and '.join(missing)}.")


def experiment(artifact: ArtifactReport) -> None:
    """That all this is an association, and the way to what would prove it."""
    st.caption(ASSOCIATION)
    links.link(
        "experiments", "Put it to the test in an experiment", icon="science", new=1, artifact=artifact.artifact_id
    )


def company(rows: pd.DataFrame) -> None:
    """What is used together with the artifact, and what the pair goes along with."""
    st.subheader("Goes well with")
    if rows.empty:
        st.caption("No other artifact was used together with it in three projects or more.")
        return
    bounds = zip(rows["effect_low"], rows["effect_high"], strict=True)
    intervals = _texts(rows, (_points(low, high) for low, high in bounds))
    known = rows["effect"].notna().any()
    hidden = set() if known else {"effect", "interval", "finished"}
    columns = {name: column for name, column in COMPANY_COLUMNS.items() if name not in hidden}
    friend = tables.choose(
        rows.assign(interval=intervals), columns, key="company", alt="Artifacts that are used together with this one"
    )
    if not known:
        st.caption("What a pair goes along with is told from 10 finished common projects on.")
    if friend is not None:
        links.go("artifact", artifact=rows.iloc[friend]["artifact_id"])


def versions(upgrades: ArtifactUpgrades) -> None:
    """The versions, what moving to the newest goes along with, who moved and who did not."""
    st.subheader("Versions")
    if upgrades.versions.empty:
        st.caption("No version is known.")
        return
    rows = upgrades.versions
    told = rows.assign(gain=_texts(rows, map(_gain, records(rows))), rests_on=_texts(rows, _rests_on(rows)))
    tables.show(told, VERSION_COLUMNS, key="versions", alt="Versions of the artifact, newest first")
    if upgrades.newest and len(rows) > 1:
        _movers(upgrades)


def _movers(upgrades: ArtifactUpgrades) -> None:
    st.caption(
        f"Newest: {plain(upgrades.newest)}, since {day(upgrades.newest_at)}. "
        f"{counted(len(upgrades.moved), 'project')} moved to it from an older one; "
        f"{counted(len(upgrades.staying), 'running project')} {'is' if len(upgrades.staying) == 1 else 'are'} still on "
        "an older one."
    )
    if upgrades.staying.empty and upgrades.moved.empty:
        return
    with st.expander("Who moved, and who is still on an older version", on_change="rerun", key="movers") as more:
        if more.open:
            _list(upgrades.staying, "Still on an older version", last="last_used_at")
            _list(upgrades.moved, "Moved to the newest", last="moved_at")


def _list(rows: pd.DataFrame, title: str, *, last: str) -> None:
    st.markdown(f"**{title}**")
    if rows.empty:
        st.caption("Nobody.")
        return
    row = tables.choose(
        rows,
        {
            "project": st.column_config.TextColumn("Project", width=220),
            "version": st.column_config.TextColumn("From" if last == "moved_at" else "On", width=75),
            last: st.column_config.DateColumn("Moved" if last == "moved_at" else "Last used", width=90),
        },
        key=f"movers_{last}",
        alt=title,
    )
    if row is not None:
        links.go("project", project=rows.iloc[row]["project_id"])


def _effect_row(row: OutcomeEffect) -> dict[str, Any]:
    return {
        "outcome": str(row.target).capitalize(),
        "effect": effect(row.target, row.effect),
        "interval": interval(row.target, row.effect_low, row.effect_high),
        "probability": percent(row.probability),
        "reliability": percent(row.reliability),
        "projects": row.projects,
        "score": tables.interval_bar(row.score_low, row.score, row.score_high),
        "points": row.score,
    }


def _points(low: float, high: float) -> str | None:
    return None if pd.isna(low) else f"{with_sign(low, 1)} to {with_sign(high, 1)}"


def _gain(row: dict[str, Any]) -> str | None:
    if row["effect"] is None:
        return None
    return f"{with_sign(row['effect'], 1)} ({_points(row['effect_low'], row['effect_high'])}) with {row['measured']}"


def _rests_on(rows: pd.DataFrame) -> Iterator[str | None]:
    for before, after in zip(rows["before"], rows["after"], strict=True):
        yield None if pd.isna(before) else f"{before:.0f} and {after:.0f}"


def _texts(rows: pd.DataFrame, texts: Iterable[str | None]) -> pd.Series[Any]:
    return pd.Series(list(texts), index=rows.index, dtype=object)
