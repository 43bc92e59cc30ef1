"""`ingest apply` as a person runs it: what it prints and how it ends."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog
from content_desk import PROSE, Desk
from rich.console import Console

from app import telemetry
from app.db import bulk, catalog, content
from app.jobs import worker
from app.settings import Settings
from app.simulator.behaviour import Behaviour
from app.simulator.server import running
from ingest import commands, following, report
from ingest.summary import Summary

SETTINGS = Settings.from_env({})


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """As the command line has it: what goes to standard output is for people."""
    telemetry.configure("WARNING")
    yield
    structlog.reset_defaults()


async def _run(
    desk: Desk,
    *paths: Path,
    domain: str = "polity",
    label: str | None = None,
    message: str | None = None,
    author: str | None = None,
) -> int:
    given = [str(path) for path in paths] or [str(desk.folder)]
    return await commands.run_apply(desk.dsn, SETTINGS, given, domain, label, message, author)


async def test_all_in_ends_with_0_and_says_the_revision(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.document("governor.md")
    assert await _run(desk, message="first\nlines", author="Asha") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["embedding 1 chunk", "polity: 1 added, 0 changed, 0 revived, 0 unchanged, 0 rejected"]
    assert lines[-1] == "revision 1 is live"
    assert await desk.fetch("SELECT domain, kind, message, author FROM catalog.revisions") == [
        ("polity", "apply", "first lines", "Asha")
    ]


async def test_nothing_changed_ends_with_0_and_says_so(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.document("governor.md")
    assert [await _run(desk), await _run(desk)] == [0, 0]
    assert capsys.readouterr().out.splitlines()[-1] == "nothing changed: no revision was made"


async def test_some_rejected_ends_with_3_and_names_them(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.document("governor.md")
    empty = desk.write("empty.txt", b"")
    assert await _run(desk) == 3
    assert f"rejected: {empty}: it is empty" in capsys.readouterr().out.splitlines()


async def test_some_rejected_and_the_rest_unchanged_ends_with_3(desk: Desk) -> None:
    desk.document("governor.md")
    desk.write("empty.txt", b"")
    assert [await _run(desk), await _run(desk)] == [3, 3]


async def test_all_rejected_ends_with_1_and_makes_no_revision(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.write("empty.txt", b"")
    assert await _run(desk) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "nothing went in: no revision was made"
    assert (await desk.counts())["revisions"] == 0


async def test_an_empty_folder_ends_with_1_and_is_named(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert await _run(desk) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"rejected: {desk.folder}: no documents were found under it",
        "polity: 0 added, 0 changed, 0 revived, 0 unchanged, 1 rejected",
        "nothing went in: no revision was made",
    ]


async def test_an_empty_folder_beside_a_full_one_is_named_too(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    empty = desk.folder / "empty"
    empty.mkdir()
    assert await _run(desk, desk.document("governor.md"), empty) == 3
    assert f"rejected: {empty}: no documents were found under it" in capsys.readouterr().out.splitlines()


async def test_warnings_do_not_change_the_end(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.document("governor.md", effective_to="2001-01-01")
    assert await _run(desk) == 0
    assert "warning: " in capsys.readouterr().out


async def test_an_unknown_domain_ends_with_1_and_lists_the_domains(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.document("governor.md")
    assert await _run(desk, domain='polity"; DROP SCHEMA polity CASCADE; --') == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("prashna: there is no domain")
    assert "economy" in said.err
    assert "`prashna domain add`" in said.err


async def test_a_bad_label_ends_with_1_before_anything_is_read(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert await _run(desk, label="{number") == 1
    assert capsys.readouterr().err.startswith("prashna: --label")


async def test_an_unreachable_database_ends_with_1(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.document("governor.md")
    dsn = f"postgresql://nobody@/none?host={desk.folder}"
    assert await commands.run_apply(dsn, SETTINGS, [str(desk.folder)], "polity") == 1
    assert capsys.readouterr().err.startswith("prashna: the database cannot be reached")


async def test_a_database_without_our_tables_ends_with_1(
    desk: Desk, empty_database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await commands.run_apply(empty_database, SETTINGS, [str(desk.folder)], "polity") == 1
    assert "run `prashna db upgrade`" in capsys.readouterr().err


async def test_labelled_rows_go_in_under_their_label(desk: Desk) -> None:
    path = desk.rows("a.jsonl", {"number": "19", "text": PROSE}, {"title": "No number", "text": PROSE})
    assert await _run(desk, path, label="Article {number}") == 3
    assert await desk.fetch("SELECT key FROM polity.documents") == [("Article 19",)]


async def test_a_domain_of_a_provider_s_model_is_embedded_by_it(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    model, dimensions = "text-embedding-3-small", 1536
    async with content.open_desk(desk.dsn) as connection:
        await catalog.add_domain(connection, name="law", intent="factual", model=model, dimensions=dimensions)
    desk.document("governor.md")
    desk.document("president.md", "The President is elected.")
    assert await _run(desk, domain="law") == 1
    assert "no embedder for the model 'text-embedding-3-small': its provider's key is" in capsys.readouterr().err
    with running(Behaviour()) as url:
        settings = Settings.from_env({"OPENAI_API_KEY": "unused", "OPENAI_BASE_URL": url})
        assert await commands.run_apply(desk.dsn, settings, [desk.folder], "law") == 0
    assert await desk.fetch(
        "SELECT DISTINCT pg_typeof(embedding)::text, vector_dims(embedding) FROM law.embeddings_text_embedding_3_small"
    ) == [("halfvec", dimensions)]


async def test_what_is_not_live_is_said_beside_the_json_and_a_worker_without_a_key_is_told_of(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "PATIENCE_SECONDS", 1.5)
    await _add_law(desk)
    desk.document("governor.md")
    async with _keyless_worker(desk):
        with running(Behaviour()) as url:
            settings = Settings.from_env({"OPENAI_API_KEY": "unused", "OPENAI_BASE_URL": url})
            assert await commands.run_apply(desk.dsn, settings, [desk.folder], "law", as_json=True) == 1
    said = capsys.readouterr()
    trouble = json.loads(said.out)["trouble"]
    assert trouble.startswith("the bulk worker has no embedder for the model 'text-embedding-3-small': ")
    assert trouble.endswith("; set it where the worker runs and start the worker again")
    assert f"prashna: {trouble}" in said.err.splitlines()


async def test_a_publish_of_what_is_not_embedded_does_not_call_it_live(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "PATIENCE_SECONDS", 1.5)
    await _add_law(desk)
    desk.document("governor.md")
    await desk.apply(domain="law", draft=True, wait=False)
    before = await desk.counts()
    assert await commands.run_publish(desk.dsn, SETTINGS, None, "law", pytest.fail) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.partition(": its")[0]) == (
        "",
        "prashna: no embedder for the model 'text-embedding-3-small'",
    )
    assert await desk.counts() == before
    async with _keyless_worker(desk):
        assert await commands.run_publish(desk.dsn, SETTINGS, None, "law", pytest.fail) == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "revision 2: 1 document of law, not all live"
    assert "prashna: not live yet: the bulk worker has no embedder for" in said.err


async def test_a_draft_overtaken_by_a_newer_text_is_told_of_when_it_is_published(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    for text, draft in (("The levy is 8 %.", True), ("The levy is 9 %.", False), ("The levy is 10 %.", True)):
        desk.document("levy.md", text)
        await desk.apply(draft=draft)
    desk.document("levy.md", "The levy is 11 %.")
    await desk.apply()
    capsys.readouterr()
    asked: list[str] = []
    assert await commands.run_publish(desk.dsn, SETTINGS, 3, None, asked.append) == 0
    warning = "'levy.md' was changed by revision 4 since this draft was made"
    assert asked == [f"{warning}. Publish revision 3 all the same?"]
    assert capsys.readouterr().out.splitlines() == [
        f"warning: {warning}",
        "revision 5: 1 document of polity, now live",
    ]
    await desk.undo(5)
    capsys.readouterr()
    assert await commands.run_publish(desk.dsn, SETTINGS, 3, None, asked.append, as_json=True) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["revision"], said["warnings"], said["trouble"]) == (7, [warning], None)


async def test_a_path_that_is_not_utf8_is_told_of_in_json_too(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    path = desk.folder / os.fsdecode(b"caf\xe9.md")
    path.write_text(PROSE)
    desk.document("governor.md")
    assert await commands.run_apply(desk.dsn, SETTINGS, [path, desk.folder], "polity", as_json=True) == 3
    said = json.loads(capsys.readouterr().out)
    assert said["rejected"] == [{"name": f"{desk.folder}/caf\\xe9.md", "reason": "its name is not UTF-8: rename it"}]
    assert await desk.fetch("SELECT message FROM catalog.revisions") == [(f"{desk.folder}/caf\\xe9.md {desk.folder}",)]


def test_file_names_cannot_write_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    report.LineReport(Console()).say("evil\x1b[2J [bold]name[/bold]\nsecond")
    assert capsys.readouterr().out == "evil?[2J [bold]name[/bold]?second\n"


def test_lines_say_how_far_it_is_every_few_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    lines = report.LineReport(Console(), every=0)
    lines.start(100)
    lines.advance(64)
    lines.stop()
    assert capsys.readouterr().out.startswith("embedding 100 chunks\nembedded 64/100 chunks, ")


def test_a_terminal_gets_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    shown = report.choose(Console(force_terminal=True, width=80))
    assert isinstance(shown, report.BarReport)
    shown.start(2)
    shown.advance(2)
    shown.stop()
    shown.say("done")
    out = capsys.readouterr().out
    assert "2/2" in out
    assert out.endswith("done\n")


def test_only_the_first_fifty_rejections_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    summary = Summary("polity", skipped=[f"file {number}" for number in range(60)])
    report.summarise(report.LineReport(Console()), summary)
    lines = capsys.readouterr().out.splitlines()
    assert lines[49:51] == ["skipped: file 49", "skipped: 10 more"]


async def _add_law(desk: Desk) -> None:
    """A domain of a provider's model."""
    async with content.open_desk(desk.dsn) as connection:
        await catalog.add_domain(
            connection, name="law", intent="factual", model="text-embedding-3-small", dimensions=1536
        )


@asynccontextmanager
async def _keyless_worker(desk: Desk) -> AsyncIterator[None]:
    """A bulk worker that was started without the provider's key."""
    async with content.open_desk(desk.dsn) as connection:
        keyless = asyncio.create_task(worker.run_bulk(desk.dsn, desk.models.embedders, signals=False))
        try:
            while not await bulk.live_workers(connection):
                assert not keyless.done(), keyless
                await asyncio.sleep(0.05)
            yield
        finally:
            keyless.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keyless
