from dataclasses import fields
from datetime import date

import pandas as pd
import pytest

from maestro_core.learning.simulation import SimulatedPortfolio, simulate
from maestro_core.learning.simulation_delivery import BOT, SimulatedDelivery, simulate_delivery
from maestro_core.terms import PipelineOutcome, ReviewState

UNTIL = date(2026, 1, 1)
END = pd.Timestamp(UNTIL, tz="UTC")
FAILED = {PipelineOutcome.FAILURE, PipelineOutcome.TIMED_OUT}


@pytest.fixture(scope="module")
def portfolio() -> SimulatedPortfolio:
    made = simulate(7, until=UNTIL)
    made.commits["committed_at"] = made.commits["authored_at"]
    return made


@pytest.fixture(scope="module")
def told(portfolio: SimulatedPortfolio) -> SimulatedDelivery:
    return simulate_delivery(7, portfolio, until=UNTIL)


@pytest.fixture(scope="module")
def answered(told: SimulatedDelivery) -> pd.DataFrame:
    return told.reviews.merge(told.pull_requests, on="pull_request_id", suffixes=("", "_of_author"))


def test_the_same_seed_gives_the_same_rows(portfolio: SimulatedPortfolio, told: SimulatedDelivery) -> None:
    again = simulate_delivery(7, portfolio, until=UNTIL)
    for field in fields(told):
        pd.testing.assert_frame_equal(getattr(told, field.name), getattr(again, field.name))


def test_every_way_to_deliver_is_there(told: SimulatedDelivery) -> None:
    assert {"environment", "services", "pipeline", "job", "tag", "release", ""} == set(told.habits["deploying"])
    assert {"even", "uneven", "one reviewer", "rubber stamps", "alone", ""} == set(told.habits["reviewing"])
    assert {"github", "gitlab", "jenkins", "circleci", ""} == set(told.habits["ci"])
    silent = told.habits.loc[told.habits[["tool", "ci", "deploying"]].eq("").all(axis=1), "project_id"]
    assert len(silent) > 0
    for frame in (told.pull_requests, told.runs, told.deployments, told.issues):
        assert not frame["project_id"].isin(silent).any()


def test_the_history_hangs_together(told: SimulatedDelivery) -> None:
    commits = told.commits
    assert commits["sha"].is_unique
    parents = commits.assign(parent=commits["parents"].str.split()).explode("parent")
    linked = parents.merge(commits[["sha", "project_id", "commit_id"]], left_on="parent", right_on="sha")
    assert len(linked) == parents["parent"].notna().sum()
    assert (linked["project_id_x"] == linked["project_id_y"]).all()
    assert (linked["commit_id_y"] < linked["commit_id_x"]).all()
    assert commits.loc[commits["parents"] == "", "project_id"].is_unique
    ordinary = commits[~commits["is_merge"]]
    assert (ordinary["parents"].str.count(" ") == 0).all()


def test_what_was_merged_is_on_the_default_branch_at_that_moment(told: SimulatedDelivery) -> None:
    merged = told.pull_requests[told.pull_requests["merge"] >= 0]
    commits = told.commits.loc[merged["merge"]].reset_index(drop=True)
    assert commits["is_main"].all()
    assert (commits["project_id"].to_numpy() == merged["project_id"].to_numpy()).all()
    assert (commits["committed_at"] == merged["merged_at"].reset_index(drop=True)).all()
    assert merged["merge"].is_unique
    assert told.pull_requests.loc[told.pull_requests["merge"] < 0, "merged_at"].isna().all()


def test_pull_requests_run_forward(told: SimulatedDelivery) -> None:
    rows = told.pull_requests
    assert (rows["first_commit_at"] <= rows["created_at"]).all()
    closed = rows.dropna(subset="closed_at")
    assert (closed["created_at"] < closed["closed_at"]).all()
    assert (closed["merged_at"].isna() | (closed["merged_at"] == closed["closed_at"])).all()
    assert (rows["created_at"] < END).all()
    assert not rows.duplicated(["project_id", "number"]).any()
    assert {"open", "closed", "merged"} == {
        *("merged" for _ in rows["merged_at"].dropna()),
        *("open" for _ in rows.loc[rows["closed_at"].isna(), "number"]),
        *("closed" for _ in rows.loc[rows["closed_at"].notna() & rows["merged_at"].isna(), "number"]),
    }


