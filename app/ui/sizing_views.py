"""The answer to a what-if in pieces: the size to choose, baseline against scenario, curves."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.ui import links, plans, sizing_charts, tables, tiles
from app.ui.ask import work
from app.ui.drawing import draw
from app.ui.text import plain
from app.ui.times import day
from maestro_core.actions import training
from maestro_core.reports.scenarios import StoredScenario
from maestro_core.reports.team_sizing import Range, WhatIf
from maestro_core.terms import Target, percent, sign

UNITS = {"success": "points", "duration": "days", "utility": "points"}
BAND = "80 % band"
FEWEST = 15
"""Known outcomes below which a target has no curve."""


def too_early(seen: Range) -> None:
    """How many outcomes are missing, or that learning is due."""
    with st.container(border=True):
        st.subheader("Team sizes are not learned yet")
        if seen.missing:
            known = seen.outcomes
            st.progress(known / (known + seen.missing), text=f"{known} of {known + seen.missing} outcomes known")
            st.markdown(
                f"{seen.missing} more finished {'project' if seen.missing == 1 else 'projects'} with an outcome, a "
                f"complexity and a team size {'is' if seen.missing == 1 else 'are'} needed. "
                "With fewer the curves would be a rule of thumb, not your own past."
            )
            links.link("projects", "Enter or import outcomes of finished projects", icon="edit")
        elif st.button("Learn now", icon=":material/model_training:", key="learn_sizes"):
            work(training.train, label="Learning from past projects")
            st.rerun()


def warnings(answer: WhatIf) -> None:
    """Where the plan leaves what past projects were like."""
    if answer.warnings:
        st.warning("  \n".join(plain(warning) for warning in answer.warnings), icon=":material/warning:")


def since_it_was_kept(answer: WhatIf, stored: StoredScenario) -> None:
    """What was expected of a scenario when it was stored, where that reads differently now."""
    unit_of, told = units(answer), []
    for row in answer.at_size.to_dict("records"):
        before = stored.expected.get(row["target"])
        then = None if before is None else tiles.number(before["value"], unit_of[row["target"]])
        if then and then != tiles.number(row["value"], unit_of[row["target"]]):
            told.append(f"{row['target']} {then}")
    if told:
        st.caption(
            f":material/history: When it was stored on {day(stored.changed_at)}, {plain(', '.join(told))} was "
            "expected: more has been learned since."
        )


def recommended(answer: WhatIf) -> None:
    """The size to choose, the sizes that are as good, and why."""
    choice = answer.recommendation
    with st.container(border=True, height="stretch"):
        st.metric("Recommended team size", people(choice.size))
        others = [str(size) for size in choice.sizes if size != choice.size]
        if others:
            st.badge(f"cannot be told apart from {', '.join(others)}", color="green")
        for reason in choice.reasons:
            st.caption(plain(reason))


def comparison(answer: WhatIf) -> None:
    """What to expect; where the plan is not its own baseline, of both, and the way to another baseline."""
    with st.container(border=True, height="stretch"):
        if answer.differences is None or answer.baseline == answer.plan:
            tables.show(expected(answer.at_size, units(answer)), _EXPECTED, key="expected", alt="What to expect")
            st.caption(
                "The plan is as it was started from. Change an input: what it is compared with from then on is this "
                "plan. The band is 80 % of what the past leaves open about what is expected; one project scatters more."
            )
            return
        rows = compared(answer.differences, units(answer))
        tables.show(rows, _COMPARED, key="comparison", alt="Baseline against scenario")
        st.caption(
            "The baseline is what the inputs started from: the scenario or project as it is or, in a blank plan, a "
            "typical past project. The band is of the difference itself: what is unknown of both alike cancels out. "
            "Where it holds none, the past cannot tell the two apart."
        )
        st.button(
            "Compare with this scenario from now on",
            icon=":material/push_pin:",
            on_click=plans.keep_as_baseline,
            args=(answer.plan,),
            key="keep_baseline",
        )


_EXPECTED: dict[str, Any] = {
    "what": st.column_config.TextColumn("Expected", width=80),
    "value": st.column_config.TextColumn("This plan", width=95),
    "band": st.column_config.TextColumn(BAND, width=115),
    "support": st.column_config.TextColumn("Past projects", width=160),
}
_COMPARED: dict[str, Any] = {
    "what": st.column_config.TextColumn("Expected", width=75),
    "baseline": st.column_config.TextColumn("Baseline", width=95),
    "scenario": st.column_config.TextColumn("Scenario", width=95),
    "difference": st.column_config.TextColumn("Difference", width=105),
    "band": st.column_config.TextColumn(f"{BAND} of the difference", width=165),
    "better": st.column_config.TextColumn("Better", width=60, help="How probable it is that the scenario is better."),
}


def expected(at_size: pd.DataFrame, unit_of: dict[str, str]) -> pd.DataFrame:
    """What to expect of one plan as text, each number with its unit."""
    rows = []
    for row in at_size.to_dict("records"):
        unit = unit_of[row["target"]]
        rows.append(
            {
                "what": Target(row["target"]).title(),
                "value": tiles.as_sure(row["value"], row["low"], row["high"], unit),
                "band": tiles.span(row["low"], row["high"], ""),
                "support": f"{row['n']} outcomes" if row["supported"] else "none with such a team",
            }
        )
    return pd.DataFrame(rows)


def compared(differences: pd.DataFrame, unit_of: dict[str, str]) -> pd.DataFrame:
    """Baseline against scenario as text, each number with its unit."""
    rows = []
    for row in differences.to_dict("records"):
        unit = unit_of[row["target"]]
        rows.append(
            {
                "what": Target(row["target"]).title(),
                "baseline": tiles.number(row["baseline"], unit),
                "scenario": tiles.number(row["scenario"], unit),
                "difference": signed(row["difference"], unit),
                "band": band(row["low"], row["high"], unit),
                "better": percent(row["better"]),
            }
        )
    return pd.DataFrame(rows)


def figures(answer: WhatIf) -> None:
    """A curve for each target, and before them that of the weights, where several count."""
    st.subheader("By team size")
    st.caption(
        f":blue[**—**] expected, with its {BAND} · :blue[**- -**] not supported by past projects · "
        ":green[**◆**] recommended, :green[**◇**] as good · :orange[**●**] this plan · :gray[**·· ●**] baseline"
    )
    curves = [(target.title(), answer.curves[answer.curves["target"] == target]) for target in Target]
    if answer.weighed is not None and not answer.weighed.empty:
        curves.insert(0, ("By your weights", answer.weighed))
    with st.grid(len(curves) if len(curves) == 3 else 2, min_column_width=280):
        for title, rows in curves:
            _figure(answer, rows, title=title)


def units(answer: WhatIf) -> dict[str, str]:
    """The unit of each target."""
    return UNITS | {"cost": answer.currency}


def people(size: int | None) -> str:
    """A team size in words.

    >>> people(1), people(4), people(None)
    ('1 person', '4 people', '–')
    """
    return "–" if size is None else f"{size} {'person' if size == 1 else 'people'}"


def band(low: float, high: float, unit: str) -> str:
    """The ends of a difference.

    >>> band(-3.26, 1.0, "points")
    '−3.3 to +1.0 points'
    """
    first = signed(low, unit).removesuffix(f" {unit}").replace("none", "0")
    return f"{first} to {signed(high, unit).replace('none', f'0 {unit}')}"


def signed(difference: float, unit: str) -> str:
    """Tenths of a point, whole days and currency: what is smaller is no difference to act on.

    >>> signed(0.01, "points"), signed(-3.26, "points"), signed(1234.5, "EUR")
    ('none', '−3.3 points', '+1,234 EUR')
    """
    size = f"{abs(difference):,.{1 if unit == 'points' else 0}f}"
    if not float(size.replace(",", "")):
        return "none"
    return f"{sign(difference)}{size} {unit}"


def _figure(answer: WhatIf, rows: pd.DataFrame, *, title: str) -> None:
    if rows.empty:
        st.info(f"Too few past projects with a known {title.lower()}: {FEWEST} are needed.")
        return
    unit = units(answer)[str(rows["target"].iloc[0])]
    draw(sizing_charts.curve(answer, rows, title=title, unit=unit), alt=f"Expected {title.lower()} by team size")
