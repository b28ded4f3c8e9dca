"""The collaboration score: its parts by hand, its gates, and what must never move it."""

from __future__ import annotations

import math
import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maestro_core.scoring.catalogue import CATALOGUE
from maestro_core.scoring.collaboration import (
    DEFINITIONS,
    GIT_PARTS,
    REVIEW_PARTS,
    CollaborationScore,
    Evidence,
    Part,
    collaboration_score,
    weighted,
)
from maestro_core.scoring.network import co_editing, connectivity, person_days, shared_files

END = datetime(2026, 4, 1, tzinfo=UTC)
PEOPLE = ["ann", "bob", "eve", "joe"]
# Who changed which files, how many days before the end.
Work = tuple[str, tuple[str, ...], float]

work = st.tuples(
    st.sampled_from(PEOPLE),
    st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), min_size=1, max_size=3, unique=True).map(tuple),
    st.integers(1, 89).map(float),
)
# Enough for every gate, so that the properties speak of values: 102 commits by three people.
BASE: list[Work] = [(PEOPLE[n % 3], ("f", "g")[n % 2 : n % 2 + 1], 1 + n % 80) for n in range(102)]


def git(*history: Work) -> Evidence:
    """Commits and changes of a history."""
    rows = [
        {"commit_id": n, "person_id": person, "committed_at": END - timedelta(days=days), "utc_offset_minutes": 0}
        for n, (person, _, days) in enumerate(history)
    ]
    commits = pd.DataFrame(rows, columns=["commit_id", "person_id", "committed_at", "utc_offset_minutes"])
    commits = commits.assign(authored_at=commits["committed_at"], is_merge=False, added=1, deleted=0)
    touched = [(n, file) for n, (_, files, _) in enumerate(history) for file in files]
    return Evidence(commits, pd.DataFrame(touched, columns=["commit_id", "file_id"]))


def reviewed(*rows: dict[str, Any]) -> Evidence:
    """Pull requests with only what matters spelled out: `by` reviewed, so many hours after the opening."""
    pull_requests, reviews = [], []
    for number, row in enumerate(rows):
        usual: dict[str, Any] = {
            "author": PEOPLE[number % 3],
            "opened": 20,
            "merged": 10,
            "by": PEOPLE[(number + 1) % 3],
            "hours": 4,
        }
        now = usual | row
        opened = END - timedelta(days=now["opened"])
        merged = END - timedelta(days=now["merged"]) if now["merged"] else None
        person = now.get("merger", now["by"]) if now["merged"] else None
        pull_requests.append((number, now["author"], opened, merged, person, merged))
        if now["by"]:
            reviews.append((number, now["by"], opened + timedelta(hours=now["hours"]), "approved"))
    names = ["id", "author_id", "created_at", "merged_at", "merged_by_id", "closed_at"]
    return Evidence(
        git().commits,
        git().changes,
        pd.DataFrame(pull_requests, columns=names),
        pd.DataFrame(reviews, columns=["pull_request_id", "person_id", "submitted_at", "state"]),
    )


def scored(evidence: Evidence, *, draws: int = 20) -> CollaborationScore:
    return collaboration_score(evidence, end=END, seed=7, draws=draws)


def parts(evidence: Evidence) -> dict[str, Part]:
    return {part.name: part for part in scored(evidence).parts}


# -- the score


def test_the_weights_are_the_published_ones() -> None:
    weights = {name: definition.weight for name, definition in DEFINITIONS.items()}
    assert weights == {
        "review_coverage": 20, "no_unreviewed_self_merge": 10, "first_response": 15, "keeping_up": 10,
        "review_load_spread": 10, "shared_files": 15, "connectivity": 10, "contribution_balance": 10,
    }  # fmt: skip
    assert CATALOGUE["collaboration_score"].unit == "0–100"


def test_git_alone_sees_35_of_100_and_says_that_no_code_review_is_connected() -> None:
    score = scored(git(*BASE))
    assert (score.available_weight, score.total_weight, score.version) == (35, 100, "v1")
    missing = {part.name: part.reason for part in score.parts if part.value is None}
    assert missing == dict.fromkeys(REVIEW_PARTS, "no code review is connected")


def test_no_evidence_gives_no_score_with_the_reasons() -> None:
    score = scored(git())
    assert score.score.value is None
    assert score.score.reason == "no code review is connected; people with a commit: 0, at least 3 are needed"
    assert all(part.value is None and part.low is None for part in score.parts)


def test_an_empty_frame_of_pull_requests_is_not_connected() -> None:
    assert {part.reason for part in parts(reviewed()).values() if part.name in REVIEW_PARTS} == {
        "no code review is connected"
    }


