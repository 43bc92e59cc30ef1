"""Texts that wait for their embeddings while others come: what is live in the end is what was asked for last."""

import asyncio
from datetime import date

from content_desk import PROSE, Desk

from app.db import content, going_live


async def test_a_text_that_is_overtaken_before_it_is_embedded_is_never_live(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply()
    for text in ("Another thing.", "A third thing."):
        desk.document("governor.md", text)
        await desk.apply(wait=False)
    await desk.apply()
    assert await desk.versions("governor.md") == [
        (1, "ended", None, None),
        (2, "withdrawn", None, None),
        (3, "live", None, None),
    ]
    assert await desk.fetch("SELECT live_at FROM polity.versions WHERE number = 2") == [(None,)]
    async with content.open_desk(desk.dsn) as connection:
        [told] = await going_live.overtaken(connection, "polity", [1, 2, 3])
    assert (told.key, told.number, told.reason) == ("governor.md", 2, "revision 3 came before it was embedded")
    await desk.undo()
    # The second waits again, and its job is still there or was done.
    await desk.undo()
    assert await desk.live() == [("governor.md", 1, None)]


async def test_texts_of_later_days_become_live_one_after_the_other(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply(wait=False)
    desk.document("governor.md", PROSE + " So it is since 2020.", effective_from="2020-01-01")
    await desk.apply(wait=False)
    desk.document("governor.md", PROSE + " So it is since 2024.", effective_from="2024-01-01")
    await desk.apply()
    assert await desk.live() == [
        ("governor.md", 1, date(2020, 1, 1)),
        ("governor.md", 2, date(2024, 1, 1)),
        ("governor.md", 3, None),
    ]
    await desk.undo()
    assert await desk.live() == [("governor.md", 1, date(2020, 1, 1)), ("governor.md", 2, None)]


async def test_the_first_text_again_before_the_second_is_embedded_leaves_everything_as_it_was(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply()
    desk.document("governor.md", "Another thing.")
    await desk.apply(wait=False)
    desk.document("governor.md")
    assert (await desk.apply()).revived == 1
    assert await desk.live() == [("governor.md", 1, None)]


async def test_what_is_withdrawn_before_it_is_embedded_is_never_live(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply(wait=False)
    await desk.withdraw("governor.md")
    desk.document("president.md", "The President is elected.")
    await desk.apply(desk.folder / "president.md")
    assert await desk.live() == [("president.md", 1, None)]
    await desk.undo(2)
    await desk.apply()
    assert await desk.live() == [("governor.md", 1, None), ("president.md", 1, None)]


async def test_an_apply_reads_without_holding_the_domain_and_sees_what_changed_meanwhile(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply()
    desk.report.spoken.clear()
    async with content.open_desk(desk.dsn) as other, content.changing(other, "polity"):
        # The files are read and compared by the time that it says it waits: the text is live then, and unchanged.
        applying = asyncio.create_task(desk.apply())
        await asyncio.wait_for(desk.report.spoken.wait(), 30)
        await other.execute("UPDATE polity.versions SET status = 'withdrawn', ended_at = ops.now()")
    summary = await applying
    assert (summary.unchanged, summary.revived) == (0, 1)
    assert desk.report.lines[-2:] == [
        "another change of polity is under way; waiting for it to end",
        "polity has changed meanwhile; comparing again",
    ]
    assert await desk.live() == [("governor.md", 1, None)]
