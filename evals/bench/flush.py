"""Calibration: what one durable commit of one small row costs on this disk now. It swings within minutes."""

import time

from app.db.engine import Connection


class Flush:
    """A table to insert into; the latencies of a round belong beside every durable figure of that round."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    async def prepare(cls, connection: Connection) -> "Flush":
        """Make the table and take the first, slower runs out of the way."""
        await connection.execute("CREATE TABLE bench_flush (at double precision)")
        made = cls(connection)
        for _ in range(5):
            await made.once()
        return made

    async def once(self) -> float:
        """Seconds of one insert, committed to disk."""
        began = time.perf_counter()
        await self._connection.execute("INSERT INTO bench_flush VALUES ($1)", began)
        return time.perf_counter() - began
