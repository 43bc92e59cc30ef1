"""`prashna embeddings migrate` up to its gate: what it makes, where it stops, how it goes on."""

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from operators_desk import DOCUMENTS, DOMAIN, LARGE, SMALL, Desk

from app.db import bulk, engine, namespace_index, namespaces
from app.errors import ConfigurationError, CutoverRefused
from app.jobs import worker
from app.local.embeddings import command, filling, migration, rollback, status
from app.resources import open_embedders
from app.retrieval import openai_embedder


@pytest.mark.parametrize(("model", "kind"), [(SMALL, "halfvec(1536)"), (LARGE, "halfvec(3072)")])
async def test_everything_is_there_before_the_gate_and_nothing_is_live(
    desk: Desk, connection: engine.Connection, model: str, kind: str
) -> None:
    said: list[str] = []
    with pytest.raises(ConfigurationError, match=r"the gate needs RAGAS.*make eval.*PRASHNA_EVALS_PYTHON"):
        await migration.migrate(desk.settings, desk.dsn, DOMAIN, model, said.append)

    name = model.replace("-", "_")
    assert await _states(connection) == {"minilm_int8": "active", name: "building"}
    table = f"{DOMAIN}.embeddings_{name}"
    assert await connection.fetchval(f"SELECT count(*) FROM {table}") == DOCUMENTS
    column = await connection.fetchrow(
        "SELECT format_type(atttypid, atttypmod) AS kind, attstorage FROM pg_attribute"
        " WHERE attrelid = $1::regclass AND attname = 'embedding'",
        table,
    )
    assert (column["kind"], column["attstorage"]) == (kind, b"p")
    assert await connection.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = $1::regclass", f"{table}_hnsw")
    [measured] = [line for line in said if line.startswith("recall of")]
    assert float(measured.split()[3]) >= namespace_index.LEAST_RECALL
    # Said before any money was spent, too.
    assert said[0].startswith("note: this will stop before the cutover")


async def test_the_next_run_embeds_nothing_again(desk: Desk, connection: engine.Connection) -> None:
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="RAGAS"):
            await migration.migrate(desk.settings, desk.dsn, DOMAIN, SMALL, _nobody)
    asked = [text for request in desk.provider.requests for text in request["input"] if "Passage about" in text]

    assert (len(asked), len(set(asked))) == (DOCUMENTS, DOCUMENTS)
    assert len(list(desk.settings.operations.revisions.glob("*.py"))) == 2
    assert await _states(connection) == {"minilm_int8": "active", "text_embedding_3_small": "building"}


async def test_an_unknown_model_is_refused_with_those_there_are(desk: Desk, connection: engine.Connection) -> None:
    with pytest.raises(ConfigurationError, match="no embedding model 'gpt-9'; there are minilm-int8, text-embedding"):
        await migration.migrate(desk.settings, desk.dsn, DOMAIN, "gpt-9", _nobody)
    with pytest.raises(ConfigurationError, match="there is no domain 'law'"):
        await migration.migrate(desk.settings, desk.dsn, "law", SMALL, _nobody)

    assert await _states(connection) == {"minilm_int8": "active"}


async def test_without_a_key_nothing_is_made(desk: Desk, connection: engine.Connection) -> None:
    with pytest.raises(
        ConfigurationError,
        match=r"^no embedder for the model 'text-embedding-3-small': its provider's key is not set \(OPENAI_API_KEY, "
        "and OPENAI_BASE_URL ",
    ):
        await migration.migrate(desk.with_(OPENAI_API_KEY=""), desk.dsn, DOMAIN, SMALL, _nobody)

    assert await _states(connection) == {"minilm_int8": "active"}


