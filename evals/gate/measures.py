"""What is counted without a judge: facts, citations, refusals, routing, retrieval. Higher is better for all. Pure."""

import math
from collections.abc import Mapping

from app.agents.citations import mentioned
from app.agents.sentences import split
from evals.gate.facts import held
from evals.gate.golden import Item
from evals.gate.output import Output
from evals.gate.rating import forbidden
from evals.gate.statements import statements

TITLES = {
    "faithfulness": "statements that the passages support",
    "answer_relevancy": "the answer answers what was asked",
    "accuracy": "the answer agrees with the reference",
    "fact_recall": "must-have facts found",
    "no_forbidden": "answers without a must-not fact",
    "citation_precision": "cited documents that are sources",
    "citation_recall": "sources that are cited",
    "citation_coverage": "statements that carry a citation",
    "refused_unanswerable": "unanswerable questions refused",
    "answered_answerable": "answerable questions answered",
    "routing": "questions routed to their specialist",
    "recall_at_5": "sources among the first five passages",
}
# RAGAS' three, which a judge gives; the rest is counted.
JUDGED = ("faithfulness", "answer_relevancy", "accuracy")
FIRST = 5

Scores = Mapping[str, float]


def measure(item: Item, output: Output) -> Scores:
    """Each figure that applies to the item, 0 to 1; NaN where the pipeline failed.

    What a refusal says nothing about is left out: that it refused is counted in `answered_answerable`.
    """
    if output.error:
        return dict.fromkeys(_applicable(item, refused=False), math.nan)
    values = {
        "routing": float(output.intent == item.intent),
        "refused_unanswerable": float(output.refused),
        "answered_answerable": float(not output.refused),
        "fact_recall": 0.0 if output.refused else held(output.text, item.must_have) / max(1, len(item.must_have)),
        "no_forbidden": float(not forbidden(item, output.text)),
        "recall_at_5": _recall(item, output),
    } | _citations(item, output)
    return {name: values[name] for name in _applicable(item, refused=output.refused)}


def _applicable(item: Item, *, refused: bool) -> list[str]:
    if not item.answerable:
        return ["routing", "refused_unanswerable", *(["no_forbidden"] if item.must_not and not refused else [])]
    names = ["routing", "answered_answerable"]
    names += ["fact_recall"] if item.must_have else []
    names += ["recall_at_5"] if item.sources else []
    if not refused:
        names += ["no_forbidden", "citation_coverage"]
        names += ["citation_precision", "citation_recall"] if item.sources else []
    return names


def _recall(item: Item, output: Output) -> float:
    wanted = set(item.sources)
    return len(wanted & set(output.found[:FIRST])) / min(FIRST, len(wanted)) if wanted else 0.0


def _citations(item: Item, output: Output) -> dict[str, float]:
    """An answer that cites nothing has neither precision nor recall."""
    keys = {passage.n: passage.key for passage in output.passages}
    cited = {keys.get(number) for number in mentioned(output.text)}
    right = cited & set(item.sources)
    claims = [sentence for sentence in split(output.text) if statements(sentence)]
    marked = [sentence for sentence in claims if any(number in keys for number in mentioned(sentence))]
    return {
        "citation_precision": len(right) / len(cited) if cited else 0.0,
        "citation_recall": len(right) / len(set(item.sources)) if item.sources else 0.0,
        "citation_coverage": len(marked) / len(claims) if claims else 0.0,
    }
