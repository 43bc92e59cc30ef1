"""Question to ranked passages: every domain searched at once, fused, and judged as evidence."""

import asyncio
from collections.abc import Mapping, Sequence

from app.db import search
from app.db.engine import Pool
from app.errors import ConfigurationError, ProviderError
from app.retrieval import evidence, fusion
from app.retrieval.calls import CallLog
from app.retrieval.embedder import Embedders
from app.retrieval.fact_keys import lookup_keys, provisions
from app.retrieval.minilm import Vectors
from app.retrieval.passage import Retrieved
from app.telemetry import get_logger

# A question of 4,000 characters has hundreds of words; past these the search gains nothing and costs a scan each.
MAX_TERMS = 40
_STAGES = frozenset({"paper:prelims", "paper:mains"})


class Retriever:
    """Searches the active namespaces. `pool` is made with `app.db.search.SETTINGS`."""

    def __init__(self, pool: Pool, embedders: Embedders, *, dense_weight: float = 0.7) -> None:
        self._pool = pool
        self._embedders = embedders
        self._dense_weight = dense_weight

    async def search(
        self, question: str, *, domains: Sequence[str], keys: Sequence[str], log: CallLog, limit: int = 5
    ) -> Retrieved:
        """The best `limit` distinct parents of `domains` and whether they support an answer.

        The namespaces are read once, before anything else. An embedding that fails or is late costs the dense part
        only. `keys` are the question's fact keys.
        """
        active, terms = await asyncio.gather(search.namespaces(self._pool, domains), search.terms(self._pool, question))
        terms = terms[:MAX_TERMS]
        vectors = await self._vectors(question, {namespace.model for namespace in active}, log)
        groups = _groups(lookup_keys(keys))
        found = await asyncio.gather(
            *(
                search.candidates(
                    self._pool,
                    namespace,
                    vector=_row(vectors[namespace.model]),
                    lexemes=[term.lexeme for term in terms],
                    provisions=provisions(keys),
                    groups=groups,
                )
                for namespace in active
            )
        )
        fused = fusion.fuse(found, dense_weight=self._dense_weight, provisions=provisions(keys))
        asked = evidence.Asked(question, keys, groups, terms, fusion.weights(found))
        models = [namespace.model for namespace in active if vectors[namespace.model] is not None]
        return Retrieved(
            passages=tuple(one.passage for one in fused[:limit]),
            answerable=evidence.answerable(asked, fused, model=models[0] if len(set(models)) == 1 else None),
            nearest=evidence.nearest(fused),
            degraded=any(vector is None for vector in vectors.values()),
            namespaces=tuple(namespace.id for namespace in active),
        )

    async def _vectors(self, question: str, models: set[str], log: CallLog) -> Mapping[str, Vectors | None]:
        """The question's vector by model, None where its embedder failed; all models at the same time."""
        names = sorted(models)
        return dict(
            zip(names, await asyncio.gather(*(self._vector(question, name, log) for name in names)), strict=True)
        )

    async def _vector(self, question: str, model: str, log: CallLog) -> Vectors | None:
        try:
            return await self._embedders.of(model).embed([question], log)
        except (ProviderError, ConfigurationError) as error:
            # Also without the model's key: the content is still there to be read.
            get_logger(__name__).warning("question.not_embedded", model=model, outcome=error.code)
            return None


def _row(vectors: Vectors | None) -> list[float] | None:
    return None if vectors is None else vectors[0].tolist()


def _groups(keys: Sequence[str]) -> list[list[str]]:
    """Year, stage and paper keys, each kind for itself: "2022 or 2023" widens, "2022 GS2" narrows."""
    kinds: tuple[list[str], ...] = ([], [], [])
    for key in keys:
        if key.startswith("year:"):
            kinds[0].append(key)
        elif key in _STAGES:
            kinds[1].append(key)
        elif key.startswith("paper:"):
            kinds[2].append(key)
    return [kind for kind in kinds if kind]
