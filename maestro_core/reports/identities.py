"""Who is who: the people observed, the accounts that are theirs, who may be the same, and what was decided."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import pandas as pd
from sqlalchemy import func, select

from maestro_core.access import Permission
from maestro_core.models import Account, Commit, IdentityDecision, Person, PullRequest, Review, TeamMember
from maestro_core.reports import Frame, Report, report
from maestro_core.scoring import identities as science
from maestro_core.terms import IdentityAct, SourceKind
from maestro_core.workspace import Workspace

MOST_SUGGESTIONS = 500
ENTERED = "entered by hand"


class Identities(Report):
    """The people with how they are known, pairs who may be one, and the decisions so far."""

    people: Frame
    """person_id, name, email, is_bot, accounts, commits, projects, tools: in the order of their names."""
    suggestions: Frame
    """person_id, other_id, name, other_name, known_as, other_known_as, how_likely, reasons; the likeliest first."""
    left_out: int
    """Suggestions beyond the most that are told."""
    decisions: Frame
    """decision_id, act, name, other, decided_at, undone_at; the last first."""


class Accounts(Report):
    """How one person is known: account_id, tool, known_as, commits, pull_requests, reviews, last_commit_at."""

    accounts: Frame


@report(Permission.VIEW_PEOPLE)
def identities(ws: Workspace) -> Identities:
    """The people observed, who may be the same person, and what was decided about that."""
    people, accounts = _people(ws), _accounts(ws)
    decisions = _decisions(ws)
    likely = science.suggestions(_ways_known(people, accounts), apart=_apart(decisions, people["person_id"]))
    return Identities(
        people=_summed(people, accounts, _teams(ws)),
        suggestions=_named(likely.head(MOST_SUGGESTIONS), people, accounts),
        left_out=max(0, len(likely) - MOST_SUGGESTIONS),
        decisions=decisions.drop(columns=["person_id", "before"]),
    )


@report(Permission.VIEW_PEOPLE)
def accounts_of(ws: Workspace, *, person_id: UUID) -> Accounts:
    """How a person is known, with what was done under each account: what to look at before one is split off."""
    ws.get(Person, person_id)
    mine = _accounts(ws)
    mine = mine[mine["person_id"] == person_id].reset_index(drop=True)
    work = {
        "pull_requests": select(PullRequest.author_id, func.count().label("n")).group_by(PullRequest.author_id),
        "reviews": select(Review.account_id, func.count().label("n")).group_by(Review.account_id),
    }
    keys = list(mine["account_id"])
    for name, counts in work.items():
        rows = ws.frame(counts.where(counts.selected_columns[0].in_(keys)))
        of_account = dict(zip(rows.iloc[:, 0], rows["n"], strict=True))
        mine[name] = mine["account_id"].map(of_account).fillna(0).astype("int64")
    last = select(Commit.account_id, func.max(Commit.committed_at).label("at")).group_by(Commit.account_id)
    rows = ws.frame(last.where(Commit.account_id.in_(keys)))
    mine["last_commit_at"] = mine["account_id"].map(dict(zip(rows["account_id"], rows["at"], strict=True)))
    return Accounts(accounts=mine[["account_id", "tool", "known_as", "commits", *work, "last_commit_at"]])


def _people(ws: Workspace) -> pd.DataFrame:
    columns = select(Person.id.label("person_id"), Person.name, Person.email, Person.is_bot)
    return ws.frame(columns.order_by(func.lower(Person.name), Person.id))


def _accounts(ws: Workspace) -> pd.DataFrame:
    """account_id, person_id, tool, name, email, login (None in Git), known_as, commits."""
    columns = select(Account.id.label("account_id"), Account.person_id, Account.kind, Account.identity, Account.name)
    rows = ws.frame(columns.add_columns(Account.email).order_by(Account.kind, Account.identity))
    commits = ws.frame(select(Commit.account_id, func.count().label("commits")).group_by(Commit.account_id))
    is_git = rows["kind"] == SourceKind.GIT
    return rows.assign(
        commits=rows["account_id"].map(commits.set_index("account_id")["commits"]).fillna(0).astype("int64"),
        tool=rows["kind"].map(str),
        # A tool's own key never changes and may be a number; what people know there is the name.
        login=rows["name"].where(~is_git, None),
        known_as=rows["identity"].where(is_git, rows["kind"].map(str) + " " + rows["name"]),
    ).drop(columns=["kind", "identity"])


def _teams(ws: Workspace) -> pd.DataFrame:
    return ws.frame(select(TeamMember.person_id, func.count().label("projects")).group_by(TeamMember.person_id))


def _decisions(ws: Workspace) -> pd.DataFrame:
    decision = IdentityDecision
    columns = select(
        decision.id.label("decision_id"), decision.act, decision.person_id, Person.name, decision.before,
        decision.decided_at, decision.undone_at,
    ).join(Person, Person.id == decision.person_id)  # fmt: skip
    rows = ws.frame(columns.order_by(decision.decided_at.desc(), decision.id.desc()))
    return rows.assign(other=[before["person"]["name"] for before in rows["before"]], act=rows["act"].map(str))


def _apart(decisions: pd.DataFrame, living: Collection[UUID]) -> list[frozenset[UUID]]:
    """Pairs whom somebody said to be two, or split: as the persons that they are now."""
    others = [UUID(before["person"]["id"]) for before in decisions["before"]]
    told = decisions.assign(other_id=pd.Series(others, index=decisions.index, dtype=object))
    standing = told["undone_at"].isna()
    merges, splits = (told["act"] == str(act) for act in (IdentityAct.MERGE, IdentityAct.SPLIT))
    # Gone is who was split off and brought back, or merged. One step is enough: what was decided about somebody who
    # goes is about who remains from then on.
    joined = pd.concat([told[splits & ~standing], told[merges & standing]])
    remaining = dict(zip(joined["other_id"], joined["person_id"], strict=True)) | {key: key for key in living}
    apart = told[standing & ~merges]
    pairs = zip(apart["person_id"], apart["other_id"], strict=True)
    return [frozenset((person_id, remaining.get(other_id, other_id))) for person_id, other_id in pairs]


def _ways_known(people: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Each name, address and login that people, not programs, are known by."""
    own = people.assign(login=None)[["person_id", "name", "email", "login"]]
    ways = pd.concat([own, accounts[["person_id", "name", "email", "login"]]], ignore_index=True)
    return ways[ways["person_id"].isin(people.loc[~people["is_bot"], "person_id"])]


