"""Sentences that the verifier withheld, with their reasons, for operators.

The SQL stands in migrations/sql/0003_withheld.sql.
"""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"
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
    _run((SQL / "0003_withheld.sql").read_text())


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _run(
        "DROP FUNCTION ops.drop_old_withheld(interval, integer);"
        "DROP VIEW ops.withheld; DROP TABLE ops.withheld_sentences"
    )
