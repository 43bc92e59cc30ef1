"""What a plan would do to those who study: stored answers that die, golden questions that get other passages.

New chunks are compared with the real candidates of each golden question, in memory: nothing is written.
"""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from uuid import UUID

from app.db import engine, search
from app.db import impact as asked
from app.db.engine import Pool
from app.db.snapshot import Snapshot
from app.db.versions import NewVersion, StatusChange
from app.errors import ConfigurationError, ProviderError
from app.retrieval import newcomers
from app.retrieval.calls import CallLog
from app.retrieval.embedder import Embedders
from app.retrieval.fact_keys import fact_keys
from app.retrieval.newcomers import Newcomer
from app.retrieval.retriever import Retriever, Sighted

# What a student's answer is written from.
TOP = 5
# Of this many new chunks the words are compared with those of the golden questions: some 2 s.
MOST_READ = 5_000
# So many of them, the best by their words, are embedded and compared; all where there are no more. MiniLM makes some 60
# a second on two cores.
MOST_COMPARED = 400
# A provider that is slow may not hold up the plan.
EMBEDDING_SECONDS = 20.0
_BATCH = 32
_AT_ONCE = 4

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Golden:
    """A question of the golden set."""

    id: str
    question: str
    intent: str


@dataclass(frozen=True, slots=True)
class Impact:
    """`cached_answers` are usable now and would die. `questions` would get another passage among their first five.

    `asked` counts the golden questions of the domain. `compared` of `chunks` new chunks were compared with them; `note`
    says what was not, and why, "" when all were.
    """

    cached_answers: int
    questions: tuple[Golden, ...] = ()
    asked: int = 0
    compared: int = 0
    chunks: int = 0
    note: str = ""


async def impact(
    dsn: str,
    embedders: Embedders,
    domain: str,
    *,
    changes: Sequence[StatusChange],
    added: Sequence[NewVersion],
    revived: Sequence[UUID] = (),
    golden: Path,
    dense_weight: float = 0.7,
    progress: Progress | None = None,
) -> Impact:
    """What these changes of stored versions, new versions and revived ones would do to answers of today.

    `golden` is the golden set's file; without one, or without a working embedder, the questions are not compared, and
    the note says so. `progress` hears of (questions done, of how many).
    """
    async with engine.open_pool(
        engine.read_only(dsn), application="plan", size=_AT_ONCE, settings=search.SETTINGS
    ) as pool:
        retriever = Retriever(pool, embedders, dense_weight=dense_weight)
        snapshot = await retriever.snapshot()
        gone = frozenset(change.version_id for change in changes if _leaves(change, snapshot.today))
        counted = Impact(await asked.dying(pool, domain, list(gone)))
        try:
            questions = _read(golden, domain)
        except _NotReadError as error:
            return replace(counted, note=str(error))
        until = {change.version_id: change.effective_to_after for change in changes}
        stored = await asked.stored(pool, domain, revived)
        back = [_until(one, until.get(version)) for version, one in stored.items()]
        coming = [one for one in (*added, *back) if _holds(one, snapshot.today)]
        comparison = _Comparison(pool, retriever, embedders, snapshot, domain, gone)
        return await comparison.of(questions, coming, counted, progress or _quietly)


class _NotReadError(Exception):
    """The golden set cannot be read."""


