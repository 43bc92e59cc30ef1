"""Question to ranked passages: every domain searched at once, fused, and judged as evidence."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.db import search
from app.db.engine import Pool
from app.db.search import Candidates, Namespace
from app.errors import ProviderError
from app.retrieval import evidence, fusion, wording
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
    """Searches the active namespaces. `pool` is made with `app.db.search.SETTINGS`.

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

    async def search(
        self, question: str, *, domains: Sequence[str], keys: Sequence[str], log: CallLog, limit: int = 5
    ) -> Retrieved:
        """The best `limit` distinct parents of `domains` and whether they support an answer.

        The namespaces are read once, before anything else. An embedding that fails or is late costs the dense part
        only. `keys` are the question's fact keys.
        """
        ranked = await self.rank(question, domains=domains, keys=keys, log=log)
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

    async def rank(self, question: str, *, domains: Sequence[str], keys: Sequence[str], log: CallLog) -> Ranked:
        """Every distinct parent among the candidates, best first, not judged as evidence yet."""
        active, worded = await asyncio.gather(
            search.namespaces(self._pool, domains, self._instead), wording.read(self._pool, question)
        )
        vectors = await self._embedders.by_model(spelled_out(question), (namespace.model for namespace in active), log)
        meant = wanted(question, keys)
        found = await asyncio.gather(*(self._candidates(one, vectors[one.model], worded, meant) for one in active))
        worth = fusion.weights(found)
        rarity = fusion.weights(found, least=evidence.LEAST_CHUNKS)
        return Ranked(
            fused=fusion.fuse(found, dense_weight=self._dense_weight, worth=worth, wanted=meant, terms=worded.terms),
            asked=Asked(question, keys, meant.groups, worded.terms, rarity or (0.0,) * len(worded.terms)),
            degraded=any(vector is None for vector in vectors.values()),
            namespaces=tuple(namespace.id for namespace in active),
            calibrated=all(namespace.model == MiniLM.name for namespace in active),
        )

    async def _candidates(
        self, namespace: Namespace, vector: list[float] | None, worded: Wording, meant: Wanted
    ) -> Candidates:
        found = await search.candidates(
            self._pool,
            namespace,
            vector=vector,
            lexemes=worded.lexemes,
            shares=worded.shares,
            provisions=meant.looked_up,
            groups=meant.groups,
        )
        return worded.settled(found)

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
