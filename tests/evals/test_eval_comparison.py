"""The comparison of a namespace with the active one, on a live database that it must leave as it is."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from app.db.content import Revision
from app.resources import open_embedders
from app.settings import Settings
from evals.gate import database as gate_database
from evals.gate import golden
from ingest.apply import Models, Wish, apply
from ingest.report import SilentReport

ROOT = Path(__file__).resolve().parents[2]
_RAGAS = ROOT / ".venv-evals" / "bin" / "python"
_DOMAIN = "ethics"
# Every vector points the other way: what is nearest there is what is farthest from the question.
_TURNED = f"""
    INSERT INTO {_DOMAIN}.embeddings_turned
    SELECT chunk_id, embedding - embedding - embedding FROM {_DOMAIN}.embeddings_minilm_int8"""
_WRITTEN = """
    SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint FROM pg_stat_all_tables
    WHERE schemaname IN ('chat', 'cache', 'catalog', 'ops', 'ethics', 'queue_chat')"""


@pytest.fixture
async def content(database: str) -> str:
    """A database with one domain's starter content and, beside its active namespace, a spoilt one."""
    async with open_embedders(Settings.from_env({})) as (embedded, embedders):
        wish = Wish([str(ROOT / "content" / _DOMAIN)], _DOMAIN, None, Revision("apply", "test", "test"))
        await apply(database, wish, Models(embedded.model.offsets, embedders), SilentReport())
    connection = await asyncpg.connect(database)
    await connection.execute(f"SELECT catalog.create_namespace('{_DOMAIN}', 'turned', 'minilm-int8', 384, 'building')")
    await connection.execute(_TURNED)
    await connection.close()
    return database


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """As many items of the domain as a verdict needs: the fewer answers, the shorter the test."""
    whole = json.loads((ROOT / "evals" / "golden_set.json").read_text())
    mine = [item for item in whole["items"] if item["domain"] == _DOMAIN and item["answerable"]]
    path = tmp_path / "golden.json"
    path.write_text(json.dumps({"version": 1, "items": mine[: golden.FEWEST]}))
    return path


def _compare(dsn: str, dataset: Path, namespace: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("OPENAI", "PRASHNA", "COV"))}
    return subprocess.run(
        [
            sys.executable,
            str(ROOT / "evals" / "run_ragas.py"),
            "--dataset",
            str(dataset),
            "--namespace",
            namespace,
            "--json",
            "--judge",
            "local",
        ],
        cwd=ROOT,
        env=environment | {"DATABASE_URL": dsn},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.skipif(not _RAGAS.exists(), reason="`make eval` has not made .venv-evals")
async def test_a_spoilt_namespace_fails_and_the_active_one_passes_without_a_write(content: str, few: Path) -> None:
    before = await _written(content)
    spoilt = await asyncio.to_thread(_compare, content, few, f"{_DOMAIN}/turned")
    active = await asyncio.to_thread(_compare, content, few, f"{_DOMAIN}/minilm_int8")
    nobody = await asyncio.to_thread(_compare, content, few, f"{_DOMAIN}/nobody")
    codes = [done.returncode for done in (spoilt, active, nobody)]
    assert codes == [1, 0, 2], [spoilt.stderr, active.stderr, nobody.stderr]
    result = json.loads(spoilt.stdout)
    assert (result["domain"], result["namespace"]["name"], result["active"]["name"]) == (
        _DOMAIN,
        "turned",
        "minilm_int8",
    )
    assert result["difference"]["recall_at_5"]["high"] < 0
    assert await _written(content) == before


async def test_the_live_database_takes_no_write(database: str) -> None:
    settings = Settings.from_env({"DATABASE_URL": database})
    with gate_database.live(settings) as dsn:
        connection = await asyncpg.connect(dsn)
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await connection.execute("UPDATE catalog.namespaces SET status = 'dropped'")
        await connection.close()


async def _written(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    await connection.execute("SELECT pg_stat_force_next_flush()")
    await connection.execute("SELECT pg_stat_clear_snapshot()")
    found: int = await connection.fetchval(_WRITTEN)
    await connection.close()
    return found
