"""The delivery of the sample: what its tools would tell, and the rules that its projects would have chosen."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pandas as pd

from maestro_core.actions.delivery_metrics import recount_delivery_days
from maestro_core.actions.sample_rows import Keys, having, new_keys, of, put
from maestro_core.learning.simulation import SimulatedPortfolio
from maestro_core.learning.simulation_delivery import BOT, SimulatedDelivery
from maestro_core.models import (
    Account,
    DataSource,
    DeploymentEvent,
    Issue,
    Person,
    PipelineJob,
    PipelineRun,
    PullRequest,
    Release,
    Review,
    new_key,
)
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace

PLACE = "https://sample.invalid"
"""Links of the sample lead nowhere, and to no stranger."""

UNJOINED = 2

Sources = dict[tuple[int, str], UUID]


def insert_delivery(ws: Workspace, portfolio: SimulatedPortfolio, told: SimulatedDelivery, keys: Keys) -> None:
    """Everything that tools of delivery would tell, and the daily counts of it."""
    sources = _insert_sources(ws, told, keys)
    accounts = _insert_accounts(ws, portfolio, told, keys)
    _insert_reviews(ws, told, keys, sources=sources, accounts=accounts)
    _insert_pipelines(ws, told, keys, sources)
    _insert_events(ws, told, keys, sources)
    _insert_releases(ws, told, keys, sources)
    _insert_issues(ws, told, keys, sources)
    _count(ws, told, keys)


def _insert_sources(ws: Workspace, told: SimulatedDelivery, keys: Keys) -> Sources:
    """A source for each tool of a project; the key of each, Git among them."""
    pairs = [
        (project, name, kind)
        for project, name, *kinds in told.habits[["project_id", "name", "tool", "ci"]].itertuples(
            index=False, name=None
        )
        for kind in dict.fromkeys(kinds)
        if kind
    ]
    rows = pd.DataFrame(pairs, columns=["project_id", "name", "kind"])
    found = new_keys(len(rows))
    locations = [f"sample:{name}" for name in rows["name"]]
    times = {"created_at": ws.now, "refreshed_at": ws.now, "cursor": {}}
    kinds = [SourceKind(kind) for kind in rows["kind"]]
    owners = of(keys.projects, rows["project_id"])
    put(
        ws,
        DataSource,
        having(rows[["name"]], id=found, kind=kinds, location=locations, project_id=owners, **times),
    )
    git = {(project, SourceKind.GIT.value): key for project, key in enumerate(keys.sources)}
    return git | dict(zip(zip(rows["project_id"], rows["kind"], strict=True), found, strict=True))


def _insert_accounts(
    ws: Workspace, portfolio: SimulatedPortfolio, told: SimulatedDelivery, keys: Keys
) -> dict[tuple[int, str], UUID]:
    """The accounts of people in the tools of their projects, and of the bot; the key of each."""
    tools = told.habits.loc[told.habits["tool"] != "", ["project_id", "tool"]]
    used = portfolio.members[["project_id", "person_id"]].merge(tools, on="project_id")
    rows = used[["person_id", "tool"]].drop_duplicates(ignore_index=True).merge(portfolio.people, on="person_id")
    bot, unjoined = new_key(), _insert_unjoined(ws, rows)
    put(ws, Person, [{"id": bot, "name": "dependency-bot", "email": None, "is_bot": True}])
    bots = pd.DataFrame({"person_id": BOT, "tool": ["github", "gitlab"], "name": "dependency-bot"})
    everyone = pd.concat([rows, bots], ignore_index=True)
    found = new_keys(len(everyone))
    who = dict(enumerate(keys.people)) | {BOT: bot} | unjoined
    people = [who[number] for number in everyone["person_id"]]
    identities = [f"sample:{number}" for number in everyone["person_id"]]
    kinds = [SourceKind(tool) for tool in everyone["tool"]]
    put(ws, Account, having(everyone[["name"]], id=found, person_id=people, kind=kinds, identity=identities))
    return dict(zip(zip(everyone["person_id"], everyone["tool"], strict=True), found, strict=True))


def _insert_unjoined(ws: Workspace, used: pd.DataFrame) -> dict[int, UUID]:
    """People whom review tools know by another name than Git: who looks at identities has something to decide."""
    rows = used.drop_duplicates("person_id").head(UNJOINED)
    found = dict(zip(rows["person_id"], new_keys(len(rows)), strict=True))
    names = [", ".join(reversed(name.split(" ", 1))) for name in rows["name"]]
    put(
        ws,
        Person,
        [
            {"id": key, "name": name, "email": None, "is_bot": False}
            for key, name in zip(found.values(), names, strict=True)
        ],
    )
    return found


def _insert_reviews(
    ws: Workspace, told: SimulatedDelivery, keys: Keys, *, sources: Sources, accounts: dict[tuple[int, str], UUID]
) -> None:
    asked, answers = told.pull_requests, told.reviews
    found = new_keys(len(asked))
    sha = told.commits["sha"]
    kept = ["title", "created_at", "ready_at", "merged_at", "closed_at", "first_commit_at", "commits", "is_draft"]
    rows = asked[[*kept, "added", "deleted", "files"]].assign(
        **_named(told, asked, "pull"),
        updated_at=asked[["created_at", "ready_at", "closed_at"]].max(axis=1),
        head_branch=asked["head"],
        merge_sha=sha.reindex(asked["merge"].where(asked["merge"] >= 0)).to_numpy(),
    )
    who = {
        name: [accounts.get(pair) for pair in zip(asked[column], asked["tool"], strict=True)]
        for name, column in (("author_id", "person_id"), ("merged_by_id", "merger"))
    }
    fixed = {"base_branch": "main", "labels": asked["labels"].tolist(), **_owned(asked, keys, sources)}
    put(ws, PullRequest, having(rows, id=found, **who, **fixed))
    tools = answers["pull_request_id"].map(asked.set_index("pull_request_id")["tool"])
    told_by = [accounts[pair] for pair in zip(answers["person_id"], tools, strict=True)]
    names = [f"review-{number}" for number in range(len(answers))]
    of_review = {"pull_request_id": of(found, answers["pull_request_id"]), "account_id": told_by, "external_id": names}
    put(ws, Review, having(answers[["state", "submitted_at"]], **of_review))


def _insert_pipelines(ws: Workspace, told: SimulatedDelivery, keys: Keys, sources: Sources) -> None:
    runs, jobs = told.runs, told.jobs
    tools = runs["project_id"].map(told.habits.set_index("project_id")["ci"])
    kept = ["attempt", "pipeline", "branch", "sha", "trigger", "outcome", "created_at", "started_at", "finished_at"]
    named = _named(told, runs.assign(number=runs["pipeline"] + "-" + runs["number"].astype(str)), "runs")
    found = new_keys(len(runs))
    owned = _owned(runs.assign(tool=tools), keys, sources)
    put(ws, PipelineRun, having(runs[kept].assign(**named), id=found, **owned))
    kept = ["name", "stage", "outcome", "started_at", "finished_at", "failed_step", "failure_reason", "environment"]
    urls = runs["run_id"].map(dict(zip(runs["run_id"], named["url"], strict=True)))
    rows = jobs[kept].assign(
        external_id=jobs["place"].astype(str),
        url=jobs["run_id"].map(urls) + "/" + jobs["name"],
        created_at=jobs["started_at"],
    )
    by_run = dict(zip(runs["run_id"], found, strict=True))
    put(ws, PipelineJob, having(rows, run_id=[by_run[run] for run in jobs["run_id"]]))


def _insert_events(ws: Workspace, told: SimulatedDelivery, keys: Keys, sources: Sources) -> None:
    """Environments are named after the service where a project has two."""
    brought = _with_tool(told, told.deployments[told.deployments["deploying"].isin(["environment", "services"])])
    kept = ["sha", "branch", "description", "outcome", "created_at", "finished_at"]
    prefix = (brought["service"] + "-").where(brought["service"] != "", "")
    rows = brought[kept].assign(**_named(told, brought, "deployments"), environment=prefix + brought["environment"])
    put(ws, DeploymentEvent, having(rows, service="", **_owned(brought, keys, sources)))


def _insert_releases(ws: Workspace, told: SimulatedDelivery, keys: Keys, sources: Sources) -> None:
    """Bare tags where a project only tags, told by Git; releases of the tool elsewhere."""
    brought = _with_tool(told, told.deployments[told.deployments["deploying"].isin(["tag", "release"])])
    is_tag = brought["deploying"] == "tag"
    brought = brought.assign(tool=brought["tool"].where(~is_tag, SourceKind.GIT.value))
    named = _named(told, brought.assign(number=brought["version"]), "releases")
    rows = brought[["sha"]].assign(
        **named,
        tag=brought["version"],
        name=brought["description"].where(brought["description"] != "", brought["version"]),
        is_tag=is_tag,
        released_at=brought["created_at"],
    )
    put(ws, Release, having(rows, is_prerelease=False, **_owned(brought, keys, sources)))


def _insert_issues(ws: Workspace, told: SimulatedDelivery, keys: Keys, sources: Sources) -> None:
    issues = _with_tool(told, told.issues)
    issues = issues[issues["tool"] != ""]
    rows = issues[["title", "created_at", "closed_at"]].assign(
        **_named(told, issues, "issues"), updated_at=issues[["created_at", "closed_at"]].max(axis=1)
    )
    caused = [None if pd.isna(number) else str(int(number)) for number in issues["deployment"]]
    more = {"service": "", "labels": issues["labels"].tolist(), "deployment": caused}
    put(ws, Issue, having(rows, **more, **_owned(issues, keys, sources)))


def _with_tool(told: SimulatedDelivery, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(tool=rows["project_id"].map(told.habits.set_index("project_id")["tool"]))


def _named(told: SimulatedDelivery, rows: pd.DataFrame, what: str) -> dict[str, Any]:
    """The key in the tool, and where it would be."""
    names = rows["project_id"].map(told.habits.set_index("project_id")["name"])
    number = rows["number"].astype(str)
    return {"external_id": number, "url": PLACE + "/" + names + f"/{what}/" + number}


def _owned(rows: pd.DataFrame, keys: Keys, sources: Sources) -> dict[str, list[UUID]]:
    pairs = zip(rows["project_id"], rows["tool"], strict=True)
    return {"source_id": [sources[pair] for pair in pairs], "project_id": of(keys.projects, rows["project_id"])}


def _count(ws: Workspace, told: SimulatedDelivery, keys: Keys) -> None:
    """The same counts that storing these rows from tools makes."""
    dated = {
        "pull_requests_opened": told.pull_requests.set_index("project_id")["created_at"],
        "pull_requests_merged": told.pull_requests.set_index("project_id")["merged_at"].dropna(),
        "reviews": told.reviews.merge(
            told.pull_requests[["pull_request_id", "project_id"]], on="pull_request_id"
        ).set_index("project_id")["submitted_at"],
        "pipeline_runs": told.runs.set_index("project_id")["created_at"],
    }
    dated["pipeline_failures"] = dated["pipeline_runs"]
    for project in told.habits.loc[told.habits["tool"] != "", "project_id"]:
        days = {measure: set(moments[moments.index == project].dt.date) for measure, moments in dated.items()}
        recount_delivery_days(ws, project_id=keys.projects[project], days=days)
