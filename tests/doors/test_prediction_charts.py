"""Predictions as pictures: steps that lead from the average to the project, and names that stay text."""

from __future__ import annotations

import pandas as pd
import pytest

from app.ui import prediction_charts
from app.ui.prediction_one import exported, sentence
from maestro_core.reports.expectation import Dependence, Expectation, Expected
from maestro_core.terms import Measured, Target

STEPS = pd.DataFrame(
    {
        "target": Target.COST,
        "feature": ["complexity", "domain"],
        "value": ["8", "<a href='x'>retail</a>"],
        "contribution": [0.3, -0.1],
        "effect": ["× 1.35", "× 0.90"],
        "start": [100.0, 135.0],
        "end": [135.0, 122.0],
    }
)


def told(target: Target = Target.COST) -> Expected:
    return Expected(
        target=target,
        title=target.title(),
        unit="EUR",
        expected=Measured(value=122.0, low=80.0, high=190.0, sample=20),
        average=100.0,
        median=Measured(value=90.0, sample=20),
        missing=0,
        outside=[],
        better_than_median=True,
        actual=None,
    )


def curve(values: list[object]) -> pd.DataFrame:
    return pd.DataFrame({"at": values, "value": [100.0 + 9 * place for place in range(len(values))], "seen": True})


def depending(values: list[object], *, value: object) -> Dependence:
    frames = {"average": curve(values), "own": curve(values)}
    is_word = isinstance(values[0], str)
    about = {"target": Target.COST, "title": "Cost", "unit": "EUR", "feature": "domain" if is_word else "team_size"}
    return Dependence(**about, is_word=is_word, value=value, past=values, **frames)


def test_each_step_begins_where_the_one_before_ended() -> None:
    figure = prediction_charts.steps(STEPS, told())
    bars = figure.data[0]
    assert [base + length for base, length in zip(bars.base, bars.x, strict=True)] == [135, 122]
    assert figure.data[-1].x == (122.0,)
    assert figure.layout.yaxis.ticktext[0] == "<b>Average project</b>"


def test_a_fact_that_is_not_known_says_so() -> None:
    one = STEPS.assign(value=["8", None]).astype({"value": "str"})
    assert "Domain: not known" in prediction_charts.steps(one, told()).layout.yaxis.ticktext


def test_what_costs_more_is_red_and_what_brings_more_success_is_green() -> None:
    colours = [prediction_charts.steps(STEPS, told(target)).data[0].marker.color for target in Target]
    assert colours[0] == tuple(reversed(colours[2]))
    assert colours[1] == colours[2] == (prediction_charts.RED, prediction_charts.GREEN)


def test_a_collected_word_is_shown_as_it_is_and_never_as_a_link() -> None:
    figure = prediction_charts.steps(STEPS, told())
    assert "<a " not in figure.to_json().replace("\\u003c", "<")
    assert r"\<a href" in sentence(STEPS.to_dict("records")[1], told())
    words = prediction_charts.dependence(depending(["<img src=x>", "b"], value="b"))
    assert "<img" not in words.to_json().replace("\\u003c", "<")


def test_the_range_that_was_seen_is_shaded_and_the_project_is_marked() -> None:
    asked = depending([1.0, 2.0, 3.0, 4.0], value=2.0)
    seen = asked.average.assign(seen=[False, True, True, False])
    figure = prediction_charts.dependence(asked.model_copy(update={"average": seen}))
    shade = figure.layout.shapes[0]
    assert (shade.x0, shade.x1) == (2.0, 3.0)
    assert [2.0] in [list(trace.x) for trace in figure.data]


def test_a_file_tells_the_numbers_and_what_they_are_made_of() -> None:
    answer = Expectation(
        project_id=None,
        name="=cmd()",
        has_ended=False,
        level=0.8,
        expected=[told()],
        facts=pd.DataFrame(),
        contributions=STEPS,
        similar=pd.DataFrame(),
        warnings=[],
    )
    numbers, parts = exported(answer)
    assert numbers[["value", "low", "high"]].iloc[0].tolist() == [122, 80, 190]
    assert parts["project"].tolist() == ["=cmd()"] * 2


@pytest.mark.parametrize("target", Target)
def test_money_and_time_are_compared_by_ratios_and_points_by_differences(target: Target) -> None:
    rows = pd.DataFrame({"actual": [10.0, 1000.0], "predicted": [20.0, 500.0]})
    figure = prediction_charts.held_out(rows, unit="EUR", target=target)
    assert (figure.layout.xaxis.type == "log") is (target is not Target.SUCCESS)
