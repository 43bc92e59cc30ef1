"""The vector index of a namespace: built beside reading and writing, checked, and measured against exact search."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from app.db import catalog, search, sql
from app.db.catalog import Namespace
from app.db.engine import Connection
from app.db.search import addressed
from app.errors import CutoverRefused

# Search asks for so many; each is one of the exact so many when it lies as near as the last of these.
DEPTH = search.CANDIDATES
# Check D9 of the reliability reference.
QUERIES, LEAST_RECALL = 500, 0.95
# From so many rows on the planner has to choose the index by itself; below, reading all may be as fast. Measured: it
# begins to between 1,800 and 4,500 rows of 384 dimensions, between 1,800 and 3,600 of 1,536.
PLANNED_ROWS = 10_000
# What a row needs in the graph beside its vector with pgvector's m of 16, generously; it says when that was too little.
_GRAPH_BYTES = 500
_LEAST_MEMORY, _MOST_MEMORY = 64 << 20, 1 << 30
_SAME = 1e-6


@dataclass(frozen=True, slots=True)
class Recall:
    """The share of the exact nearest `depth` that the index finds, over `queries` stored vectors."""

    recall: float
    queries: int
    depth: int = DEPTH

    def plain(self) -> dict[str, float]:
        """For JSON."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


async def valid(connection: Connection, space: Namespace) -> bool | None:
    """Whether the index is whole; False for what a killed build left, None without one."""
    found: bool | None = await connection.fetchval(sql.load("namespaces")["index"], space.domain, _name(space))
    return found


async def build(connection: Connection, space: Namespace, *, warn: Callable[[str], None]) -> bool:
    """Build the index where there is no valid one, while rows are read and written; whether it had to.

    What a killed build left is dropped first: a second one would skip it for its name. `warn` hears when the graph
    outgrows its memory.

    Raises:
        CutoverRefused: it is not valid afterwards.
    """
    before = await valid(connection, space)
    if before:
        return False
    table, index = _table(space), catalog.identifier(_name(space))
    if before is False:
        await connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {catalog.identifier(space.domain)}.{index}")
    rows = await _rows(connection, space)

    def heard(_: object, message: object) -> None:
        warn(str(message))

    connection.add_log_listener(heard)
    try:
        await connection.execute(f"SET maintenance_work_mem = '{_memory(rows, space) >> 10}kB'")
        await connection.execute(
            f"CREATE INDEX CONCURRENTLY {index} ON {table} USING hnsw (embedding {_kind(space)}_cosine_ops)"
        )
    finally:
        connection.remove_log_listener(heard)
    if not await valid(connection, space):
        raise CutoverRefused(f"the index of {space.domain}/{space.name} is not valid after its build; run it again")
    await connection.execute(f"ANALYZE {table}")
    return True


async def check_planned(connection: Connection, space: Namespace) -> bool:
    """Whether search takes the index by itself; a small table may be read whole, but the index must be of use.

    Raises:
        CutoverRefused: the planner cannot use it, or does not in a table where that costs.
    """
    sampled = await _sample(connection, space, 1)
    if not sampled:
        return False
    for name, value in search.SETTINGS.items():
        await connection.execute("SELECT set_config($1, $2, false)", name, value)
    if _name(space) in await search.dense_plan(connection, space, sampled[0]):
        return True
    rows = await _rows(connection, space)
    async with connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        usable = _name(space) in await search.dense_plan(connection, space, sampled[0])
    if not usable or rows >= PLANNED_ROWS:
        raise CutoverRefused(f"the planner does not use the index of {space.domain}/{space.name} ({rows} rows)")
    return False


async def recall(connection: Connection, space: Namespace) -> Recall | None:
    """How much of exact search the index finds, with the filters that search has; None where nothing is live."""
    vectors = await _sample(connection, space, QUERIES)
    found = expected = 0
    for vector in vectors:
        exact = await _nearest(connection, space, vector, exact=True)
        near = await _nearest(connection, space, vector, exact=False)
        expected += len(exact)
        found += sum(distance <= exact[-1] + _SAME for distance in near)
    return Recall(min(1.0, found / expected), len(vectors)) if expected else None


async def _sample(connection: Connection, space: Namespace, limit: int) -> list[list[float]]:
    rows = await connection.fetch(addressed(sql.load("namespaces")["sample"], space), limit)
    return [row["vector"] for row in rows]


async def _nearest(connection: Connection, space: Namespace, vector: Sequence[float], *, exact: bool) -> list[float]:
    other = "enable_indexscan" if exact else "enable_seqscan"
    async with connection.transaction():
        await connection.execute(f"SET LOCAL {other} = off; SET LOCAL enable_sort = {'on' if exact else 'off'}")
        for name, value in search.SETTINGS.items():
            await connection.execute("SELECT set_config($1, $2, true)", name, value)
        rows = await connection.fetch(addressed(sql.load("namespaces")["nearest"], space), vector, DEPTH)
    return [row["distance"] for row in rows]


def _memory(rows: int, space: Namespace) -> int:
    width = space.dimensions * (4 if _kind(space) == "vector" else 2)
    return max(_LEAST_MEMORY, min(_MOST_MEMORY, rows * (width + _GRAPH_BYTES) * 5 // 4))


async def _rows(connection: Connection, space: Namespace) -> int:
    rows: int = await connection.fetchval(addressed(sql.load("namespaces")["rows"], space))
    return rows


def _table(space: Namespace) -> str:
    return addressed("{schema}.{embeddings}", space)


def _kind(space: Namespace) -> str:
    return addressed("{kind}", space)


def _name(space: Namespace) -> str:
    return f"embeddings_{space.name}_hnsw"
