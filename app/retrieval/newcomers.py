"""Chunks that are not stored yet among a question's candidates, as the database would find them if they were. Pure.

What search.sql does, done in memory: the same three kinds of search over the candidates that were found and the new
chunks together, so that the same fusion ranks them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from math import log
from uuid import UUID

import numpy as np
import numpy.typing as npt

from app.db.ids import uuid7
from app.db.search import CANDIDATES, Candidates, Chunk, Parent
from app.db.versions import NewParent, NewVersion
from app.retrieval.retriever import Sighted
from app.retrieval.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A chunk that would be new, in its parent. `embedded_text` is what it is embedded and ranked by.

    `ranks` are its full-text ranks by lexeme, of those that it has; `vector` is its embedding (dimensions,).
    """

    id: UUID
    parent: Parent
    text: str
    embedded_text: str
    ranks: Mapping[str, float]
    vector: npt.NDArray[np.float32] | None = None


def of(version: NewVersion) -> Iterator[Newcomer]:
    """The chunks of a version that would be new, without ranks and vectors yet."""
    version_id, document_id = uuid7(), version.document_id or uuid7()
    for position, one in enumerate(version.parents):
        parent = _parent(version, one, position, version_id, document_id)
        for chunk in one.chunks:
            yield Newcomer(uuid7(), parent, chunk.text, chunk.embedded_text, {})


def text_score(ranks: Mapping[str, float], sighted: Sighted, domain: str) -> float:
    """How well a chunk with these full-text ranks fits the words of a question, as `candidates` weighs them."""
    found = next(one for one in sighted.found if one.namespace.domain == domain)
    weights = dict(zip(sighted.worded.lexemes, _weights(sighted, found.seen, found.size), strict=True))
    return _score((rank, weights.get(lexeme, 0.0)) for lexeme, rank in ranks.items())


def among(sighted: Sighted, newcomers: Sequence[Newcomer], *, domain: str, gone: AbstractSet[UUID]) -> Sighted:
    """What a question would bring with the newcomers in the domain and without the versions that are `gone`."""
    return replace(
        sighted,
        found=tuple(
            _joined(one, sighted, newcomers, gone) if one.namespace.domain == domain else one for one in sighted.found
        ),
    )


def _joined(found: Candidates, sighted: Sighted, newcomers: Sequence[Newcomer], gone: AbstractSet[UUID]) -> Candidates:
    lexemes, vector = sighted.worded.lexemes, sighted.vectors.get(found.namespace.model)
    new = [
        Chunk(
            one.id,
            one.parent.id,
            one.text,
            _cosine(vector, one.vector),
            tuple(one.ranks.get(lexeme, 0.0) for lexeme in lexemes),
        )
        for one in newcomers
    ]
    old = [chunk for chunk in found.chunks if found.parents[chunk.parent_id].version_id not in gone]
    # Words of what goes are counted as far as it was found: what was not is a small part of them.
    going = [chunk for chunk in found.chunks if found.parents[chunk.parent_id].version_id in gone]
    parents = found.parents | _new_parents(newcomers, new, sighted)
    seen = tuple(
        count + sum(chunk.ranks[place] > 0 for chunk in new) - sum(chunk.ranks[place] > 0 for chunk in going)
        for place, count in enumerate(found.seen)
    )
    size = found.size + len(new) - len(going)
    kept = _best([*old, *new], parents, _weights(sighted, seen, size))
    within = {chunk.parent_id for chunk in kept}
    return Candidates(found.namespace, kept, {key: one for key, one in parents.items() if key in within}, seen, size)


def _new_parents(newcomers: Sequence[Newcomer], chunks: Sequence[Chunk], sighted: Sighted) -> dict[UUID, Parent]:
    """The newcomers' parents as a search gives them: with their best ranks, and whether the question names them."""
    ranks: dict[UUID, tuple[float, ...]] = {}
    for chunk in chunks:
        known = ranks.get(chunk.parent_id, chunk.ranks)
        ranks[chunk.parent_id] = tuple(max(pair) for pair in zip(known, chunk.ranks, strict=True))
    return {
        one.parent.id: replace(
            one.parent,
            ranks=(best := ranks[one.parent.id]),
            lexemes=frozenset(lexeme for lexeme, rank in zip(sighted.worded.lexemes, best, strict=True) if rank > 0),
            named=_is_named(one.parent, sighted.meant),
        )
        for one in newcomers
    }


def _best(chunks: Sequence[Chunk], parents: Mapping[UUID, Parent], weights: Sequence[float]) -> tuple[Chunk, ...]:
    """The nearest, the best by full text and the best of each parent that is named, as many of each as a search has."""
    score = {chunk.id: _score(zip(chunk.ranks, weights, strict=True)) for chunk in chunks}
    distance = {chunk.id: 2.0 if chunk.dense is None else 1.0 - chunk.dense for chunk in chunks}
    near = sorted((chunk for chunk in chunks if chunk.dense is not None), key=lambda chunk: distance[chunk.id])
    texts = sorted((chunk for chunk in chunks if score[chunk.id] > 0), key=lambda chunk: -score[chunk.id])
    named: dict[UUID, Chunk] = {}
    for chunk in sorted(chunks, key=lambda chunk: (distance[chunk.id], -score[chunk.id])):
        if parents[chunk.parent_id].named:
            named.setdefault(chunk.parent_id, chunk)
    by_name = sorted(named.values(), key=lambda chunk: (-score[chunk.id], distance[chunk.id]))
    kept = {chunk.id: chunk for kind in (near, texts, by_name) for chunk in kind[:CANDIDATES]}
    return tuple(kept[key] for key in sorted(kept))


def _weights(sighted: Sighted, seen: Sequence[int], size: float) -> list[float]:
    return [
        share * log(1 + (max(size, count) - count + 0.5) / (count + 0.5))
        for share, count in zip(sighted.worded.shares, seen, strict=True)
    ]


def _score(ranks: Iterable[tuple[float, float]]) -> float:
    """Rank times weight, times the weight that it has of the question."""
    held = [(rank, weight) for rank, weight in ranks if rank > 0]
    return sum(rank * weight for rank, weight in held) * sum(weight for _, weight in held)


def _cosine(vector: Sequence[float] | None, other: npt.NDArray[np.float32] | None) -> float | None:
    if vector is None or other is None:
        return None
    asked = np.asarray(vector, np.float32)
    return float(asked @ other / (np.linalg.norm(asked) * np.linalg.norm(other)))


def _is_named(parent: Parent, meant: Wanted) -> bool:
    keys = set(parent.fact_keys)
    return bool(keys & set(meant.looked_up)) or (bool(meant.groups) and all(keys & set(one) for one in meant.groups))


def _parent(version: NewVersion, parent: NewParent, position: int, version_id: UUID, document_id: UUID) -> Parent:
    details = version.details
    return Parent(
        id=uuid7(),
        version_id=version_id,
        document_id=document_id,
        version=version.number,
        position=position,
        title=version.title,
        header=parent.header,
        locator=parent.locator,
        text=parent.text,
        fact_keys=parent.fact_keys,
        lexemes=frozenset(),
        named=False,
        published_on=details.published_on,
        year=details.year,
        paper=details.paper,
        subject=details.subject,
        metadata=dict(details.metadata),
        effective_from=details.effective_from,
        effective_to=details.effective_to,
    )
