"""Which artifacts are worth reusing: told from stored scores and recorded use."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pandas as pd
import pytest

from maestro_core.errors import NotFound
from maestro_core.models import Person
from maestro_core.reports.artifacts import analytics, artifact, facets, leaderboard
from maestro_core.reports.leaderboard import Preset
from maestro_core.terms import ArtifactKind
from maestro_core.workspace import Workspace
from tests.builders import a_finished_project, a_project, a_use, a_version, added, an_artifact, scores
from tests.conftest import NOW

DAY = timedelta(days=1)


def names(ws: Workspace, **question: object) -> list[str]:
    return list(leaderboard(ws, **question).artifacts["name"])


def row(ws: Workspace, name: str, **question: object) -> pd.Series:
    rows = leaderboard(ws, **question).artifacts
    return rows[rows["name"] == name].iloc[0]


def used_by(ws: Workspace, artifact_id: UUID, projects: int, at: datetime = NOW) -> list[UUID]:
    keys = [a_project(ws) for _ in range(projects)]
    for project_id in keys:
        a_use(ws, artifact_id, project_id, at)
    return keys


def test_an_empty_leaderboard_has_its_columns_and_says_what_is_missing(ws: Workspace) -> None:
    board = leaderboard(ws)
    expected = {"rank", "rank_change", "is_new", "score", "trend", "uses_per_month", "staleness", "latest_version"}
    assert expected <= set(board.artifacts.columns)
    assert board.artifacts.empty
    assert board.reason == "Not enough evidence: 30 more outcomes of 30 needed."


def test_without_scores_the_most_used_come_first_and_no_score_is_shown(ws: Workspace) -> None:
    used_by(ws, an_artifact(ws, "little"), 1)
    used_by(ws, an_artifact(ws, "much"), 3)
    an_artifact(ws, "never")
    board = leaderboard(ws).artifacts
    assert list(board["name"]) == ["much", "little", "never"]
    assert board[["rank", "score", "effect"]].isna().all(axis=None)
    assert list(board["reuse"]) == [3, 1, 0]
    assert pd.isna(board["staleness"].iloc[2])


def test_the_reason_counts_the_outcomes_that_are_missing(ws: Workspace) -> None:
    for _ in range(29):
        a_finished_project(ws)
    assert leaderboard(ws).reason == "Not enough evidence: 1 more outcome of 30 needed."
    a_finished_project(ws)
    assert "used different artifacts and whose success differs" in str(leaderboard(ws).reason)


def test_ranks_are_compared_with_the_period_before(ws: Workspace) -> None:
    made = {name: an_artifact(ws, name, created_at=NOW - 400 * DAY) for name in ("a", "b", "c")}
    scores(ws, [made["a"], made["b"]], NOW - 60 * DAY)
    scores(ws, [made["b"], made["a"]], NOW - 30 * DAY)
    scores(ws, [made["a"], made["b"]], NOW - DAY)
    scores(ws, [made["c"], made["a"], made["b"]], NOW)
    board = leaderboard(ws)
    assert board.compared_with == (NOW - 30 * DAY).date()
    assert list(board.artifacts["name"]) == ["c", "a", "b"]
    assert list(board.artifacts["rank_change"].dropna()) == [0, -2]
    assert list(board.artifacts["is_new"]) == [True, False, False]
    assert row(ws, "a")["trend"] == [89, 88, 89, 88]


def test_unscored_artifacts_follow_the_scored_ones(ws: Workspace) -> None:
    scores(ws, [an_artifact(ws, "scored")], NOW)
    used_by(ws, an_artifact(ws, "popular"), 5)
    assert names(ws) == ["scored", "popular"]
    assert leaderboard(ws).reason is None


def test_trending_is_growth_in_projects_not_in_events(ws: Workspace) -> None:
    fading, growing, noisy = (an_artifact(ws, name) for name in ("fading", "growing", "noisy"))
    used_by(ws, fading, 3, NOW - 120 * DAY)
    used_by(ws, fading, 1, NOW - DAY)
    used_by(ws, growing, 2, NOW - DAY)
    one = a_project(ws)
    for hours in range(9):
        a_use(ws, noisy, one, NOW - timedelta(hours=hours))
    assert names(ws, preset=Preset.TRENDING) == ["growing", "noisy"]


def test_new_and_stale_are_told_by_the_clock(ws: Workspace) -> None:
    old = an_artifact(ws, "old", created_at=NOW - 500 * DAY)
    an_artifact(ws, "new", created_at=NOW - DAY)
    used_by(ws, old, 1, NOW - 181 * DAY)
    assert names(ws, preset=Preset.NEW) == ["new"]
    assert names(ws, preset=Preset.STALE) == ["old"]
    assert row(ws, "old")["staleness"] == pytest.approx(181)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("CHURN", ["Churn model"]),
        ("model churn", ["Churn model"]),
        ("churn absent", []),
        ("daily", ["orders"]),
        ("golden", ["orders"]),
        ("100%", ["100% done"]),
        ("%", ["100% done"]),
        ("_", []),
        ("übung", ["Übung"]),
        ("ÜBUNG", ["Übung"]),
        ("größe", ["orders"]),
    ],
)
def test_search_finds_all_words_in_name_description_and_tags(ws: Workspace, search: str, found: list[str]) -> None:
    an_artifact(ws, "Churn model")
    an_artifact(ws, "orders", ArtifactKind.DATASET, description="Daily orders", tags=["golden", "größe"])
    an_artifact(ws, "100% done")
    an_artifact(ws, "Übung")
    assert names(ws, search=search) == found


def test_filters_keep_only_what_passes(ws: Workspace) -> None:
    an_artifact(ws, "a", ArtifactKind.DATASET, owner="Ada", tags=["prod", 'say "hi"'])
    an_artifact(ws, "b", ArtifactKind.MODEL, owner="Bob", tags=["production", "Größe"])
    assert names(ws, kinds=[ArtifactKind.DATASET]) == ["a"]
    assert names(ws, owners=["Bob", "Eve"]) == ["b"]
    assert names(ws, tags=["prod"]) == ["a"]
    assert names(ws, tags=["PROD"]) == []
    assert names(ws, tags=['say "hi"']) == ["a"]
    assert names(ws, tags=["Größe"]) == ["b"]


def test_a_limit_does_not_hide_how_many_there_are(ws: Workspace) -> None:
    for _ in range(5):
        an_artifact(ws)
    board = leaderboard(ws, limit=2)
    assert (len(board.artifacts), board.total) == (2, 5)
    assert leaderboard(ws, limit=5).total == 5


def test_use_is_counted_in_distinct_projects_per_month(ws: Workspace) -> None:
    artifact_id = an_artifact(ws, "orders")
    someone = added(ws, Person(name="Ada"))
    first, second = a_project(ws), a_project(ws)
    for project_id, at in ((first, NOW), (first, NOW), (second, NOW), (first, datetime(2026, 5, 31, 23, tzinfo=UTC))):
        a_use(ws, artifact_id, project_id, at, person_id=someone)
    shown = row(ws, "orders")
    assert shown["uses_per_month"] == [0] * 9 + [1, 0, 2]
    assert (shown["reuse"], shown["people"]) == (2, 1)
    months = artifact(ws, artifact_id=artifact_id).use_over_time
    assert [month.month for month in months["month"]] == [5, 6, 7]
    assert (list(months["projects"]), list(months["people"])) == ([1, 0, 2], [1, 0, 1])


def test_the_newest_version_is_shown(ws: Workspace) -> None:
    artifact_id = an_artifact(ws, "model")
    a_version(ws, artifact_id, "10", NOW - DAY)
    a_version(ws, artifact_id, "9", NOW - 2 * DAY)
    assert (row(ws, "model")["latest_version"], row(ws, "model")["versions"]) == ("10", 2)
    assert list(artifact(ws, artifact_id=artifact_id).versions["version"]) == ["10", "9"]


def test_facets_count_artifacts(ws: Workspace) -> None:
    an_artifact(ws, kind=ArtifactKind.DATASET, tags=["prod", "daily"], owner="Ada")
    an_artifact(ws, kind=ArtifactKind.MODEL, tags=["prod"])
    an_artifact(ws, kind=ArtifactKind.MODEL)
    choices = facets(ws)
    assert choices.kinds.to_numpy().tolist() == [["model", 2], ["dataset", 1]]
    assert choices.owners.to_numpy().tolist() == [["Ada", 1]]
    assert choices.tags.to_numpy().tolist() == [["prod", 2], ["daily", 1]]


def test_an_artifact_tells_why_it_has_its_score(ws: Workspace) -> None:
    artifact_id = an_artifact(ws, "model")
    scores(ws, [artifact_id], NOW - 30 * DAY, highest=50)
    scores(ws, [artifact_id], NOW)
    answer = artifact(ws, artifact_id=artifact_id)
    assert answer.impact is not None
    assert answer.impact.score == 89
    assert "4.5 points of success more" in answer.why
    assert "evidence is clear" in answer.why
    assert list(answer.impact_over_time["score"]) == [49, 89]


def test_an_artifact_without_evidence_says_so(ws: Workspace) -> None:
    answer = artifact(ws, artifact_id=an_artifact(ws))
    assert answer.impact is None
    assert answer.why.startswith("Not enough evidence")
    assert answer.consumers.empty
    assert answer.use_over_time.empty
    assert answer.goes_well_with.empty


def test_consumers_show_the_version_last_used_and_their_success(ws: Workspace) -> None:
    artifact_id = an_artifact(ws)
    old, new = (a_version(ws, artifact_id, version, NOW) for version in ("1", "2"))
    done = a_finished_project(ws, "done", success=80)
    a_use(ws, artifact_id, done, NOW - 9 * DAY, version_id=old)
    a_use(ws, artifact_id, done, NOW - 8 * DAY, version_id=new)
    a_use(ws, artifact_id, a_project(ws, "running"), NOW)
    rows = analytics(ws, artifact_id=artifact_id).consumers
    assert list(rows["project"]) == ["running", "done"]
    assert (rows["version"].iloc[1], rows["uses"].iloc[1], rows["success"].iloc[1]) == ("2", 2, 80)
    assert pd.isna(rows["success"].iloc[0])


def test_artifacts_used_together_go_well_together(ws: Workspace) -> None:
    mine, friend, stranger = (an_artifact(ws, name) for name in ("mine", "friend", "stranger"))
    for project_id in used_by(ws, mine, 3):
        a_use(ws, friend, project_id)
    for project_id in used_by(ws, stranger, 6)[:1]:
        a_use(ws, mine, project_id)
    used_by(ws, an_artifact(ws), 1)
    companions = artifact(ws, artifact_id=mine).goes_well_with
    assert list(companions["name"]) == ["friend"]
    assert companions["together"].iloc[0] == 3
    assert companions["lift"].iloc[0] == pytest.approx((3 + 5) / (4 * 3 / 10 + 5))


def test_an_artifact_of_nobody_is_not_found(ws: Workspace) -> None:
    for question in (artifact, analytics):
        with pytest.raises(NotFound):
            question(ws, artifact_id=uuid4())


def test_artifact_answers_survive_the_cache_and_become_json(ws: Workspace) -> None:
    artifact_id = an_artifact(ws, tags=["prod"])
    used_by(ws, artifact_id, 2)
    scores(ws, [artifact_id], NOW)
    for answer in (artifact(ws, artifact_id=artifact_id), leaderboard(ws), facets(ws)):
        assert pickle.loads(pickle.dumps(answer)).model_dump_json() == answer.model_dump_json()
