"""Fits the weights of `amounts.py`, `negation.py` and `weighing.py` in app/agents/claims.

    python -m evals.fit_verifier [--held-out]

All are fitted on evals/sets/sentences_tuning.jsonl. With --held-out a third of the rows, chosen by the hash of the
sentence, is left out of the fit and judged with it. The weights are printed, to be put into the modules by hand;
those of `weighing.py` rest on the others, so they are fitted after these are in place.
"""

import argparse
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.agents.claims import amounts, edits, negation, presence, weighing
from app.agents.claims.alignment import aligned, together, weights
from app.agents.claims.reading import Reading, plain, read
from app.agents.claims.statements import Rarity, Source
from app.agents.verifier import Checker
from evals import passages
from evals.verifier_report import Row, rows

Array = NDArray[np.float64]
_CITATION = re.compile(r"\[(\d{1,3})\]")
_AMOUNT_KINDS = ("wrong_year", "wrong_count", "wrong_article")
# Ridge of the logistic models, of the last of them; ridge, steps and rate of the ranking one.
RIDGE, WEIGHING_RIDGE, RANK_RIDGE, STEPS, RATE = 1.0, 0.3, 0.002, 250, 0.1


@dataclass(frozen=True, slots=True)
class Read:
    """A row with its sentence and the passages it cites as the verifier reads them."""

    row: Row
    held: bool
    reading: Reading
    cited: list[Source]
    rarity: Rarity
    checker: Checker


@dataclass(frozen=True, slots=True)
class Rival:
    """A rival of a value: its places, and where the sentence has it too, the places of both there."""

    places: Array
    twin: tuple[Array, Array] | None


@dataclass(frozen=True, slots=True)
class Amount:
    """A value of a sentence that has rivals: the features of its own places, and its rivals."""

    read: Read
    kind: str
    own: Array
    rivals: list[Rival]


def main() -> None:
    """Fit, judge, print."""
    parser = argparse.ArgumentParser(prog="python -m evals.fit_verifier", description=__doc__)
    parser.add_argument("--held-out", action="store_true", help="fit on two thirds and judge the last one")
    apart = parser.parse_args().held_out
    found = list(_readings())
    _amounts([one for one in found if one.row.true or one.row.kind in _AMOUNT_KINDS], apart=apart)
    _negation([one for one in found if one.row.true or one.row.kind == "negation"], apart=apart)
    _weighing(found, apart=apart)


def _readings() -> Iterator[Read]:
    for row in rows("tuning"):
        given = passages.resolve(list(row.sources))
        numbers = dict.fromkeys(int(n) for n in _CITATION.findall(row.sentence))
        if given is None or not numbers:
            continue
        checker = Checker(given)
        sources = checker.sources
        cited = [sources[n - 1] for n in numbers if n <= len(sources)]
        held = int(hashlib.sha256(row.sentence.encode()).hexdigest(), 16) % 3 == 0
        if cited:
            yield Read(row, held, read(plain(row.sentence)), cited, checker.rarity, checker)


def _amounts(found: list[Read], *, apart: bool) -> None:
    values = [value for one in found for value in _values(one)]
    sentences = Counter(id(value.read) for value in values)
    # In a planted sentence with one such value that is the wrong one.
    sure = [one for one in values if one.read.row.true or sentences[id(one.read)] == 1]
    ranking = _ranked([one for one in sure if not (apart and one.read.held)])
    print("amounts.WEIGHTS =", tuple(round(float(one), 2) for one in ranking))
    worst: dict[int, tuple[Read, list[float]]] = {}
    for value in values:
        for told in _told(value, ranking, several=_several(value)):
            known = worst.get(id(value.read))
            if known is None or _odd(told) > _odd(known[1]):
                worst[id(value.read)] = value.read, told
    judged = list(worst.values())
    _logistic("amounts.ODDS", [one for one, _ in judged], np.array([told for _, told in judged]), apart=apart)


def _values(one: Read) -> Iterator[Amount]:
    known = amounts.Places(one.reading, one.cited, one.rarity)
    for fact in one.reading.facts:
        if fact.kind in amounts.KINDS and (own := known.of(fact, fact)):
            rivals = []
            for _, found, twin in known.compared(fact):
                both = (known.of(twin, twin), known.of(fact, twin)) if twin else ([], [])
                nothing = [[0.0] * len(own[0])]
                pair = (np.array(both[0] or nothing), np.array(both[1] or nothing)) if twin else None
                rivals.append(Rival(np.array(found), pair))
            if rivals:
                yield Amount(one, fact.kind, np.array(own), rivals)


def _best(places: Array, ranking: Array) -> Array:
    best: Array = places[int(np.argmax(places @ ranking))]
    return best


