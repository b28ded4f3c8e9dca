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
MOST_ACCOUNTS = 6
"""Of one person in a suggestion."""
ENTERED = "entered by hand"


class Identities(Report):
    """The people with how they are known, pairs who may be one, and the decisions so far."""

    people: Frame
    """person_id, name, email, is_bot, accounts, commits, projects, tools: in the order of their names."""
    suggestions: Frame
    """person_id, other_id, name, other_name, known_as, other_known_as, commits, other_commits, how_likely, reasons.

    The likeliest first, of these where most commits are at stake; the name of the first is kept. A pair that others
    here imply is told once those were judged.
    """
    left_out: int
    """Suggestions beyond the most that are told."""
    decisions: Frame
    """decision_id, act, name, other, other_email, decided_at, undone_at; the last first."""


class Accounts(Report):
    """How one person is known: account_id, tool, known_as, commits, pull_requests, reviews, last_commit_at."""

    accounts: Frame


@report(Permission.VIEW_PEOPLE)
def identities(ws: Workspace) -> Identities:
    """The people observed, who may be the same person, and what was decided about that."""
    people, accounts = _people(ws), _accounts(ws)
    decisions = _decisions(ws)
    apart = _apart(decisions, people["person_id"])
    pairs = science.suggestions(_ways_known(people, accounts), apart=apart)
    likely = science.without_implied(_by_what_is_at_stake(_kept_first(pairs, people, accounts)), apart=apart)
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
    others = [before["person"] for before in rows["before"]]
    told = {"other": [other["name"] for other in others], "other_email": [other["email"] for other in others]}
    return rows.assign(**told, act=rows["act"].map(str))


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


def _kept_first(pairs: pd.DataFrame, people: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Each pair with whose name is kept first, and the commits of both."""
    did = accounts.groupby("person_id")["commits"].sum().to_dict()
    # Of a full name and a login, the name tells who it is.
    full = {key: len(science.folded_words(name)) > 1 for key, name in people[["person_id", "name"]].to_numpy()}
    both = zip(pairs["person_id"], pairs["other_id"], strict=True)
    kept = [sorted(pair, key=lambda key: (full[key], did.get(key, 0)), reverse=True) for pair in both]
    keys = {"person_id": [first for first, _ in kept], "other_id": [second for _, second in kept]}
    commits = {"commits": [did.get(first, 0) for first, _ in kept], "other_commits": [did.get(k, 0) for _, k in kept]}
    return pairs.assign(**keys, **commits)


def _by_what_is_at_stake(pairs: pd.DataFrame) -> pd.DataFrame:
    """The likeliest first; of these where most commits would be counted for somebody else."""
    commits = pairs[["commits", "other_commits"]]
    order = pd.DataFrame(
        {
            "likelihood": -pairs["how_likely"].map(science.LIKELIHOODS.index),
            "at_stake": commits.min(axis=1),
            "done": commits.sum(axis=1),
            "probability": pairs["probability"],
        }
    )
    by = order.sort_values(list(map(str, order)), ascending=False, kind="stable").index
    return pairs.loc[by].reset_index(drop=True)


def _named(likely: pd.DataFrame, people: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Each pair with names and with how both are known, which is what somebody judges by."""
    names = dict(zip(people["person_id"], people["name"], strict=True))
    suggested = {*likely["person_id"], *likely["other_id"]}
    most = accounts[accounts["person_id"].isin(suggested)].sort_values("commits", ascending=False, kind="stable")
    known = most.groupby("person_id")["known_as"].agg(_several).to_dict()
    columns = {
        "name": [names[key] for key in likely["person_id"]],
        "other_name": [names[key] for key in likely["other_id"]],
        "known_as": [known.get(key, ENTERED) for key in likely["person_id"]],
        "other_known_as": [known.get(key, ENTERED) for key in likely["other_id"]],
    }
    return likely.assign(**columns, reasons=likely["reasons"].map(", ".join))


def _several(known_as: pd.Series) -> str:
    """The ways somebody is known, most used first: some of them, where there are many."""
    told = [*known_as.head(MOST_ACCOUNTS)]
    return " · ".join(told + ([f"{len(known_as) - len(told)} more"] if len(known_as) > len(told) else []))
