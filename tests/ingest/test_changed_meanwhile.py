"""An apply that finds the domain changed when it comes to hold it judges what it has read, and reads nothing again."""

import asyncio
import io
import sys

import pytest
from content_desk import PROSE, Desk

from app.db import content, documents


async def test_standard_input_is_read_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"---\nid: governor\ntitle: The Governor\n---\n\n{PROSE}\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    desk.document("president.md", "The President is elected.")
    await desk.apply()
    desk.report.spoken.clear()
    async with content.open_desk(desk.dsn) as other, content.changing(other, "polity"):
        applying = asyncio.create_task(desk.apply("-"))
        await asyncio.wait_for(desk.report.spoken.wait(), 30)
        await other.execute("UPDATE polity.versions SET status = 'withdrawn', ended_at = ops.now()")
    summary = await applying
    assert "polity has changed meanwhile; comparing again" in desk.report.lines
    assert (summary.added, summary.rejected, summary.exit_code) == (1, [], 0)
    assert await desk.live() == [("governor", 1, None)]


async def test_a_document_is_refused_by_what_is_stored_in_the_end_and_counted_once(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply()
    desk.document("governor.md", PROSE + " Once.", effective_to="2020-01-01")
    desk.document("president.md", "The President is elected.")
    desk.report.spoken.clear()
    async with content.open_desk(desk.dsn) as other, content.changing(other, "polity"):
        # Read, it crosses the text of all days; when that is gone, it does not.
        applying = asyncio.create_task(desk.apply())
        await asyncio.wait_for(desk.report.spoken.wait(), 30)
        await other.execute("UPDATE polity.versions SET status = 'withdrawn', ended_at = ops.now()")
    summary = await applying
    assert (summary.added, summary.changed, summary.rejected, summary.chunks) == (1, 1, [], 2)
    assert summary.keys == {"changed": ["governor.md"], "added": ["president.md"]}
    assert len(await desk.live()) == 2


async def test_what_was_taken_out_and_brought_back_has_changed(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply()
    live = await desk.live()
    async with content.open_desk(desk.dsn) as connection:
        before = await documents.stamp(connection, "polity")
        await desk.withdraw("governor.md")
        await desk.undo()
        assert await desk.live() == live
        assert await documents.stamp(connection, "polity") != before
