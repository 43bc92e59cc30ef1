"""Drafts are stored and embedded, and seen by nobody before they are published."""

import pytest
from content_desk import PROSE, Desk

from app.errors import ConfigurationError


async def test_a_draft_is_embedded_and_not_live_until_it_is_published(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply()
    desk.document("governor.md", PROSE + " He may resign.")
    summary = await desk.apply(draft=True)
    assert (summary.changed, summary.revision, summary.waits, summary.exit_code) == (1, 2, False, 0)
    assert await desk.live() == [("governor.md", 1, None)]
    assert (await desk.counts())["embeddings_minilm_int8"] == 2
    assert (await desk.apply(draft=True)).unchanged == 1
    assert (await desk.publish()).number == 3
    assert await desk.live() == [("governor.md", 2, None)]
    await desk.undo()
    assert await desk.live() == [("governor.md", 1, None)]
    # It is a draft again.
    await desk.publish(2)
    assert await desk.live() == [("governor.md", 2, None)]


async def test_a_later_draft_takes_the_place_of_an_earlier_one(desk: Desk) -> None:
    for text in ("One thing.", "Another thing."):
        desk.document("governor.md", text)
        await desk.apply(draft=True)
    assert await desk.versions("governor.md") == [(1, "withdrawn", None, None), (2, "draft", None, None)]
    with pytest.raises(ConfigurationError, match="revision 1 has no drafts"):
        await desk.publish(1)
    await desk.undo()
    assert await desk.versions("governor.md") == [(1, "draft", None, None), (2, "withdrawn", None, None)]


async def test_an_apply_of_a_draft_s_text_publishes_it(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply(draft=True)
    summary = await desk.apply()
    assert (summary.revived, summary.chunks) == (1, 0)
    assert await desk.live() == [("governor.md", 1, None)]


async def test_without_drafts_there_is_nothing_to_publish(desk: Desk) -> None:
    with pytest.raises(ConfigurationError, match="no drafts to publish"):
        await desk.publish()
