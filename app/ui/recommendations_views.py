"""What a project could use next, what it plans to use, and newer versions of what it uses."""

from __future__ import annotations

from uuid import UUID

import pandas as pd
import streamlit as st

from app.ui import links, tables, tiles
from app.ui.ask import ask, tell
from app.ui.effect_words import interval
from app.ui.forms import counted, done
from app.ui.text import plain
from app.ui.times import ago, day
from maestro_core.actions.planned_uses import drop_plan, plan_use
from maestro_core.reports import recommendations, upgrades
from maestro_core.reports.recommendation_reasons import Recommendation
from maestro_core.reports.recommendations import Basis, Plan, Recommendations
from maestro_core.terms import Target

SHOWN, MOST = 4, 12
RESTS_ON = {
    Basis.USE: "From what this project uses, reads like, and what others use",
    Basis.TEXT: "It uses nothing yet: from its description, what similar projects use, and what most use",
    Basis.OTHERS: "It uses nothing and says little of itself yet: from what most projects use",
}


def recommended(project_id: UUID) -> None:
    """The section of the project page: plans first, then the strongest recommendations."""
    answer = ask(recommendations.recommendations, project_id=project_id, limit=MOST)
    st.subheader("Recommended artifacts", help=HELP)
    _plans(answer.plans, project_id)
    if answer.reason:
        st.caption(plain(answer.reason))
        links.link("artifacts", "What is worth reusing?", icon="library_music")
        return
    st.caption(f"{RESTS_ON[answer.basis]} · {ago('learned', answer.learned_at)}")
    _cards(answer.recommendations[:SHOWN], project_id)
    others = answer.recommendations[SHOWN:]
    if others:
        more = st.expander(f"{counted(len(others), 'more recommendation')}", on_change="rerun", key="more-recommended")
        if more.open:
            with more:
                _cards(others, project_id)
    st.caption(tested(answer))


def newer_versions(project_id: UUID) -> None:
    """Of what the project uses, what has a newer version, and what that goes along with."""
    newer = ask(upgrades.upgrades_for, project_id=project_id).upgrades
    if newer.empty:
        return
    column = st.column_config
    st.markdown(f"**{counted(len(newer), 'newer version')}** of what it uses")
    bounds = zip(newer["effect_low"], newer["effect_high"], strict=True)
    told = [None if pd.isna(low) else interval(Target.SUCCESS, low, high) for low, high in bounds]
    chosen = tables.choose(
        newer.assign(interval=pd.Series(told, index=newer.index, dtype=object)),
        {
            "name": column.TextColumn("Artifact", width="medium"),
            "version": column.TextColumn("Used", width="small"),
            "newest": column.TextColumn("Newest", width="small"),
            "newest_at": column.DateColumn("Since", width="small", format="YYYY-MM-DD"),
            "moved": column.NumberColumn("Moved", width="small", help="Projects that went to it from an older one."),
            "effect": column.NumberColumn(
                "Effect", format="%+.1f points", width="small", help="On success, against the version used."
            ),
            "interval": column.TextColumn("90 % interval", width=150),
        },
        key="newer-versions",
        alt="Newer versions of the artifacts used, with what moving goes along with",
    )
    if chosen is not None:
        links.go("artifact", artifact=newer.iloc[chosen]["artifact_id"])


def tested(answer: Recommendations) -> str:
    """How well past uses were found, beside what popularity finds, in a sentence."""
    ours, popularity = answer.found, answer.found_by_popularity
    if ours.value is None:
        return f"Not tested on past uses: {plain(ours.reason)}."
    return (
        f"Tested by hiding past uses: the first ten found {tiles.number(ours.value, 'share')} of them in "
        f"{counted(ours.sample, 'project')}; the ten most used artifacts {tiles.number(popularity.value, 'share')}."
    )


HELP = (
    "The bar tells how much speaks for an artifact, as a share of what speaks for the strongest one for this project; "
    "it is no probability of success. How reasons are weighed is in docs/recommendations.md. What goes along with "
    "success is an association; only an experiment proves it."
)


def _plans(plans: tuple[Plan, ...], project_id: UUID) -> None:
    """What is planned and not used yet, each with the way back; what came of other plans."""
    waiting = [plan for plan in plans if plan.used_at is None]
    for plan in waiting:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/event_upcoming: Planned: **{plain(plan.name)}**", width="content")
            st.caption(f"{plan.kind} · since {day(plan.planned_at)} · counts once a use is recorded", width="stretch")
            if st.button("Undo the plan", key=f"undo-{plan.artifact_id}", icon=":material/undo:", type="tertiary"):
                tell(drop_plan, project_id=project_id, artifact_id=plan.artifact_id)
                done(f"{plain(plan.name)} is not planned any more.")
    if len(waiting) < len(plans):
        used = ", ".join(plain(plan.name) for plan in plans if plan.used_at is not None)
        st.caption(f":material/task_alt: Planned and in use: {used}")


def _cards(shown: tuple[Recommendation, ...], project_id: UUID) -> None:
    grid = st.grid(2, min_column_width=320, border=True)
    for one in shown:
        with grid.cell():
            _card(one, project_id)


def _card(one: Recommendation, project_id: UUID) -> None:
    """One artifact: what it is, how strongly it is recommended, why, and what it is worth."""
    links.link("artifact", f"**{plain(one.name)}**", icon="deployed_code", artifact=one.artifact_id)
    if one.description:
        st.text(one.description)
    st.progress(one.score / 100, text=f"{one.kind.capitalize()} · {strength(one.score, as_strong=one.as_strong)}")
    st.markdown("\n".join(f"- {plain(reason)}" for reason in one.reasons))
    st.caption(f":material/{_sign(one)}: {plain(one.worth)}")
    if one.goes_well_with:
        names = ", ".join(f"{plain(other.name)} {other.lift:.1f} ×" for other in one.goes_well_with)
        st.caption(f":material/join: Used together more often than by chance: {names}")
    if st.button("Plan to use it", key=f"plan-{one.artifact_id}", icon=":material/event_upcoming:"):
        tell(plan_use, project_id=project_id, artifact_id=one.artifact_id)
        done(f"Planned: {plain(one.name)}. It counts as used once a use is recorded.")


def strength(score: float, *, as_strong: int = 0) -> str:
    """How much speaks for an artifact, as a share of what speaks for the strongest; several may be that.

    >>> strength(100.0), strength(63.8), strength(100.0, as_strong=2)
    ('the strongest case', '64 % of the strongest case', 'one of the 3 strongest cases')
    """
    if round(score) < 100:
        return f"{score:.0f} % of the strongest case"
    return f"one of the {as_strong + 1} strongest cases" if as_strong else "the strongest case"


def _sign(one: Recommendation) -> str:
    if one.effect.value is None or one.effect.low is None or one.effect.high is None:
        return "help"
    if one.effect.low > 0:
        return "trending_up"
    return "trending_down" if one.effect.high < 0 else "trending_flat"
