"""A what-if as a one-page report: one file that prints on one page, needs nothing from elsewhere and has no script.

HTML rather than PDF: every browser prints it, text can be copied and read aloud, and no renderer has to be installed.
Plotly's own export is a script of 5 MB; the curves are drawn once more by Matplotlib, which MLflow brings, as vectors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import streamlit as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from app.ui import sizing_forms, sizing_prints
from app.ui.ask import ask
from app.ui.plans import Start
from app.ui.session import shows_sample
from app.ui.sizing_views import compared, people, units
from app.ui.text import visible
from app.ui.times import day
from maestro_core.reports import organisation, records
from maestro_core.reports.scenarios import StoredScenario
from maestro_core.reports.team_sizing import Plan, WhatIf
from maestro_core.terms import Target, percent

MATTERS = {Target.SUCCESS: "success", Target.DURATION: "little time", Target.COST: "little cost"}


MADE_UP = "This is from the sample portfolio: made-up projects to look around in, not measurements."


@dataclass(frozen=True)
class Cover:
    """What a report says of itself."""

    title: str
    organisation: str
    kept: str
    address: str
    made_at: datetime
    is_sample: bool = False


def download(answer: WhatIf, start: Start, *, changed: bool) -> None:
    """A button that saves the report; it is made when somebody asks for it."""
    cover = _cover(start, changed=changed)
    st.download_button(
        "Report",
        data=partial(paper, answer, cover),
        file_name=f"{_file_name(cover.title)}.html",
        mime="text/html",
        icon=":material/description:",
        key="sizing_paper",
        on_click="ignore",
        help="One page for whoever does not open Maestro: inputs, sizes, what to expect, how far it holds.",
    )


def paper(answer: WhatIf, cover: Cover) -> bytes:
    """The report as an HTML file; everything in it is escaped."""
    unit_of = units(answer)
    baseline = answer.baseline or answer.plan
    return (
        _template()
        .render(
            title=cover.title,
            organisation=cover.organisation,
            made=day(cover.made_at),
            kept=cover.kept,
            warnings=[*([MADE_UP] if cover.is_sample else []), *answer.warnings],
            inputs=[
                {"what": what, "scenario": now, "baseline": before}
                for (what, now), (_, before) in zip(_inputs(answer.plan), _inputs(baseline), strict=True)
            ],
            utility=_matters(answer),
            recommended=_advice(answer),
            reasons=answer.recommendation.reasons,
            outcomes=[] if answer.differences is None else records(compared(answer.differences, unit_of)),
            picture=sizing_prints.curves(answer, unit_of),
            sensitivity=answer.sensitivity,
            roles=_roles(answer),
            known=answer.outcomes,
            learned=day(answer.trained_at),
            address=cover.address,
        )
        .encode()
    )


def sheet(
    answer: WhatIf, *, stored: StoredScenario | None, organisation: str, address: str, made_at: datetime
) -> bytes:
    """The report for a door that shows no page: of a scenario as it is kept, or of a plan that is not."""
    title, kept = _named(stored)
    return paper(answer, Cover(title=title, organisation=organisation, kept=kept, address=address, made_at=made_at))


@cache
def _template() -> Template:
    folder = FileSystemLoader(Path(__file__).parent)
    kept = Environment(loader=folder, autoescape=True, undefined=StrictUndefined, finalize=visible, trim_blocks=True)
    return kept.get_template("sizing_paper.html")


def _cover(start: Start, *, changed: bool) -> Cover:
    stored = start.stored
    title, kept = _named(stored)
    is_as_kept = stored is not None and not changed
    return Cover(
        title=title + (", changed" if stored is not None and changed else ""),
        organisation=ask(organisation.organisation).name,
        kept=kept,
        address=sizing_forms.permalink(stored.scenario_id)
        if stored is not None and is_as_kept
        else sizing_forms.address_of_inputs(),
        made_at=datetime.now(UTC),
        is_sample=shows_sample(),
    )


def _named(stored: StoredScenario | None) -> tuple[str, str]:
    """The title, and who kept it when."""
    if stored is None:
        return "A plan", ""
    return stored.name, f"kept by {stored.created_by} on {day(stored.created_at)}"


def _inputs(plan: Plan) -> list[tuple[str, str]]:
    return [
        ("Complexity", f"{plan.complexity:g}"),
        ("Team size", people(plan.team_size)),
        ("Experience", "as usual" if plan.experience is None else f"{plan.experience:g} years"),
        ("Domain", plan.domain or "any"),
        ("Artifacts reused", "as usual" if plan.artifacts is None else f"{plan.artifacts:g}"),
    ]


def _advice(answer: WhatIf) -> str:
    choice = answer.recommendation
    others = ", ".join(str(size) for size in choice.sizes if size != choice.size)
    return people(choice.size) + (f"; as good: {others}" if others else "")


def _matters(answer: WhatIf) -> str:
    shares = answer.utility.shares
    if answer.utility.only is not None:
        return MATTERS[answer.utility.only]
    return ", ".join(f"{MATTERS[target]} {percent(share)}" for target, share in shares.items())


def _roles(answer: WhatIf) -> list[str]:
    """The usual mix at the recommended size and its experience, and what is planned."""
    mix, levels = answer.recommended_roles or answer.usual_roles, _mix(answer.seniority.people)
    told = {
        f"A team of {sum(mix.people.values())} usually has": _mix(mix.people),
        f"With complexity {answer.plan.complexity:g} goes": levels,
        "Planned:": _mix(answer.plan.roles),
    }
    return [f"{what} {people}." for what, people in told.items() if people]


def _mix(roles: dict[str, int]) -> str:
    return ", ".join(f"{count} × {role}" for role, count in roles.items() if count)


def _file_name(title: str) -> str:
    """A name that every file system takes.

    >>> _file_name("../Two more: engineers?"), _file_name("ÄÖ")
    ('two-more-engineers', 'team-sizing')
    """
    words: list[Any] = re.findall(r"[a-z0-9]+", title.lower())
    return "-".join(words)[:80] or "team-sizing"
