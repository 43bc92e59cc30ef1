"""All figures of all items: what is counted, and what the judge says."""

import math
import os
from collections.abc import Mapping, Sequence

from app.retrieval.minilm import MiniLM
from app.settings import Settings
from evals.gate.errors import NotRun
from evals.gate.golden import Item
from evals.gate.measures import JUDGED, measure
from evals.gate.output import Output
from evals.gate.vectors import Vectors

ItemScores = Mapping[str, float]


class Scoring:
    """Scores outputs with one judge. Loading RAGAS takes seconds, so one object serves a whole run."""

    def __init__(self, settings: Settings, judge: str | None, items: Sequence[Item]) -> None:
        """`judge` is local or openai, None for the configured model where there is one, else local; `items` all of the
        golden set, from which the local judge learns rare words.

        Raises:
            NotRun: RAGAS or the judge's provider is missing.
        """
        # Read by ragas when it is imported: without it every run is reported to its vendor.
        os.environ["RAGAS_DO_NOT_TRACK"] = "true"
        try:
            from evals.gate import ragas_scores
        except ImportError as error:
            raise NotRun(f"RAGAS cannot be imported ({error}); `make eval` makes an environment for it") from None
        if (judge or settings.models.llm) == "openai":
            if not settings.models.api_key:
                raise NotRun("--judge openai needs OPENAI_API_KEY")
            self._judge = ragas_scores.openai(settings)
        else:
            self._judge = ragas_scores.local(Vectors(MiniLM.load(settings.embedder.threads)), items)
        self._score = ragas_scores.score

    @property
    def judge(self) -> str:
        """The judge's name, with its model where it has one."""
        return self._judge.name

    async def scores(self, items: Sequence[Item], outputs: Mapping[str, Output]) -> dict[str, ItemScores]:
        """Every figure that applies, by item id; NaN is a figure that could not be measured.

        A question wrongly refused is not answered at all: relevancy and accuracy 0, and no statement to be faithful.
        """
        found: dict[str, dict[str, float]] = {item.id: dict(measure(item, outputs[item.id])) for item in items}
        answers = []
        for item in items:
            output = outputs[item.id]
            if not item.answerable:
                continue
            if output.error:
                found[item.id] |= dict.fromkeys(JUDGED, math.nan)
            elif output.refused:
                found[item.id] |= {"answer_relevancy": 0.0, "accuracy": 0.0}
            else:
                answers.append((item, output))
        for (item, _), judged in zip(answers, await self._score(answers, self._judge), strict=True):
            found[item.id] |= judged
        return dict(found)


def figure(scores: Mapping[str, ItemScores], name: str) -> dict[str, float]:
    """One figure of the items that it applies to and that were measured."""
    return {key: one[name] for key, one in scores.items() if name in one and not math.isnan(one[name])}


def unmeasured(scores: Mapping[str, ItemScores], name: str) -> float:
    """The share of NaN among the items that a figure applies to; 0 where it applies to none."""
    values = [one[name] for one in scores.values() if name in one]
    return sum(map(math.isnan, values)) / len(values) if values else 0.0
