"""Figures with one row for each thing: names stay text, and what does not fit is cut."""

from __future__ import annotations

import pandas as pd

from app.ui import reviews_charts, row_charts

HOSTILE = "<a href='https://evil.invalid'>x</a>"


def test_names_in_rows_stay_text_and_may_repeat() -> None:
    rows = pd.DataFrame({"name": [HOSTILE, HOSTILE, "n" * 80], "minutes": [3, 2, 1]})
    figure = row_charts.stacked_rows(
        rows, label="name", parts={"minutes": ("minutes", "#5b8def")}, title="", unit="minutes"
    )
    told = [*figure.layout.yaxis.ticktext, *figure.data[0].customdata]
    assert len(figure.layout.yaxis.ticktext) == 3
    assert not [text for text in told if "<" in text]
    assert len(figure.layout.yaxis.ticktext[2]) == row_charts.MOST_LETTERS


def test_a_matrix_shows_the_busiest_in_the_order_of_their_keys() -> None:
    pairs = pd.DataFrame(
        [(a, b, 1 if a < 6 else 9) for a in range(40) for b in (a + 1, a + 2)],
        columns=["reviewer", "author", "reviews"],
    )
    people = reviews_charts.busiest(pairs)
    assert len(people) == reviews_charts.MOST_PEOPLE
    assert people == sorted(people)
    figure = reviews_charts.who_reviews_whom(pairs, dict.fromkeys(people, HOSTILE), title="")
    assert figure.data[0].z.shape == (len(people), len(people))
    assert not [text for text in figure.layout.yaxis.ticktext if "<" in text]
