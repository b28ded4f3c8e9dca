"""Columns that never change once another is filled: the database refuses, whoever asks."""

from __future__ import annotations

from alembic import op

ASSIGNED = ("experiment_id", "project_id", "team", "variant_id", "stratum", "assigned_at", "forecasts")
REFUSAL = "an assignment never changes once it was made"


def seal_assignments() -> None:
    """Refuse every change of an assignment that names a variant. Removing a whole tenant stays possible."""
    if op.get_context().dialect.name == "postgresql":
        changed = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in ASSIGNED)
        op.execute(
            "CREATE FUNCTION maestro_sealed_assignment() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$"
        )
        op.execute(
            "CREATE TRIGGER sealed_assignment BEFORE UPDATE ON assignment FOR EACH ROW "
            f"WHEN (OLD.variant_id IS NOT NULL AND ({changed})) EXECUTE FUNCTION maestro_sealed_assignment()"
        )
        return
    changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in ASSIGNED)
    op.execute(
        "CREATE TRIGGER sealed_assignment BEFORE UPDATE ON assignment FOR EACH ROW "
        f"WHEN OLD.variant_id IS NOT NULL AND ({changed}) BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    )


def unseal_assignments() -> None:
    """Take away what `seal_assignments` made."""
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP TRIGGER sealed_assignment ON assignment")
        op.execute("DROP FUNCTION maestro_sealed_assignment()")
        return
    op.execute("DROP TRIGGER sealed_assignment")
