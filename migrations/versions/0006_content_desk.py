"""Drafts, texts that wait for their embeddings, undo: what the content desk keeps of each change.

The SQL stands in migrations/sql/0006_content.sql.
"""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"
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
    _run((SQL / "0006_content.sql").read_text())


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _run((SQL / "0006_down.sql").read_text())