def test_every_review_is_of_a_pull_request_by_somebody_else_after_it_was_opened(
    told: SimulatedDelivery, answered: pd.DataFrame
) -> None:
    assert len(answered) == len(told.reviews) > 500
    assert (answered["submitted_at"] > answered["created_at"]).all()
    assert (answered["closed_at"].isna() | (answered["submitted_at"] < answered["closed_at"])).all()
    assert (answered["person_id"] != answered["person_id_of_author"]).all()
    assert set(answered["state"]) <= {state.value for state in ReviewState}


def test_reviewers_are_of_the_team(portfolio: SimulatedPortfolio, answered: pd.DataFrame) -> None:
    team = set(portfolio.members[["project_id", "person_id"]].itertuples(index=False, name=None))
    assert set(answered[["project_id", "person_id"]].itertuples(index=False, name=None)) <= team


def test_one_reviewer_does_most_of_it_where_that_was_planted(answered: pd.DataFrame) -> None:
    def top_share(rows: pd.DataFrame) -> float:
        return float(rows["person_id"].value_counts(normalize=True).iloc[0])

    large = answered[answered["reviewing"].isin(["one reviewer", "even"])].groupby(["reviewing", "project_id"])
    shares = large.apply(lambda rows: top_share(rows) if rows["person_id"].nunique() > 2 or len(rows) > 40 else None)
    assert shares.loc["one reviewer"].min() > 0.6
    assert answered.loc[answered["reviewing"] == "rubber stamps", "submitted_at"].notna().any()


def test_rubber_stamps_come_within_five_minutes(answered: pd.DataFrame) -> None:
    wait = answered["submitted_at"] - answered["created_at"]
    stamped = answered["reviewing"] == "rubber stamps"
    assert (wait[stamped] < pd.Timedelta(minutes=5)).mean() > 0.9
    assert (wait[~stamped] < pd.Timedelta(minutes=5)).mean() < 0.1


def test_most_answers_are_given_by_day(told: SimulatedDelivery, answered: pd.DataFrame) -> None:
    offset = told.commits.groupby("person_id")["utc_offset_minutes"].first()
    local = answered["submitted_at"] + pd.to_timedelta(answered["person_id"].map(offset), unit="min")
    awaited = local[answered["reviewing"] != "rubber stamps"]
    assert awaited.dt.hour.between(7, 19).mean() > 0.8
    assert (awaited.dt.day_of_week < 5).mean() > 0.85


def test_runs_and_jobs_run_forward_and_jobs_belong_to_runs(told: SimulatedDelivery) -> None:
    runs, jobs = told.runs, told.jobs
    assert runs["run_id"].is_unique
    assert (runs["created_at"] <= runs["started_at"]).all()
    assert (runs["started_at"] < runs["finished_at"]).all()
    both = jobs.merge(runs, on="run_id", suffixes=("", "_of_run"))
    assert len(both) == len(jobs)
    ran = both.dropna(subset="started_at")
    assert (ran["started_at"] >= ran["started_at_of_run"]).all()
    assert (ran["finished_at"] <= ran["finished_at_of_run"]).all()
    assert not runs.duplicated(["project_id", "pipeline", "number", "attempt"]).any()


def test_a_run_fails_because_a_job_failed_at_a_step(told: SimulatedDelivery) -> None:
    failed = told.jobs[told.jobs["outcome"].isin(FAILED)]
    runs = told.runs.set_index("run_id")["outcome"]
    assert set(failed["run_id"]) == set(runs[runs.isin(FAILED)].index)
    assert failed["failed_step"].notna().all()
    assert told.jobs.loc[~told.jobs["outcome"].isin(FAILED), "failed_step"].isna().all()


