"""What is live after an apply, and what is kept."""

import asyncio
from datetime import date

import asyncpg
from content_desk import PROSE, Desk

from app.db import content


async def test_a_document_is_stored_with_what_its_front_matter_says(desk: Desk) -> None:
    desk.document("governor.md", id="governor", topic="GS2 Polity", as_of="2026-10-01", year=2022, paper="GS2",
                  subject="federalism", marks=10, published_on="2024-01-31", domain="polity")  # fmt: skip
    summary = await desk.apply()
    assert (summary.added, summary.chunks, summary.revision, summary.exit_code) == (1, 1, 1, 0)
    [stored] = await desk.fetch(
        "SELECT d.key, v.title, v.status, v.year, v.paper, v.subject, v.marks::text, v.published_on, v.metadata::text,"
        " v.live_at IS NOT NULL, p.header, p.locator, p.text, p.fact_keys, c.header, c.text, c.tokens"
        " FROM polity.documents d JOIN polity.versions v ON v.document_id = d.id JOIN polity.parents p"
        " ON p.version_id = v.id JOIN polity.chunks c ON c.parent_id = p.id"
    )
    assert stored == (
        "governor", "The Governor", "live", 2022, "GS2", "federalism", "10.00", date(2024, 1, 31),
        '{"as_of": "2026-10-01", "topic": "GS2 Polity"}', True, "The Governor", "The Governor", PROSE,
        ["name:the governor", "paper:gs2", "year:2022"], "The Governor", PROSE, 34,
    )  # fmt: skip


