"""Candidates of all domains into one ranking of distinct parents: min-max scores, combined, best child counts. Pure."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from app.db.search import Candidates, Chunk, Parent, Term
from app.retrieval import precedence
from app.retrieval.fused import Fused
from app.retrieval.names import folded
from app.retrieval.passage import Passage
from app.retrieval.wanted import Wanted

# A long article must not fill all five places: the provision that another document states would be missed.
PER_DOCUMENT = 3
# Half of a chunk's full-text rank is its parent's: what the model reads is the parent.
PARENT_SHARE = 0.5
# What the share of the question's words that a passage has, by weight, adds to its score. Tuned with PARENT_SHARE on
# evals/sets/retrieval_*_tuning.jsonl, the odd queries of Vaswani and the odd titles of the Constitution.
COVERAGE = 0.2
# "Latest" is worth this much more for the newest passage, half of it for one that is HALF_LIFE_DAYS older.
RECENCY = 0.25
HALF_LIFE_DAYS = 365
_DATED = "current_affairs"


@dataclass(frozen=True, slots=True)
class _Scored:
    found: Candidates
    chunk: Chunk
    dense: float | None
    text: float
    score: float


def weights(found: Sequence[Candidates], *, least: float = 0.0) -> tuple[float, ...]:
    """How much each lexeme asked for tells, by how few of all searched chunks have it (the idf of BM25, above 0).

    Fewer than `least` chunks count as that many.
    """
    size = max(least, sum(candidates.size for candidates in found))
    seen = [sum(column) for column in zip(*(candidates.seen for candidates in found), strict=True)]
    return tuple(math.log(1 + (max(size, count) - count + 0.5) / (count + 0.5)) for count in seen)


def fuse(
    found: Sequence[Candidates],
    *,
    dense_weight: float,
    worth: Sequence[float] | None = None,
    wanted: Wanted | None = None,
    terms: Sequence[Term] = (),
) -> list[Fused]:
    """Distinct parents, those the question names first, then by score; each under its best chunk.

    `worth` is what `weights` says of `found`, where that is known already; `wanted` is what the question names and
    `terms` are its words, in the order of the chunks' ranks.

    `score` is dense_weight * cosine + (1 - dense_weight) * text rank, both min-max over this question's candidates, and
    COVERAGE times the share of the question that the passage has, all together in 0..1. Cosines are scaled for each
    model by itself: two models' cosines cannot be compared. Without a cosine the text rank counts alone.
    """
    wanted = wanted or Wanted()
    worth = weights(found) if worth is None else worth
    fused = [_fused(scored) for scored in _best_children(found, worth, dense_weight).values()]
    weight_of = _weights_of_words(found, terms, worth)
    fused = [_settled(one, wanted, weight_of) for one in (_newer_first(fused) if wanted.latest else fused)]
    return _varied(precedence.ordered(fused, wanted))


def _weights_of_words(found: Sequence[Candidates], terms: Sequence[Term], worth: Sequence[float]) -> dict[str, float]:
    """The weights of the question's words as titles have them. What no chunk has tells nothing of which is meant."""
    seen = [sum(column) for column in zip(*(candidates.seen for candidates in found), strict=True)]
    weighed: dict[str, float] = {}
    for term, weight, count in zip(terms, worth, seen, strict=False):
        if count:
            weighed |= dict.fromkeys(folded(term.word), weight)
    return weighed


def min_max(values: Sequence[float]) -> list[float]:
    """`values` stretched to 0..1; when they are all the same, 1 for what is above 0."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    if low == high:
        return [float(value > 0) for value in values]
    return [(value - low) / (high - low) for value in values]


def _best_children(found: Sequence[Candidates], worth: Sequence[float], dense_weight: float) -> dict[UUID, _Scored]:
    """The best chunk of each parent, with the parent's best cosine."""
    chunks = [(candidates, chunk) for candidates in found for chunk in candidates.chunks]
    ranked = [_ranked(chunk, candidates.parents[chunk.parent_id], worth) for candidates, chunk in chunks]
    texts = [text for text, _ in ranked]
    cosines = _cosines(found)
    best: dict[UUID, _Scored] = {}
    for (candidates, chunk), (text, covered), scaled in zip(chunks, ranked, min_max(texts), strict=True):
        dense = cosines.get(chunk.id)
        mixed = scaled if dense is None else dense_weight * dense + (1 - dense_weight) * scaled
        score = (mixed + COVERAGE * covered) / (1 + COVERAGE)
        known = best.get(chunk.parent_id)
        scored = _Scored(candidates, chunk, chunk.dense, text, score)
        if known is not None:
            nearest = max((cosine for cosine in (chunk.dense, known.dense) if cosine is not None), default=None)
            scored = replace(scored if score > known.score else known, dense=nearest, text=max(text, known.text))
        best[chunk.parent_id] = scored
    return best


