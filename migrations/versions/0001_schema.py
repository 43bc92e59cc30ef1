"""The whole schema of the first release.

The SQL stands in migrations/sql/0001_*.sql: it is read as SQL by the people who review it.
"""

from pathlib import Path

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0001"
down_revision = None
branch_labels = ("schema",)
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
DOMAINS = {
    "factual": ("polity", "history", "geography", "economy", "science", "ethics"),
    "pyq": ("pyq_prelims", "pyq_mains"),
    "essay": ("essay_structure", "essay_content"),
    "current_affairs": ("current_affairs",),
}


def _run(script: str) -> None:
    # The bare driver runs many statements in one call; SQLAlchemy's prepared path, which began the transaction, one.
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    connection.run_async(lambda driver: driver.execute(script))


def _queue(schema: str) -> str:
    return f"CREATE SCHEMA {schema}; SET LOCAL search_path = {schema}; {SchemaManager.get_schema()}; RESET search_path;"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for extension in ("vector", "btree_gist", "pg_stat_statements"):
        _run(f"CREATE EXTENSION IF NOT EXISTS {extension} WITH SCHEMA public")
    for part in ("catalog", "domain"):
        _run((SQL / f"0001_{part}.sql").read_text())
    for intent, domains in DOMAINS.items():
        for domain in domains:
            _run(f"SELECT catalog.create_domain('{domain}', '{intent}')")
    for part in ("chat", "cache"):
        _run((SQL / f"0001_{part}.sql").read_text())
    for schema in ("queue_chat", "queue_bulk"):
        _run(_queue(schema))
    for part in ("queue", "gate", "ops"):
        _run((SQL / f"0001_{part}.sql").read_text())


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _run("DROP SCHEMA queue_chat, queue_bulk CASCADE")
    _run("DROP SCHEMA chat, cache, ops CASCADE")
    _run(
        "DO $$ DECLARE d text; BEGIN FOR d IN SELECT name FROM catalog.domains LOOP"
        " EXECUTE format('DROP SCHEMA %I CASCADE', d); END LOOP; END $$"
    )
    _run("DROP SCHEMA catalog CASCADE")
