"""What an apply did, read back from the database as a DBA would."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import UUID

import asyncpg

from app.db.content import Revision
from ingest.apply import Models, Wish, apply
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

    async def apply(self, *paths: str | Path, domain: str = "polity", label: str | None = None) -> Summary:
        """`ingest apply` with the folder as the default path."""
        wish = Wish(
            [str(path) for path in paths] or [str(self.folder)],
            domain,
            Label.parse(label) if label else None,
            Revision("apply", "a test", "tester"),
        )
        return await apply(self.dsn, wish, self.models, self.report)

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
