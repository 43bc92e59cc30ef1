"""Whoever waits for embeddings is let go with a reason when the job has failed for good, or when there is none."""

import asyncio
from collections.abc import Sequence

import pytest
from content_desk import Desk

from app.db import content
from app.retrieval.calls import CallLog
from app.retrieval.embedder import Embedders
from app.retrieval.minilm import MiniLM, Vectors
from ingest import following
from ingest.apply import Models
from ingest.following import Awaited


class _Broken:
    """A model whose library has a mistake: no provider's trouble, so its jobs are not tried for ever."""

    name = MiniLM.name
    dimensions = MiniLM.dimensions

    async def embed(self, texts: Sequence[str], log: CallLog | None = None) -> Vectors:
        raise RuntimeError("the session has no input named ids")


async def test_a_draft_whose_job_fails_for_good_is_given_up_with_the_reason(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "PATIENCE_SECONDS", 2.0)
    desk.document("governor.md")
    whole, desk.models = desk.models, Models(desk.models.offsets, Embedders([_Broken()]))
    summary = await asyncio.wait_for(desk.apply(draft=True), 60)
    assert (summary.trouble, summary.exit_code) == ("its job failed (RuntimeError): see the bulk worker's log", 1)
    # Nothing is left behind that keeps the next one from working.
    desk.models = whole
    assert (await asyncio.wait_for(desk.publish(), 60)).trouble == ""
    assert await desk.live() == [("governor.md", 1, None)]


async def test_what_no_job_is_for_is_not_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PATIENCE_SECONDS", 2.0)
    desk.document("governor.md")
    await desk.apply()
    await desk.withdraw("governor.md")
    await desk.fetch("DELETE FROM polity.embeddings_minilm_int8")
    async with content.open_desk(desk.dsn) as connection:
        awaited = Awaited("polity", version_ids=await desk.version_ids())
        waiting = following.follow(desk.dsn, connection, awaited, desk.models, desk.report)
        assert "has failed for good" in await asyncio.wait_for(waiting, 60)