def _ranked(chunk: Chunk, parent: Parent, worth: Sequence[float]) -> tuple[float, float]:
    """The full-text rank of a chunk in its parent, and the share of the question that they have."""
    own_rank, own_share = _held(chunk.ranks, worth)
    rank, share = _held(parent.ranks or chunk.ranks, worth)
    mixed = (1 - PARENT_SHARE) * own_rank * own_share + PARENT_SHARE * rank * share
    return mixed, (1 - PARENT_SHARE) * own_share + PARENT_SHARE * share


def _held(ranks: Sequence[float], worth: Sequence[float]) -> tuple[float, float]:
    rank = sum(rank * weight for rank, weight in zip(ranks, worth, strict=True))
    share = sum(weight for rank, weight in zip(ranks, worth, strict=True) if rank > 0)
    return rank, share / whole if (whole := sum(worth)) else 0.0


def _cosines(found: Sequence[Candidates]) -> dict[UUID, float]:
    """Scaled cosines by chunk."""
    by_model: dict[str, list[tuple[UUID, float]]] = {}
    for candidates in found:
        known = by_model.setdefault(candidates.namespace.model, [])
        known += [(chunk.id, chunk.dense) for chunk in candidates.chunks if chunk.dense is not None]
    scaled: dict[UUID, float] = {}
    for pairs in by_model.values():
        ids, values = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        scaled.update(zip(ids, min_max(values), strict=True))
    return scaled


def _settled(one: Fused, wanted: Wanted, weight_of: Mapping[str, float]) -> Fused:
    """`one` with whether the question means it."""
    named = wanted.means(one.parent)
    structured = named or wanted.quotes(one.parent, weight_of)
    return replace(one, parent=replace(one.parent, named=named), passage=replace(one.passage, structured=structured))


def _newer_first(fused: Sequence[Fused]) -> list[Fused]:
    """`fused` with a little more for what was published later, in the one domain where "latest" means its date."""
    dates = [one.passage.published_on for one in fused if one.passage.domain == _DATED and one.passage.published_on]
    newest = max(dates, default=None)
    return [replace(one, passage=replace(one.passage, score=_fresh(one.passage, newest))) for one in fused]


def _fresh(passage: Passage, newest: date | None) -> float:
    if newest is None or passage.published_on is None or passage.domain != _DATED:
        return passage.score / (1 + RECENCY)
    age = (newest - passage.published_on).days
    return float((passage.score + RECENCY * 0.5 ** (age / HALF_LIFE_DAYS)) / (1 + RECENCY))


def _varied(ranked: Sequence[Fused]) -> list[Fused]:
    """`ranked` with the passages of a document past its PER_DOCUMENT best ones moved behind all others."""
    taken: Counter[UUID] = Counter()
    first: list[Fused] = []
    rest: list[Fused] = []
    for one in ranked:
        taken[one.passage.document_id] += 1
        (first if taken[one.passage.document_id] <= PER_DOCUMENT else rest).append(one)
    return first + rest


def _fused(scored: _Scored) -> Fused:
    parent = scored.found.parents[scored.chunk.parent_id]
    passage = Passage(
        parent_id=parent.id,
        version_id=parent.version_id,
        document_id=parent.document_id,
        domain=scored.found.namespace.domain,
        namespace_id=scored.found.namespace.id,
        version=parent.version,
        title=parent.title,
        header=parent.header,
        locator=parent.locator,
        text=parent.text,
        best_child=scored.chunk.text,
        score=scored.score,
        dense=scored.dense,
        text_rank=scored.text,
        chunk_id=scored.chunk.id,
        published_on=parent.published_on,
        year=parent.year,
        paper=parent.paper,
        subject=parent.subject,
        effective_from=parent.effective_from,
        effective_to=parent.effective_to,
        metadata=parent.metadata,
    )
    return Fused(passage, parent, scored.chunk)