async def test_a_model_of_another_length_than_stored_is_refused_before_anything_is_made(
    desk: Desk, connection: engine.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The catalogue of models says another length than the provider sends.
    monkeypatch.setitem(openai_embedder.DIMENSIONS, SMALL, 1024)
    with pytest.raises(
        CutoverRefused, match=r"cannot be used now: .* sent vectors of shape \(2, 1536\), not \(2, 1024"
    ):
        await migration.migrate(desk.settings, desk.dsn, DOMAIN, SMALL, _nobody)

    assert await _states(connection) == {"minilm_int8": "active"}


async def test_a_key_exhausted_half_way_is_said_and_the_next_run_goes_on(
    desk: Desk, connection: engine.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "STALLED_SECONDS", 1.5)
    # The probe and the first batch are paid for.
    desk.provider.faults = _Purse(2)
    with pytest.raises(
        CutoverRefused, match=r"100 of 250 chunks are embedded by text-embedding-3-small, and no more: "
    ):
        await migration.migrate(desk.settings, desk.dsn, DOMAIN, SMALL, _nobody)
    assert await _states(connection) == {"minilm_int8": "active", "text_embedding_3_small": "building"}
    trouble = next(one.trouble for one in await namespaces.standings(connection, DOMAIN) if one.trouble)
    assert "test" not in trouble.split()

    desk.provider.faults = {}
    await connection.execute("TRUNCATE ops.provider_breakers")
    with pytest.raises(ConfigurationError, match="RAGAS"):
        await migration.migrate(desk.settings, desk.dsn, DOMAIN, SMALL, _nobody)
    assert await connection.fetchval(f"SELECT count(*) FROM {DOMAIN}.embeddings_text_embedding_3_small") == DOCUMENTS


async def test_a_bulk_worker_without_the_key_is_told_of_as_such(
    desk: Desk, connection: engine.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "STALLED_SECONDS", 1.5)
    # It was started before the key was there; the command has it.
    async with open_embedders(desk.with_(OPENAI_API_KEY="")) as (_, embedders):
        keyless = asyncio.create_task(worker.run_bulk(desk.dsn, embedders, signals=False))
        try:
            while not await bulk.live_workers(connection):
                assert not keyless.done(), keyless
                await asyncio.sleep(0.05)
            with pytest.raises(CutoverRefused) as refused:
                await migration.migrate(desk.settings, desk.dsn, DOMAIN, SMALL, _nobody)
        finally:
            keyless.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keyless

    assert str(refused.value) == (
        f"ethics: 0 of {DOCUMENTS} chunks are embedded by text-embedding-3-small, and no more: the bulk worker has no "
        "embedder for the model 'text-embedding-3-small': its provider's key is not set (OPENAI_API_KEY, and "
        "OPENAI_BASE_URL where the provider is not OpenAI itself); set it where the worker runs and start the worker "
        "again. Students notice nothing; the same command goes on from here"
    )


async def test_a_folder_that_cannot_be_written_stops_it_at_once(
    desk: Desk, connection: engine.Connection, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ConfigurationError, match="point PRASHNA_REVISIONS to one that can"):
        await migration.migrate(desk.with_(PRASHNA_REVISIONS=str(blocked / "x")), desk.dsn, DOMAIN, SMALL, _nobody)

    assert await _states(connection) == {"minilm_int8": "active"}
    assert not desk.provider.calls


async def test_the_second_operator_is_refused(desk: Desk, connection: engine.Connection) -> None:
    await namespaces.claim(connection, DOMAIN)
    for attempt in (
        migration.migrate(desk.settings, desk.dsn, DOMAIN, SMALL, _nobody),
        rollback.rollback(desk.settings, desk.dsn, DOMAIN, _nobody),
    ):
        with pytest.raises(
            CutoverRefused, match=r"being migrated by another command \(since .* UTC, from this machine"
        ):
            await attempt

    assert await _states(connection) == {"minilm_int8": "active"}


async def test_another_model_is_refused_while_one_is_half_made(desk: Desk, connection: engine.Connection) -> None:
    with pytest.raises(ConfigurationError, match="RAGAS"):
        await migration.migrate(desk.settings, desk.dsn, DOMAIN, SMALL, _nobody)
    with pytest.raises(CutoverRefused, match=r"is being migrated to text-embedding-3-small: finish .*or give it up"):
        await migration.migrate(desk.settings, desk.dsn, DOMAIN, LARGE, _nobody)
    await rollback.rollback(desk.settings, desk.dsn, DOMAIN, _nobody)

    assert await _states(connection) == {"minilm_int8": "active", "text_embedding_3_small": "dropped"}
    with pytest.raises(CutoverRefused, match="there is nothing to take back: ethics is served by minilm-int8"):
        await rollback.rollback(desk.settings, desk.dsn, DOMAIN, _nobody)


async def test_of_all_domains_those_without_content_are_named_and_none_is_touched(
    desk: Desk, connection: engine.Connection
) -> None:
    await connection.execute(f"UPDATE {DOMAIN}.versions SET embedded_until = ops.now()")
    said: list[str] = []
    with pytest.raises(CutoverRefused, match=r"not cut over: current_affairs, economy, .*; the reasons are above"):
        await asyncio.to_thread(command.migrate, desk.settings, desk.dsn, None, SMALL, confirm=_nobody, say=said.append)

    assert sum("has no content" in line for line in said) == 11
    assert await _states(connection) == {"minilm_int8": "active"}


async def test_status_says_how_far_it_is(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "LOOK_SECONDS", 0.5)
    with pytest.raises(ConfigurationError, match="RAGAS"):
        await migration.migrate(desk.settings, desk.dsn, DOMAIN, SMALL, _nobody)
    said: list[str] = []
    await status.status(desk.dsn, as_json=True, say=said.append)
    lines: list[dict[str, Any]] = json.loads(said[0])["namespaces"]

    assert len(lines) == 12
    found = {line["model"]: line for line in lines if line["domain"] == DOMAIN}
    assert {(m, one["state"], one["embedded"], one["chunks"], one["index_valid"]) for m, one in found.items()} == {
        ("minilm-int8", "active", DOCUMENTS, DOCUMENTS, True),
        (SMALL, "building", DOCUMENTS, DOCUMENTS, True),
    }


async def _states(connection: engine.Connection) -> dict[str, str]:
    rows = await connection.fetch("SELECT name, status FROM catalog.namespaces WHERE domain = $1", DOMAIN)
    return {row["name"]: row["status"] for row in rows}


class _Purse(dict[str, str | None]):
    """Faults of a provider that takes so many calls to embed, and then no more."""

    def __init__(self, calls: int) -> None:
        super().__init__({"embeddings": None})
        self._calls = calls

    def __getitem__(self, name: str) -> str | None:
        self._calls -= 1
        return None if self._calls >= 0 else "unauthorized"


def _nobody(_: str) -> None:
    pass
