"""The rules by which something is recommended to a team, and the two numbers that only they need.

Nineteen rules look at a team at once. Where nothing is wrong, the low end of a 90 % interval is beyond a limit that is
just met in one of twenty looks: what is weak is a hint, and what is well supported may still be chance now and then.
"""

from __future__ import annotations

import pandas as pd

from maestro_core.scoring import dora, ownership, patterns, pipeline_failures, pipelines, review_flow, review_team
from maestro_core.scoring.catalogue import measure
from maestro_core.scoring.hotspots import LEAST_REVISIONS
from maestro_core.scoring.insights import SILO_FILES, SILO_SHARE
from maestro_core.scoring.insights_teamwork import ONE_REVIEWER, STAMPED
from maestro_core.scoring.quick_check import DAY, MEANS, WEEK
from maestro_core.scoring.samples import median, share
from maestro_core.scoring.team_recommendations import Rule, in_words
from maestro_core.terms import Better, Measured

OURS = "our own limit"
DORA_MEAN = "the mean of DORA's survey of 2025, as its Quick Check scores it"


@measure("Batch size", unit="changes", better=Better.LOWER, source="DORA, dora.dev, Working in small batches")
def batch_size(deployments: pd.DataFrame) -> Measured[float]:
    """Median commits that a deployment brings, of the deployments whose commits are known.

    `changes` has the commits of each. The interval is a 90 % one from order statistics. None without such a deployment.
    """
    return median(deployments["changes"].astype(float), nothing="of no deployment the commits are known")


@measure("Busy files of one author", unit="share", better=Better.LOWER, source="our own, on " + ownership.AVELINO)
def busy_files_of_one_author(hot: pd.DataFrame) -> Measured[float]:
    """Files with exactly one author / files, of those changed at least 5 times in the period whose authors are told.

    Authors by degree of authorship; files of projects that fewer than four people know are not told. The interval is
    Wilson's at 90 %. None without such a file.
    """
    busy = hot[(hot["changes"] >= LEAST_REVISIONS) & hot["authors"].notna()]
    nothing = f"no file was changed {LEAST_REVISIONS} times in the period, by a team of four or more"
    return share(int((busy["authors"] == 1).sum()), len(busy), nothing=nothing)


def longest_stage(stages: pd.DataFrame) -> str:
    """Which stage of the lead time takes longest, as the end of a sentence; nothing where no stage is known.

    >>> longest_stage(pd.DataFrame({"stage": ["coding", "review"], "hours": [3.0, 60.0]}))
    ' The longest stage is review, with a median of 2.5 days.'
    """
    known = stages.dropna(subset="hours").sort_values("hours", ascending=False, kind="stable")
    if known.empty:
        return ""
    longest = known.iloc[0]
    return f" The longest stage is {longest['stage']}, with a median of {in_words(longest['hours'], 'hours')}."


