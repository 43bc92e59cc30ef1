"""The vector index of a namespace: built beside reading and writing, checked, and measured against exact search."""

from collections.abc import Callable, Mapping, Sequence
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
# What search may keep in hand, the least first; each doubling takes 1.5 to 1.7 times as long. pgvector takes 1,000.
EF_SEARCH = (catalog.EF_SEARCH, 200, 400, 800)
# From so many rows on the planner has to choose the index by itself; below, reading all may be as fast. Measured: it
# begins to between 1,800 and 4,500 rows of 384 dimensions, between 1,800 and 3,600 of 1,536.
PLANNED_ROWS = 10_000
# What a row needs in the graph beside its vector with pgvector's m of 16, generously; it says when that was too little.
_GRAPH_BYTES = 500
_LEAST_MEMORY, _MOST_MEMORY = 64 << 20, 1 << 30
_SAME = 1e-6


@dataclass(frozen=True, slots=True)
class Recall:
    """The share of the exact nearest `depth` that the index finds with `ef_search`, over `queries` stored vectors."""

    recall: float
    queries: int
    ef_search: int
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


async def is_planned(connection: Connection, space: Namespace, ef_search: int, *, forced: bool = False) -> bool | None:
    """Whether search with `ef_search` takes the index by itself, or `forced`; None where nothing is live.

    The more it keeps in hand, the dearer the planner takes it to be, and reads a larger table whole: exact, and slower.
    """
    sampled = await _sample(connection, space, 1)
    if not sampled:
        return None
    async with connection.transaction():
        if forced:
            await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        await _set(connection, search.SETTINGS | {"hnsw.ef_search": str(ef_search)})
        return _name(space) in await search.dense_plan(connection, space, sampled[0])


async def check_planned(connection: Connection, space: Namespace) -> bool:
    """Whether the usual search takes the index; a small table may be read whole, but the index must be of use.

    Raises:
        CutoverRefused: the planner cannot use it, or does not in a table where that costs.
    """
    planned = await is_planned(connection, space, catalog.EF_SEARCH)
    if planned or planned is None:
        return bool(planned)
    rows = await _rows(connection, space)
    usable = await is_planned(connection, space, catalog.EF_SEARCH, forced=True)
    if not usable or rows >= PLANNED_ROWS:
        raise CutoverRefused(f"the planner does not use the index of {space.domain}/{space.name} ({rows} rows)")
    return False


async def recall(connection: Connection, space: Namespace) -> Recall | None:
    """How much of exact search the index finds, with the filters that search has; None where nothing is live.

    With the least of EF_SEARCH that finds LEAST_RECALL, else with the most.
    """
    vectors = await _sample(connection, space, QUERIES)
    farthest = []
    expected = 0
    for vector in vectors:
        exact = await _nearest(connection, space, vector, None)
        expected += len(exact)
        farthest.append(exact[-1] + _SAME if exact else -1.0)
    if not expected:
        return None
    for ef_search in EF_SEARCH:
        found = 0
        for vector, last in zip(vectors, farthest, strict=True):
            found += sum(distance <= last for distance in await _nearest(connection, space, vector, ef_search))
        measured = Recall(min(1.0, found / expected), len(vectors), ef_search)
        if measured.recall >= LEAST_RECALL:
            break
    return measured


async def _sample(connection: Connection, space: Namespace, limit: int) -> list[list[float]]:
    rows = await connection.fetch(addressed(sql.load("namespaces")["sample"], space), limit)
    return [row["vector"] for row in rows]


async def _nearest(
    connection: Connection, space: Namespace, vector: Sequence[float], ef_search: int | None
) -> list[float]:
    """By the index with `ef_search`, or exactly without."""
    other, sort = ("enable_seqscan", "off") if ef_search else ("enable_indexscan", "on")
    async with connection.transaction():
        await connection.execute(f"SET LOCAL {other} = off; SET LOCAL enable_sort = {sort}")
        settings = search.SETTINGS | ({"hnsw.ef_search": str(ef_search)} if ef_search else {})
        await _set(connection, settings)
        rows = await connection.fetch(addressed(sql.load("namespaces")["nearest"], space), vector, DEPTH)
    return [row["distance"] for row in rows]


async def _set(connection: Connection, settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        await connection.execute("SELECT set_config($1, $2, true)", name, value)


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
