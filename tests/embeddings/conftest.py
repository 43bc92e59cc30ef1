"""A domain with live content, a provider to migrate to, and settings of an operator who has nothing else."""

import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from operators_desk import Desk, fill

from app.db import engine
from app.simulator.behaviour import Behaviour
from app.simulator.server import running


@pytest.fixture
def provider() -> Iterator[tuple[Behaviour, str]]:
    """A simulated provider of this test's own."""
    behaviour = Behaviour()
    with running(behaviour) as url:
        yield behaviour, url


@pytest.fixture
async def desk(database: str, provider: tuple[Behaviour, str], tmp_path: Path) -> Desk:
    """A database whose ethics domain has short live documents, each with vectors in the active namespace."""
    behaviour, url = provider
    await fill(database)
    environment = {
        "DATABASE_URL": database,
        "OPENAI_API_KEY": "test",
        "OPENAI_BASE_URL": url,
        "PRASHNA_LLM": "extractive",
        "PRASHNA_REVISIONS": str(tmp_path / "revisions"),
        # The tests' own interpreter has no RAGAS: everything up to the gate, and not it.
        "PRASHNA_EVALS_PYTHON": sys.executable,
        "PATH": os.environ["PATH"],
    }
    return Desk(database, behaviour, environment)


@pytest.fixture
async def connection(database: str) -> AsyncIterator[engine.Connection]:
    """To the same database."""
    made = await engine.connect(database)
    yield made
    await made.close()
