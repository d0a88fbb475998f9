"""What three drivers make of the SQL surface. Prints a TAP line for each fact, and a traceback where one fails."""

import asyncio
import datetime
import sys
import traceback

import asyncpg
import psycopg
import sqlalchemy
from psycopg.types.composite import CompositeInfo, register_composite

VALUE = "SELECT clv_value(purchases, spend, s, {horizon}, {rate}) FROM customers, models WHERE customer_id = 1"
A_YEAR = 36.88089563863052
A_LIFETIME = 157.0985282081333
failed = False


def proves(fact):
    """Runs a check at once and reports it."""

    def run(check):
        global failed
        try:
            result = check()
            if asyncio.iscoroutine(result):
                asyncio.run(result)
            print(f"ok - {fact}")
        except Exception:
            failed = True
            print(f"not ok - {fact}")
            traceback.print_exc(file=sys.stdout)

    return run


def near(found, expected):
    assert abs(found - expected) < 1e-9, found


def refused(error, run):
    try:
        run()
    except error as raised:
        return raised
    raise AssertionError(f"no {error.__name__}")


@proves("psycopg binds a horizon as text, as timedelta and as None")
def _():
    with psycopg.connect() as connection:
        query = VALUE.format(horizon="%s", rate="%s")
        near(connection.execute(query, ("1 year", 0.1)).fetchone()[0], A_YEAR)
        near(connection.execute(query, (None, 0.1)).fetchone()[0], A_LIFETIME)
        days = connection.execute(query, (datetime.timedelta(days=365, hours=6), 0.1)).fetchone()[0]
        near(days, A_YEAR)


@proves("psycopg cannot bind a number as the horizon of a summary, nor a text without a unit")
def _():
    with psycopg.connect(autocommit=True) as connection:
        query = VALUE.format(horizon="%s", rate="%s")
        refused(psycopg.errors.UndefinedFunction, lambda: connection.execute(query, (0.1, 0.3)))
        error = refused(psycopg.errors.InvalidParameterValue, lambda: connection.execute(query, ("52", 0.1)))
        assert error.diag.message_hint.startswith("Say what it counts"), error.diag.message_hint


@proves("psycopg binds the numbers of plain columns")
def _():
    with psycopg.connect() as connection:
        of_columns = "SELECT clv_value(purchases, spend, {}) FROM models"
        bound = connection.execute(of_columns.format("%s, %s, %s, %s, %s, %s"), (2, 30.43, 38.86, 22.35, 52.18, 0.1))
        literal = connection.execute(of_columns.format("2, 30.43, 38.86, 22.35, 52.18, 0.1"))
        assert bound.fetchone() == literal.fetchone()


@proves("psycopg registers every composite of the extension, and writes a summary back")
def _():
    with psycopg.connect() as connection:
        names = connection.execute(
            """SELECT typname FROM pg_type JOIN pg_depend ON objid = pg_type.oid AND deptype = 'e'
               WHERE refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_clv') AND typtype = 'c'
                 AND classid = 'pg_type'::regclass"""
        ).fetchall()
        assert len(names) > 10, names
        for (name,) in names:
            info = CompositeInfo.fetch(connection, name)
            assert all(field.isidentifier() for field in info.field_names), (name, info.field_names)
            register_composite(info, connection)
        (summary,) = connection.execute("SELECT s FROM customers WHERE customer_id = 1").fetchone()
        assert (summary.frequency, summary.orders, summary.as_of) == (2, 3, datetime.date(1997, 9, 30))
        again = connection.execute("SELECT s = %s FROM customers WHERE customer_id = 1", (summary,)).fetchone()
        assert again == (True,)


@proves("psycopg reads a model as a dict and passes it back")
def _():
    with psycopg.connect() as connection:
        (model,) = connection.execute("SELECT purchases FROM models").fetchone()
        assert model["model"] == "bgnbd" and model["converged"] is True
        query = "SELECT clv_p_alive(%s, s) = clv_p_alive(purchases, s) FROM customers, models WHERE customer_id = 1"
        assert connection.execute(query, (psycopg.types.json.Jsonb(model),)).fetchone() == (True,)


@proves("SQLAlchemy binds a horizon by name, as text and as None")
def _():
    engine = sqlalchemy.create_engine("postgresql+psycopg://")
    with engine.connect() as connection:
        query = sqlalchemy.text(VALUE.format(horizon=":horizon", rate=":rate"))
        near(connection.execute(query, {"horizon": "1 year", "rate": 0.1}).scalar_one(), A_YEAR)
        near(connection.execute(query, {"horizon": None, "rate": 0.1}).scalar_one(), A_LIFETIME)
        named = "SELECT clv_value(purchases, spend, s, horizon => :horizon, discount_rate => :rate) FROM customers, models WHERE customer_id = 1"
        near(connection.execute(sqlalchemy.text(named), {"horizon": "1 year", "rate": 0.1}).scalar_one(), A_YEAR)


@proves("SQLAlchemy's expression language calls the functions")
def _():
    engine = sqlalchemy.create_engine("postgresql+psycopg://")
    column = sqlalchemy.column
    customers = sqlalchemy.table("customers", column("customer_id"), column("s"))
    models = sqlalchemy.table("models", column("purchases"), column("spend"))
    value = sqlalchemy.func.clv_value(models.c.purchases, models.c.spend, customers.c.s, "1 year", 0.1)
    query = sqlalchemy.select(value).join_from(customers, models, sqlalchemy.true()).where(customers.c.customer_id == 1)
    with engine.connect() as connection:
        near(connection.execute(query).scalar_one(), A_YEAR)


@proves("asyncpg binds a horizon as text and as None, and reads composites")
async def _():
    connection = await asyncpg.connect()
    try:
        query = VALUE.format(horizon="$1", rate="$2")
        near(await connection.fetchval(query, "1 year", 0.1), A_YEAR)
        near(await connection.fetchval(query, None, 0.1), A_LIFETIME)
        summary = await connection.fetchval("SELECT s FROM customers WHERE customer_id = 1")
        assert (summary["frequency"], summary["orders"]) == (2, 3)
        flat = await connection.fetchrow("SELECT customer_id, (s).* FROM customers WHERE customer_id = 1")
        assert flat["frequency"] == 2 and flat["last_order"] == datetime.date(1997, 8, 2)
        assert await connection.fetchval("SELECT s = $1::clv_summary FROM customers WHERE customer_id = 1", summary)
    finally:
        await connection.close()


sys.exit(failed)
