"""When an old namespace goes, what its index finds, who may migrate, and what a new one is called."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from support import clock, running_tasks
from support.indexed import ROWS, indexed, other

from app.db import catalog, content, engine, namespace_index, namespaces
from app.db.catalog import Namespace
from app.errors import CutoverRefused

# Its time is over 7 days after the flip, and a day after its last use.
_DAY = timedelta(days=1)


@pytest.fixture
async def desk(database: str) -> AsyncIterator[engine.Connection]:
    """To a database of this test alone."""
    async with content.open_desk(database) as connection:
        yield connection


async def test_an_old_namespace_is_kept_seven_days_and_then_dropped(desk: engine.Connection, own: engine.Pool) -> None:
    await _retired(desk)
    for days, gone in ((0, 0), (6.9, 0), (7.1, 1), (7.2, 0)):
        await clock.move(desk, days * _DAY)
        assert await namespaces.drop_due(own) == gone, days

    assert await _states(desk) == {"minilm_int8": "dropped", "other": "active"}
    assert await desk.fetchval("SELECT to_regclass('polity.embeddings_minilm_int8')") is None


async def test_a_namespace_that_a_task_used_of_late_is_not_dropped(desk: engine.Connection, own: engine.Pool) -> None:
    old = await _retired(desk)
    [task] = await running_tasks.begin(own)
    await clock.move(desk, 8 * _DAY)
    await _finished(desk, task, old, hours_ago=23)
    # Whether the chore has noted it yet or not.
    assert await namespaces.drop_due(own) == 0
    await desk.execute("SELECT ops.note_namespace_use('48 hours')")
    assert await namespaces.drop_due(own) == 0
    await clock.move(desk, 8 * _DAY + timedelta(hours=2))
    assert await namespaces.drop_due(own) == 1


async def test_the_use_of_a_namespace_is_noted_by_its_tasks_and_only_grows(
    desk: engine.Connection, own: engine.Pool
) -> None:
    old = await _retired(desk)
    [task] = await running_tasks.begin(own)
    await clock.move(desk, 2 * _DAY)
    await _finished(desk, task, old, hours_ago=0)
    before = await _used_at(desk)
    await namespaces.note_use(own)
    noted = await _used_at(desk)
    await clock.move(desk, timedelta(0))
    await namespaces.note_use(own)

    assert noted["minilm_int8"] - before["minilm_int8"] > 1.9 * _DAY
    assert noted["other"] == before["other"]
    assert await _used_at(desk) == noted


async def test_the_active_namespace_is_never_dropped(desk: engine.Connection) -> None:
    with pytest.raises(engine.DatabaseError, match="cannot be dropped: it is active"):
        await desk.execute("SELECT catalog.drop_namespace('polity', 'minilm_int8')")


async def test_a_domain_has_one_half_made_namespace(desk: engine.Connection) -> None:
    await desk.execute("SELECT catalog.begin_namespace('polity', 'one', 'one', 384)")
    with pytest.raises(engine.DatabaseError, match="namespaces_one_building"):
        await desk.execute("SELECT catalog.begin_namespace('polity', 'two', 'two', 384)")


async def test_a_new_namespace_has_a_name_that_the_domain_never_had(desk: engine.Connection) -> None:
    assert await namespaces.free_name(desk, "polity", "Text-Embedding.3/small") == "text_embedding_3_small"
    assert await namespaces.free_name(desk, "polity", "minilm-int8") == "minilm_int8_2"
    await desk.execute("SELECT catalog.begin_namespace('polity', 'minilm_int8_2', 'minilm-int8', 384)")
    await desk.execute("SELECT catalog.drop_namespace('polity', 'minilm_int8_2')")
    assert await namespaces.free_name(desk, "polity", "minilm-int8") == "minilm_int8_3"


async def test_domains_are_claimed_one_by_one(desk: engine.Connection, database: str) -> None:
    await namespaces.claim(desk, "polity")
    async with content.open_desk(database) as other:
        with pytest.raises(CutoverRefused, match=r"the embeddings of polity are being migrated by another command"):
            await namespaces.claim(other, "polity")
        await namespaces.claim(other, "history")


@pytest.mark.parametrize("dimensions", [384, 1536, 3072])
async def test_the_index_finds_what_exact_search_finds(desk: engine.Connection, dimensions: int) -> None:
    space = await indexed(desk, dimensions)
    measured = await namespace_index.recall(desk, space)

    assert measured is not None
    assert (measured.queries, measured.depth) == (ROWS, 20)
    assert measured.recall >= namespace_index.LEAST_RECALL


async def test_an_index_that_search_cannot_use_is_found_out(desk: engine.Connection) -> None:
    space = await indexed(desk, 384)
    # The right name, valid, and of another distance than search orders by.
    await desk.execute("DROP INDEX polity.embeddings_other_hnsw")
    await desk.execute(
        "CREATE INDEX embeddings_other_hnsw ON polity.embeddings_other USING hnsw"
        " ((embedding::halfvec(384)) halfvec_l1_ops)"
    )
    with pytest.raises(CutoverRefused, match="the planner does not use the index of polity/other"):
        await namespace_index.check_planned(desk, space)


async def test_a_small_table_may_be_read_whole_but_its_index_is_of_use(desk: engine.Connection) -> None:
    space = await indexed(desk, 1536)
    assert await namespace_index.check_planned(desk, space) in (True, False)
    await desk.execute("DROP INDEX polity.embeddings_other_hnsw")
    with pytest.raises(CutoverRefused, match="the planner does not use the index"):
        await namespace_index.check_planned(desk, space)


async def test_nothing_live_proves_nothing(desk: engine.Connection) -> None:
    await desk.execute("SELECT catalog.begin_namespace('polity', 'other', 'other', 384)")
    space = await other(desk)
    assert await namespace_index.build(desk, space, warn=print)
    assert await namespace_index.recall(desk, space) is None


async def _retired(desk: engine.Connection) -> Namespace:
    """Cut polity over to a namespace named other; the one before it."""
    [old] = await catalog.live_namespaces(desk, "polity")
    await desk.execute("SELECT catalog.begin_namespace('polity', 'other', 'other', 384)")
    await namespaces.keep_report(desk, await other(desk), {"passed": True})
    await desk.execute("SELECT catalog.cut_over('polity', 'minilm_int8', 'other')")
    return old


async def _finished(desk: engine.Connection, task: object, space: Namespace, *, hours_ago: int) -> None:
    await desk.execute(
        "UPDATE chat.tasks SET status = 'done', job_id = 1, namespaces = ARRAY[$2::uuid],"
        " finished_at = ops.now() - make_interval(hours => $3), lease_until = NULL, answer = '{}' WHERE id = $1",
        task,
        space.id,
        hours_ago,
    )


async def _used_at(desk: engine.Connection) -> dict[str, object]:
    rows = await desk.fetch("SELECT name, last_used_at FROM catalog.namespaces WHERE domain = 'polity'")
    return {row["name"]: row["last_used_at"] for row in rows}


async def _states(desk: engine.Connection) -> dict[str, str]:
    rows = await desk.fetch("SELECT name, status FROM catalog.namespaces WHERE domain = 'polity'")
    return {row["name"]: row["status"] for row in rows}
