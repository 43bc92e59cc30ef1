"""Commands run in this process, as a user's shell would run them: their own environment, folder and output."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from support.commands import Prashna, Said
from support.students import SECRET

from app import cli


@pytest.fixture
def prashna(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Prashna]:
    """Runs `prashna ARGUMENTS` with these variables set."""
    logging = structlog.get_config()
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "PRASHNA_JWT_SECRET", "PRASHNA_JWT_PUBLIC_KEY", "OPENAI_API_KEY", "COHERE_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, **environment: str) -> Said:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.argv", ["prashna", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return Said(ended.value.code, said.out, said.err)

    yield run
    structlog.configure(**logging)


@pytest.fixture
def server(database: str) -> dict[str, str]:
    """The variables of a user with a migrated database of their own."""
    return {"DATABASE_URL": database, "PRASHNA_JWT_SECRET": SECRET, "PRASHNA_EMBEDDER_THREADS": "1"}
