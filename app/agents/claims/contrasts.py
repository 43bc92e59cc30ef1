"""Words with an opposite: the sentence must be on the side where its source is."""

from collections.abc import Iterator, Sequence

from app.agents.claims.binding import Neighbour, near
from app.agents.claims.opposites import rank_family, sides
from app.agents.claims.reading import Reading
from app.agents.claims.statements import Rarity, Statement


def opposed(reading: Reading, best: Sequence[Statement], rarity: Rarity) -> Iterator[tuple[str, str, float]]:
    """Words of the sentence, the opposite that the source has in each one's place, how much better (0..1) it stands."""
    own_lows = reading.lows
    for i, word in enumerate(reading.words):
        for name, side in sides(word.low):
            around = _around(reading, i, rarity, name)
            own, _ = _strongest(best, around, name, {side}, word.low)
            other, instead = _strongest(best, around, name, None, word.low, side)
            if instead and instead not in own_lows and other > own:
                yield word.text, instead, other - own


def unranked(reading: Reading, best: Sequence[Statement]) -> str | None:
    """A claim of rank ("largest", "only") that the statements it is about do not make."""
    said = {word.low for statement in best for word in statement.reading.words}
    said |= {word for statement in best for word in statement.context}
    for i, word in enumerate(reading.words):
        family = rank_family(word.low)
        negated = i > 0 and reading.words[i - 1].low in ("not", "no")
        if family and not negated and not family & said:
            return word.text
    return None


def _around(reading: Reading, at: int, rarity: Rarity, name: str) -> list[Neighbour]:
    found: list[Neighbour] = []
    for key, places in reading.stems.items():
        if at not in places and key in rarity and not _in_class(reading, places, name):
            nearness = max(near(reading, at, i) for i in places)
            found.append(Neighbour(key, rarity[key] * nearness, nearness))
    for value, facts in reading.values.items():
        if value[0] != "name":
            nearness = max(near(reading, at, one.at) for one in facts)
            found.append(Neighbour(value, 1.5 * nearness, nearness))
    return found


def _in_class(reading: Reading, places: Sequence[int], name: str) -> bool:
    return any(one == name for one, _ in sides(reading.words[places[0]].low))


def _strongest(
    best: Sequence[Statement],
    around: Sequence[Neighbour],
    name: str,
    wanted: set[int] | None,
    low: str,
    unlike: int = -1,
) -> tuple[float, str]:
    """The best place among the neighbours of a word of the wanted sides (of any side but `unlike` where None)."""
    total = sum(one.weight for one in around) or 1.0
    found = (0.0, "")
    for statement in best:
        for i, side in _members(statement.reading, name):
            if (side in wanted) if wanted is not None else side != unlike:
                found = max(found, (_score(statement, i, around) / total, statement.reading.words[i].low))
        if wanted is not None:
            same = [i for i, word in enumerate(statement.reading.words) if word.low == low]
            found = max(found, *((_score(statement, i, around) / total, low) for i in same), (0.0, ""))
    return found


def _members(reading: Reading, name: str) -> Iterator[tuple[int, int]]:
    for i, word in enumerate(reading.words):
        for one, side in sides(word.low):
            if one == name:
                yield i, side


def _score(statement: Statement, place: int, around: Sequence[Neighbour]) -> float:
    reading, score = statement.reading, 0.0
    for one in around:
        there = (
            reading.stems.get(one.key, [])
            if isinstance(one.key, str)
            else [fact.at for fact in reading.values.get(one.key, ())]
        )
        if there:
            nearness = max(near(reading, place, i) for i in there)
            score += one.weight * min(nearness, one.nearness) / max(nearness, one.nearness)
        elif isinstance(one.key, str):
            score += one.weight * 0.5 * statement.context.get(one.key, 0.0)
    return score