class _Comparison:
    """Golden questions before and after a change."""

    def __init__(
        self,
        pool: Pool,
        retriever: Retriever,
        embedders: Embedders,
        snapshot: Snapshot,
        domain: str,
        gone: frozenset[UUID],
    ) -> None:
        self._pool = pool
        self._retriever = retriever
        self._embedders = embedders
        self._snapshot = snapshot
        self._domain = domain
        self._gone = gone

    async def of(
        self, questions: Sequence[Golden], coming: Sequence[NewVersion], counted: Impact, progress: Progress
    ) -> Impact:
        """`counted` with what becomes of the questions."""
        chunks = sum(len(parent.chunks) for one in coming for parent in one.parents)
        sighted = await self._looked(questions, progress)
        note = ""
        try:
            compared = await self._embedded(await self._worded(_some(coming, chunks), sighted))
        except (ProviderError, ConfigurationError) as error:
            compared, note = [], f"new texts were not compared with the golden questions: {error}"
        if not note and len(compared) < chunks:
            note = f"{len(compared):,} of {chunks:,} new chunks were compared with the golden questions"
        return replace(
            counted,
            questions=await asyncio.to_thread(self._changed, questions, sighted, compared),
            asked=len(questions),
            compared=len(compared),
            chunks=chunks,
            note=note,
        )

    async def _looked(self, questions: Sequence[Golden], progress: Progress) -> list[Sighted]:
        """The candidates of each question as they are now, in the domains that its specialist searches."""
        by_intent = await search.domains_by_intent(self._pool)
        places = asyncio.Semaphore(_AT_ONCE)
        done = 0

        async def look(one: Golden) -> Sighted:
            nonlocal done
            domains = {*by_intent.get(one.intent, ()), self._domain}
            async with places:
                found = await self._retriever.look(
                    one.question,
                    snapshot=self._snapshot,
                    domains=sorted(domains),
                    keys=fact_keys(one.question),
                    log=CallLog(),
                )
            done += 1
            progress(done, len(questions))
            return found

        return list(await asyncio.gather(*(look(one) for one in questions)))

    async def _worded(self, read: Sequence[Newcomer], sighted: Sequence[Sighted]) -> list[Newcomer]:
        """The newcomers to compare, with their ranks for the questions' words: all, or the best by their words."""
        lexemes = sorted({lexeme for one in sighted for lexeme in one.worded.lexemes})
        found = await asked.ranks(self._pool, [one.embedded_text for one in read], lexemes)
        ranked = [
            replace(one, ranks={lexemes[place]: rank for place, rank in ranks.items()})
            for one, ranks in zip(read, found, strict=True)
        ]
        if len(ranked) <= MOST_COMPARED:
            return ranked
        return await asyncio.to_thread(_best_worded, ranked, sighted, self._domain)

    async def _embedded(self, chosen: Sequence[Newcomer]) -> list[Newcomer]:
        """With their embeddings, as far as there is time for them."""
        spaces = self._snapshot.of([self._domain])
        if not spaces or not chosen:
            return []
        embedder = self._embedders.of(spaces[0].model)
        until = time.monotonic() + EMBEDDING_SECONDS
        done: list[Newcomer] = []
        for start in range(0, len(chosen), _BATCH):
            if time.monotonic() > until:
                break
            batch = chosen[start : start + _BATCH]
            vectors = await embedder.embed([one.embedded_text for one in batch])
            done += [replace(one, vector=vector) for one, vector in zip(batch, vectors, strict=True)]
        return done

    def _changed(
        self, questions: Sequence[Golden], sighted: Sequence[Sighted], compared: Sequence[Newcomer]
    ) -> tuple[Golden, ...]:
        return tuple(
            question
            for question, now in zip(questions, sighted, strict=True)
            if self._first(now) != self._first(newcomers.among(now, compared, domain=self._domain, gone=self._gone))
        )

    def _first(self, sighted: Sighted) -> set[UUID]:
        return {one.parent.id for one in self._retriever.ranked(sighted).fused[:TOP]}


def _some(coming: Sequence[NewVersion], chunks: int) -> list[Newcomer]:
    """The chunks of all versions, or of some evenly spread over them where they are very many."""
    spread = coming[:: -(-chunks // MOST_READ) or 1]
    return [one for version in spread for one in newcomers.of(version)][:MOST_READ]


def _best_worded(ranked: Sequence[Newcomer], sighted: Sequence[Sighted], domain: str) -> list[Newcomer]:
    """In turn the best for each question, then those without a word of any, until there are enough."""
    lists = [
        sorted(
            (place for place, one in enumerate(ranked) if one.ranks.keys() & set(asked_for.worded.lexemes)),
            key=lambda place: -newcomers.text_score(ranked[place].ranks, asked_for, domain),
        )
        for asked_for in sighted
    ]
    deepest = max(map(len, lists), default=0)
    in_turn = (places[depth] for depth in range(deepest) for places in lists if depth < len(places))
    chosen = list(dict.fromkeys([*in_turn, *range(len(ranked))]))[:MOST_COMPARED]
    return [ranked[place] for place in chosen]


def _read(path: Path, domain: str) -> list[Golden]:
    """The questions of one domain.

    Raises:
        _NotReadError: there is no such file, or it is no golden set; says which.
    """
    try:
        items = json.loads(path.read_bytes())["items"]
        return [Golden(one["id"], one["question"], one["intent"]) for one in items if one["domain"] == domain]
    except OSError as error:
        raise _NotReadError(f"golden questions were not compared: {path}: {error.strerror}") from None
    except (ValueError, LookupError, TypeError):
        raise _NotReadError(f"golden questions were not compared: {path} is no golden set") from None


def _leaves(change: StatusChange, today: date) -> bool:
    """Whether students no longer see a version that they see now."""
    ended = change.effective_to_after is not None and change.effective_to_after <= today
    return change.status_before == "live" and (change.status_after != "live" or ended)


def _until(version: NewVersion, day: date | None) -> NewVersion:
    return replace(version, details=replace(version.details, effective_to=day))


def _holds(version: NewVersion, day: date) -> bool:
    begins, ends = version.details.effective_from, version.details.effective_to
    return (begins is None or begins <= day) and (ends is None or ends > day)


def _quietly(done: int, total: int) -> None:
    pass
