"""Who is on a team: mixes that add up and name nobody unseen, and experience that goes with a complexity."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.learning.role_mix import role_mix, usual_mix
from maestro_core.learning.seniority import LEVELS, seniority
from maestro_core.terms import Outcome, TeamRole

roles = st.lists(st.sampled_from([str(role) for role in TeamRole]), min_size=1, max_size=8)


def teams(*mixes: list[str]) -> pd.DataFrame:
    rows = [(place, role, len(mix)) for place, mix in enumerate(mixes) for role in mix]
    return pd.DataFrame(rows, columns=["project_id", "role", "team_size"])


@given(st.lists(roles, min_size=1, max_size=12), st.integers(1, 15))
def test_a_mix_adds_up_to_the_size_and_names_no_unseen_role(mixes, size) -> None:
    past = teams(*mixes)
    mix = usual_mix(past, size=size)
    assert sum(mix.people.values()) == size
    assert set(mix.people) <= set(past["role"])
    assert all(count > 0 for count in mix.people.values())


def test_a_mix_is_shrunk_to_that_of_all_teams() -> None:
    alone = teams(["analyst", "analyst"], *[["ML engineer"] * 8] * 10)
    assert role_mix(alone, size=2).to_dict() == {"ML engineer": 2}
    often = teams(*[["analyst", "analyst"]] * 20, *[["ML engineer"] * 8] * 10)
    assert role_mix(often, size=2).to_dict() == {"analyst": 2}


def test_the_reasons_say_which_teams_and_how_much_the_others_weigh() -> None:
    text = " ".join(usual_mix(teams(*[["analyst", "ML engineer"]] * 4), size=2).reasons)
    assert "4 past teams of 2 to 3 people were made up of 50 % ML engineer, 50 % analyst." in text
    assert "8 members more: 50 % of the answer" in text


def test_without_a_team_of_that_size_it_is_said() -> None:
    assert "No past team had 10 to 22 people" in usual_mix(teams(["analyst"]), size=15).reasons[0]


def test_no_past_members_make_no_mix() -> None:
    mix = usual_mix(teams(), size=4)
    assert mix.people == {}
    assert mix.reasons


def a_past(n: int = 60) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Harder projects that succeed have the more experienced teams; those that fail have two years everywhere."""
    complexity = np.tile(np.arange(1.0, 11.0), n // 10)
    won = np.arange(n) % 3 > 0
    projects = pd.DataFrame(
        {
            "project_id": range(n),
            "complexity": complexity,
            "outcome": np.where(won, Outcome.SUCCESS.value, Outcome.FAILURE.value),
        }
    )
    years = np.where(won, complexity, 2.0)
    members = pd.DataFrame({"project_id": np.repeat(range(n), 2), "experience": np.repeat(years, 2)})
    return members, projects


def test_experience_follows_complexity_among_the_successful() -> None:
    members, projects = a_past()
    easy, hard = (seniority(members, projects, complexity=c, size=4) for c in (2.0, 9.0))
    assert easy.years < 5 < hard.years
    assert hard.people["senior"] >= 2 > easy.people.get("senior", 0)
    assert easy.low <= easy.years <= easy.high
    assert "2.0 years" in hard.reasons[1]


@given(st.floats(1, 10), st.integers(1, 15), st.integers(1, 6))
def test_levels_add_up_to_the_size_and_years_stay_within_the_past(complexity, size, tens) -> None:
    found = seniority(*a_past(10 * tens), complexity=complexity, size=size)
    assert sum(found.people.values()) == size
    assert set(found.people) <= set(LEVELS)
    assert 1 <= found.low <= found.high <= 10
    assert 1 <= found.years <= 10


def test_a_large_team_counts_no_more_than_a_small_one() -> None:
    members, projects = a_past()
    crowd = members[members["project_id"] == 7].sample(50, replace=True, random_state=0)
    again = seniority(pd.concat([members, crowd]), projects, complexity=5.0, size=4)
    assert again.years == pytest.approx(seniority(members, projects, complexity=5.0, size=4).years)


@pytest.mark.parametrize("outcome", [None, Outcome.FAILURE.value])
def test_without_a_success_nothing_is_said_of_experience(outcome) -> None:
    members, projects = a_past()
    found = seniority(members, projects.assign(outcome=outcome), complexity=5.0, size=4)
    assert (found.years, found.people, found.projects) == (None, {}, 0)
    assert found.reasons


def test_unknown_years_are_left_out_not_counted_as_none() -> None:
    members, projects = a_past()
    members.loc[members.index % 2 == 0, "experience"] = np.nan
    assert seniority(members, projects, complexity=9.0, size=4).years > 5
    assert seniority(members.assign(experience=np.nan), projects, complexity=9.0, size=4).years is None
