"""PostgreSQL: with every table and every kind of statement, a workspace stays in its tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import psycopg.errors
import pytest
from sqlalchemy import Engine, Table, bindparam, create_engine, delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.orm import aliased, make_transient_to_detached
from sqlalchemy.orm.exc import StaleDataError

from maestro_core.workspace import Workspace, open_workspace
from tests.conftest import Postgres
from tests.rows import MODELS, TABLES, FullTenant, fill, owner_of

Attempt = Callable[[Workspace, Table, FullTenant], int]


@pytest.fixture(scope="module")
def tenants(postgres: Postgres) -> tuple[FullTenant, FullTenant]:
    with postgres.application.begin() as connection:
        mine = fill(connection)
    with postgres.application.begin() as connection:
        return mine, fill(connection)


@pytest.fixture
def mine(tenants: tuple[FullTenant, FullTenant]) -> FullTenant:
    return tenants[0]


@pytest.fixture
def theirs(tenants: tuple[FullTenant, FullTenant], postgres: Postgres) -> Iterator[FullTenant]:
    """Another tenant: what it has is the same after the test."""
    before = _all_rows(postgres, tenants[1])
    assert all(len(rows) == 1 for rows in before.values())
    yield tenants[1]
    assert _all_rows(postgres, tenants[1]) == before


def _all_rows(postgres: Postgres, tenant: FullTenant) -> dict[str, list[Any]]:
    with postgres.superuser.connect() as connection:
        return {
            table.name: list(connection.execute(select(table).where(owner_of(table) == tenant.id))) for table in TABLES
        }


def _key(table: Table, tenant: FullTenant) -> dict[str, Any]:
    return {column.name: tenant.rows[table][column.name] for column in table.primary_key}


def _plain(table: Table) -> str:
    return [column.name for column in table.columns if not column.primary_key][-1]


def _make_room(ws: Workspace, table: Table, tenant: FullTenant) -> None:
    # Another row of the same parents may meet a unique constraint.
    ws.session.execute(delete(table).where(owner_of(table) == tenant.id))


def select_objects(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    seen = ws.session.scalars(select(MODELS[table])).all()
    return sum(getattr(row, owner_of(table).name) == tenant.id for row in seen)


def select_columns(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    return len(ws.session.execute(select(table).where(owner_of(table) == tenant.id)).all())


def select_text(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    query = text(f'SELECT * FROM "{table.name}" WHERE "{owner_of(table).name}" = :id')
    return len(ws.session.execute(query, {"id": tenant.id}).all())


def read_with_pandas(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    frame = pd.read_sql(text(f'SELECT * FROM "{table.name}"'), ws.session.connection())
    return int((frame[owner_of(table).name] == tenant.id).sum())


def frame_of_the_workspace(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    return int((ws.frame(select(table))[owner_of(table).name] == tenant.id).sum())


def get_by_key(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    return int(ws.session.get(MODELS[table], tuple(_key(table, tenant).values())) is not None)


def refresh_an_object(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    known = MODELS[table](**tenant.rows[table])
    make_transient_to_detached(known)
    ws.session.add(known)
    ws.session.refresh(known)
    return 1


def join_subquery_and_cte(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    other = aliased(MODELS[table])
    cte = select(table).cte("everything")
    joined = (
        select(func.count())
        .select_from(table)
        .outerjoin(other, getattr(other, owner_of(table).name) != owner_of(table))
        .join(cte, cte.c[owner_of(table).name] == tenant.id)
        .where(owner_of(table).in_(select(owner_of(table)).union(select(cte.c[owner_of(table).name]))))
    )
    return ws.session.scalar(joined) or 0


def copy_out(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    driver: Any = ws.session.connection().connection.driver_connection
    with driver.cursor().copy(f'COPY (SELECT * FROM "{table.name}") TO STDOUT') as copy:
        return sum(str(tenant.id) in bytes(row).decode() for row in copy)


def lock_rows(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    return len(ws.session.execute(select(table).where(owner_of(table) == tenant.id).with_for_update()).all())


def add_an_object(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    ws.session.add(MODELS[table](**tenant.another(table)))
    ws.session.flush()
    return 1


def insert_many(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    ws.session.execute(insert(MODELS[table]), [tenant.another(table)])
    return 1


def insert_as_text(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    row = tenant.another(table)
    names, places = ", ".join(f'"{name}"' for name in row), ", ".join(f":{name}" for name in row)
    values = [bindparam(name, value, type_=table.c[name].type) for name, value in row.items()]
    ws.session.execute(text(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})').bindparams(*values))
    return 1


def insert_with_core(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    ws.session.connection().execute(insert(table), tenant.another(table))
    return 1


def upsert_on_their_key(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    statement = postgresql.insert(table).values(tenant.rows[table])
    kept = {_plain(table): statement.excluded[_plain(table)]}
    upsert = statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=kept)
    return len(ws.session.execute(upsert.returning(owner_of(table))).all())


def merge_an_object(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    ws.session.merge(MODELS[table](**tenant.rows[table]))
    ws.session.flush()
    return 1


def update_many(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    same = {_plain(table): table.c[_plain(table)]}
    result: Any = ws.session.execute(update(table).where(owner_of(table) == tenant.id).values(same))
    return int(result.rowcount)


def update_by_key(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    changed = tenant.another(table)[_plain(table)]
    ws.session.execute(update(MODELS[table]), [_key(table, tenant) | {_plain(table): changed}])
    return 1


def delete_many(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    result: Any = ws.session.execute(delete(MODELS[table]).where(owner_of(table) == tenant.id))
    return int(result.rowcount)


def delete_as_text(ws: Workspace, table: Table, tenant: FullTenant) -> int:
    query = text(f'DELETE FROM "{table.name}" WHERE "{owner_of(table).name}" = :id')
    result: Any = ws.session.execute(query, {"id": tenant.id})
    return int(result.rowcount)


READS: list[Attempt] = [
    select_objects,
    select_columns,
    select_text,
    read_with_pandas,
    frame_of_the_workspace,
    get_by_key,
    refresh_an_object,
    join_subquery_and_cte,
    copy_out,
]
INSERTS: list[Attempt] = [add_an_object, insert_many, insert_as_text, insert_with_core]
UPDATES: list[Attempt] = [upsert_on_their_key, update_many, update_by_key, lock_rows]
DELETES: list[Attempt] = [delete_many, delete_as_text]
ATTEMPTS = [*READS, *INSERTS, merge_an_object, *UPDATES, *DELETES]

# What not even a workspace of the same tenant may do: the audit is only added to, a tenant is made before entering it.
NEVER = {"audit_event": [*UPDATES, *DELETES], "tenant": [*INSERTS, *DELETES]}


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.__name__)
def test_no_statement_reaches_a_row_of_another_tenant(
    attempt: Attempt, postgres: Postgres, mine: FullTenant, theirs: FullTenant
) -> None:
    reached = []
    for table in TABLES:
        try:
            with open_workspace(postgres.application, mine.membership_id) as ws:
                if attempt(ws, table, theirs):
                    reached.append(table.name)
        except (StaleDataError, InvalidRequestError):
            continue
        except DBAPIError as refusal:
            assert isinstance(refusal.orig, psycopg.errors.InsufficientPrivilege), table.name  # noqa: PT017
    assert reached == []


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.__name__)
def test_the_same_statement_reaches_ones_own_rows(attempt: Attempt, postgres: Postgres, mine: FullTenant) -> None:
    """Otherwise the test above would prove nothing."""
    for table in TABLES:
        if attempt in NEVER.get(table.name, []):
            with pytest.raises(DBAPIError), open_workspace(postgres.application, mine.membership_id) as ws:
                attempt(ws, table, mine)
            continue
        with open_workspace(postgres.application, mine.membership_id) as ws:
            savepoint = ws.session.begin_nested()
            if attempt in INSERTS and table.name not in NEVER:
                _make_room(ws, table, mine)
            assert attempt(ws, table, mine) >= 1, table.name
            savepoint.rollback()


@pytest.mark.parametrize(
    "reference",
    sorted(
        (r for table in TABLES for r in table.foreign_key_constraints if r.referred_table.name != "tenant"),
        key=lambda reference: str(reference.name),
    ),
    ids=lambda reference: reference.name,
)
def test_a_row_cannot_refer_to_a_row_of_another_tenant(
    reference: Any, postgres: Postgres, mine: FullTenant, theirs: FullTenant
) -> None:
    child = mine.another(reference.table)
    for element in reference.elements:
        if element.parent.name != "tenant_id":
            child[element.parent.name] = theirs.rows[reference.referred_table][element.column.name]
    with pytest.raises(DBAPIError) as refusal, open_workspace(postgres.application, mine.membership_id) as ws:
        _make_room(ws, reference.table, mine)
        ws.session.execute(insert(reference.table), child)
    assert isinstance(refusal.value.orig, psycopg.errors.ForeignKeyViolation)


def test_a_row_cannot_move_to_another_tenant_nor_be_fetched_from_it(
    postgres: Postgres, mine: FullTenant, theirs: FullTenant
) -> None:
    for table in TABLES:
        for source, target in ((mine, theirs), (theirs, mine)):
            move = update(table).where(owner_of(table) == source.id).values({owner_of(table).name: target.id})
            try:
                with open_workspace(postgres.application, mine.membership_id) as ws:
                    result: Any = ws.session.execute(move)
                    assert result.rowcount == 0, table.name
            except DBAPIError:
                continue


@pytest.fixture
def one_connection(postgres: Postgres) -> Iterator[Engine]:
    options = postgres.application.get_execution_options()
    engine = create_engine(postgres.application.url, pool_size=1, max_overflow=0, execution_options=options)
    yield engine
    engine.dispose()


def test_a_reused_connection_forgets_the_tenant_before(
    one_connection: Engine, mine: FullTenant, theirs: FullTenant
) -> None:
    for tenant, other in ((theirs, mine), (mine, theirs), (theirs, mine)):
        with open_workspace(one_connection, tenant.membership_id) as ws:
            for table in TABLES:
                assert (select_text(ws, table, tenant), select_text(ws, table, other)) == (1, 0)
    with pytest.raises(RuntimeError), open_workspace(one_connection, theirs.membership_id) as ws:
        raise RuntimeError
    with one_connection.connect() as connection:
        for table in TABLES:
            assert connection.execute(select(table)).all() == [], table.name


def test_without_a_tenant_there_are_no_rows_and_no_inserts(postgres: Postgres, theirs: FullTenant) -> None:
    for table in TABLES:
        with postgres.application.connect() as connection:
            assert connection.execute(select(table)).all() == [], table.name
            assert connection.execute(text(f'SELECT FROM "{table.name}"')).all() == [], table.name
            with pytest.raises(DBAPIError, match="row-level security"):
                connection.execute(insert(table), theirs.another(table))
