"""A what-if on paper: one file that needs nothing from elsewhere, in which no collected text is more than text."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from app.ui.sizing_charts import curve, overlay
from app.ui.sizing_paper import MADE_UP, Cover, paper
from app.ui.sizing_views import units
from maestro_core.reports import team_sizing
from maestro_core.reports.team_sizing import Plan, Utility, WhatIf
from maestro_core.workspace import Workspace
from tests.conftest import NOW
from tests.reports.test_team_sizing import learned, past_projects

HOSTILE = "<img src=x onerror=alert(1)>{{ 7 * 7 }}\u202e$x^2$"
COVER = Cover(title=HOSTILE, organisation=HOSTILE, kept=HOSTILE, address="http://localhost:8501/?a=1&b=2", made_at=NOW)


class Elements(HTMLParser):
    """The names of all elements of a page, and of their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes.update(name for name, _ in attrs)


@pytest.fixture
def answer(ws: Workspace) -> WhatIf:
    past_projects(ws)
    learned(ws)
    plan = Plan(5.0, 14, domain=HOSTILE, roles={"analyst": 1})
    return team_sizing.what_if(ws, plan=plan, baseline=Plan(4.0, 3), utility=Utility(2, 1, 1))


def test_a_report_has_no_script_and_asks_nobody_for_anything(answer: WhatIf) -> None:
    page = paper(answer, COVER).decode()
    elements = Elements(page)
    assert not elements.names & {"script", "link", "iframe", "object", "form", "a"}
    assert not [name for name in elements.attributes if name.startswith("on")]
    assert not re.search(r"@import|url\(", page)
    assert {source.partition(",")[0] for source in re.findall(r'(?:src|href)="([^"]+)"', page)} == {
        "data:image/svg+xml;base64"
    }
    assert "default-src 'none'" in page


def test_collected_text_is_only_text(answer: WhatIf) -> None:
    page = paper(answer, COVER).decode()
    assert "<img src=x" not in page
    assert page.count("&lt;img src=x onerror=alert(1)&gt;{{ 7 * 7 }} $x^2$") >= 5
    assert "\u202e" not in page


def test_a_report_says_what_the_page_says(answer: WhatIf) -> None:
    page = paper(answer, COVER).decode()
    for told in (*answer.recommendation.reasons, *answer.sensitivity, "14 people", "1 × analyst", "success 50 %"):
        assert told.replace("'", "&#39;").replace("<", "&lt;") in page
    assert page.count("<td>Success</td>") == 1


@pytest.mark.parametrize("is_sample", [True, False])
def test_a_report_of_the_sample_says_that_its_projects_are_made_up(answer: WhatIf, is_sample: bool) -> None:
    assert (MADE_UP in paper(answer, replace(COVER, is_sample=is_sample)).decode()) is is_sample


def test_the_curves_are_a_picture_of_vectors_without_a_script(answer: WhatIf) -> None:
    (encoded,) = re.findall(r"data:image/svg\+xml;base64,([^\"]+)", paper(answer, COVER).decode())
    picture = ElementTree.fromstring(base64.b64decode(encoded))
    tags = {element.tag.rpartition("}")[2] for element in picture.iter()}
    assert "path" in tags
    assert not tags & {"script", "image", "foreignObject"}


def test_a_currency_that_is_a_formula_is_still_drawn(answer: WhatIf) -> None:
    assert paper(answer.model_copy(update={"currency": "$\\frac{"}), COVER)


def test_sizes_as_good_as_the_best_are_marked_and_a_plan_has_no_line_of_itself(answer: WhatIf) -> None:
    rows = answer.curves[answer.curves["target"] == "success"]
    compared = curve(answer, rows, title="Success", unit=units(answer)["success"])
    hollow = [trace for trace in compared.data if trace.marker.symbol == "diamond-open"]
    assert set(hollow[0].x) == set(answer.recommendation.sizes) - {answer.recommendation.size}
    itself = answer.model_copy(update={"baseline": answer.plan})
    assert len(curve(itself, rows, title="Success", unit="points").data) == len(compared.data) - 2


def test_scenarios_lie_over_each_other_dashed_where_nothing_supports_them(answer: WhatIf) -> None:
    rows = answer.curves[answer.curves["target"] == "success"]
    named = rows.assign(name=HOSTILE)
    figure = overlay(named, sizes={HOSTILE: 14}, title="Success", unit="points")
    solid = next(trace for trace in figure.data if trace.name)
    assert "<img" not in solid.name
    assert [value == value for value in solid.y] == rows["supported"].tolist()
    assert list(figure.data[-1].x) == [14]
