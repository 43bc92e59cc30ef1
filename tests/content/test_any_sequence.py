"""After any sequence of changes and cutovers: what is served is live, an undo is exact, and search is as if fresh."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import fresh_load
import pictures
import pytest
from answers_given import QUESTIONS, Answers
from any_change import KEYS, Apply, Change, CutOver, Embed, Publish, Rollback, Undo, Withdraw, sequences
from editor import Editor
from hypothesis import HealthCheck, Phase, example, given, settings
from loopback import SMALL
from pictures import Picture
from stand_in import StandIn

from app.db import catalog, content, engine, search
from app.db.engine import Connection
from app.retrieval.calls import CallLog
from app.retrieval.embedder import Embedders
from app.retrieval.fact_keys import fact_keys
from app.retrieval.minilm import MiniLM
from app.retrieval.retriever import Retriever
from ingest.apply import Models

# Each is a domain of its own and takes one to three seconds.
EXAMPLES = 12
# One with a change of every kind, whatever is drawn: texts that pile up, an undo across a cutover, a redo, a range.
EVERYTHING: list[Change] = [
    Apply(tuple((key, 0, None) for key in KEYS)),
    *(Apply((("article-1", number, None), ("article-2", number, None))) for number in (1, 2, 3)),
    Embed(),
    CutOver(),
    Undo(),
    Undo(),
    Rollback(),
    Undo(0),
    Withdraw("article-3"),
    Undo(),
    Apply((("article-5", 2, "2020-01-01"),)),
    Embed(),
    Undo(),
    Apply((("article-4", 3, None),), draft=True),
    Publish(),
    Apply((("article-4", 3, None),), prune=True),
    CutOver(),
]


def test_any_sequence_of_changes_and_cutovers(room: "_Room") -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        print_blob=True,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(sequences)
    @example(EVERYTHING)
    def check(sequence: list[Change]) -> None:
        room.run(sequence)

    check()


@pytest.fixture
def room(database: str, tmp_path: Path) -> Iterator["_Room"]:
    """A database and an event loop for all sequences of a run."""
    with asyncio.Runner() as runner:
        made = _Room(database, tmp_path, runner)
        runner.run(made.open())
        yield made
        runner.run(made.close())


@dataclass
class _Room:
    dsn: str
    folder: Path
    runner: asyncio.Runner
    domains: int = 0
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def open(self) -> Self:
        """Connect."""
        self.model = MiniLM.load(threads=1)
        self.desk = await self.stack.enter_async_context(content.open_desk(self.dsn))
        self.pool = await self.stack.enter_async_context(
            engine.open_pool(self.dsn, application="test", size=2, settings=search.SETTINGS)
        )
        return self

    async def close(self) -> None:
        """Disconnect."""
        await self.stack.aclose()

    def run(self, sequence: list[Change]) -> None:
        """One sequence in a new domain."""
        self.domains += 1
        self.runner.run(self._run(sequence, f"any_{self.domains}"))

    async def _run(self, sequence: list[Change], domain: str) -> None:
        await catalog.add_domain(
            self.desk, name=domain, intent="factual", model=MiniLM.name, dimensions=MiniLM.dimensions
        )
        stand_ins = {one.name: one for one in (StandIn(), StandIn(*SMALL))}
        embedders = Embedders(list(stand_ins.values()))
        retriever = Retriever(self.pool, embedders)
        editor = Editor(self.dsn, self.desk, domain, self.folder, Models(self.model.offsets, embedders), stand_ins)
        story = _Story(editor, Answers(self.pool, retriever, StandIn(), domain))
        for change in [*sequence, Embed()]:
            await story.go_on(change)
        # Words are weighed by the planner's counts.
        await content.analyze(self.desk, domain)
        fresh = f"{domain}_fresh"
        await fresh_load.load(self.desk, domain, fresh, embedders)
        for question in QUESTIONS:
            assert await _ranking(retriever, question, domain) == await _ranking(retriever, question, fresh), question


@dataclass
class _Story:
    """A sequence as it is told: what was seen before each revision."""

    editor: Editor
    answers: Answers
    before: dict[int, Picture] = field(default_factory=dict)

    async def go_on(self, change: Change) -> None:
        """One more change, and all that holds after it."""
        desk, domain = self.editor.desk, self.editor.domain
        before, asked = await pictures.take(desk, domain), self._asked()
        number = await self.editor.do(change)
        after = await pictures.take(desk, domain)
        if number is not None:
            self.before[number] = before
        elif isinstance(change, (Apply, Undo, Withdraw)):
            assert after == before, "a refused change has changed something"
        if isinstance(change, Undo):
            assert self._asked() == asked, "an undo has embedded"
        if isinstance(change, Undo) and number is not None:
            await self._check_undone(number, before, after)
        if isinstance(change, Withdraw) and number is not None:
            assert change.key not in after.live
            assert change.key not in after.to_come
        if isinstance(change, Embed):
            assert after.settled
            assert {key: _contents(found) for key, found in after.live.items()} == before.to_come
        assert await pictures.lacking(desk, domain) == set(), "something is live without its embeddings"
        assert await self.answers.faults() == []

    async def _check_undone(self, number: int, before: Picture, after: Picture) -> None:
        """The documents that the undone revision touched are as before it, all others as before the undo."""
        row = await self.editor.desk.fetchrow("SELECT undoes FROM catalog.revisions WHERE id = $1", number)
        touched, then = await _keys(self.editor.desk, self.editor.domain, row["undoes"]), self.before[row["undoes"]]
        for key in touched:
            assert after.to_come.get(key) == then.to_come.get(key), f"{key} will not be what it was to be"
            if then.settled and before.settled:
                assert after.live.get(key) == then.live.get(key), f"{key} is not what it was"
        for key in (before.live.keys() | after.live.keys()) - touched:
            assert after.live.get(key) == before.live.get(key), f"{key} has changed"
        if then.settled and before.settled:
            assert after.settled, "an undo waits for embeddings"
            if after.live == then.live and {one[0] for one in after.vectors} == {one[0] for one in then.vectors}:
                assert after.vectors == then.vectors, "the embeddings are others"

    def _asked(self) -> int:
        return sum(len(one.asked) for one in self.editor.stand_ins.values())


def _contents(live: frozenset[pictures.Live]) -> frozenset[tuple[str, str, str]]:
    return frozenset((digest, begins, ends) for _, digest, begins, ends in live)


async def _keys(desk: Connection, domain: str, number: int) -> set[str]:
    rows = await desk.fetch(
        f"""SELECT key FROM {domain}.documents
            JOIN catalog.revision_changes AS changes ON changes.document_id = documents.id WHERE revision_id = $1""",
        number,
    )
    return {row["key"] for row in rows}


async def _ranking(retriever: Retriever, question: str, domain: str) -> list[object]:
    """The texts in their order with their scores, and how common each word of the question is."""
    snapshot = await retriever.snapshot()
    sighted = await retriever.look(
        question, snapshot=snapshot, domains=[domain], keys=fact_keys(question), log=CallLog()
    )
    ranked = [
        (one.parent.title, one.parent.text, round(one.passage.score, 6)) for one in retriever.ranked(sighted).fused
    ]
    return [*ranked, *((found.seen, round(found.size)) for found in sighted.found)]
