"""A small trained model of routes: a linear layer from a question's vector and cues to its intent, one to its domains.

It is fitted on the labelled examples by `python -m evals.fit_router` and stored beside them, so a start costs nothing.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from app.agents.answer import Intent
from app.agents.cues import CUES
from app.retrieval.minilm import Vectors

INTENTS: tuple[Intent, ...] = ("factual", "pyq", "essay", "current_affairs")
# Bodies of fact that a question can lie in; the other intents have no such choice to learn.
FACT_DOMAINS = ("polity", "history", "geography", "economy", "science", "ethics")

# All by ten-fold cross-validation on the examples; neighbours of each give the same within half a point.
VECTOR_SCALE = 4.0
CUE_SCALE = 0.5
CUE_TRUST = 1.25
FACTUAL_PRIOR = 1.0
DECAY = 5e-3
STEPS = 300
MOMENTUM = 0.9
DIGITS = 4

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled question. No domains means all of the intent's."""

    query: str
    intent: Intent
    domains: tuple[str, ...]


def load_examples() -> tuple[Example, ...]:
    """The labelled examples that come with the program."""
    lines = _stored("routes").splitlines()
    rows = (json.loads(line) for line in lines if line.strip())
    return tuple(Example(row["query"], row["intent"], tuple(row["domains"])) for row in rows)


def signature() -> str:
    """What the stored model was fitted on: changes with the examples, the cues and the settings above."""
    cues = [(cue.intent, cue.weight, cue.pattern.pattern) for cue in CUES]
    settings = (VECTOR_SCALE, CUE_SCALE, CUE_TRUST, FACTUAL_PRIOR, DECAY, STEPS, MOMENTUM, DIGITS)
    return hashlib.sha256(repr((_stored("routes"), cues, settings)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class RouteModel:
    """Weights `intent` (vector + cues + 1, intents), `domain` (vector + 1, fact domains); `fitted_on`: which data."""

    intent: Matrix
    domain: Matrix
    fitted_on: str

    @classmethod
    def load(cls) -> Self:
        """The model stored beside the examples."""
        rows = {row["name"]: row for row in map(json.loads, _stored("route_model").splitlines())}
        return cls(np.array(rows["intent"]["values"]), np.array(rows["domain"]["values"]), rows["fitted_on"]["values"])

    @classmethod
    def fit(cls, examples: Sequence[Example], vectors: Vectors, cues: Sequence[Sequence[bool]]) -> Self:
        """A model of these examples with their unit vectors (n, dimensions) and cues (n, len(CUES))."""
        shown = np.asarray(cues, np.float64)
        by_hand = shown @ _hand_weights()
        by_hand[:, 0] += FACTUAL_PRIOR
        scaled = np.asarray(vectors, np.float64) * VECTOR_SCALE
        ones = np.ones((len(examples), 1))
        wanted = np.array([[float(example.intent == intent) for intent in INTENTS] for example in examples])
        learnt = _softmax_regression(np.hstack([scaled, shown * CUE_SCALE, ones]), wanted, by_hand)
        size = scaled.shape[1]
        intent = np.vstack([learnt[:size] * VECTOR_SCALE, learnt[size:-1] * CUE_SCALE + _hand_weights(), learnt[-1:]])
        intent[-1, 0] += FACTUAL_PRIOR
        facts = [i for i, example in enumerate(examples) if example.intent == "factual"]
        shares = np.array([[float(domain in examples[i].domains) for domain in FACT_DOMAINS] for i in facts])
        shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1.0)
        domain = _softmax_regression(np.hstack([scaled[facts], ones[facts]]), shares, np.zeros_like(shares))
        domain[:size] *= VECTOR_SCALE
        return cls(np.round(intent, DIGITS), np.round(domain, DIGITS), signature())

    def intents(self, vector: Vectors, cues: Sequence[bool], *, news: float = 0.0) -> dict[Intent, float]:
        """The probability of each intent. `news` is what the content adds to the log odds of news over facts."""
        logits = np.concatenate([vector, np.asarray(cues, np.float64), [1.0]]) @ self.intent
        if INTENTS[int(np.argmax(logits))] == "factual":
            # Past papers and essays have news for their topic as well.
            logits[INTENTS.index("current_affairs")] += news
        return dict(zip(INTENTS, map(float, _softmax(logits[None])[0]), strict=True))

    def domains(self, vector: Vectors) -> dict[str, float]:
        """The probability of each body of fact, were the question one of facts."""
        logits = np.concatenate([vector, [1.0]]) @ self.domain
        return dict(zip(FACT_DOMAINS, map(float, _softmax(logits[None])[0]), strict=True))

    def dump(self) -> str:
        """The lines of the stored file."""
        values: dict[str, Any] = {
            "fitted_on": self.fitted_on,
            "intent": self.intent.tolist(),
            "domain": self.domain.tolist(),
        }
        return "".join(f"{json.dumps({'name': name, 'values': value})}\n" for name, value in values.items())


def _hand_weights() -> Matrix:
    weights = np.zeros((len(CUES), len(INTENTS)))
    for row, cue in enumerate(CUES):
        weights[row, INTENTS.index(cue.intent)] = cue.weight * CUE_TRUST
    return weights


def _softmax_regression(features: Matrix, wanted: Matrix, offset: Matrix) -> Matrix:
    """Weights by gradient descent with momentum and decay, from zero; the same on every machine to four digits."""
    weights = np.zeros((features.shape[1], wanted.shape[1]))
    velocity = np.zeros_like(weights)
    rate = 1.0 / (0.5 * float(np.linalg.norm(features, 2)) ** 2 / len(features) + DECAY)
    for _ in range(STEPS):
        missed = _softmax(features @ weights + offset) - wanted
        velocity = MOMENTUM * velocity - rate * (features.T @ missed / len(features) + DECAY * weights)
        weights += velocity
    return weights


def _softmax(logits: Matrix) -> Matrix:
    raised: Matrix = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Matrix = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _stored(name: str) -> str:
    return resources.files("app.agents").joinpath(f"examples/{name}.jsonl").read_text("utf-8")
