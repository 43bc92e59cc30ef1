"""The switch, breakers and budgets of calls to model providers.

The SQL stands in migrations/sql/0005_providers.sql.
"""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
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
    _run((SQL / "0005_providers.sql").read_text())


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _run((SQL / "0005_down.sql").read_text())
