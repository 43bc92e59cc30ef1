"""`prashna embeddings rollback` says what it will cost, and neither a lost connection nor a deadlock is told raw."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from operators_desk import DOCUMENTS, DOMAIN, SMALL, Desk
from structlog.testing import capture_logs

from app.db import cutovers, engine
from app.db.cutover_files import Step
from app.errors import CutoverRefused
from app.local.embeddings import command, rollback
from app.local.embeddings.alarm import raise_alarm
from app.local.embeddings.operator import open_operator

_NAME = "small"


async def _cut_over(desk: Desk) -> None:
    """To a namespace that has everything, with the record of a gate that passed."""
    revisions: Path = desk.settings.operations.revisions or Path()
    await cutovers.advance(desk.dsn, Step(DOMAIN, "creation", _NAME, SMALL, 1536), revisions=revisions)
    connection = await engine.connect(desk.dsn)
    try:
        await connection.execute(
            f"INSERT INTO {DOMAIN}.embeddings_{_NAME}"
            f" SELECT id, array_fill(0.5, ARRAY[1536])::halfvec FROM {DOMAIN}.chunks"
        )
        await connection.execute(
            "UPDATE catalog.namespaces SET gate_report = '{\"passed\": true}' WHERE name = $1", _NAME
        )
    finally:
        await connection.close()
    step = Step(DOMAIN, "cutover", _NAME, SMALL, 1536, previous="minilm_int8")
    await cutovers.advance(desk.dsn, step, revisions=revisions)


async def test_the_question_says_how_many_live_texts_would_be_found_by_words_alone(
    desk: Desk, connection: engine.Connection
) -> None:
    await _cut_over(desk)
    asked = f"Serve {DOMAIN} with the model before {SMALL} again?"
    assert await rollback.intent(desk.settings, desk.dsn, DOMAIN) == asked
    await connection.execute(
        f"DELETE FROM {DOMAIN}.embeddings_minilm_int8 WHERE chunk_id IN (SELECT id FROM {DOMAIN}.chunks LIMIT 7)"
    )
    assert await rollback.intent(desk.settings, desk.dsn, DOMAIN) == (
        f"{asked} Without embeddings by it yet, till then found by words: 7 live documents."
    )
    assert DOCUMENTS > 7


async def test_a_deadlock_with_another_session_is_waited_out(desk: Desk) -> None:
    await _cut_over(desk)
    other, looking = await asyncpg.connect(desk.dsn), await asyncpg.connect(desk.dsn)
    try:
        # So that the way back is the one whose wait the server ends.
        await other.execute("SET deadlock_timeout = '1h'")
        await other.execute("BEGIN")
        await other.execute("SELECT FROM catalog.namespaces WHERE domain = $1 FOR UPDATE", DOMAIN)
        going = asyncio.create_task(rollback.rollback(desk.settings, desk.dsn, DOMAIN, lambda _: None))
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while not await looking.fetchval(waiting):
            assert not going.done(), going
            await asyncio.sleep(0.01)
        await other.execute("SELECT catalog.hold_namespaces($1)", DOMAIN)
        await other.execute("COMMIT")
        await going
        states = "SELECT status FROM catalog.namespaces WHERE domain = $1 AND name = $2"
        assert await looking.fetchval(states, DOMAIN, "minilm_int8") == "active"
    finally:
        await other.close()
        await looking.close()


async def test_a_database_that_gives_up_is_told_as_a_refusal(desk: Desk, connection: engine.Connection) -> None:
    await _cut_over(desk)
    await connection.execute(
        "CREATE FUNCTION ops.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 / 0; RETURN NULL; END $$"
    )
    await connection.execute("CREATE TRIGGER fail BEFORE UPDATE ON catalog.namespaces EXECUTE FUNCTION ops.fail()")

    def take_back() -> None:
        command.roll_back(desk.settings, desk.dsn, DOMAIN, confirm=lambda _: None, say=lambda _: None)

    with pytest.raises(CutoverRefused, match=r"the database gave up \(DivisionByZeroError.*is served as before"):
        await asyncio.to_thread(take_back)


async def test_an_alarm_is_kept_though_the_operator_s_connection_is_lost(
    desk: Desk, connection: engine.Connection
) -> None:
    async with open_operator(desk.settings, desk.dsn, DOMAIN, lambda _: None) as operator:
        await connection.execute(
            "SELECT pg_terminate_backend($1)", await operator.connection.fetchval("SELECT pg_backend_pid()")
        )
        await raise_alarm(operator, "embedding_gate.failed", "it has not passed", {"reason": "a test"})
    assert await connection.fetchval("SELECT message FROM ops.notices") == "it has not passed"


async def test_an_alarm_without_any_database_fails_nobody(desk: Desk, connection: engine.Connection) -> None:
    async with open_operator(desk.settings, desk.dsn, DOMAIN, lambda _: None) as operator:
        await connection.execute("DROP TABLE ops.notices")
        with capture_logs() as said:
            await raise_alarm(operator, "embedding_gate.failed", "it has not passed", {})
    assert [line["event"] for line in said] == ["embedding_gate.failed", "notice.failed"]
