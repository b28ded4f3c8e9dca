"""What of a pull request a deployment brought: all of it in one commit, or each of its commits."""

from __future__ import annotations

import pytest

from maestro_core.workspace import Workspace
from tests.delivered import Delivered, a_delivered_project, at


@pytest.fixture
def team(ws: Workspace) -> Delivered:
    return a_delivered_project(ws)


def test_a_squashed_pull_request_began_with_its_first_commit(team: Delivered) -> None:
    team.rule()
    team.commits("a", start=-50)
    team.commit("s", "a", at_hours=-1, added=30)
    key = team.pull_request("s", -1, first_commit_at=at(-40), commits=3, added=30, deleted=0)
    team.event("a", 0)
    team.event("s", 1)
    changes = team.changes()
    assert list(changes["started_at"]) == [at(-40)]
    assert list(changes["is_squashed"]) == [True]
    assert list(changes["pull_request_id"]) == [key]


@pytest.mark.parametrize(
    ("told", "began"),
    [
        ({"commits": 5, "added": 30, "deleted": 0}, -200),
        ({"commits": 5, "added": None, "deleted": None}, -200),
        ({"commits": 1, "added": 30, "deleted": 0}, -1),
        ({"commits": None, "added": 30, "deleted": 0}, -1),
        ({"commits": 5, "added": 90, "deleted": 0}, -1),
    ],
)
def test_one_commit_under_a_merge_is_all_of_a_pull_request_of_more_of_them_if_it_has_its_lines(
    team: Delivered, told: dict[str, int | None], began: float
) -> None:
    team.rule()
    team.commits("a", start=-50)
    team.commit("s", "a", at_hours=-1, added=30, deleted=0)
    team.commit("m", "a,s", at_hours=-1, added=0, deleted=0)
    key = team.pull_request("m", -1, first_commit_at=at(-200), **told)
    team.event("a", -10)
    team.event("m", 0)
    found = team.changes().set_index("sha")
    assert (found["started_at"]["s"], found["is_squashed"]["s"]) == (at(began), began == -200)
    assert not found["is_squashed"]["m"]
    assert set(found["pull_request_id"]) == {key}


def test_two_commits_under_a_merge_are_not_squashed(team: Delivered) -> None:
    team.rule()
    team.commits("a", "x<a", "y<x", "m<a,y", start=-50)
    team.pull_request("m", -1, first_commit_at=at(-200), commits=5)
    team.event("a", -10)
    team.event("m", 0)
    assert not team.changes()["is_squashed"].any()


def test_an_open_pull_request_squashes_nothing(team: Delivered) -> None:
    team.rule()
    team.commits("a", "b<a")
    team.pull_request("b", -1, merged_at=None, closed_at=None, first_commit_at=at(-400))
    team.event("a", 0)
    team.event("b", 1)
    assert list(team.changes()["is_squashed"]) == [False]


def test_a_rebased_pull_request_counts_each_commit_from_its_own_time(team: Delivered) -> None:
    team.rule()
    team.commits("a", start=-50)
    team.commit("r", "a", at_hours=-2, added=20)
    team.commit("s", "r", at_hours=-1, added=10)
    team.pull_request("s", -1, first_commit_at=at(-40), commits=2, added=30, deleted=0)
    team.event("a", 0)
    team.event("s", 1)
    assert sorted(team.changes()["started_at"]) == [at(-2), at(-1)]


def test_a_merged_pull_request_is_known_from_each_of_its_commits(team: Delivered) -> None:
    team.rule()
    team.commits("a", "b<a", "x<a", "y<x", "m<b,y")
    key = team.pull_request("m", -1, first_commit_at=at(-40))
    team.event("a", 0)
    team.event("m", 1)
    changes = team.changes().set_index("sha")["pull_request_id"]
    assert changes.to_dict() == {"b": None, "m": key, "x": key, "y": key}
