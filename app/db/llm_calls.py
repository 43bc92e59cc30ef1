"""One row for every call to a model, an embedder or a reranker."""

from collections.abc import Sequence
from uuid import UUID

from app.db.engine import Connection, Pool

# (node, model, tokens in, tokens out, cost, milliseconds, outcome): the fields of app.retrieval.calls.Call in order.
CallRow = tuple[str, str, int, int, object, int, str]


async def save(connection: Connection | Pool, rows: Sequence[CallRow], *, task_id: UUID | None, attempt: int) -> None:
    """Write the calls of one attempt."""
    if rows:
        await connection.execute(
            """INSERT INTO ops.llm_calls (task_id, attempt, node, model, tokens_in, tokens_out, cost, ms, outcome)
               SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::integer[], $6::integer[], $7::numeric[],
                                            $8::integer[], $9::text[])""",
            task_id,
            attempt,
            *(list(column) for column in zip(*rows, strict=True)),
        )
