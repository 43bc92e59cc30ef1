"""Routes a question by its nearest labelled examples and a few words that give an intent away. Needs no provider."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Self

import numpy as np

from app.agents import followup
from app.agents.answer import Intent
from app.agents.cues import CUES, DOMAIN_CUES
from app.agents.exchange import Exchange
from app.agents.supervisor import STANDALONE_CHARACTERS, Domains, Route, known_domains
from app.retrieval.calls import CallLog
from app.retrieval.embedder import Embedder
from app.retrieval.minilm import Vectors

NEIGHBOURS = 9
# Similarities are raised to this power, so that the nearest few decide.
SHARPNESS = 6
# Past papers, essays and news are asked for in so many words; a question without any such word wants a fact.
FACTUAL_PRIOR = 0.6
# With less of the vote than this between the first and the second domain, all domains are searched.
DOMAIN_MARGIN = 0.5
# Under this cosine an example says nothing about where to look.
NEAR = 0.4


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled question. No domains means all of the intent's."""

    query: str
    intent: Intent
    domains: tuple[str, ...]


def load_examples() -> tuple[Example, ...]:
    """The labelled examples that come with the program."""
    lines = resources.files("app.agents").joinpath("examples/routes.jsonl").read_text("utf-8").splitlines()
    rows = (json.loads(line) for line in lines if line.strip())
    return tuple(Example(row["query"], row["intent"], tuple(row["domains"])) for row in rows)


class EmbeddedRouter:
    """Nearest labelled examples. Build it with `build`, which embeds the examples once."""

    def __init__(self, embedder: Embedder, domains: Domains, examples: Sequence[Example], vectors: Vectors) -> None:
        self._embedder = embedder
        self._domains = domains
        self._examples = examples
        self.vectors = vectors

    @classmethod
    async def build(cls, embedder: Embedder, domains: Domains, examples: Sequence[Example] | None = None) -> Self:
        """A router over the examples, by default those that come with the program."""
        examples = load_examples() if examples is None else examples
        vectors = np.asarray(await embedder.embed([example.query for example in examples], None), dtype=np.float32)
        return cls(embedder, domains, examples, vectors)

    async def route(self, question: str, history: Sequence[Exchange], log: CallLog) -> Route:
        """The route by vote of the nearest examples and the cues; a follow-up is completed by rule first."""
        asked = (followup.standalone(question, history) or question) if history else question
        vector = np.asarray(await self._embedder.embed([asked], log), dtype=np.float32)[0]
        return self.decide(asked, vector)

    def decide(self, question: str, vector: Vectors, *, without: int | None = None) -> Route:
        """The route of a standalone question from its unit vector (dimensions,).

        `without` leaves one example out, for measuring.
        """
        similarity = self.vectors @ vector
        if without is not None:
            similarity[without] = -1.0
        votes = self._intent_votes(question, self._nearest(similarity, range(len(self._examples))))
        intent = max(votes, key=lambda name: votes[name])
        return Route(
            intent=intent,
            domains=self._chosen_domains(question, intent, similarity)
            if float(similarity.max(initial=0.0)) >= NEAR
            else (),
            standalone_question=question[:STANDALONE_CHARACTERS],
            confidence=round(votes[intent] / (sum(votes.values()) or 1.0), 3),
        )

    def _intent_votes(self, question: str, weights: dict[int, float]) -> dict[Intent, float]:
        total = sum(weights.values()) or 1.0
        votes: defaultdict[Intent, float] = defaultdict(float, {"factual": FACTUAL_PRIOR})
        for i, weight in weights.items():
            votes[self._examples[i].intent] += weight / total
        for cue in CUES:
            if cue.pattern.search(question):
                votes[cue.intent] += cue.weight
        return votes

    def _chosen_domains(self, question: str, intent: Intent, similarity: Vectors) -> tuple[str, ...]:
        named = {domain for cue, domain in DOMAIN_CUES if intent == "pyq" and cue.search(question)}
        if intent == "pyq":
            return known_domains(intent, named, self._domains)
        votes: defaultdict[str, float] = defaultdict(float)
        weights = self._nearest(similarity, [i for i, example in enumerate(self._examples) if example.intent == intent])
        for i, weight in weights.items():
            for domain in self._examples[i].domains or self._domains.get(intent, ()):
                votes[domain] += weight
        first, second, *_ = [*sorted(votes.values(), reverse=True), 0.0, 0.0]
        if first - second < DOMAIN_MARGIN * sum(weights.values()):
            return ()
        return known_domains(intent, [max(votes, key=lambda name: votes[name])], self._domains)

    def _nearest(self, similarity: Vectors, among: Sequence[int]) -> dict[int, float]:
        nearest = sorted(among, key=lambda i: -float(similarity[i]))[:NEIGHBOURS]
        return {i: max(float(similarity[i]), 0.0) ** SHARPNESS for i in nearest}