async def test_every_chunk_has_a_unit_vector_of_its_header_and_text(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply()
    [(stored,)] = await desk.fetch("SELECT embedding::text FROM polity.embeddings_minilm_int8")
    [expected] = await desk.models.embedders.of("minilm-int8").embed([f"The Governor\n{PROSE}"])
    found = [float(number) for number in str(stored).strip("[]").split(",")]
    assert max(abs(a - b) for a, b in zip(found, expected.tolist(), strict=True)) < 1e-5


async def test_applying_again_makes_no_revision(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply()
    before = await desk.counts()
    summary = await desk.apply()
    assert (summary.unchanged, summary.revision, summary.exit_code) == (1, None, 0)
    assert await desk.counts() == before


async def test_a_changed_document_becomes_live_and_its_old_version_is_kept(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply()
    desk.document("governor.md", PROSE + " He may resign.")
    summary = await desk.apply()
    assert (summary.changed, summary.revision) == (1, 2)
    assert await desk.versions("governor.md") == [(1, "ended", None, None), (2, "live", None, None)]
    assert (await desk.counts())["embeddings_minilm_int8"] == 2
    changes = await desk.fetch(
        "SELECT v.number, c.status_before, c.status_after FROM catalog.revision_changes c"
        " JOIN polity.versions v ON v.id = c.version_id WHERE c.revision_id = 2 ORDER BY v.number"
    )
    assert changes == [(1, "live", "ended"), (2, None, "live")]


async def test_earlier_content_becomes_live_again_without_being_embedded_again(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply()
    desk.document("governor.md", "Something else is said here.")
    await desk.apply()
    before = await desk.counts()
    desk.document("governor.md")
    summary = await desk.apply()
    assert (summary.revived, summary.chunks) == (1, 0)
    assert await desk.versions("governor.md") == [(1, "live", None, None), (2, "ended", None, None)]
    assert await desk.counts() == before | {"revisions": 3}


async def test_withdrawn_content_becomes_live_again(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply()
    await desk.fetch("UPDATE polity.versions SET status = 'withdrawn', ended_at = now()")
    summary = await desk.apply()
    assert (summary.revived, summary.revision) == (1, 2)
    assert await desk.fetch("SELECT status, ended_at FROM polity.versions") == [("live", None)]


async def test_a_revived_version_gets_the_embeddings_it_has_lost(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply()
    await desk.fetch("UPDATE polity.versions SET status = 'withdrawn'")
    await desk.fetch("DELETE FROM polity.embeddings_minilm_int8")
    summary = await desk.apply()
    assert (summary.revived, summary.chunks, (await desk.counts())["embeddings_minilm_int8"]) == (1, 1, 1)


async def test_a_version_from_a_later_day_shortens_the_earlier_one(desk: Desk) -> None:
    path = desk.document("governor.md")
    await desk.apply()
    desk.document("governor.md", PROSE + " So it is since 2020.", effective_from="2020-01-01")
    await desk.apply()
    assert await desk.versions(path.name) == [
        (1, "live", None, date(2020, 1, 1)),
        (2, "live", date(2020, 1, 1), None),
    ]
    [change] = await desk.fetch(
        "SELECT status_before, status_after, effective_to_before, effective_to_after FROM catalog.revision_changes"
        " WHERE revision_id = 2 AND status_before IS NOT NULL"
    )
    assert change == ("live", "live", None, date(2020, 1, 1))


async def test_a_version_for_all_time_ends_every_one_it_covers(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply()
    desk.document("governor.md", PROSE + " So it is since 2020.", effective_from="2020-01-01")
    await desk.apply()
    desk.document("governor.md")  # the first content, unbounded as it was
    summary = await desk.apply()
    assert summary.revived == 1
    assert await desk.versions("governor.md") == [(1, "live", None, None), (2, "ended", date(2020, 1, 1), None)]


async def test_ranges_that_cross_are_rejected_and_the_rest_goes_in(desk: Desk) -> None:
    desk.document("governor.md", effective_from="2020-01-01")
    await desk.apply()
    desk.document("governor.md", "Other words.", effective_to="2022-01-01")
    desk.document("president.md", "The President is elected.", title="The President")
    summary = await desk.apply()
    assert (summary.added, summary.exit_code) == (1, 3)
    assert "is effective until 2022-01-01, and the live version 1" in summary.rejected[0].reason


async def test_content_that_is_not_effective_today_is_taken_in_with_a_warning(desk: Desk) -> None:
    desk.document("old.md", effective_to="2001-01-01")
    desk.document("coming.md", effective_from="2999-01-01")
    summary = await desk.apply()
    assert (summary.added, len(summary.warnings), summary.exit_code) == (2, 2, 0)


async def test_the_second_of_two_applies_to_one_domain_waits_and_finds_nothing_to_do(desk: Desk) -> None:
    desk.document("governor.md")
    async with content.open_desk(desk.dsn) as other, content.changing(other, "polity"):
        waiting = asyncio.create_task(desk.apply())
        async with asyncio.timeout(10):
            await desk.report.spoken.wait()
        assert desk.report.lines == ["another change of polity is under way; waiting for it to end"]
        assert not waiting.done()
    assert (await waiting).added == 1


async def test_two_applies_of_the_same_files_at_once_make_one_revision(desk: Desk) -> None:
    desk.document("governor.md")
    summaries = await asyncio.gather(desk.apply(), desk.apply())
    assert sorted(one.unchanged for one in summaries) == [0, 1]
    assert (await desk.counts())["revisions"] == 1


async def test_every_embedding_call_is_noted(desk: Desk) -> None:
    # Texts of this test alone: a process remembers what it has embedded.
    desk.document("governor.md", "The Governor appoints whoever notes calls.")
    desk.document("president.md", "The President signs what notes calls.")
    await desk.apply()
    calls = await desk.fetch("SELECT node, model, cost::integer, outcome, task_id FROM ops.llm_calls")
    assert calls == [("embed", "minilm-int8", 0, "ok", None)]


async def test_the_other_domains_are_not_touched(desk: Desk) -> None:
    desk.document("governor.md")
    await desk.apply(domain="history")
    assert (await desk.counts())["versions"] == 0
    connection = await asyncpg.connect(desk.dsn)
    assert await connection.fetchval("SELECT count(*) FROM history.versions") == 1
    await connection.close()
