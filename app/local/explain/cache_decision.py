"""What the gate would find among the stored answers: its own look-up, then the entry that it decided about."""

from dataclasses import dataclass

from app.agents.ask import Ask
from app.db import cache
from app.db.cache import CacheKey, Neighbour
from app.local.explain.explanation import CacheDecision
from app.resources import Resources
from app.retrieval.stored_answers import key_of


@dataclass(frozen=True, slots=True)
class CacheDesk:
    """Decides like the gate for a session's first question; counts no hit."""

    resources: Resources

    async def decide(self, ask: Ask) -> CacheDecision:
        """The decision with the entry it is about."""
        threshold = self.resources.settings.chat.cache_threshold
        key = await key_of(ask.question, self.resources.embedder)
        if key is None:
            return CacheDecision("not_looked_up", threshold, ask.fact_keys, veto=("personal",))
        pool, prompt_set = self.resources.pool, self.resources.prompt_set
        found = await cache.lookup(pool, key, language=ask.language, prompt_set=prompt_set, threshold=threshold)
        served = None if found is None else found.id
        beside = await cache.nearest(pool, key, language=ask.language, prompt_set=prompt_set, served=served)
        if beside is None:
            return CacheDecision("miss", threshold, key.fact_keys)
        decision = "miss" if served is None else "exact" if beside.same_wording else "near"
        return CacheDecision(
            decision,
            threshold,
            key.fact_keys,
            entry=beside.id,
            question=beside.question,
            similarity=beside.similarity,
            cached_keys=beside.fact_keys,
            veto=None if served else self._veto(ask, key, beside),
        )

    def _veto(self, ask: Ask, key: CacheKey, beside: Neighbour) -> tuple[str, ...] | None:
        """What keeps the entry from being served, but for its similarity."""
        against = [] if beside.same_wording else sorted(set(key.fact_keys) ^ set(beside.fact_keys))
        if beside.language != ask.language:
            against.append(f"language:{beside.language}")
        if beside.prompt_set != self.resources.prompt_set:
            against.append("prompt_set")
        if beside.expired:
            against.append("expired")
        if not beside.live:
            against.append("not_live")
        return tuple(against) or None
