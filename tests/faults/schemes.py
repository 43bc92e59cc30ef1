"""Study texts that differ from each other in every name, so that no two students' answers are alike by chance."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product

import asyncpg
from support.study_texts import StudyText, store_all

from app.simulator import vectors

_FIRST = ("Vanda", "Kesar", "Marul", "Tilok", "Barhan", "Sonal", "Girmat", "Pelvi")
_LAST = ("pur", "nagar", "kota", "garh")
_FORMS = (
    "When was the {name} scheme begun?",
    "Whom does the {name} scheme help?",
    "Who pays for the {name} scheme?",
    "Where is the office of the {name} scheme?",
)

_REST = "UPDATE catalog.namespaces SET status = 'building' WHERE domain = 'economy' AND status = 'active' RETURNING id"
_NEXT = "SELECT 'provider_' || count(*) FROM catalog.namespaces WHERE domain = 'economy'"

NAMES = tuple(first + last for last, first in product(_LAST, _FIRST))


def _text(number: int, name: str) -> StudyText:
    return StudyText(
        "economy",
        f"The {name} scheme",
        f"The {name} scheme was begun in {1950 + number} by the planners of {name}. The {name} scheme helps weavers "
        f"and potters of {name} district. The Union pays {40 + number} per cent of the {name} scheme and the State "
        f"pays the rest. The office of the {name} scheme is in the old fort of {name}.",
    )


@asynccontextmanager
async def embedded_by(pool: asyncpg.Pool, model: str) -> AsyncIterator[None]:
    """While the block runs, the texts are searched with the vectors of this model of the simulated provider."""
    dimensions = vectors.dimensions_of(model)
    chunks = await pool.fetch("SELECT id, header, text FROM economy.chunks")
    made = vectors.embed([f"{one['header']}\n{one['text']}" for one in chunks], dimensions)
    async with pool.acquire() as connection, connection.transaction():
        before = await connection.fetchval(_REST)
        name = await connection.fetchval(_NEXT)
        await connection.execute(
            "SELECT catalog.create_namespace('economy', $1, $2, $3, 'active')", name, model, dimensions
        )
        rows = [(one["id"], vector.tolist()) for one, vector in zip(chunks, made, strict=True)]
        insert = f"INSERT INTO economy.embeddings_{name} (chunk_id, embedding) VALUES ($1, $2::float4[]::halfvec)"
        await connection.executemany(insert, rows)
    try:
        yield
    finally:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(_REST)
            await connection.execute("UPDATE catalog.namespaces SET status = 'active' WHERE id = $1", before)


async def store(dsn: str) -> None:
    """Write one text for each of NAMES; live at once."""
    await store_all(dsn, [_text(number, name) for number, name in enumerate(NAMES)])


def question(number: int) -> str:
    """Question `number` of a course through all names and forms; it repeats after 128."""
    form = _FORMS[number // len(NAMES) % len(_FORMS)]
    return form.format(name=NAMES[number % len(NAMES)])
