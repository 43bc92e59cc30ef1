"""A question as full-text search takes it: its own words, and those of the other names of what it names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.db import search
from app.db.engine import Pool
from app.db.search import Candidates, Parent, Term
from app.retrieval.names import Naming, namings

# A question of 4,000 characters has hundreds of words; past these the search gains nothing and costs a scan each.
MAX_TERMS = 40
MAX_OTHERS = 24
# A word of another name brings candidates, but may not crowd out those with the question's own words.
OTHERS_SHARE = 0.4

Places = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """`lexemes` to search for, the question's own `terms` first, and how much each counts.

    `names` has, for each name, the places of its own lexemes and those of each other name of the same thing.
    """

    terms: tuple[Term, ...]
    lexemes: tuple[str, ...]
    names: tuple[tuple[Places, tuple[Places, ...]], ...]

    @property
    def shares(self) -> tuple[float, ...]:
        """How much each lexeme counts beside its rarity."""
        return tuple(1.0 if place < len(self.terms) else OTHERS_SHARE for place in range(len(self.lexemes)))

    def settled(self, found: Candidates) -> Candidates:
        """`found` with one rank for each of the question's own terms: who has "Lok Sabha" has "House of the People".

        A term that only stands for a name weighs no more than the name's other words do.
        """
        if len(self.lexemes) == len(self.terms):
            return found
        return replace(
            found,
            chunks=tuple(replace(chunk, ranks=self._own(chunk.ranks)) for chunk in found.chunks),
            parents={key: self._settled_parent(parent) for key, parent in found.parents.items()},
            seen=self._seen(found.seen),
        )

    def _settled_parent(self, parent: Parent) -> Parent:
        ranks = self._own(parent.ranks)
        held = {term.lexeme for term, rank in zip(self.terms, ranks, strict=True) if rank > 0}
        return replace(parent, ranks=ranks, lexemes=parent.lexemes | held)

    def _own(self, ranks: Sequence[float]) -> tuple[float, ...]:
        own = list(ranks[: len(self.terms)])
        for places, others in self.names:
            best = max(min(ranks[place] for place in other) for other in others)
            for place in places:
                own[place] = max(own[place], best)
        return tuple(own)

    def _seen(self, seen: Sequence[int]) -> tuple[int, ...]:
        own = list(seen[: len(self.terms)])
        for places, others in self.names:
            rarest = min(seen[place] for place in others[0])
            for place in places:
                own[place] = max(own[place], rarest)
        return tuple(own)


async def read(pool: Pool, question: str) -> Wording:
    """The wording of `question`, in one round trip."""
    named = namings(question)
    texts = [question, *(text for naming in named for text in (question[naming.start : naming.end], *naming.others))]
    found = await search.terms_of(pool, texts)
    return _wording(found[0][:MAX_TERMS], named, [[term.lexeme for term in terms] for terms in found[1:]])


def _wording(terms: list[Term], named: Sequence[Naming], rest: Sequence[list[str]]) -> Wording:
    own = [term.lexeme for term in terms]
    lexemes = list(own)
    names: list[tuple[Places, tuple[Places, ...]]] = []
    waiting = iter(rest)
    for naming in named:
        places = tuple(own.index(lexeme) for lexeme in next(waiting) if lexeme in own)
        kept: list[Places] = []
        for other in [next(waiting) for _ in naming.others]:
            new = [lexeme for lexeme in other if lexeme not in lexemes]
            if other and len(lexemes) + len(new) <= len(own) + MAX_OTHERS:
                lexemes += new
                kept.append(tuple(lexemes.index(lexeme) for lexeme in other))
        if places and kept:
            names.append((places, tuple(kept)))
    return Wording(tuple(terms), tuple(lexemes), tuple(names))
