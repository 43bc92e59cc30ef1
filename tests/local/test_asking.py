"""A question from the terminal costs nothing when it cannot be put into the queue."""

from dataclasses import replace

import asyncpg
import pytest
from support.questions import asked

from app.db import engine, gate
from app.db.enqueue import Asked
from app.local import asking


async def test_a_question_that_cannot_be_enqueued_gives_its_unit_back(database: str) -> None:
    question = asked("terminal")
    async with engine.open_pool(database, application="test", size=2) as pool:
        gated = await gate.gate(pool, question, session_id=None, limit=100)
        bad = Asked(replace(question, text="a\0b"), gated.session_id, gated.asked_at)
        with pytest.raises(asyncpg.PostgresError):
            await asking._enqueue(pool, bad)

        assert await pool.fetchval("SELECT used FROM chat.rate_counters") == 0


async def test_an_enqueued_question_belongs_to_the_day_of_its_unit(database: str) -> None:
    question = asked("terminal")
    async with engine.open_pool(database, application="test", size=2) as pool:
        gated = await gate.gate(pool, question, session_id=None, limit=100)
        await asking._enqueue(pool, Asked(question, gated.session_id, gated.asked_at))

        assert await pool.fetchval("SELECT accepted_at FROM chat.tasks") == gated.asked_at
        assert await pool.fetchval("SELECT count(*) FROM chat.units_taken") == 0