values = st.dictionaries(st.sampled_from(list(DEFINITIONS)), st.none() | st.floats(0, 1))


@given(values)
def test_the_score_is_bounded_and_missing_only_without_any_part(known: dict[str, float | None]) -> None:
    score = weighted(known)
    if all(value is None for value in known.values()):
        assert score is None
    else:
        assert score is not None
        assert -1e-9 <= score <= 100 + 1e-9


@given(values, st.sampled_from(list(DEFINITIONS)), st.floats(0, 1), st.floats(0, 1))
def test_the_score_rises_with_every_part(known: dict[str, float | None], name: str, one: float, other: float) -> None:
    low, high = (weighted(known | {name: value}) for value in sorted((one, other)))
    assert low is not None
    assert high is not None
    assert low <= high + 1e-9


@given(st.lists(work, max_size=30))
@settings(max_examples=25, deadline=None)
def test_parts_are_shares_inside_their_intervals(more: list[Work]) -> None:
    score = scored(git(*BASE, *more))
    for part in score.parts:
        if part.value is not None:
            assert part.numerator is not None
            assert part.denominator
            assert part.low is not None
            assert part.high is not None
            assert part.value == min(1, part.numerator / part.denominator)
            assert 0 <= part.low <= part.value <= part.high <= 1
    total = score.score
    assert total.low is not None
    assert total.value is not None
    assert total.high is not None
    assert 0 <= total.low <= total.value <= total.high <= 100


@given(st.lists(work, max_size=30), st.permutations(PEOPLE))
@settings(max_examples=25, deadline=None)
def test_names_do_not_matter(more: list[Work], names: list[str]) -> None:
    history = [*BASE, *more]
    other = dict(zip(PEOPLE, names, strict=True))
    renamed = [(other[person], files, days) for person, files, days in history]
    assert same(scored(git(*history)), scored(git(*renamed)))


@given(st.lists(work, max_size=30), st.lists(st.tuples(st.sampled_from(PEOPLE), st.integers(1, 89)), max_size=5))
@settings(max_examples=25, deadline=None)
def test_empty_commits_move_nothing(more: list[Work], empty: list[tuple[str, int]]) -> None:
    history = [*BASE, *more]
    hollow: list[Work] = [(person, (), float(days)) for person, days in empty]
    assert same(scored(git(*history)), scored(git(*history, *hollow)))


@given(st.lists(work, max_size=30), st.data())
@settings(max_examples=25, deadline=None)
def test_splitting_a_commit_on_the_same_day_moves_nothing(more: list[Work], data: st.DataObject) -> None:
    history = [*BASE, *more]
    person, files, days = history.pop(data.draw(st.integers(0, len(history) - 1)))
    cut = data.draw(st.integers(1, len(files)))
    # The second half may touch the last file of the first again.
    halves: list[Work] = [(person, files[:cut], days), (person, files[cut - 1 :], days - 0.01)]
    halves = [(who, what, when - 0.1) for who, what, when in halves]
    whole: Work = (person, files, days - 0.1)
    assert same(scored(git(*history, whole)), scored(git(*history, *halves)))


def same(one: CollaborationScore, other: CollaborationScore) -> bool:
    def numbers(score: CollaborationScore) -> list[float]:
        found = [score.score.value, score.score.low, score.score.high, score.available_weight, score.people]
        found += [value for part in score.parts for value in asdict(part).values() if not isinstance(value, str)]
        return [math.nan if value is None else value for value in found]

    return bool(np.allclose(numbers(one), numbers(other), equal_nan=True))


def test_the_same_seed_gives_the_same_interval_and_more_draws_hardly_another() -> None:
    evidence = git(*BASE, *((PEOPLE[n % 4], (str(n % 7),), 1.0 + n) for n in range(80)))
    assert scored(evidence) == scored(evidence)
    many, other = (collaboration_score(evidence, end=END, seed=seed, draws=400).score for seed in (1, 2))
    assert many.value == other.value
    assert many.low == pytest.approx(other.low, abs=4)


# -- the Git parts


def test_two_active_people_are_too_few() -> None:
    score = scored(git(*((PEOPLE[n % 2], ("f",), 1.0 + n % 80) for n in range(120))))
    assert score.score.value is None
    assert {part.reason for part in score.parts if part.name in GIT_PARTS} == {
        "people with a commit: 2, at least 3 are needed"
    }