def test_a_second_attempt_follows_a_failed_one_on_the_same_commit(told: SimulatedDelivery) -> None:
    key = ["project_id", "pipeline", "number"]
    second = told.runs[told.runs["attempt"] == 2].merge(told.runs[told.runs["attempt"] == 1], on=key)
    assert len(second) == (told.runs["attempt"] == 2).sum() > 50
    assert (second["sha_x"] == second["sha_y"]).all()
    assert (second["outcome_y"] == PipelineOutcome.FAILURE.value).all()


def test_the_flaky_job_fails_and_passes_on_the_same_commit(told: SimulatedDelivery) -> None:
    flaky = told.habits.loc[told.habits["is_flaky"], "project_id"]
    runs = told.runs[(told.runs["pipeline"] == "ci") & told.runs["attempt"].eq(2)]
    passed = runs["outcome"].eq(PipelineOutcome.SUCCESS.value).groupby(runs["project_id"].isin(flaky)).mean()
    assert passed[True] > 0.5 > passed[False]


def test_deployed_commits_are_on_the_default_branch_of_their_project(told: SimulatedDelivery) -> None:
    both = told.deployments.merge(told.commits, on="sha", suffixes=("", "_of_commit"))
    assert len(both) == len(told.deployments)
    assert (both["project_id"] == both["project_id_of_commit"]).all()
    assert both["is_main"].all()
    brought = both[(both["environment"] == "production") & (both["fix"] == "")]
    assert (brought["created_at"] > brought["committed_at"]).all()
    assert {"rollback", "hotfix"} < set(told.deployments["fix"])
    tagged = told.deployments[told.deployments["deploying"].isin(["tag", "release"])]
    assert not tagged.duplicated(["project_id", "version"]).any()


def test_an_incident_comes_after_the_deployment_it_names(told: SimulatedDelivery) -> None:
    issues = told.issues[told.issues["labels"].map(lambda labels: "incident" in labels)]
    assert len(issues) > 20
    named = issues.dropna(subset="deployment").merge(
        told.deployments, left_on=["project_id", "deployment"], right_on=["project_id", "number"]
    )
    assert len(named) == issues["deployment"].notna().sum() > 5
    assert (named["created_at_x"] > named["created_at_y"]).all()
    assert (issues["closed_at"].isna() | (issues["closed_at"] > issues["created_at"])).all()


def test_file_lines_add_up_to_those_of_their_commits(told: SimulatedDelivery) -> None:
    lines = told.file_changes.groupby("commit_id")[["added", "deleted"]].sum()
    assert (lines == told.commits.loc[lines.index, ["added", "deleted"]]).all(axis=None)
    assert told.files["lines"].notna().eq(told.files["is_present"]).all()


def test_a_renamed_path_is_gone_and_its_new_one_was_changed_then(told: SimulatedDelivery) -> None:
    gone = told.files[~told.files["is_present"]]
    pairs = told.renames.merge(gone, left_on=["project_id", "from_path"], right_on=["project_id", "path"])
    assert len(pairs) == len(told.renames) > 5
    changed = told.renames.merge(told.file_changes, on=["commit_id", "project_id", "path"])
    assert len(changed) == len(told.renames)


def test_nobody_co_authors_with_themselves(portfolio: SimulatedPortfolio, told: SimulatedDelivery) -> None:
    author = told.commits.loc[told.co_authors["commit_id"], "person_id"].to_numpy()
    assert (author != told.co_authors["person_id"].to_numpy()).all()
    assert not told.co_authors.duplicated("commit_id").any()


def test_bots_ask_and_are_never_answered(told: SimulatedDelivery) -> None:
    bots = told.pull_requests[told.pull_requests["person_id"] == BOT]
    assert len(bots) > 5
    assert not told.reviews["pull_request_id"].isin(bots["pull_request_id"]).any()


def test_it_is_of_moderate_size(told: SimulatedDelivery) -> None:
    assert 3_000 < len(told.runs) <= 15_000
    assert 10_000 < len(told.jobs) <= 50_000


def test_the_smallest_portfolio_has_a_delivery_too() -> None:
    small = simulate(1, projects=1, artifacts=1, until=UNTIL)
    assert len(simulate_delivery(1, small, until=UNTIL).commits) == len(small.commits)
