"""RAGAS' Faithfulness, AnswerRelevancy and AnswerAccuracy of each answer, with the judge that was asked for.

The only module that imports ragas; its telemetry is switched off by `evals.gate.scoring` before.
"""

import asyncio
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from openai import AsyncOpenAI
from ragas.embeddings import OpenAIEmbeddings
from ragas.llms import llm_factory
from ragas.metrics.collections import AnswerAccuracy, AnswerRelevancy, Faithfulness

from app.settings import Settings
from evals.gate.entailment import Entailment
from evals.gate.golden import Item
from evals.gate.judge import LocalEmbedding, LocalJudge
from evals.gate.output import Output
from evals.gate.vectors import Vectors

AT_ONCE = 8
# One prompt to a model that judges; RAGAS sends up to six for an answer.
JUDGE_SECONDS = 60.0

Scores = Mapping[str, float]


class _About(Protocol):
    def __call__(self, item: Item) -> AbstractContextManager[None]:
        """A block in which prompts belong to this item."""
        ...


@dataclass(frozen=True, slots=True)
class Judge:
    """Who judges, as RAGAS takes it; `name` goes into reports and baselines."""

    name: str
    llm: Any
    embeddings: Any
    about: _About


def local(vectors: Vectors, items: Sequence[Item]) -> Judge:
    """The deterministic judge."""
    judge = LocalJudge(Entailment.load(vectors.of), items)
    return Judge("local", judge, LocalEmbedding(vectors), judge.about)


def openai(settings: Settings) -> Judge:
    """The configured model, and the configured provider's embeddings."""
    models = settings.models
    key = models.api_key.get_secret_value() if models.api_key else ""
    client = AsyncOpenAI(api_key=key, base_url=models.base_url, timeout=JUDGE_SECONDS, max_retries=2)
    return Judge(
        f"openai:{models.primary}",
        llm_factory(models.primary, provider="openai", client=client),
        OpenAIEmbeddings(client=client, model=settings.embedder.openai_model),
        _about_nothing,
    )


@contextmanager
def _about_nothing(item: Item) -> Iterator[None]:  # noqa: ARG001
    yield


async def score(pairs: Sequence[tuple[Item, Output]], judge: Judge) -> list[Scores]:
    """The three scores of each answer, 0 to 1; NaN for what could not be judged."""
    places = asyncio.Semaphore(AT_ONCE)
    metrics = _Metrics(judge)

    async def one(item: Item, output: Output) -> Scores:
        async with places:
            return await metrics.of(item, output)

    return await asyncio.gather(*(one(item, output) for item, output in pairs))


class _Metrics:
    def __init__(self, judge: Judge) -> None:
        self._about = judge.about
        self._faithfulness = Faithfulness(llm=judge.llm)
        self._relevancy = AnswerRelevancy(llm=judge.llm, embeddings=judge.embeddings)
        self._accuracy = AnswerAccuracy(llm=judge.llm)

    async def of(self, item: Item, output: Output) -> Scores:
        with self._about(item):
            asked, said = item.question, output.text
            # An answer out of nothing is judged too, and nothing supports it.
            contexts = [passage.text for passage in output.passages] or [""]
            return {
                "faithfulness": await _value(
                    self._faithfulness, user_input=asked, response=said, retrieved_contexts=contexts
                ),
                "answer_relevancy": await _value(self._relevancy, user_input=asked, response=said),
                "accuracy": await _value(self._accuracy, user_input=asked, response=said, reference=item.reference),
            }


async def _value(metric: Any, **given: Any) -> float:
    """A metric's value; NaN when the judge failed, said what RAGAS cannot read, or there was nothing to judge."""
    try:
        result = await metric.ascore(**given)
    except Exception:  # noqa: BLE001  (a judge's provider can fail in any way; every failure is an unmeasured score)
        return math.nan
    value = float(result.value)
    # Rounding can lift a cosine above 1 by its last digit.
    return min(1.0, max(0.0, value)) if math.isfinite(value) else math.nan
