"""An undo restores exactly what was live before, and nothing else."""

import asyncio
from datetime import date

import asyncpg
import pytest
from content_desk import PROSE, Desk

from app.db.revisions import NotUndoable


async def _embeddings(desk: Desk) -> list[tuple[object, ...]]:
    return await desk.fetch("SELECT chunk_id, embedding::text FROM polity.embeddings_minilm_int8 ORDER BY chunk_id")


async def _calls(desk: Desk) -> int:
    [(calls,)] = await desk.fetch("SELECT count(*) FROM ops.llm_calls")
    return int(str(calls))


async def test_undo_restores_what_was_live_without_embedding_again_and_undo_of_that_brings_it_back(desk: Desk) -> None:
    desk.document("governor.md")
    desk.document("president.md", "The President is elected.")
    await desk.apply()
    desk.document("governor.md", PROSE + " He may resign.")
    desk.document("speaker.md", "The Speaker presides.")
    await desk.apply()
    changed, before, calls = await desk.live(), await _embeddings(desk), await _calls(desk)
    undone = await desk.undo()
    assert (undone.number, undone.undoes, undone.keys) == (3, 2, ("governor.md", "speaker.md"))
    assert await desk.live() == [("governor.md", 1, None), ("president.md", 1, None)]
    again = await desk.undo(3)
    assert again.undoes == 3
    assert await desk.live() == changed
    assert (await _embeddings(desk), await _calls(desk)) == (before, calls)


async def test_undo_gives_back_the_days_that_a_later_version_took(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply()
    desk.document("governor.md", PROSE + " So it is since 2020.", effective_from="2020-01-01")
    await desk.apply()
    assert await desk.live() == [("governor.md", 1, date(2020, 1, 1)), ("governor.md", 2, None)]
    await desk.undo()
    assert await desk.live() == [("governor.md", 1, None)]


async def test_undo_again_and_again_goes_back_step_by_step(desk: Desk) -> None:
    seen = []
    for text in ("One thing.", "Another thing.", "A third thing."):
        desk.document("governor.md", text)
        await desk.apply()
        seen.append(await desk.live())
    undone = []
    for before in reversed([[], *seen[:-1]]):
        undone.append((await desk.undo()).undoes)
        assert await desk.live() == before
    assert undone == [3, 2, 1]
    with pytest.raises(NotUndoable, match="nothing to undo"):
        await desk.undo()


async def test_a_revision_under_later_ones_is_undone_alone_or_refused_naming_them(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply()
    desk.document("president.md", "The President is elected.")
    await desk.apply()
    desk.document("governor.md", PROSE + " He may resign.")
    await desk.apply()
    with pytest.raises(NotUndoable, match="later revisions touch the same documents: undo 3 first"):
        await desk.undo(1)
    assert (await desk.undo(2)).keys == ("president.md",)
    assert await desk.live() == [("governor.md", 2, None)]
    with pytest.raises(NotUndoable, match="revision 2 has been undone by 4 already"):
        await desk.undo(2)
    with pytest.raises(NotUndoable, match="no revision 99"):
        await desk.undo(99)
    await desk.undo(3)
    # What was changed and taken back again stands in nobody's way.
    await desk.undo(1)
    assert await desk.live() == []


async def test_an_undone_text_comes_back_by_an_apply(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply()
    await desk.undo()
    summary = await desk.apply()
    assert (summary.revived, summary.chunks) == (1, 0)
    assert await desk.live() == [("governor.md", 1, None)]


async def test_withdrawn_is_out_at_once_and_undo_brings_it_back(desk: Desk) -> None:
    desk.document("governor.md")
    desk.document("president.md", "The President is elected.")
    await desk.apply()
    await desk.withdraw("governor.md")
    assert await desk.live() == [("president.md", 1, None)]
    await desk.undo()
    assert await desk.live() == [("governor.md", 1, None), ("president.md", 1, None)]


async def test_after_thirty_days_an_undo_embeds_again_and_says_so(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply()
    await desk.withdraw("governor.md")
    await desk.fetch("UPDATE polity.versions SET embedded_until = now() - interval '1 second'")
    await desk.fetch("DELETE FROM polity.embeddings_minilm_int8")
    await desk.undo()
    assert "taken out more than 30 days ago, embedding again: " in desk.report.lines[-1]
    assert await desk.live() == [("governor.md", 1, None)]
    assert len(await _embeddings(desk)) == 1


async def test_an_undo_that_waits_for_the_dropping_of_old_embeddings_brings_nothing_back_without_them(
    desk: Desk,
) -> None:
    desk.document("governor.md")
    await desk.apply()
    await desk.withdraw("governor.md")
    dropping = await asyncpg.connect(desk.dsn)
    try:
        async with dropping.transaction():
            # What embeddings.drop_old holds when a text's 30 days end.
            await dropping.execute("SELECT FROM polity.versions FOR UPDATE")
            await dropping.execute("DELETE FROM polity.embeddings_minilm_int8")
            undo = asyncio.create_task(desk.undo())
            while not await dropping.fetchval(
                # Not pg_stat_activity, of which a transaction sees for ever what it has seen first.
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            ):
                assert not undo.done(), undo
                await asyncio.sleep(0.02)
        with pytest.raises(NotUndoable, match="its embeddings have just been dropped; try again"):
            await undo
    finally:
        await dropping.close()
    assert await desk.live() == []
    await desk.undo()
    assert (await desk.live(), len(await _embeddings(desk))) == ([("governor.md", 1, None)], 1)
