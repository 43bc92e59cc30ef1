"""`prashna embeddings migrate` killed by signal, again and again, and run once more."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from operators_desk import DOCUMENTS, DOMAIN, SMALL, Desk

from app.db import engine, namespaces
from app.errors import ConfigurationError
from app.local.embeddings import migration

ROOT = Path(__file__).parents[2]


async def test_a_command_killed_at_any_step_is_continued_by_the_next(desk: Desk, connection: engine.Connection) -> None:
    for step in ("made the namespace", "embedding ethics", "index of", "recall of"):
        assert await asyncio.to_thread(_killed_at, desk, step) == -signal.SIGKILL
        assert (await _states(connection))["minilm_int8"] == "active"
        # The lock goes with the connection.
        await _until_free(connection)
    with pytest.raises(ConfigurationError, match="RAGAS"):
        await migration.migrate(desk.settings, desk.dsn, DOMAIN, SMALL, _nothing)

    assert await _states(connection) == {"minilm_int8": "active", "text_embedding_3_small": "building"}
    assert await connection.fetchval(f"SELECT count(*) FROM {DOMAIN}.embeddings_text_embedding_3_small") == DOCUMENTS
    assert len(list(desk.settings.operations.revisions.glob("*.py"))) == 2


def _killed_at(desk: Desk, step: str) -> int:
    """Run the command until it says something that begins so, and kill it there."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "app.cli", "embeddings", "migrate", "--domain", DOMAIN, "--to", SMALL, "--yes"],
        cwd=ROOT,
        env=dict(desk.environment),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            if line.startswith(step):
                process.kill()
                break
    return process.wait()


async def _until_free(connection: engine.Connection) -> None:
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1"
    while await connection.fetchval(query, namespaces.LOCK):
        await asyncio.sleep(0.05)


async def _states(connection: engine.Connection) -> dict[str, str]:
    rows = await connection.fetch("SELECT name, status FROM catalog.namespaces WHERE domain = $1", DOMAIN)
    return {row["name"]: row["status"] for row in rows}


def _nothing(_: str) -> None:
    pass
