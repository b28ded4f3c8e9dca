"""Where the people of a network stand."""

from __future__ import annotations

import os
import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ui.network_layout import GAP, MOST_LINES, network_layout

PAIRS = st.dictionaries(
    st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] < pair[1]), st.floats(0.01, 9)
)


def a_network(weights: dict[tuple[int, int], float], *, people: int = 12) -> tuple[pd.DataFrame, pd.DataFrame]:
    pairs = pd.DataFrame(
        [(a, b, weight) for (a, b), weight in weights.items()], columns=["person_a", "person_b", "weight"]
    )
    partners = [sum(person in pair for pair in weights) for person in range(people)]
    return pd.DataFrame({"person_id": range(people), "partners": partners}), pairs


@settings(deadline=None, max_examples=40)  # the first layout imports scipy
@given(PAIRS)
def test_everybody_has_a_place_and_lines_end_where_people_stand(weights: dict[tuple[int, int], float]) -> None:
    people, lines = network_layout(*a_network(weights))
    places = people.set_index("person_id")
    assert places[["x", "y"]].notna().all().all()
    for line in lines.to_dict("records"):
        assert (line["x0"], line["y0"]) == tuple(places.loc[line["person_a"], ["x", "y"]])
        assert (line["x1"], line["y1"]) == tuple(places.loc[line["person_b"], ["x", "y"]])
        assert 0 < line["weight"] <= 1


@settings(deadline=None, max_examples=40)  # the first layout imports scipy
@given(PAIRS)
def test_the_strongest_lines_of_everybody_stay_and_no_more(weights: dict[tuple[int, int], float]) -> None:
    people, lines = network_layout(*a_network(weights))
    assert len(lines) <= MOST_LINES * len(people)
    for person in people["person_id"]:
        own = [weight for pair, weight in weights.items() if person in pair]
        kept = lines[(lines["person_a"] == person) | (lines["person_b"] == person)]
        assert len(kept) >= min(MOST_LINES, len(own))


def test_the_same_people_stand_at_the_same_places_on_every_visit() -> None:
    weights = {(0, 1): 2.0, (1, 2): 1.0, (2, 3): 4.0, (5, 6): 1.0}
    first, second = network_layout(*a_network(weights)), network_layout(*a_network(weights))
    pd.testing.assert_frame_equal(first[0], second[0])
    pd.testing.assert_frame_equal(first[1], second[1])


def test_the_same_people_stand_at_the_same_places_after_a_restart() -> None:
    # Each start of Python orders sets of text in another way.
    script = (
        "import pandas as pd; from app.ui.network_layout import network_layout as placed; "
        "pairs = pd.DataFrame([(f'p{n}', f'p{n * 7 % 9}', 1.0 + n) for n in range(1, 9) if n * 7 % 9 != n]"
        " + [('q1', 'q2', 1.0), ('r1', 'r2', 1.0)], columns=['person_a', 'person_b', 'weight']); "
        "names = sorted(set(pairs.person_a) | set(pairs.person_b)); "
        "print(placed(pd.DataFrame({'person_id': names, 'partners': 1}), pairs)[0].to_csv())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", script], env=os.environ | {"PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1


def test_two_groups_stand_beside_each_other_without_a_gap_that_says_nothing() -> None:
    people, _ = network_layout(*a_network({(0, 1): 1.0, (2, 3): 1.0, (4, 5): 1.0}, people=6))
    across = people.set_index("person_id")["x"]
    assert across[[0, 2, 4]].tolist() == pytest.approx([0.0, GAP, 2 * GAP], abs=1e-6)


def test_those_who_share_no_file_stand_below_the_others() -> None:
    people, _ = network_layout(*a_network({(0, 1): 1.0, (1, 2): 1.0}, people=5))
    places = people.set_index("person_id")["y"]
    assert places[[3, 4]].max() < places[[0, 1, 2]].min()


def test_of_many_people_those_with_the_most_partners_stay_in_their_order() -> None:
    people, lines = network_layout(*a_network({(0, 9): 1.0, (9, 11): 2.0, (3, 4): 1.0}), most=2)
    assert 9 in set(people["person_id"])
    assert list(people["person_id"]) == sorted(people["person_id"])
    assert len(people) == 2
    assert set(lines["person_a"]) | set(lines["person_b"]) <= set(people["person_id"])


@pytest.mark.parametrize("people", [0, 1])
def test_few_people_are_a_network_too(people: int) -> None:
    shown, lines = network_layout(*a_network({}, people=people))
    assert len(shown) == people
    assert lines.empty
