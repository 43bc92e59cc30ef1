"""Question to ranked passages: every domain searched at once, fused, and judged as evidence."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.db import search
from app.db import snapshot as snapshots
from app.db.engine import Pool
from app.db.search import Candidates, Namespace
from app.db.snapshot import Snapshot
from app.errors import ProviderError
from app.retrieval import as_on, evidence, fusion, wording
from app.retrieval.calls import CallLog
from app.retrieval.embedder import Embedders
from app.retrieval.evidence import Asked, Case
from app.retrieval.fused import Fused
from app.retrieval.meaning import Meaning
from app.retrieval.minilm import MiniLM
from app.retrieval.names import spelled_out
from app.retrieval.passage import Retrieved
from app.retrieval.support.weighing import Nearness
from app.retrieval.wanted import Wanted, wanted
from app.retrieval.wording import Wording
from app.telemetry import get_logger


@dataclass(frozen=True, slots=True)
class Sighted:
    """What the searches brought for one question, not ranked yet.

    `found` has the ranks of all lexemes searched for; `vectors` are the question's by model, None where one failed.
    """

    question: str
    keys: Sequence[str]
    snapshot: Snapshot
    worded: Wording
    meant: Wanted
    vectors: Mapping[str, list[float] | None]
    found: tuple[Candidates, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """What was found, best first, and the question as evidence sees it; `degraded` and `namespaces` as `Retrieved`.

    `calibrated` says that all cosines are the embedded model's, which evidence was fitted with.
    """

    fused: list[Fused]
    asked: Asked
    degraded: bool
    namespaces: tuple[UUID, ...]
    calibrated: bool


class Retriever:
    """Searches the namespaces of a task's snapshot. `pool` is made with `app.db.search.SETTINGS`.

    A namespace in `instead` is searched in place of its domain's active one: how the evaluation gate judges a cutover.
    """

    def __init__(
        self, pool: Pool, embedders: Embedders, *, dense_weight: float = 0.7, instead: Sequence[UUID] = ()
    ) -> None:
        self._pool = pool
        self._instead = tuple(instead)
        self._embedders = embedders
        self._dense_weight = dense_weight
        self._meaning = Meaning(embedders.of(MiniLM.name)) if MiniLM.name in embedders else None

    async def snapshot(self) -> Snapshot:
        """What a task that begins now searches until its end."""
        return await snapshots.read(self._pool, self._instead)

    async def search(
        self,
        question: str,
        *,
        snapshot: Snapshot,
        domains: Sequence[str],
        keys: Sequence[str],
        log: CallLog,
        limit: int = 5,
    ) -> Retrieved:
        """The best `limit` distinct parents of `domains` and whether they support an answer.

        An embedding that fails or is late costs the dense part only. `keys` are the question's fact keys.
        """
        ranked = await self.rank(question, snapshot=snapshot, domains=domains, keys=keys, log=log)
        case = Case(ranked.asked, ranked.fused, calibrated=ranked.calibrated)
        judgement = case.judge(await self._nearness(case, question))
        return Retrieved(
            passages=tuple(one.passage for one in ranked.fused[:limit]),
            answerable=judgement.answerable,
            reason=judgement.reason,
            documents=judgement.documents,
            up_to=await search.newest_day(self._pool) if judgement.newer else None,
            nearest=evidence.nearest(ranked.fused),
            degraded=ranked.degraded,
            namespaces=ranked.namespaces,
        )

    async def rank(
        self, question: str, *, snapshot: Snapshot, domains: Sequence[str], keys: Sequence[str], log: CallLog
    ) -> Ranked:
        """Every distinct parent among the candidates, best first, not judged as evidence yet."""
        return self.ranked(await self.look(question, snapshot=snapshot, domains=domains, keys=keys, log=log))

    async def look(
        self, question: str, *, snapshot: Snapshot, domains: Sequence[str], keys: Sequence[str], log: CallLog
    ) -> Sighted:
        """The candidates of all domains."""
        spaces = snapshot.of(domains)
        worded, vectors = await asyncio.gather(
            wording.read(self._pool, question),
            self._embedders.by_model(spelled_out(question), (space.model for space in spaces), log),
        )
        meant = wanted(question, keys)
        found = await asyncio.gather(
            *(self._candidates(one, vectors[one.model], worded, meant, snapshot.day) for one in spaces)
        )
        return Sighted(question, keys, snapshot, worded, meant, vectors, tuple(found))

    def ranked(self, sighted: Sighted) -> Ranked:
        """The candidates fused into one ranking. Of an earlier day only what tells what held then."""
        found = [sighted.worded.settled(one) for one in sighted.found]
        terms, meant = sighted.worded.terms, sighted.meant
        worth = fusion.weights(found)
        rarity = fusion.weights(found, least=evidence.LEAST_CHUNKS)
        fused = fusion.fuse(found, dense_weight=self._dense_weight, worth=worth, wanted=meant, terms=terms)
        if day := sighted.snapshot.past:
            fused = [one for one in fused if as_on.holds(one.parent, day)]
        return Ranked(
            fused=fused,
            asked=Asked(sighted.question, sighted.keys, meant.groups, terms, rarity or (0.0,) * len(terms)),
            degraded=any(vector is None for vector in sighted.vectors.values()),
            namespaces=tuple(one.namespace.id for one in found),
            calibrated=all(one.namespace.model == MiniLM.name for one in found),
        )

    async def _candidates(
        self, namespace: Namespace, vector: list[float] | None, worded: Wording, meant: Wanted, day: date | None
    ) -> Candidates:
        return await search.candidates(
            self._pool,
            namespace,
            vector=vector,
            lexemes=worded.lexemes,
            shares=worded.shares,
            provisions=meant.looked_up,
            groups=meant.groups,
            day=day,
        )

    async def _nearness(self, case: Case, question: str) -> Nearness | None:
        """How near the evidence's sentences are, by the embedded model, whose cosines it was calibrated with."""
        # 8 ms of reading, which the case then remembers.
        sentences = await asyncio.to_thread(lambda: case.sentences)
        if not sentences or self._meaning is None:
            return None
        try:
            asked = spelled_out(question)
            whole, cut = await asyncio.gather(
                self._meaning.near(asked, sentences),
                self._meaning.near(spelled_out(case.cut), (*sentences, asked)),
            )
        except ProviderError as error:
            get_logger(__name__).warning("evidence.not_embedded", outcome=error.code)
            return None
        return Nearness(asked, whole, cut)
