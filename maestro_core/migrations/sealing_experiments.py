"""What an experiment compares and whom it compares never change once it started: the database refuses, whoever asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from alembic import op

from maestro_core.migrations.sealing import REFUSAL

DESIGN = (
    *("name", "hypothesis", "kind", "unit", "artifact_id", "artifact_name", "primary_metric", "further_metrics"),
    *("planned_units", "worthwhile", "seed", "complexity_cuts", "created_by", "created_at", "started_at"),
)
END = ("state", "stop_reason", "stopped_at")
CIRCUMSTANCES = ("project_name", "is_late", "enrolled_at")

DESIGN_REFUSAL = "the design of an experiment never changes once it started"
END_REFUSAL = "the end of an experiment never changes once it was stopped"
REMOVAL_REFUSAL = "an assignment is never taken back: only the whole experiment can be removed"

# Where an experiment or its tenant is removed, its own row is gone before those of its variants and assignments.
STARTED = (
    "EXISTS (SELECT 1 FROM experiment JOIN tenant ON tenant.id = experiment.tenant_id WHERE experiment.state <> 'draft'"
    " AND experiment.id = {row}.experiment_id AND experiment.tenant_id = {row}.tenant_id)"
)
DRAWN = (
    "EXISTS (SELECT 1 FROM assignment WHERE assignment.variant_id IS NOT NULL"
    " AND assignment.experiment_id = {row}.experiment_id AND assignment.tenant_id = {row}.tenant_id)"
)
# Without the path, a temporary table of the same name would be asked instead.
FUNCTION = """
    CREATE FUNCTION maestro_{name}() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS
    $$ BEGIN
        IF {when} THEN RAISE EXCEPTION '{refusal}' USING ERRCODE = 'restrict_violation'; END IF;
        RETURN {row};
    END $$
"""


@dataclass(frozen=True)
class _Seal:
    """A trigger that refuses an event on a table when that holds; `row` is the one that it is about."""

    name: str
    table: str
    event: str
    row: str
    when: str
    refusal: str


def seal_experiments() -> None:
    """Refuse to change the design, variants, assignments or end of experiments; whole ones can still be removed.

    SQLite makes a changed table anew and drops its triggers: a migration that changes one of these tables unseals
    before, and seals after.
    """
    for seal in _seals():
        _make(seal)


def unseal_experiments() -> None:
    """Take away what `seal_experiments` made."""
    for seal in _seals():
        if _is_postgresql():
            op.execute(f"DROP TRIGGER {seal.name} ON {seal.table}")
            op.execute(f"DROP FUNCTION maestro_{seal.name}()")
        else:
            op.execute(f"DROP TRIGGER {seal.name}")


def _seals() -> Iterable[_Seal]:
    redesigned = f"OLD.state <> 'draft' AND (NEW.state = 'draft' OR {_changed(DESIGN)})"
    yield _Seal("sealed_design", "experiment", "UPDATE", "NEW", redesigned, DESIGN_REFUSAL)
    ended_anew = f"OLD.stopped_at IS NOT NULL AND ({_changed(END)})"
    yield _Seal("sealed_end", "experiment", "UPDATE", "NEW", ended_anew, END_REFUSAL)
    retold = f"OLD.variant_id IS NOT NULL AND ({_changed(CIRCUMSTANCES)})"
    yield _Seal("sealed_circumstances", "assignment", "UPDATE", "NEW", retold, REFUSAL)
    taken_back = f"OLD.variant_id IS NOT NULL AND {STARTED.format(row='OLD')}"
    yield _Seal("kept_assignment", "assignment", "DELETE", "OLD", taken_back, REMOVAL_REFUSAL)
    for name, event, row in (("added", "INSERT", "NEW"), ("changed", "UPDATE", "NEW"), ("removed", "DELETE", "OLD")):
        after = " AND ".join((STARTED, DRAWN)).format(row="NEW" if event == "INSERT" else "OLD")
        yield _Seal(f"variant_never_{name}", "variant", event, row, after, DESIGN_REFUSAL)


def _changed(columns: Iterable[str]) -> str:
    differs = "IS DISTINCT FROM" if _is_postgresql() else "IS NOT"
    return " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in columns)


def _make(seal: _Seal) -> None:
    trigger = f"CREATE TRIGGER {seal.name} BEFORE {seal.event} ON {seal.table} FOR EACH ROW"
    if _is_postgresql():
        op.execute(FUNCTION.format(name=seal.name, when=seal.when, refusal=seal.refusal, row=seal.row))
        op.execute(f"{trigger} EXECUTE FUNCTION maestro_{seal.name}()")
    else:
        op.execute(f"{trigger} BEGIN SELECT RAISE(ABORT, '{seal.refusal}') WHERE {seal.when}; END")


def _is_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"
