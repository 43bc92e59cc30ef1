"""Candidates of all domains into one ranking of distinct parents: min-max scores, combined, best child counts. Pure."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.db.search import Candidates, Chunk, Parent
from app.retrieval.fact_keys import fact_keys
from app.retrieval.passage import Passage

# A long article must not fill all five places: the provision that another document states would be missed.
PER_DOCUMENT = 3
# "Article 19", "Seventh Schedule", "73rd Constitutional Amendment".
PROVISION_WORDS = 3
# The opening of a provision leads when it scores at least this share of its best part.
OPENING_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Fused:
    """A parent with its passage, what it has in the database and its best chunk."""

    passage: Passage
    parent: Parent
    chunk: Chunk


@dataclass(frozen=True, slots=True)
class _Scored:
    found: Candidates
    chunk: Chunk
    dense: float | None
    text: float
    score: float


def weights(found: Sequence[Candidates]) -> tuple[float, ...]:
    """How much each lexeme asked for tells, by how few of all searched chunks have it (the idf of BM25, above 0)."""
    size = sum(candidates.size for candidates in found)
    seen = [sum(column) for column in zip(*(candidates.seen for candidates in found), strict=True)]
    return tuple(math.log(1 + (max(size, count) - count + 0.5) / (count + 0.5)) for count in seen)


def fuse(found: Sequence[Candidates], *, dense_weight: float, provisions: Sequence[str] = ()) -> list[Fused]:
    """Distinct parents, those the question names first, then by score; each under its best chunk.

    Among the named ones the text of a provision itself comes before texts about it: `provisions` are the keys asked
    for, and "Article 19" is the locator of such a text where "Article 19: the six freedoms" is not.

    `score` is dense_weight * cosine + (1 - dense_weight) * text rank, both min-max over this question's candidates,
    cosines for each model by itself: two models' cosines cannot be compared. Without a cosine the text rank counts
    alone.
    """
    fused = [_fused(scored) for scored in _best_children(found, dense_weight).values()]
    fused.sort(
        key=lambda one: (
            not one.passage.structured,
            not _is_provision(one.passage.locator, provisions),
            -one.passage.score,
            one.passage.parent_id,
        )
    )
    return _varied(_opening_first(fused, provisions))


def _opening_first(ranked: list[Fused], provisions: Sequence[str]) -> list[Fused]:
    """`ranked` with the opening of a provision that leads it before its later parts, unless it fits far worse.

    A provision begins with its rule: "Which freedoms does Article 19 give?" must not be answered with clause (6) alone.
    """
    if not ranked or not _is_provision(ranked[0].passage.locator, provisions):
        return ranked
    best = ranked[0]
    for one in ranked:
        same = one.passage.document_id == best.passage.document_id
        if same and one.parent.position == 0 and one.passage.score >= OPENING_SHARE * best.passage.score:
            return [one, *(other for other in ranked if other is not one)]
    return ranked


def _is_provision(locator: str, asked: Sequence[str]) -> bool:
    """Does this locator name one of the provisions, and nothing else?"""
    keys = fact_keys(locator)
    return len(keys) == 1 and keys[0] in asked and len(locator.split()) <= PROVISION_WORDS


def min_max(values: Sequence[float]) -> list[float]:
    """`values` stretched to 0..1; when they are all the same, 1 for what is above 0."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    if low == high:
        return [float(value > 0) for value in values]
    return [(value - low) / (high - low) for value in values]


def _best_children(found: Sequence[Candidates], dense_weight: float) -> dict[UUID, _Scored]:
    """The best chunk of each parent, with the parent's best cosine."""
    worth = weights(found)
    chunks = [(candidates, chunk) for candidates in found for chunk in candidates.chunks]
    texts = [sum(rank * weight for rank, weight in zip(chunk.ranks, worth, strict=True)) for _, chunk in chunks]
    cosines = _cosines(found)
    best: dict[UUID, _Scored] = {}
    for (candidates, chunk), text, scaled in zip(chunks, texts, min_max(texts), strict=True):
        dense = cosines.get(chunk.id)
        score = scaled if dense is None else dense_weight * dense + (1 - dense_weight) * scaled
        known = best.get(chunk.parent_id)
        scored = _Scored(candidates, chunk, chunk.dense, text, score)
        if known is not None:
            nearest = max((cosine for cosine in (chunk.dense, known.dense) if cosine is not None), default=None)
            scored = replace(scored if score > known.score else known, dense=nearest, text=max(text, known.text))
        best[chunk.parent_id] = scored
    return best


def _varied(ranked: Sequence[Fused]) -> list[Fused]:
    """`ranked` with the passages of a document past its PER_DOCUMENT best ones moved behind all others."""
    taken: Counter[UUID] = Counter()
    first: list[Fused] = []
    rest: list[Fused] = []
    for one in ranked:
        taken[one.passage.document_id] += 1
        (first if taken[one.passage.document_id] <= PER_DOCUMENT else rest).append(one)
    return first + rest


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
        structured=parent.named,
        published_on=parent.published_on,
        year=parent.year,
        paper=parent.paper,
        subject=parent.subject,
        metadata=parent.metadata,
    )
    return Fused(passage, parent, scored.chunk)