def _ahead(value: Amount, ranking: Array) -> Array:
    """How each rival differs from the value, in features."""
    own = _best(value.own, ranking)
    ahead = []
    for rival in value.rivals:
        gap = _best(rival.places, ranking) - own
        if rival.twin is not None:
            gap = gap + _best(rival.twin[1], ranking) - _best(rival.twin[0], ranking)
        ahead.append(gap)
    return np.array(ahead)


def _ranked(values: list[Amount]) -> Array:
    """The weights under which true values stand before their rivals, and wrong ones behind one of them."""
    ranking = np.zeros(len(amounts.FEATURES))
    ranking[:2] = 1.0, 3.0
    mean, square = np.zeros_like(ranking), np.zeros_like(ranking)
    for step in range(1, STEPS + 1):
        slope = 2 * RANK_RIDGE * ranking
        for value in values:
            ahead = _ahead(value, ranking)
            power = np.exp(np.minimum(ahead @ ranking, 50.0))
            chance = power / (1 + power.sum())
            first = min(1 / (1 + power.sum()), 1 - 1e-3)
            sign = 1.0 if value.read.row.true else -0.5 * first / (1 - first)
            slope = slope + sign * (chance @ ahead) / len(values)
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope * slope
        ranking = ranking - RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return ranking


def _several(value: Amount) -> bool:
    return sum(fact.kind == value.kind for fact in value.read.reading.facts) > 1


def _told(value: Amount, ranking: Array, *, several: bool) -> Iterator[list[float]]:
    own = float(np.max(value.own @ ranking))
    for rival, gap in zip(value.rivals, _ahead(value, ranking) @ ranking, strict=True):
        its = float(np.max(rival.places @ ranking))
        cited = len(value.read.cited) > 1
        yield amounts.told(
            value.kind, gap=float(gap), its=its, own=own, cited=cited, twin=rival.twin is not None, several=several
        )


def _odd(told: list[float]) -> float:
    return sum(weight * one for weight, one in zip(amounts.ODDS, told, strict=True))


def _negation(found: list[Read], *, apart: bool) -> None:
    table, kept = [], []
    for one in found:
        if any(source.repeats(one.reading) for source in one.cited):
            continue
        said = weights(one.reading, one.rarity)
        share, best = together(said, aligned(said, [each for source in one.cited for each in source.statements]))
        nearness = max((edits.in_order(one.reading, each) for each in best), default=0.0)
        table.append(negation.told(one.reading, best, one.rarity, nearness=nearness, share=share))
        kept.append(one)
    _logistic("negation.WEIGHTS", kept, np.array(table), apart=apart)


def _weighing(found: list[Read], *, apart: bool) -> None:
    table, kept = [], []
    for one in found:
        if any(source.repeats(one.reading) for source in one.cited) or presence.missing(one.reading, one.cited):
            continue
        about = one.checker.about(one.reading, one.cited)
        table.append(weighing.weighed(one.reading, one.cited, about, one.checker.rarity).values)
        kept.append(one)
    _logistic("weighing.WEIGHTS", kept, np.array(table), apart=apart, ridge=WEIGHING_RIDGE)


def _logistic(name: str, found: list[Read], table: Array, *, apart: bool, ridge: float = RIDGE) -> None:
    wrong = np.array([not one.row.true for one in found], dtype=np.float64)
    held = np.array([one.held for one in found])
    used = ~held if apart else np.ones(len(found), dtype=bool)
    fitted = _fitted(table[used], wrong[used], ridge)
    print(f"{name} =", tuple(round(float(one), 2) for one in fitted))
    odds = table @ fitted
    for what, part in (("fitted on", used), ("held out", held)) if apart else (("fitted on", used),):
        for least in (0.0, 0.25, 0.5, 1.0):
            true = int((odds[part & (wrong == 0)] > least).sum())
            planted = int((odds[part & (wrong == 1)] > least).sum())
            of = int((part & (wrong == 0)).sum()), int((part & (wrong == 1)).sum())
            print(f"  {what}, above {least}: {true} of {of[0]} true, {planted} of {of[1]} planted")


def _fitted(table: Array, wrong: Array, ridge: float) -> Array:
    """Ridge logistic regression by Newton's method; the last column is 1 and is not drawn to nought."""
    drawn = ridge * np.eye(table.shape[1])
    drawn[-1, -1] = 0.0
    fitted = np.zeros(table.shape[1])
    for _ in range(60):
        chance = 1 / (1 + np.exp(-table @ fitted))
        spread = chance * (1 - chance) + 1e-6
        step = table.T @ (wrong - chance) - drawn @ fitted
        fitted = fitted + np.linalg.solve(table.T @ (table * spread[:, None]) + drawn, step)
    return fitted


if __name__ == "__main__":
    main()