def test_29_commits_are_too_few_and_30_are_enough() -> None:
    assert parts(git(*BASE[:29]))["connectivity"].reason == "commits: 29, at least 30 are needed"
    assert parts(git(*BASE[:30]))["connectivity"].value == 1


def test_fewer_than_100_commits_in_90_days_look_at_180() -> None:
    old: list[Work] = [("joe", ("f",), 120.0)]
    assert scored(git(*BASE[:99], *old)).git_period.days == 180
    assert scored(git(*BASE[:99], *old)).people == 4
    assert scored(git(*BASE, *old)).git_period.days == 90
    assert scored(git(*BASE, *old)).people == 3


def test_shared_files_count_days_of_people_not_commits() -> None:
    # ann on f: days 3 (twice) and 2; bob on f: day 2; eve alone on g: day 2.
    evidence = git(("ann", ("f",), 3), ("ann", ("f",), 2.9), ("ann", ("f",), 2), ("bob", ("f",), 2), ("eve", ("g",), 2))
    days = person_days(evidence.changes, evidence.commits)
    assert shared_files(days, np.ones(len(days))) == (3, 4)


def test_a_day_is_a_day_on_the_authors_own_clock() -> None:
    evidence = git(("ann", ("f",), 2.1), ("ann", ("f",), 1.9))  # 21:36 and 02:24 UTC
    assert len(person_days(evidence.changes, evidence.commits)) == 2
    at_home = evidence.commits.assign(utc_offset_minutes=-300)
    assert len(person_days(evidence.changes, at_home)) == 1


def test_connectivity_of_a_chain_of_four_is_known() -> None:
    # Distances 1, 1, 1, 2, 2, 3: (3 + 2/2 + 1/3) / 6 = 13/18.
    evidence = git(
        *((person, files, 2.0) for person, files in zip(PEOPLE, map(tuple, ["a", "ab", "bc", "c"]), strict=True))
    )
    days = person_days(evidence.changes, evidence.commits)
    reached, pairs = connectivity(days, np.ones(len(days)))
    assert reached / pairs == pytest.approx(13 / 18)


@given(st.lists(work, min_size=2, max_size=12))
def test_connectivity_is_networkxs_global_efficiency(history: list[Work]) -> None:
    evidence = git(*history)
    graph = nx.Graph()
    graph.add_nodes_from(person for person, _, _ in history)
    pairs = co_editing(evidence.changes, evidence.commits)
    graph.add_edges_from(zip(pairs["person_a"], pairs["person_b"], strict=True))
    days = person_days(evidence.changes, evidence.commits)
    reached, possible = connectivity(days, np.ones(len(days)))
    assert possible == len(graph) * (len(graph) - 1)
    if possible:
        assert reached / possible == pytest.approx(nx.global_efficiency(graph))


def test_balance_is_the_absence_factor_of_days_over_half_the_people() -> None:
    # ann has 40 days, the other three 20 each: two people hold half of 100, and 2 = ⌈4 / 2⌉.
    balanced = [("ann", ("f",), 1.0 + n) for n in range(40)]
    balanced += [(person, ("f",), 1.0 + n) for person in PEOPLE[1:] for n in range(20)]
    assert (
        parts(git(*balanced))["contribution_balance"].numerator,
        parts(git(*balanced))["contribution_balance"].value,
    ) == (2, 1)
    lopsided = [("ann", ("f",), 1.0 + n) for n in range(80)] + balanced[40:]
    assert parts(git(*lopsided))["contribution_balance"].value == 0.5


# -- the co-editing network


def test_pairs_count_the_files_that_both_changed_and_small_files_weigh_more() -> None:
    evidence = git(("ann", ("f", "g"), 3), ("bob", ("f", "g"), 2), ("eve", ("g",), 2), ("joe", ("h",), 2))
    pairs = co_editing(evidence.changes, evidence.commits)
    assert pairs.to_dict("records") == [
        {"person_a": "ann", "person_b": "bob", "files": 2, "weight": 1.5},
        {"person_a": "ann", "person_b": "eve", "files": 1, "weight": 0.5},
        {"person_a": "bob", "person_b": "eve", "files": 1, "weight": 0.5},
    ]


def test_a_file_with_more_than_thirty_authors_joins_nobody() -> None:
    def pairs(people: int) -> int:
        evidence = git(*((f"person {n:02}", ("changes",), 2.0) for n in range(people)))
        return len(co_editing(evidence.changes, evidence.commits))

    assert (pairs(30), pairs(31)) == (435, 0)


def test_nobody_on_no_file_has_no_pairs() -> None:
    assert co_editing(git().changes, git().commits).empty
    assert list(co_editing(git().changes, git().commits)) == ["person_a", "person_b", "files", "weight"]


