"""The local judge behind RAGAS' interface: it reads RAGAS' own prompts and fills in RAGAS' own answer models.

Deterministic, without a language model. What it does for each of the five models that the three metrics ask for is in
`statements`, `entailment`, `relevance` and `rating`; how far that agrees with people, in `agreement`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from pydantic import BaseModel
from ragas.embeddings.base import BaseRagasEmbedding
from ragas.llms.base import InstructorBaseRagasLLM

from evals.gate import rating, relevance
from evals.gate.entailment import Entailment
from evals.gate.golden import Item
from evals.gate.relevance import Rarity
from evals.gate.statements import statements
from evals.gate.vectors import Vectors

Model = TypeVar("Model", bound=BaseModel)
_SUPPORTED = 0.5
_item: ContextVar[Item] = ContextVar("item")


class LocalJudge(InstructorBaseRagasLLM):  # type: ignore[misc]
    """Answers RAGAS' prompts by rules. `about` says which item the prompts of a block belong to."""

    def __init__(self, entailment: Entailment, items: Sequence[Item]) -> None:
        self._entailment = entailment
        self._questions = Rarity(item.question for item in items)
        self._references = Rarity(item.reference for item in items)
        self._answers: Mapping[str, Callable[[dict[str, Any]], dict[str, object]]] = {
            "StatementGeneratorOutput": self._statements,
            "NLIStatementOutput": self._verdicts,
            "AnswerRelevanceOutput": self._question,
            "AnswerAccuracyOutput": self._rating,
        }

    @contextmanager
    def about(self, item: Item) -> Iterator[None]:
        """The item that is judged: RAGAS' prompts leave out the question in one case and the facts in all."""
        token = _item.set(item)
        try:
            yield
        finally:
            _item.reset(token)

    def generate(self, prompt: str, response_model: type[Model]) -> Model:
        """The answer model filled in from the input at the end of the prompt."""
        return response_model.model_validate(self._answers[response_model.__name__](_input(prompt)))

    async def agenerate(self, prompt: str, response_model: type[Model]) -> Model:
        """As `generate`; nothing here waits."""
        return self.generate(prompt, response_model)

    def _statements(self, given: dict[str, Any]) -> dict[str, object]:
        return {"statements": statements(given["answer"])}

    def _verdicts(self, given: dict[str, Any]) -> dict[str, object]:
        chances = self._entailment.probabilities(given["statements"], given["context"])
        return {
            "statements": [
                {"statement": statement, "reason": f"chance {chance:.2f}", "verdict": int(chance > _SUPPORTED)}
                for statement, chance in zip(given["statements"], chances, strict=True)
            ]
        }

    def _question(self, given: dict[str, Any]) -> dict[str, object]:
        answer = given["response"]
        question = relevance.answered_question(_item.get().question, answer, self._questions, self._entailment.embed)
        return {"question": question or _item.get().domain, "noncommittal": int(relevance.evades(answer))}

    def _rating(self, given: dict[str, Any]) -> dict[str, object]:
        """RAGAS asks twice, the second time with the answers swapped: that is how the two ratings are told apart."""
        item = _item.get()
        first = given["reference_answer"] == item.reference
        answer = given["user_answer" if first else "reference_answer"]
        counted = rating.by_facts(item, answer) if first else None
        return {"rating": rating.by_reference(item, answer, self._references) if counted is None else counted}


class LocalEmbedding(BaseRagasEmbedding):  # type: ignore[misc]
    """MiniLM behind RAGAS' embedding interface."""

    def __init__(self, vectors: Vectors) -> None:
        super().__init__()
        self._vectors = vectors

    def embed_text(self, text: str, **_: Any) -> list[float]:
        """The unit vector of a text."""
        return [float(value) for value in self._vectors.of([text])[0]]

    async def aembed_text(self, text: str, **_: Any) -> list[float]:
        """As `embed_text`; the model is busy for milliseconds."""
        return self.embed_text(text)


def _input(prompt: str) -> dict[str, Any]:
    """The JSON that RAGAS ends a prompt with. Its texts have no bare line feeds, so these marks are RAGAS' own."""
    given = prompt.rpartition("\ninput: ")[2].rpartition("\nOutput: ")[0]
    found: dict[str, Any] = json.loads(given)
    return found
