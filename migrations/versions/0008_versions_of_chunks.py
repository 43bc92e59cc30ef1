"""Every chunk that is stored knows its version, and has to.

In small transactions, beside readers and writers: the column and its trigger came with 0006. Broken off, it goes on
when it is run again. The SQL stands in migrations/sql/0008_versions_of_chunks.sql.
"""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def _run(script: str) -> None:
    # One statement, which commits as it goes on; SQLAlchemy's prepared path would not let it.
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    connection.run_async(lambda driver: driver.execute(script))


def upgrade() -> None:
    with op.get_context().autocommit_block():
        _run((SQL / "0008_versions_of_chunks.sql").read_text())


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _run((SQL / "0008_down.sql").read_text())
