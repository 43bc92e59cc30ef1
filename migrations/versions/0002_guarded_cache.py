"""Stored answers served by meaning, guarded by keys; what they saved and where they were wrong.

The SQL stands in migrations/sql/0002_*.sql. The way back takes the two functions it restores from the files of 0001.
"""

import re
from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
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
    for part in ("cache", "gate", "ops"):
        _run((SQL / f"0002_{part}.sql").read_text())


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _run((SQL / "0002_down.sql").read_text())
    for part, name in (("cache", "cache.lookup"), ("gate", "chat.gate")):
        _run(_function((SQL / f"0001_{part}.sql").read_text(), name))


def _function(script: str, name: str) -> str:
    found = re.search(rf"CREATE FUNCTION {re.escape(name)}\(.*?^\$\$;", script, re.DOTALL | re.MULTILINE)
    assert found is not None, name
    return found[0]