def _summed(people: pd.DataFrame, accounts: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    of_person = accounts.groupby("person_id")
    projects = teams.set_index("person_id")["projects"]
    counts = {"accounts": of_person.size(), "commits": of_person["commits"].sum(), "projects": projects}
    summed = {name: people["person_id"].map(count).fillna(0).astype("int64") for name, count in counts.items()}
    tools = of_person["tool"].agg(lambda told: ", ".join(sorted(set(told)))).to_dict()
    return people.assign(**summed, tools=[tools.get(key, "") for key in people["person_id"]])


def _named(likely: pd.DataFrame, people: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Each pair with names and with how both are known, which is what somebody judges by.

    Who did more comes first: that name is kept.
    """
    told = people.set_index("person_id")
    known = accounts.groupby("person_id")["known_as"].agg(" · ".join).to_dict()
    commits = accounts.groupby("person_id")["commits"].sum().to_dict()
    pairs = [
        sorted(pair, key=lambda key: -commits.get(key, 0)) for pair in likely[["person_id", "other_id"]].to_numpy()
    ]
    columns = {
        "person_id": [first for first, _ in pairs],
        "other_id": [second for _, second in pairs],
        "name": [told.at[first, "name"] for first, _ in pairs],
        "other_name": [told.at[second, "name"] for _, second in pairs],
        "known_as": [known.get(first, ENTERED) for first, _ in pairs],
        "other_known_as": [known.get(second, ENTERED) for _, second in pairs],
    }
    return likely.assign(**columns, reasons=likely["reasons"].map(", ".join))
