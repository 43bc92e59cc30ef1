"""Routes a question by its embedding and the words that give an intent away. Needs no provider."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Self

import numpy as np

from app.agents import cues, filters, followup
from app.agents.answer import Intent
from app.agents.exchange import Exchange
from app.agents.route_model import RouteModel
from app.agents.supervisor import Domains, Route, known_domains
from app.agents.topics import NOTHING, Current, Openings, nothing
from app.errors import ProviderError
from app.retrieval import as_on
from app.retrieval.calls import CallLog
from app.retrieval.embedder import Embedder
from app.retrieval.intake import MAX_CHARACTERS
from app.retrieval.minilm import Vectors
from app.telemetry import get_logger

# The likeliest bodies of fact that hold this much of the probability together are searched; in cross-validation a
# labelled domain is among them in 99 of 100 questions.
DOMAIN_SHARE = 0.95
# With more than this many of them the question says nothing about where to look: all are searched.
MOST_DOMAINS = 3
# A question of facts that is this likely one of news looks there as well, and one of news that is this likely one of
# facts looks into those: a wrong guess costs the answer.
OTHER_SHARE = 0.2


class EmbeddedRouter:
    """The trained model of routes over one embedder, the embedded one. Build it with `build`."""

    def __init__(self, embedder: Embedder, domains: Domains, model: RouteModel, openings: Current = nothing) -> None:
        self._embedder = embedder
        self._domains = domains
        self._model = model
        self._openings = openings

    @classmethod
    async def build(cls, embedder: Embedder, domains: Domains, openings: Current = nothing) -> Self:
        """A router with the stored model, its embedder and what the content opens with warm."""
        await embedder.embed(["Which articles deal with equality?"], None)
        await openings()
        return cls(embedder, domains, RouteModel.load(), openings)

    async def route(self, question: str, history: Sequence[Exchange], log: CallLog) -> Route:
        """The route of a question; a follow-up is completed by rule first."""
        asked = (followup.standalone(question, history) or question) if history else question
        # The day of "as on 2026" is none of news.
        about = as_on.without(asked)
        route = self.decide(about, await self._vector(about, log), await self._openings())
        return route.model_copy(update={"standalone_question": asked[:MAX_CHARACTERS]})

    async def _vector(self, question: str, log: CallLog) -> Vectors | None:
        try:
            vector: Vectors = (await self._embedder.embed([question], log))[0]
        except ProviderError as error:
            get_logger(__name__).warning("route.not_embedded", outcome=error.code)
            return None
        return vector

    def decide(self, question: str, vector: Vectors | None, openings: Openings = NOTHING) -> Route:
        """The route of a standalone question from its unit vector (dimensions,) and what the content opens with.

        `confidence` is the probability of the intent; low confidence widens the domains. Without a vector the words
        that give an intent away decide alone.
        """
        shown = cues.found(question, datetime.now(UTC).year)
        meant = np.zeros(self._embedder.dimensions, np.float32) if vector is None else vector
        votes = self._model.intents(meant, shown, news=openings.pull(meant))
        intent = max(votes, key=lambda name: votes[name])
        return Route(
            intent=intent,
            domains=self._chosen_domains(question, intent, vector, votes),
            standalone_question=question[:MAX_CHARACTERS],
            confidence=round(votes[intent], 3),
            filters=filters.read(question),
        )

    def _chosen_domains(
        self, question: str, intent: Intent, vector: Vectors | None, votes: dict[Intent, float]
    ) -> tuple[str, ...]:
        """The domains to search; none means all of the intent's."""
        if intent == "pyq":
            named = {domain for cue, domain in cues.DOMAIN_CUES if cue.search(question)}
            return known_domains(intent, named, self._domains)
        if intent == "essay":
            return ()
        other: Intent = "current_affairs" if intent == "factual" else "factual"
        facts = () if vector is None else known_domains("factual", self._likeliest(vector), self._domains)
        if vector is not None and votes[other] < OTHER_SHARE:
            return facts if intent == "factual" else ()
        everywhere = facts or self._domains.get("factual", ())
        return (*everywhere, *self._domains.get("current_affairs", ()))

    def _likeliest(self, vector: Vectors) -> tuple[str, ...]:
        shares = self._model.domains(vector)
        chosen: list[str] = []
        held = 0.0
        for domain in sorted(shares, key=lambda name: -shares[name]):
            chosen.append(domain)
            held += shares[domain]
            if held >= DOMAIN_SHARE:
                break
        return tuple(chosen) if len(chosen) <= MOST_DOMAINS else ()
