"""The hot path of an exam day: idempotent, batched and shared enqueues, limits, and early ends of shared runs.

The SQL stands in migrations/sql/0004_*.sql. The functions of the release before stay until its processes are gone.
"""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def _run(script: str) -> None:
    # The bare driver runs many statements in one call; SQLAlchemy's prepared path, which began the transaction, one.
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    connection.run_async(lambda driver: driver.execute(script))


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for part in ("flights", "gate", "enqueue"):
        _run((SQL / f"0004_{part}.sql").read_text())


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _run((SQL / "0004_down.sql").read_text())
