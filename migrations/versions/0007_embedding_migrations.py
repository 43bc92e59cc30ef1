"""Namespaces that are made, judged, cut over to and gone back from; what operators were told.

The SQL stands in migrations/sql/0007_embeddings.sql.
"""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"
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
    _run((SQL / "0007_embeddings.sql").read_text())


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _run((SQL / "0007_down.sql").read_text())