def test_200_000_changes_are_joined_within_a_second() -> None:
    chance = np.random.default_rng(3)
    at = pd.Timestamp(END) - pd.to_timedelta(chance.integers(1, 90 * 86_400, 40_000), unit="s")
    commits = pd.DataFrame({"commit_id": range(40_000), "person_id": chance.integers(0, 80, 40_000)})
    commits = commits.assign(authored_at=at, committed_at=at, utc_offset_minutes=60, is_merge=False)
    touched = {"commit_id": chance.integers(0, 40_000, 200_000), "file_id": chance.zipf(1.2, 200_000) % 20_000}
    start = time.process_time()
    assert len(co_editing(pd.DataFrame(touched), commits)) == 80 * 79 / 2
    assert time.process_time() - start < 1


# -- the review parts


def test_a_team_that_reviews_everything_at_once_gets_full_marks() -> None:
    found = parts(reviewed(*({} for _ in range(12))))
    assert {name: found[name].value for name in REVIEW_PARTS} == dict.fromkeys(REVIEW_PARTS, 1.0)
    assert scored(reviewed(*({} for _ in range(12)))).available_weight == 65


def test_9_merged_pull_requests_are_too_few() -> None:
    found = parts(reviewed(*({} for _ in range(9))))
    assert {found[name].reason for name in REVIEW_PARTS} == {"merged pull requests: 9, at least 10 are needed"}


def test_a_review_covers_when_it_is_by_another_person_and_before_the_merge() -> None:
    own = [{"author": "ann", "by": "ann"}]
    late = [{"hours": 11 * 24}]
    covered = parts(reviewed(*own, *late, *({} for _ in range(8))))["review_coverage"]
    assert (covered.numerator, covered.denominator) == (8, 10)


def test_merging_ones_own_work_is_fine_after_a_review() -> None:
    alone = [{"author": "ann", "by": None, "merger": "ann"}] * 3
    after_review = [{"author": "ann", "by": "bob", "merger": "ann"}] * 3
    unknown = [{"merger": None}] * 2
    part = parts(reviewed(*alone, *after_review, *unknown, *({} for _ in range(4))))["no_unreviewed_self_merge"]
    assert (part.numerator, part.denominator) == (7, 10)


def test_unknown_mergers_leave_the_self_merges_unknown() -> None:
    part = parts(reviewed(*({"merger": None} for _ in range(10))))["no_unreviewed_self_merge"]
    assert (part.value, part.reason) == (None, "who merged is not known")


@pytest.mark.parametrize(("hours", "value"), [(0, 1), (4, 1), (168, 0), (500, 0), (math.sqrt(4 * 168), 0.5)])
def test_the_first_response_falls_with_the_logarithm_of_the_wait(hours: float, value: float) -> None:
    part = parts(reviewed(*({"hours": hours, "opened": 60} for _ in range(10))))["first_response"]
    assert part.value == pytest.approx(value, abs=1e-6)


def test_without_any_answer_the_first_response_is_missing_not_zero() -> None:
    found = parts(reviewed(*({"by": None, "merger": "joe"} for _ in range(10))))
    assert (found["first_response"].value, found["first_response"].reason) == (None, "no pull request was answered")
    assert found["review_load_spread"].reason == "nobody reviewed"
    assert found["review_coverage"].value == 0


def test_keeping_up_is_closed_over_opened_at_most_one() -> None:
    half = parts(reviewed(*({} for _ in range(10)), *({"merged": None} for _ in range(10))))["keeping_up"]
    assert (half.numerator, half.denominator, half.value) == (10, 20, 0.5)
    more = parts(reviewed(*({} for _ in range(5)), *({"opened": 100} for _ in range(5))))["keeping_up"]
    assert (more.numerator, more.denominator, more.value) == (10, 5, 1)


def test_review_load_is_spread_when_half_the_people_do_half_the_reviews() -> None:
    one_reviewer = [{"author": PEOPLE[n % 3], "by": "joe"} for n in range(12)]
    part = parts(reviewed(*one_reviewer))["review_load_spread"]
    assert (part.numerator, part.denominator, part.value) == (1, 2, 0.5)


def test_ten_reviews_of_one_pull_request_are_one() -> None:
    evidence = reviewed(*({} for _ in range(12)))
    assert evidence.reviews is not None
    again = pd.concat([evidence.reviews, *[evidence.reviews.head(1)] * 10])
    tenfold = Evidence(evidence.commits, evidence.changes, evidence.pull_requests, again)
    assert same(scored(evidence), scored(tenfold))
