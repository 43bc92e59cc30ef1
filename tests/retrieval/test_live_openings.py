"""What the router reads of the content on a real database: which documents count as topics, and when it looks again."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import numpy as np
import pytest
import structlog
from stored_content import Text, store

from app.agents.supervisor import Domains
from app.agents.topics import NOTHING, SECONDS, SECONDS_SOON, LiveOpenings, Openings
from app.db import engine, search, topics
from app.retrieval.minilm import MiniLM

DOMAINS: Domains = {"factual": ("polity", "history"), "current_affairs": ("current_affairs",)}
PRIVACY = Text("Digital Personal Data Protection Act", "The Act lets a person see which data on them are kept.")
SUMMIT = Text("G20 summit in New Delhi", "The leaders admitted the African Union.")
MONEY = Text("Article 110. Definition of Money Bills", "A Bill is a Money Bill if it only imposes or abolishes a tax.")
REVOLT = Text("Revolt of 1857", "It began at Meerut on 10 May 1857.")


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def connection(database: str) -> AsyncIterator[engine.Connection]:
    made = await engine.connect(database, application="test")
    yield made
    await made.close()


async def _openings(pool: engine.Pool, domain: str = "current_affairs", limit: int = 10) -> list[list[float]]:
    namespace = (await search.namespaces(pool, [domain]))[0]
    return await topics.openings(pool, namespace, limit=limit)


def _vectors(model: MiniLM, *texts: Text) -> np.ndarray:
    return np.asarray(model.embed_now([f"{text.title}\n{text.text}" for text in texts]))


async def _renewed(current: LiveOpenings) -> Openings:
    """What is told once the reading that a question has set off is done."""
    await current()
    assert current.renewal is not None
    await current.renewal
    return await current()


async def test_a_document_opens_with_its_first_chunk_only(
    pool: engine.Pool, connection: engine.Connection, model: MiniLM
) -> None:
    await store(connection, model, "current_affairs", [SUMMIT])
    await connection.execute(
        """WITH later AS (INSERT INTO current_affairs.chunks (parent_id, position, header, text, tokens)
                          SELECT parent_id, 1, header, 'And more.', 3 FROM current_affairs.chunks RETURNING id)
           INSERT INTO current_affairs.embeddings_minilm_int8 (chunk_id, embedding)
           SELECT later.id, embedding FROM later, current_affairs.embeddings_minilm_int8"""
    )
    assert np.allclose(await _openings(pool), _vectors(model, SUMMIT), atol=1e-6)


@pytest.mark.parametrize(
    "hidden",
    [
        Text("Hidden", SUMMIT.text, status="draft"),
        Text("Hidden", SUMMIT.text, status="ended"),
        Text("Hidden", SUMMIT.text, status="withdrawn"),
        Text("Hidden", SUMMIT.text, effective_from=date.today() + timedelta(days=2)),  # noqa: DTZ011
        Text("Hidden", SUMMIT.text, effective_to=date.today() - timedelta(days=2)),  # noqa: DTZ011
    ],
    ids=["draft", "ended", "withdrawn", "not yet effective", "no longer effective"],
)
async def test_what_is_not_live_and_effective_today_is_no_topic(
    pool: engine.Pool, connection: engine.Connection, model: MiniLM, hidden: Text
) -> None:
    await store(connection, model, "current_affairs", [hidden, PRIVACY])
    assert np.allclose(await _openings(pool), _vectors(model, PRIVACY), atol=1e-6)


async def test_a_topic_ends_on_its_indian_day_by_the_database_clock(
    pool: engine.Pool, connection: engine.Connection, model: MiniLM
) -> None:
    now = await connection.fetchval("SELECT (ops.now() AT TIME ZONE 'Asia/Kolkata')::date")
    tomorrow = Text(PRIVACY.title, PRIVACY.text, effective_from=now + timedelta(days=1))
    today = Text(SUMMIT.title, SUMMIT.text, effective_to=now + timedelta(days=1))
    await store(connection, model, "current_affairs", [tomorrow, today])
    assert np.allclose(await _openings(pool), _vectors(model, SUMMIT), atol=1e-6)
    await connection.execute("SET prashna.testing = 'on'")
    await connection.execute("SELECT ops.set_clock_offset('24 hours')")
    assert np.allclose(await _openings(pool), _vectors(model, PRIVACY), atol=1e-6)


async def test_the_newest_documents_come_first_and_older_ones_not_at_all(
    pool: engine.Pool, connection: engine.Connection, model: MiniLM
) -> None:
    await store(connection, model, "current_affairs", [PRIVACY, SUMMIT, MONEY])
    await connection.execute(
        """UPDATE current_affairs.versions SET live_at = ops.now() - CASE title WHEN $1 THEN interval '1 hour'
           WHEN $2 THEN interval '1 day' ELSE interval '1 year' END""",
        SUMMIT.title,
        PRIVACY.title,
    )
    assert np.allclose(await _openings(pool, limit=2), _vectors(model, SUMMIT, PRIVACY), atol=1e-6)


async def test_news_and_facts_are_read_from_the_domains_of_their_intents(
    pool: engine.Pool, connection: engine.Connection, model: MiniLM
) -> None:
    await store(connection, model, "current_affairs", [SUMMIT])
    await store(connection, model, "polity", [MONEY])
    await store(connection, model, "history", [REVOLT])
    held = await LiveOpenings(pool, DOMAINS)()
    assert np.allclose(held.news, _vectors(model, SUMMIT), atol=1e-6)
    assert sorted(held.facts[:, 0]) == pytest.approx(sorted(_vectors(model, MONEY, REVOLT)[:, 0]), abs=1e-6)


async def test_a_withdrawn_document_is_no_topic_once_the_openings_are_old(
    pool: engine.Pool, connection: engine.Connection, model: MiniLM
) -> None:
    await store(connection, model, "current_affairs", [SUMMIT, PRIVACY])
    clock = Clock()
    current = LiveOpenings(pool, DOMAINS, clock)
    assert len((await current()).news) == 2
    await connection.execute("UPDATE current_affairs.versions SET status = 'withdrawn' WHERE title = $1", PRIVACY.title)
    clock.seconds = SECONDS - 1
    assert len((await current()).news) == 2
    clock.seconds = SECONDS
    assert np.allclose((await _renewed(current)).news, _vectors(model, SUMMIT), atol=1e-6)


async def test_no_question_waits_for_a_renewal(pool: engine.Pool, connection: engine.Connection, model: MiniLM) -> None:
    await store(connection, model, "current_affairs", [SUMMIT])
    clock = Clock()
    current = LiveOpenings(pool, DOMAINS, clock)
    before = await current()
    await store(connection, model, "current_affairs", [PRIVACY])
    clock.seconds = SECONDS
    async with connection.transaction():
        # Nobody reads the domain until this is over.
        await connection.execute("LOCK TABLE current_affairs.versions")
        assert await current() is before
        renewal = current.renewal
        assert await current() is before
        assert current.renewal is renewal
        assert renewal is not None
        assert not renewal.done()
    await renewal
    assert len((await current()).news) == 2


async def test_the_facts_are_not_read_where_there_is_no_news(
    pool: engine.Pool, connection: engine.Connection, model: MiniLM
) -> None:
    await store(connection, model, "polity", [MONEY])
    await connection.execute("ALTER TABLE polity.versions RENAME TO elsewhere")
    current = LiveOpenings(pool, DOMAINS)
    with structlog.testing.capture_logs() as said:
        assert len((await current()).facts) == 0
    assert said == []


async def test_the_first_news_is_known_sooner(pool: engine.Pool, connection: engine.Connection, model: MiniLM) -> None:
    clock = Clock()
    current = LiveOpenings(pool, DOMAINS, clock)
    assert len((await current()).news) == 0
    await store(connection, model, "current_affairs", [SUMMIT])
    clock.seconds = SECONDS_SOON - 1
    assert len((await current()).news) == 0
    clock.seconds = SECONDS_SOON
    assert len((await _renewed(current)).news) == 1


async def test_a_database_that_does_not_answer_leaves_the_last_openings(
    database: str, connection: engine.Connection, model: MiniLM
) -> None:
    await store(connection, model, "current_affairs", [SUMMIT])
    clock = Clock()
    async with engine.open_pool(database, application="test", size=1) as pool:
        current = LiveOpenings(pool, DOMAINS, clock)
        before = await current()
        await connection.execute("ALTER TABLE current_affairs.versions RENAME TO elsewhere")
        clock.seconds = SECONDS
        assert await _renewed(current) is before
        assert len(before.news) == 1


async def test_a_reading_that_failed_is_tried_again_soon(
    pool: engine.Pool, connection: engine.Connection, model: MiniLM
) -> None:
    await store(connection, model, "current_affairs", [SUMMIT])
    clock = Clock()
    current = LiveOpenings(pool, DOMAINS, clock)
    await connection.execute("ALTER TABLE current_affairs.versions RENAME TO elsewhere")
    assert await current() is NOTHING
    await connection.execute("ALTER TABLE current_affairs.elsewhere RENAME TO versions")
    await store(connection, model, "current_affairs", [PRIVACY])
    clock.seconds = SECONDS_SOON - 1
    assert await _renewed(current) is NOTHING
    clock.seconds = SECONDS_SOON
    assert len((await _renewed(current)).news) == 2
    await connection.execute("ALTER TABLE current_affairs.versions RENAME TO elsewhere")
    clock.seconds += SECONDS
    await _renewed(current)
    await connection.execute("ALTER TABLE current_affairs.elsewhere RENAME TO versions")
    await connection.execute("UPDATE current_affairs.versions SET status = 'withdrawn' WHERE title = $1", SUMMIT.title)
    clock.seconds += SECONDS_SOON
    assert len((await _renewed(current)).news) == 1


async def test_vectors_of_another_model_are_not_compared(
    pool: engine.Pool, connection: engine.Connection, model: MiniLM
) -> None:
    await store(connection, model, "current_affairs", [SUMMIT])
    await store(connection, model, "polity", [MONEY])
    await connection.execute("UPDATE catalog.namespaces SET model = 'other' WHERE domain = 'history'")
    held = await LiveOpenings(pool, DOMAINS)()
    assert (len(held.news), len(held.facts)) == (1, 0)
