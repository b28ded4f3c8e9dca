"""What was decided of an experiment and what was done to it, by whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import Select, select

from maestro_core.models import AuditEvent, Experiment, ExperimentDecision, Membership, Project, User, Variant
from maestro_core.reports import records
from maestro_core.workspace import Workspace

WORDS = {
    "experiments.change_design": "changed the design",
    "experiments.enrol": "enrolled projects",
    "experiments.withdraw": "withdrew a project",
    "experiments.start_experiment": "started it",
    "experiments.stop_experiment": "stopped it",
    "experiments.decide": "decided",
    "experiments.archive_experiment": "archived it",
    "experiments.bring_back_experiment": "brought it back",
    "experiments.remove_draft": "tried to remove it",
}
OPEN = "stays open"


def decisions(ws: Workspace, experiment_id: UUID) -> pd.DataFrame:
    """The latest first: variant, reason, decided_by, decided_at."""
    rows = ws.frame(_decisions().where(ExperimentDecision.experiment_id == experiment_id))
    return rows.drop(columns="experiment_id").assign(variant=rows["variant"].fillna(OPEN))


def last_decisions(ws: Workspace) -> pd.DataFrame:
    """The last decision of each experiment: experiment_id, decision, reason."""
    rows = ws.frame(_decisions()).drop_duplicates("experiment_id")
    told = rows.assign(decision=rows["variant"].fillna(OPEN))
    return told[["experiment_id", "decision", "reason"]]


def history(ws: Workspace, experiment: Experiment) -> pd.DataFrame:
    """The latest first: happened_at, who, what, told, refused; the draft is the first of all.

    What the audit does not hold, as of an experiment that came with the sample, is told as the experiment itself
    recorded it. Both keep the moment of the action: of several decisions the audit may hold only the later ones.
    """
    audited = _audited(ws, experiment)
    done = {(row["what"], row["happened_at"]) for row in audited if not row["refused"]}
    recorded = _recorded(ws, experiment)
    rows = [*audited, *(row for row in recorded if (row["what"], row["happened_at"]) not in done)]
    rows.sort(key=lambda row: row["happened_at"], reverse=True)
    return pd.DataFrame(rows)


def _audited(ws: Workspace, experiment: Experiment) -> list[dict[str, Any]]:
    rows = ws.frame(
        select(
            AuditEvent.happened_at, User.name.label("who"), AuditEvent.action, AuditEvent.arguments, AuditEvent.refused
        )
        .outerjoin(Membership, Membership.id == AuditEvent.membership_id)
        .outerjoin(User, User.id == Membership.user_id)
        .where(AuditEvent.happened_at >= experiment.created_at, AuditEvent.action.in_(list(WORDS)))
        .order_by(AuditEvent.happened_at.desc(), AuditEvent.id.desc())
    )
    mine = [row for row in records(rows) if row["arguments"].get("experiment_id") == str(experiment.id)]
    names = _project_names(ws, mine)
    return [
        {
            "happened_at": row["happened_at"],
            "who": row["who"],
            "what": WORDS[row["action"]],
            "told": _told(row["arguments"], names),
            "refused": bool(row["refused"]),
        }
        for row in mine
    ]


def _recorded(ws: Workspace, experiment: Experiment) -> list[dict[str, Any]]:
    """What the experiment and its decisions say of themselves, the latest first."""
    decided = [
        _row(row["decided_at"], "decided", who=row["decided_by"], told=f"{row['variant']}: {row['reason']}")
        for row in records(decisions(ws, experiment.id))
    ]
    reason = f"reason: {experiment.stop_reason}" if experiment.stop_reason else ""
    spans = [
        (experiment.stopped_at, "stopped it", None, reason),
        (experiment.started_at, "started it", None, ""),
        (experiment.created_at, "designed it", member_name(ws, experiment.created_by), ""),
    ]
    return [*decided, *(_row(at, what, who=who, told=told) for at, what, who, told in spans if at)]


def _row(at: datetime, what: str, *, who: str | None, told: str) -> dict[str, Any]:
    return {"happened_at": pd.Timestamp(at), "who": who, "what": what, "told": told, "refused": False}


def member_name(ws: Workspace, membership_id: UUID) -> str:
    """The name of a user by their membership."""
    joined = select(User.name).join(Membership, Membership.user_id == User.id)
    return ws.session.scalar(joined.where(Membership.id == membership_id)) or "somebody who left"


def _decisions() -> Select[*tuple[Any, ...]]:
    return (
        select(
            ExperimentDecision.experiment_id,
            Variant.name.label("variant"),
            ExperimentDecision.reason,
            User.name.label("decided_by"),
            ExperimentDecision.decided_at,
        )
        .outerjoin(Variant, Variant.id == ExperimentDecision.variant_id)
        .outerjoin(Membership, Membership.id == ExperimentDecision.decided_by)
        .outerjoin(User, User.id == Membership.user_id)
        .order_by(ExperimentDecision.decided_at.desc(), ExperimentDecision.id.desc())
    )


def _project_names(ws: Workspace, rows: list[dict[str, Any]]) -> dict[str, str]:
    """The names of projects that were told by their keys, as far as they are still known."""
    keys = {UUID(row["arguments"]["project_id"]) for row in rows if row["arguments"].get("project_id")}
    found = ws.session.execute(select(Project.id, Project.name).where(Project.id.in_(keys))) if keys else ()
    return {str(key): name for key, name in found}


def _told(arguments: dict[str, Any], names: dict[str, str]) -> str:
    """What was told with an action, besides the experiment; many projects by their number, variants by their names."""
    parts = [
        f"{_named(name)}: {_value(name, value, names)}"
        for name, value in arguments.items()
        if name != "experiment_id" and value not in (None, "", [])
    ]
    return ", ".join(parts)


def _named(name: str) -> str:
    """What an argument is called.

    >>> _named("project_ids"), _named("artifact_id"), _named("planned_units")
    ('projects', 'artifact', 'planned units')
    """
    plural = f"{name.removesuffix('_ids')}s" if name.endswith("_ids") else name.removesuffix("_id")
    return plural.replace("_", " ")


def _value(name: str, value: Any, names: dict[str, str]) -> str:
    if name == "project_ids":
        return str(len(value)) if isinstance(value, list) else "many"
    if name == "project_id":
        return names.get(str(value), "one that is gone")
    if not isinstance(value, list):
        return str(value)
    return " / ".join(str(each.get("name", each)) if isinstance(each, dict) else str(each) for each in value)
