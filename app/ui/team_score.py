"""The collaboration score as the page shows it: its parts as a table, and what stands out as cards."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from uuid import UUID

import pandas as pd
import streamlit as st

from app.ui import links, tables, team_patterns, tiles
from app.ui.ask import ask
from app.ui.text import plain
from app.ui.tiles import number
from maestro_core.reports import delivery
from maestro_core.reports.collaboration import Collaboration
from maestro_core.scoring.catalogue import CATALOGUE
from maestro_core.scoring.collaboration import Part
from maestro_core.scoring.reviews import PROMPT_HOURS
from maestro_core.scoring.working_hours import WorkingHours
from maestro_core.terms import percent

GUIDE = Path(__file__).parents[2] / "docs" / "collaboration-score.md"
PART_COLUMNS: dict[str, Any] = {
    "part": st.column_config.TextColumn("Part", width=172),
    "value": st.column_config.ProgressColumn("Value", min_value=0, max_value=1, format="%.2f", width=110),
    "interval": st.column_config.TextColumn("90 % interval", width=100),
    "weight": st.column_config.NumberColumn("Weight", width=65),
    "rests_on": st.column_config.TextColumn("Rests on", width=265, help="Numerator of denominator, as defined below"),
    "source": st.column_config.TextColumn("Source", width=340),
}


def headline(answer: Collaboration) -> None:
    """The score, how much of it could be seen, and how to read it."""
    number, reading = st.columns([1, 2.6], vertical_alignment="center")
    with number:
        tiles.show("collaboration_score", answer.score.score, unit="of 100")
    with reading:
        seen, whole = answer.score.available_weight, answer.score.total_weight
        st.progress(seen / whole, text=f"Available weight: {seen} of {whole}")
        st.caption(
            f"Over the last {_days(answer)}, whatever the period above. "
            "The weighted mean of the parts that have enough data: Git alone shows 35 of 100, code reviews the rest. "
            "It tells one team how it changes. It is not for ranking teams or people, nor a target. "
            + _reference(answer)
        )
        if not answer.coverage.code_reviews:
            links.link("sources", "Connect GitHub or GitLab", icon="cable")


def _days(answer: Collaboration) -> str:
    """How far the score looks back; where there are few commits, Git further than reviews."""
    reviews, git = round(answer.score.review_period.days), round(answer.score.git_period.days)
    return f"{reviews} days" if reviews == git else f"{reviews} days of reviews and {git} of Git"


def _reference(answer: Collaboration) -> str:
    """The published model as a line to refer to."""
    index, held = answer.beside.collaboration_index, answer.beside.yardstick
    if index.value is None or held is None:
        return ""
    return (
        f"For reference: the CHAOSS Collaboration Development Index is {index.value:.0f} of 100 here; of what it can "
        f"see, {percent(held.size_share)} is size, and a team of eight without fault gets {held.team_of_eight:.0f}."
    )


def beside(answer: Collaboration, projects: tuple[UUID, ...]) -> None:
    """What the score is never read without, over the same 90 days."""
    span = answer.score.review_period
    dora = ask(delivery.dora_keys, projects=projects, period=span).now
    st.caption("Never read it alone. Beside it, over the same 90 days:")
    with st.grid(4, min_column_width=200):
        tiles.show("change_lead_time", dora.change_lead_time)
        tiles.show("change_fail_rate", dora.change_fail_rate)
        tiles.show("rubber_stamps", answer.beside.rubber_stamps)
        tiles.show("largest_pair_share", answer.beside.largest_pair_share)
    with st.container(horizontal=True):
        links.link("delivery", "How it is delivered", icon="rocket_launch")
        links.link("reviews", "Where changes wait for review", icon="rate_review")


def parts_table(answer: Collaboration) -> None:
    """Every part of the score, the lowest first."""
    parts = score_parts(answer)
    tables.show(parts, PART_COLUMNS, key="score_parts", alt="The parts of the collaboration score")


def score_parts(answer: Collaboration) -> pd.DataFrame:
    """Value, interval, weight, evidence or the reason why there is no value, and source; one row for each part."""
    rows = [
        {
            "part": part.title,
            "value": part.value,
            "interval": "" if part.low is None else f"{part.low:.2f} to {part.high:.2f}",
            "weight": part.weight,
            "rests_on": rests_on(part, answer.score.working_hours),
            "source": part.source,
        }
        for part in answer.score.parts
    ]
    return pd.DataFrame(rows).sort_values("value", na_position="last", ignore_index=True, kind="stable")


def rests_on(part: Part, worked: WorkingHours | None = None) -> str:
    """Numerator and denominator in words, a wait in hours; or why there is no value."""
    if part.value is None or part.numerator is None or part.denominator is None:
        return f"missing: {part.reason}"
    told = f"{part.numerator:,.4g} of {part.denominator:,.4g} {part.counted}"
    if part.name != "first_response":
        return told
    # The value ends at both: what is faster than the one or slower than the other is not told apart.
    bound = "at least " if part.numerator <= 0 else "at most " if part.numerator >= part.denominator else ""
    median = number(PROMPT_HOURS * math.exp(part.denominator - part.numerator), "h")
    return f"median {bound}{median}{f' within {worked.in_words()}' if worked else ''} ({told})"


def insight_cards(answer: Collaboration) -> None:
    """What stands out: a sentence, what to try, and the evidence with how sure it is."""
    if not answer.insights:
        st.caption("Nothing stands out in this period.")
        return
    with st.grid(3, min_column_width=280):
        for insight in answer.insights:
            with st.container(border=True, height="stretch"):
                st.markdown(f"**{plain(insight.sentence)}**")
                st.markdown(f":material/lightbulb: {plain(insight.try_this)}")
                evidence = "\n".join(f"- {plain(name)}: {plain(_shown(value))}" for name, value in insight.evidence)
                st.caption(f"How sure: {plain(insight.sure)}, {plain(insight.why_sure)}.\n\n{evidence}")
                if insight.rows:
                    st.button(
                        "See the rows", key=f"rows-{insight.name}", icon=":material/table_rows:", type="tertiary",
                        on_click=team_patterns.open_view, args=[insight.rows],
                    )  # fmt: skip


def _shown(value: float | str) -> str:
    if isinstance(value, float) and 0 < value < 0.001:
        return "under 0.001"
    if isinstance(value, float):
        return f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else value


@st.dialog("The collaboration score", width="large")
def _guide() -> None:
    st.markdown(GUIDE.read_text(encoding="utf-8").partition("\n")[2])


def definition(answer: Collaboration) -> None:
    """How the score is made, and what it must not be used for."""
    measure = CATALOGUE["collaboration_score"]
    span = answer.score.git_period
    with st.container(horizontal=True):
        tables.download(score_parts(answer), name="collaboration-score", key="score_parts_csv")
        if GUIDE.is_file() and st.button(
            "Why it is made so, and what not to use it for", icon=":material/menu_book:", type="tertiary"
        ):
            _guide()
    with st.expander(f"What the score is ({answer.score.version}), and what it must not be used for"):
        st.markdown("\n\n".join(plain(" ".join(part.split())) for part in measure.definition.split("\n\n")))
        st.markdown(
            f"This one looks at {span.days:.0f} days, from {span.start:%-d %B %Y} on, and at {answer.score.people} "
            f"people. Source: {plain(measure.source)}."
        )
        st.warning(
            "It is made for a team that looks at itself over time. Do not rank teams or people by it, do not set it as "
            "a target, do not pay by it, and never read it alone: habits of committing and reviewing differ, and what "
            "happens outside of the tools is not seen.",
            icon=":material/front_hand:",
        )