_REVIEWS = (
    Rule(
        "review_wait",
        review_flow.time_to_first_response,
        24.0,
        "Google's engineering practices: one business day at most",
        "Half of the pull requests that were answered waited {value} or longer for it.",
        "Agree on a time of day for first looks, and look at small changes first.",
        "reviews",
    ),
    Rule(
        "one_reviewer",
        patterns.busiest_reviewer_share,
        ONE_REVIEWER,
        f"{OURS}: more than all others together",
        "One person gave {value} of the reviews.",
        "Let the tool assign reviewers in turn, and have the usual one look at the riskiest changes only.",
        "reviews",
    ),
    Rule(
        "large_pull_requests",
        review_flow.pull_request_size,
        400.0,
        "Cohen et al. 2006, Best Kept Secrets of Peer Code Review: 200 to 400 lines at most",
        "Half of the merged pull requests have {value} or more.",
        "Cut the next large change into steps that can be merged one by one, preparations first.",
        "reviews",
    ),
    Rule(
        "unreviewed_merges",
        review_team.review_coverage,
        0.8,
        f"{OURS}; OpenSSF Scorecard, Code-Review, asks for all",
        "{value} of the merged pull requests were reviewed by another person.",
        "Protect the default branch, so that a second person approves; start with the riskiest part.",
        "reviews",
    ),
    Rule(
        "rubber_stamps",
        review_team.rubber_stamps,
        STAMPED,
        OURS,
        "{value} of the approved pull requests over 200 lines were approved within 5 minutes.",
        "Open smaller pull requests, and ask what a review is for: where it finds nothing, drop it openly.",
        "reviews",
    ),
    Rule(
        "open_work_grows",
        review_flow.closure_ratio,
        0.8,
        f"{OURS}; CHAOSS, Change Request Closure Ratio: below 1 open work grows",
        "As many pull requests were closed as {value} of those opened: open work grows.",
        "Finish or close what is open before opening more; the table has what waits longest.",
        "reviews",
    ),
)
_PIPELINES = (
    Rule(
        "failing_pipelines",
        pipelines.pipeline_success_rate,
        0.75,
        f"{OURS}, over all branches",
        "{value} of the pipeline runs that succeeded or failed succeeded.",
        "Repair or take out what fails most often, and let people run the quick checks before they push.",
        "pipelines",
        fewest=20,
    ),
    Rule(
        "slow_pipelines",
        pipelines.pipeline_duration,
        10.0,
        "DORA, continuous integration: ten minutes at most",
        "Half of the pipeline runs take {value} or longer.",
        "Run what is quick and fails often first, and split the longest job.",
        "pipelines",
    ),
    Rule(
        "queue",
        pipelines.pipeline_queue_time,
        5.0,
        f"{OURS}: half of what a whole run may take",
        "Half of the pipeline runs that wait for a machine wait {value} or longer.",
        "Cancel runs that a newer push has overtaken, or add a machine for the busiest hours.",
        "pipelines",
    ),
    Rule(
        "flaky_jobs",
        pipeline_failures.flakiness,
        0.1,
        f"{OURS}: with more, people stop believing a failure",
        "In {value} of the cases where a job failed on a commit, it passed on the same commit.",
        "Repair the job at the top first: waiting, shared state and order are the usual causes (Luo et al. 2014).",
        "pipelines",
    ),
    Rule(
        "wasted_minutes",
        pipelines.wasted_pipeline_minutes,
        0.3,
        OURS,
        "{value} of the pipeline minutes went into failed and cancelled runs and re-runs.",
        "Run the quick checks first, so that a failure costs less; the table has the jobs that cost most.",
        "pipelines",
    ),
)
_DELIVERY = (
    Rule(
        "slow_delivery",
        dora.change_lead_time,
        WEEK,
        f"a week, the step of DORA's Quick Check that is next to {DORA_MEAN}",
        "Half of the changes take {value} or longer from commit to production.",
        "Look at the longest stage first; what waits there costs more than what is slow elsewhere.",
        "delivery",
    ),
    Rule(
        "large_batches",
        batch_size,
        10.0,
        OURS,
        "Half of the deployments whose commits are known bring {value} or more.",
        "Deploy more often: what fails is then easier to find, and easier to take back.",
        "delivery",
        fewest=5,
    ),
    Rule(
        "failed_deployments",
        dora.change_fail_rate,
        round((10 - MEANS["change_fail_rate"]) / 10, 2),
        DORA_MEAN,
        "{value} of the deployments failed.",
        "Look at what the failed ones have in common, and let a check before the deployment look for it.",
        "delivery",
        fewest=5,
    ),
    Rule(
        "slow_recovery",
        dora.failed_deployment_recovery_time,
        DAY,
        f"a day, the step of DORA's Quick Check that is next to {DORA_MEAN}",
        "Half of the failed deployments took {value} or longer to recover from.",
        "Rehearse taking back a deployment, and make it one command.",
        "delivery",
        fewest=3,
    ),
    Rule(
        "rework",
        dora.rework_rate,
        round((10 - MEANS["rework_rate"]) / 10, 2),
        DORA_MEAN,
        "{value} of the deployments were made because of an incident.",
        "After each hotfix, add the test that would have stopped it.",
        "delivery",
        fewest=5,
    ),
)
_CODE = (
    Rule(
        "truck_factor",
        ownership.truck_factor,
        2.0,
        "Avelino et al. 2016: 65 % of popular projects have 2 or fewer",
        "If {value} left, and perhaps some who know under a tenth as much, most files would have no author.",
        "Let somebody else make the next change in the largest part that only one person knows.",
        "code",
    ),
    Rule(
        "busy_files_of_one",
        busy_files_of_one_author,
        0.5,
        f"{OURS}: most of them",
        "{value} of the files that change most have only one author.",
        "Pair on the file at the top of the table, or let somebody else make its next change.",
        "code",
    ),
    Rule(
        "silos",
        patterns.files_of_one_author,
        SILO_SHARE,
        f"{OURS}: most of them",
        f"{{value}} of the files with {patterns.REPEATEDLY} or more person-days of work were changed by one person.",
        "Review each other's files, or swap areas for one task.",
        "collaboration",
        fewest=SILO_FILES,
    ),
)
RULES = (*_REVIEWS, *_PIPELINES, *_DELIVERY, *_CODE)
BY_KEY = {rule.key: rule for rule in RULES}
