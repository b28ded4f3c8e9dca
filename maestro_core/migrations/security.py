"""Row-level security on PostgreSQL: a table shows and takes only the rows of the present tenant."""

from __future__ import annotations

from alembic import op

from maestro_core.models.base import PRESENT_TENANT_SQL

MINE = f"tenant_id = {PRESENT_TENANT_SQL}"
OWN_TENANT = f"id = {PRESENT_TENANT_SQL}"

LOOKUPS = (
    """
    CREATE FUNCTION maestro_membership(wanted uuid) RETURNS TABLE (tenant_id uuid, role text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
    $$ SELECT m.tenant_id, m.role FROM membership m WHERE m.id = wanted $$
    """,
    """
    CREATE FUNCTION maestro_memberships(wanted text)
    RETURNS TABLE (membership_id uuid, tenant_id uuid, user_id uuid, role text, is_sample boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
    $$ SELECT m.id, m.tenant_id, u.id, m.role, t.is_sample
       FROM "user" u
       JOIN membership m ON m.tenant_id = u.tenant_id AND m.user_id = u.id
       JOIN tenant t ON t.id = m.tenant_id
       WHERE u.email = wanted $$
    """,
)


def guard(*tables: str) -> None:
    """Force row security on tables that have a tenant_id."""
    for table in tables:
        _guard(table, using=MINE, check=MINE)


def unguard(*tables: str) -> None:
    """Take the policies away again, before a downgrade changes what they name."""
    if _is_postgresql():
        for table in tables:
            op.execute(f'DROP POLICY IF EXISTS present_tenant ON "{table}"')


def guard_tenancy() -> None:
    """Guard the tables that say who belongs where, and let only these functions look past the present tenant."""
    _guard("tenant", using=OWN_TENANT, check=OWN_TENANT)
    _guard("membership", using=MINE, check=MINE)
    if not _is_postgresql():
        return
    for table in ("tenant", "user", "membership"):
        # The functions run as the owner of the tables, which forced row security binds too.
        op.execute(f'CREATE POLICY lookup ON "{table}" FOR SELECT TO CURRENT_USER USING (true)')
    for function in LOOKUPS:
        op.execute(function)
    op.execute("REVOKE EXECUTE ON FUNCTION maestro_membership(uuid), maestro_memberships(text) FROM PUBLIC")


def unguard_tenancy() -> None:
    """Take away what `guard_tenancy` made."""
    if _is_postgresql():
        op.execute("DROP FUNCTION maestro_membership(uuid), maestro_memberships(text)")


def _guard(table: str, *, using: str, check: str) -> None:
    if not _is_postgresql():
        return
    op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    op.execute(f'CREATE POLICY present_tenant ON "{table}" USING ({using}) WITH CHECK ({check})')


def _is_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"
