"""What was decided of an experiment and what was done to it, by whom."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import Select, select

from maestro_core.models import AuditEvent, Experiment, ExperimentDecision, Membership, User, Variant
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
    """The latest first: happened_at, who, what, told, refused; the draft is the first of all."""
    rows = ws.frame(
        select(
            AuditEvent.happened_at, User.name.label("who"), AuditEvent.action, AuditEvent.arguments, AuditEvent.refused
        )
        .outerjoin(Membership, Membership.id == AuditEvent.membership_id)
        .outerjoin(User, User.id == Membership.user_id)
        .where(AuditEvent.happened_at >= experiment.created_at, AuditEvent.action.in_(list(WORDS)))
        .order_by(AuditEvent.happened_at.desc(), AuditEvent.id.desc())
    )
    told = [
        {
            "happened_at": row["happened_at"],
            "who": row["who"],
            "what": WORDS[row["action"]],
            "told": _told(row["arguments"]),
            "refused": bool(row["refused"]),
        }
        for row in records(rows)
        if row["arguments"].get("experiment_id") == str(experiment.id)
    ]
    drafted = {"happened_at": pd.Timestamp(experiment.created_at), "who": member_name(ws, experiment.created_by)}
    drafted |= {"what": "designed it", "told": "", "refused": False}
    return pd.DataFrame([*told, drafted])


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


def _told(arguments: dict[str, Any]) -> str:
    """What was told with an action, besides the experiment; projects by their number."""
    named = {name: value for name, value in arguments.items() if name != "experiment_id" and value not in (None, "")}
    if "project_ids" in named:
        listed = named.pop("project_ids")
        named = {"projects": len(listed) if isinstance(listed, list) else "many"} | named
    return ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in named.items() if name != "project_id")
