"""What one task sees of the content, read once as it begins."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Self
from uuid import UUID

from app.db import sql
from app.db.engine import Pool
from app.db.search import Namespace


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The active namespaces of all domains at a task's beginning: whatever is cut over meanwhile, it ends on these.

    `today` is the Indian calendar day by the database's clock. `day` is the day that the question asks about and on
    which versions must be effective, None for today.
    """

    namespaces: tuple[Namespace, ...]
    today: date
    day: date | None = None

    @property
    def past(self) -> date | None:
        """The day asked about where it is before today."""
        return self.day if self.day and self.day < self.today else None

    def of(self, domains: Sequence[str]) -> list[Namespace]:
        """The namespaces of these domains, by domain; a domain without one is left out."""
        return [one for one in self.namespaces if one.domain in domains]

    def on(self, day: date | None) -> Self:
        """The same with the versions effective on `day`."""
        return replace(self, day=day)


async def read(pool: Pool, instead: Sequence[UUID] = ()) -> Snapshot:
    """The snapshot of this moment, in one query.

    A namespace in `instead` stands in for the active one of its domain, whatever its status.
    """
    rows = await pool.fetch(sql.load("search")["snapshot"], list(instead))
    spaces = (
        Namespace(row["id"], row["domain"], row["name"], row["model"], row["dimensions"], ef_search=row["ef_search"])
        for row in rows
        if row["id"] is not None
    )
    today: date = rows[0]["day"]
    return Snapshot(tuple(spaces), today)
