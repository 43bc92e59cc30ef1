"""Drafts are stored and embedded, and seen by nobody before they are published."""

import pytest
from content_desk import PROSE, Desk

from app.db.content import Revision
from app.db.revisions import NotUndoable
from app.errors import ConfigurationError
from ingest import changes


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


@pytest.mark.parametrize("number", [0, -1, 99, 10**30])
async def test_a_revision_that_is_not_there_cannot_be_published(desk: Desk, number: int) -> None:
    desk.document("governor.md")
    await desk.apply(draft=True)
    with pytest.raises(NotUndoable, match=f"there is no revision {number}; `prashna ingest log` lists them"):
        await desk.publish(number)
    assert await desk.live() == []


async def test_a_draft_older_than_what_is_live_is_published_after_a_question_and_says_so(desk: Desk) -> None:
    desk.document("tax.md", "The levy is 7 %.")
    desk.document("governor.md")
    await desk.apply()
    desk.document("tax.md", "The levy is 8 %.")
    desk.document("governor.md", PROSE + " He may resign.")
    await desk.apply(draft=True)
    newer = desk.document("tax.md", "The levy is 9 %.")
    await desk.apply(newer)
    assert desk.asked == []
    changed = await desk.publish(2)
    assert (changed.number, changed.newer) == (4, {"tax.md": 3})
    assert desk.asked == [
        "'tax.md' was changed by revision 3 since this draft was made. Publish revision 2 all the same?"
    ]


async def test_a_draft_newer_than_what_is_live_asks_nothing(desk: Desk) -> None:
    for text in ("One thing.", "Another thing.", "A third thing."):
        desk.document("governor.md", text)
        await desk.apply()
    await desk.undo()
    desk.document("governor.md", "Some other thing.")
    await desk.apply(draft=True)
    # Published, taken back, published again: nothing is newer than the draft, whatever its number is by now.
    await desk.publish()
    await desk.undo()
    assert (await desk.publish()).newer == {}
    assert desk.asked == []


async def test_a_no_to_the_question_publishes_nothing(desk: Desk) -> None:
    desk.document("governor.md", "One thing.")
    await desk.apply(draft=True)
    desk.document("governor.md", "Another thing.")
    await desk.apply()
    revision = Revision("publish", "", "tester")

    def no(_: str) -> None:
        raise KeyboardInterrupt

    before = await desk.counts()
    with pytest.raises(KeyboardInterrupt):
        await changes.publish(desk.dsn, 1, None, revision, desk.models, desk.report, no)
    assert await desk.counts() == before


async def test_texts_that_wait_and_cannot_both_be_live_are_told_of_and_nothing_is_published(desk: Desk) -> None:
    desk.document("governor.md", "As from 2022-01-01.", effective_from="2022-01-01")
    await desk.apply(draft=True)
    for day in ("2020-01-01", "2021-01-01"):
        desk.document("governor.md", f"As from {day}.", effective_from=day)
        await desk.apply(wait=False)
    # No command of ours makes such days; a hand in the database does.
    await desk.fetch("UPDATE polity.versions SET effective_from = '2019-01-01' WHERE number = 3")
    await desk.fetch("UPDATE catalog.revision_changes SET effective_to_after = '2020-06-01' WHERE revision_id = 3")
    with pytest.raises(
        ConfigurationError, match=r"of 'governor\.md' a version waits to become live that cannot: the live"
    ):
        await desk.publish(1)
    assert desk.asked == [
        "'governor.md' was changed by revision 3 since this draft was made. Publish revision 1 all the same?"
    ]
    assert (await desk.counts())["revisions"] == 3
