"""The questions of evals/sets/refusals_*.jsonl, and databases to ask them of: content/, then the Constitution too."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal

from app.db import engine
from app.db.content import Revision
from app.resources import open_embedders
from app.settings import Settings
from evals.gate import database
from evals.gate.progress import Progress
from evals.passages import CONSTITUTION, ROOT
from ingest.apply import Models, Wish, apply
from ingest.label import Label
from ingest.report import SilentReport

Corpus = Literal["content", "constitution"]

_LABELS = {"articles": "Article {number}", "schedules": "Schedule {number}"}


@dataclass(frozen=True, slots=True)
class Row:
    """A question, whether the texts answer it, of what kind it is, and the passage that answers it if one is named."""

    query: str
    answerable: bool
    kind: str
    source: str = ""

    def askable(self, corpus: Corpus) -> bool:
        """Can it be judged over this corpus? One that only the Constitution answers needs it."""
        return corpus == "constitution" or not self.source.startswith("constitution:")


def rows(name: str) -> list[Row]:
    """The rows of the set "tuning" or "report"."""
    text = (ROOT / "evals" / "sets" / f"refusals_{name}.jsonl").read_text("utf-8")
    return [_row(json.loads(line)) for line in text.splitlines() if line.strip()]


def _row(found: dict[str, Any]) -> Row:
    return Row(found["query"], found["answerable"], found["kind"], found.get("source") or "")


async def databases(*, constitution: bool) -> AsyncIterator[tuple[Corpus, str]]:
    """A database with content/ in it, and then, where wished and ../shared is there, with the Constitution too."""
    async with database.own(Settings.from_env({}), Progress()) as dsn:
        yield "content", dsn
        if constitution and CONSTITUTION.is_dir():
            await add_constitution(dsn)
            yield "constitution", dsn


async def add_constitution(dsn: str) -> None:
    """Take the articles and schedules in, as a content team would."""
    async with open_embedders(Settings.from_env({})) as (embedded, embedders):
        models = Models(embedded.model.offsets, embedders)
        for name, label in _LABELS.items():
            paths = [str(CONSTITUTION / f"{name}.jsonl")]
            wish = Wish(paths, "polity", Label.parse(label), Revision("apply", "the Constitution", "evals"))
            await apply(dsn, wish, models, SilentReport())
    # Counted for the planner, which the search weighs words by.
    connection = await engine.connect(dsn)
    try:
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
