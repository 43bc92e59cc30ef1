"""Whoever waits for embeddings is let go with a reason when the job has failed for good, or when there is none."""

import asyncio
import contextlib
from collections.abc import Sequence

import asyncpg
import pytest
from content_desk import Desk

from app.db import content
from app.errors import ConfigurationError
from app.jobs.embedding import Embedding
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


async def test_what_is_to_be_tried_again_in_minutes_is_tried_for_whoever_waits(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply(wait=False)
    # A provider was away for an hour, and is back.
    await desk.fetch("UPDATE queue_bulk.procrastinate_jobs SET scheduled_at = now() + interval '5 minutes'")
    await desk.fetch(
        "UPDATE catalog.namespaces SET trouble = 'it was away', trouble_at = now() WHERE domain = 'polity'"
    )
    summary = await asyncio.wait_for(desk.apply(), 60)
    assert (summary.trouble, summary.exit_code) == ("", 0)
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


@pytest.mark.parametrize("building", [False, True])
async def test_a_failure_to_go_live_is_kept_until_what_waited_is_live(desk: Desk, building: bool) -> None:
    desk.document("governor.md")
    await desk.apply(wait=False)
    embedding = Embedding(desk.dsn, desk.models.embedders)
    if building:
        await desk.fetch("SELECT catalog.begin_namespace('polity', 'new', 'text-embedding-3-small', 1536)")
    await desk.fetch(
        "CREATE FUNCTION ops.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 / 0; RETURN NULL; END $$"
    )
    await desk.fetch("CREATE TRIGGER fail BEFORE UPDATE ON polity.versions EXECUTE FUNCTION ops.fail()")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await embedding.embed("polity", await desk.version_ids())
    trouble = "SELECT trouble FROM catalog.namespaces WHERE domain = 'polity' AND status = 'active'"
    assert await desk.fetch(trouble) == [("its job failed (DivisionByZeroError): see the bulk worker's log",)]
    await desk.fetch("DROP TRIGGER fail ON polity.versions")
    # Nothing is left to embed but for the namespace that is building, which no key is there for.
    with pytest.raises(ConfigurationError) if building else contextlib.nullcontext():
        await embedding.embed("polity", await desk.version_ids())
    assert (await desk.fetch(trouble), len(await desk.live())) == ([(None,)], 1)
