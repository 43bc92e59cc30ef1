"""How many statements clients sent to one database, as pg_stat_statements counted them."""

from app.db.engine import Connection


class Statements:
    """Asked over a connection to another database, so that the questions are not counted."""

    def __init__(self, elsewhere: Connection, database: str) -> None:
        self._elsewhere = elsewhere
        self._database = database

    @classmethod
    async def of(cls, elsewhere: Connection, database: str) -> "Statements":
        """The counter of a database; makes the extension where it is missing."""
        await elsewhere.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        return cls(elsewhere, database)

    async def reset(self) -> None:
        """Count from nought again."""
        await self._elsewhere.execute(
            "SELECT pg_stat_statements_reset(0, oid, 0) FROM pg_database WHERE datname = $1", self._database
        )

    async def calls(self) -> int:
        """Top-level statements since the reset, BEGIN and COMMIT among them; those inside functions are not."""
        return int(
            await self._elsewhere.fetchval(
                "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid"
                " WHERE datname = $1",
                self._database,
            )
        )
