"""What an apply did, read back from the database as a DBA would."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import UUID

import asyncpg

from app.db.content import Revision
from ingest import changes
from ingest.apply import Models, Wish, apply
from ingest.changes import Changed
from ingest.label import Label
from ingest.summary import Summary

PROSE = (
    "The Governor is the head of the executive of a State. He is appointed by the President by warrant under his hand. "
    "He holds office during the pleasure of the President."
)


@dataclass
class QuietReport:
    """Keeps what it is told."""

    lines: list[str] = field(default_factory=list)
    spoken: asyncio.Event = field(default_factory=asyncio.Event)
    total: int = 0
    done: int = 0

    def say(self, line: str) -> None:
        self.lines.append(line)
        self.spoken.set()

    def start(self, total: int) -> None:
        self.total = total

    def advance(self, chunks: int) -> None:
        self.done += chunks

    def stop(self) -> None:
        pass


@dataclass
class Desk:
    """A database, the models, and a folder for source files."""

    dsn: str
    models: Models
    folder: Path
    report: QuietReport = field(default_factory=QuietReport)
    # The questions that somebody at a terminal has said yes to.
    asked: list[str] = field(default_factory=list)

    def wish(self, *paths: str | Path, domain: str = "polity", label: str | None = None, **options: bool) -> Wish:
        """What an editor asks for with the folder as the default path."""
        return Wish(
            [str(path) for path in paths] or [str(self.folder)],
            domain,
            Label.parse(label) if label else None,
            Revision("apply", "a test", "tester"),
            **options,  # type: ignore[arg-type]
        )

    async def apply(
        self, *paths: str | Path, domain: str = "polity", label: str | None = None, **options: bool
    ) -> Summary:
        """`ingest apply`."""
        wish = self.wish(*paths, domain=domain, label=label, **options)
        return await apply(self.dsn, wish, self.models, self.report)

    async def publish(self, number: int | None = None) -> Changed:
        """`ingest publish`, every question answered with a yes."""
        revision = Revision("publish", "", "tester")
        return await changes.publish(self.dsn, number, None, revision, self.models, self.report, self.asked.append)

    async def withdraw(self, *keys: str) -> Changed:
        """`ingest withdraw`."""
        return await changes.withdraw(self.dsn, "polity", keys, Revision("withdraw", "", "tester"))

    async def undo(self, number: int | None = None) -> Changed:
        """`ingest undo --yes`."""
        revision = Revision("undo", "", "tester")
        return await changes.undo(self.dsn, number, None, revision, self.models, self.report, lambda _: None)

    async def live(self) -> list[tuple[str, int, date | None]]:
        """Key, number and end of every live version."""
        rows = await self.fetch(
            "SELECT d.key, v.number, v.effective_to FROM polity.versions v JOIN polity.documents d"
            " ON d.id = v.document_id WHERE v.status = 'live' ORDER BY d.key, v.number"
        )
        return [(str(key), int(str(number)), end) for key, number, end in rows]  # type: ignore[misc]

    def write(self, name: str, text: str | bytes) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def document(self, name: str, text: str = PROSE, **keys: object) -> Path:
        """A Markdown file with front matter."""
        lines = [f"{key}: {value}" for key, value in {"title": "The Governor", **keys}.items()]
        return self.write(name, "\n".join(["---", *lines, "---", "", text, ""]))

    def rows(self, name: str, *rows: object) -> Path:
        """A JSONL file; a string is written as it is."""
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        return self.write(name, "\n".join(lines) + "\n")

    async def fetch(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Rows as tuples."""
        connection = await asyncpg.connect(self.dsn)
        try:
            return [tuple(row.values()) for row in await connection.fetch(sql, *values)]
        finally:
            await connection.close()

    async def versions(self, key: str) -> list[tuple[int, str, date | None, date | None]]:
        """Number, status and effective range of each version, oldest first."""
        rows = await self.fetch(
            "SELECT v.number, v.status, v.effective_from, v.effective_to FROM polity.versions v"
            " JOIN polity.documents d ON d.id = v.document_id WHERE d.key = $1 ORDER BY v.number",
            key,
        )
        return [(int(str(n)), str(s), a, b) for n, s, a, b in rows]  # type: ignore[misc]

    async def counts(self) -> dict[str, int]:
        """How many rows each table of the domain has, revisions included."""
        tables = ("documents", "versions", "parents", "chunks", "embeddings_minilm_int8")
        asked = ", ".join(f"(SELECT count(*) FROM polity.{table})" for table in tables)
        [row] = await self.fetch(f"SELECT {asked}, (SELECT count(*) FROM catalog.revisions)")
        return dict(zip((*tables, "revisions"), (int(str(value)) for value in row), strict=True))

    async def version_ids(self) -> list[UUID]:
        """All versions in the order they were made."""
        return [UUID(str(row[0])) for row in await self.fetch("SELECT id FROM polity.versions ORDER BY id")]
