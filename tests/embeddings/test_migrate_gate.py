"""A whole migration with its real gate: no verdict, no cutover; one that passes; taken back, and forward again."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from operators_desk import DOMAIN, SMALL

from app.db import catalog, engine
from app.errors import ConfigurationError, CutoverRefused
from app.local.embeddings import gate, migration, rollback
from app.settings import Settings, child_environment
from app.simulator.behaviour import Behaviour
from app.simulator.server import running
from evals.gate import golden

ROOT = Path(__file__).parents[2]
_RAGAS = Path(os.environ.get("PRASHNA_EVALS_PYTHON") or ROOT / ".venv-evals" / "bin" / "python")
# As many as a verdict needs: the fewer answers, the shorter the test.
_ITEMS = 20


@pytest.fixture
def provider() -> Iterator[str]:
    """The URL of a provider whose vectors mean something."""
    with running(Behaviour(meaning=True)) as url:
        yield url


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An address, and what was posted to it."""
    heard: list[dict[str, Any]] = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Ear)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/key", heard
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def environment(
    database: str, provider: str, webhook: tuple[str, list[dict[str, Any]]], tmp_path: Path
) -> dict[str, str]:
    """An operator's, with the golden questions of one domain; its starter content is in the database."""
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "ingest", "apply", str(ROOT / "content" / DOMAIN), "--domain", DOMAIN],
        cwd=ROOT,
        env=child_environment(DATABASE_URL=database),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    whole = json.loads((ROOT / "evals" / "golden_set.json").read_text())
    mine = [item for item in whole["items"] if item["domain"] == DOMAIN and item["answerable"]][:_ITEMS]
    golden, too_few = tmp_path / "golden.json", tmp_path / "too_few.json"
    golden.write_text(json.dumps({"version": 1, "items": mine}))
    too_few.write_text(json.dumps({"version": 1, "items": mine[:-1]}))
    return {
        "DATABASE_URL": database,
        "OPENAI_API_KEY": "test",
        "OPENAI_BASE_URL": provider,
        "PRASHNA_LLM": "extractive",
        "PRASHNA_REVISIONS": str(tmp_path / "revisions"),
        "PRASHNA_GOLDEN": str(golden),
        "TOO_FEW": str(too_few),
        "PRASHNA_WEBHOOK_URL": webhook[0],
        "PRASHNA_EVALS_PYTHON": str(_RAGAS),
    }


@pytest.mark.skipif(not _RAGAS.exists(), reason="`make eval` has not made .venv-evals")
async def test_the_gate_decides_and_a_cutover_can_be_taken_back(
    environment: dict[str, str],
    webhook: tuple[str, list[dict[str, Any]]],
    connection: engine.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The gate is a child: it reads the process's own environment.
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings, dsn = Settings.from_env(environment), environment["DATABASE_URL"]
    too_few = Settings.from_env({**environment, "PRASHNA_GOLDEN": environment["TOO_FEW"]})
    said: list[str] = []
    with pytest.raises(CutoverRefused, match=r"ethics stays on minilm-int8; .*ethics has 19 items, a verdict needs 20"):
        await migration.migrate(too_few, dsn, DOMAIN, SMALL, said.append)
    [early] = [line for line in said if line.startswith("note: this will stop before the cutover: ")]
    assert f"has 19 questions of {DOMAIN}, and a verdict needs 20: add some" in early
    await _check_refused(connection, webhook[1])

    await migration.migrate(settings, dsn, DOMAIN, SMALL, _nobody)
    over = {"minilm_int8": "retiring", "text_embedding_3_small": "active"}
    assert await _states(connection) == over
    assert len(webhook[1]) == 1

    await rollback.rollback(settings, dsn, DOMAIN, _nobody)
    assert await _states(connection) == {"minilm_int8": "active", "text_embedding_3_small": "retiring"}
    # Nothing has changed since it passed: it is not judged twice.
    said.clear()
    await migration.migrate(settings, dsn, DOMAIN, SMALL, said.append)
    assert await _states(connection) == over
    assert [line for line in said if "passed at" in line and line.startswith("gate of")]
    # Somebody has made its search easier than it was proved with: proved again, and put right.
    await rollback.rollback(settings, dsn, DOMAIN, _nobody)
    await connection.execute("UPDATE catalog.namespaces SET ef_search = 1 WHERE name = 'text_embedding_3_small'")
    said.clear()
    await migration.migrate(settings, dsn, DOMAIN, SMALL, said.append)
    assert [line for line in said if "asking the golden questions" in line]
    assert [one.ef_search for one in await catalog.live_namespaces(connection, DOMAIN)] == [100, 100]
    assert await migration.intent(settings, dsn, DOMAIN, SMALL) is None
    events = await connection.fetch("SELECT event FROM ops.notices ORDER BY id")
    assert [row["event"] for row in events] == [
        "embedding_gate.failed",
        "embedding.cut_over",
        "embedding.rolled_back",
        "embedding.cut_over",
        "embedding.rolled_back",
        "embedding.cut_over",
    ]


def test_a_domain_needs_as_many_questions_as_the_gate_says() -> None:
    assert gate.FEWEST == golden.FEWEST
    gate.check_questions(Settings.from_env({}), DOMAIN)
    with pytest.raises(ConfigurationError, match=r"has 0 questions of nowhere, and a verdict needs 20"):
        gate.check_questions(Settings.from_env({}), "nowhere")


async def test_an_interpreter_that_is_none_is_said() -> None:
    settings = Settings.from_env({"PRASHNA_EVALS_PYTHON": "/nonexistent/python"})
    with pytest.raises(ConfigurationError, match=r"'/nonexistent/python' cannot be run .*make eval"):
        await gate.check_ready(settings)


async def _check_refused(connection: engine.Connection, posted: list[dict[str, Any]]) -> None:
    assert await _states(connection) == {"minilm_int8": "active", "text_embedding_3_small": "building"}
    row = await connection.fetchrow("SELECT event, domain, message, details FROM ops.notices")
    assert (row["event"], row["domain"]) == ("embedding_gate.failed", DOMAIN)
    details = json.loads(row["details"])
    assert (details["passed"], details["gate"]["verdict"], details["recall"]["queries"]) == (False, "not run", 64)
    assert [(one["event"], one["message"], one["details"]) for one in posted] == [
        (row["event"], row["message"], details)
    ]
    stored = await connection.fetchval("SELECT gate_report FROM catalog.namespaces WHERE status = 'building'")
    assert json.loads(stored)["passed"] is False


async def _states(connection: engine.Connection) -> dict[str, str]:
    rows = await connection.fetch("SELECT name, status FROM catalog.namespaces WHERE domain = $1", DOMAIN)
    return {row["name"]: row["status"] for row in rows}


def _nobody(_: str) -> None:
    pass
