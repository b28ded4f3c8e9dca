"""Counting anew what rests on who is who."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select

from maestro_core.actions.delivery_metrics import days_of_people, recount_delivery_days
from maestro_core.actions.derived import derive_project
from maestro_core.actions.git_metrics import recount_days
from maestro_core.models import Account, Commit, Repository
from maestro_core.workspace import Workspace


def recount_work_of(ws: Workspace, person_ids: Collection[UUID], *, all_days: bool) -> None:
    """Make anew what rests on the work of these persons, in each project where they did some.

    `all_days`: their days are counted anew too, since it changed whether they are a program.
    """
    days, delivered = _days(ws, person_ids), days_of_people(ws, person_ids)
    for project_id in days.keys() | delivered.keys():
        if all_days:
            recount_days(ws, project_id=project_id, days=days.get(project_id, set()))
            recount_delivery_days(ws, project_id=project_id, days=delivered.get(project_id, {}))
        derive_project(ws, project_id)


def _days(ws: Workspace, person_ids: Collection[UUID]) -> dict[UUID, set[date]]:
    """The UTC days with a commit of theirs, by project."""
    commits = (
        select(Repository.project_id, Commit.committed_at)
        .join(Commit, Commit.repository_id == Repository.id)
        .join(Account, Account.id == Commit.account_id)
        .where(Account.person_id.in_(list(person_ids)))
    )
    days: dict[UUID, set[date]] = {}
    for project_id, moment in ws.session.execute(commits):
        days.setdefault(project_id, set()).add(moment.date())
    return days
