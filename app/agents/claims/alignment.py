"""Which statements a sentence is about: those that share its rarest words and facts."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.agents.claims.reading import Reading
from app.agents.claims.statements import Rarity, Statement

FACT_WEIGHT = 1.5


@dataclass(frozen=True, slots=True)
class Aligned:
    """A statement with the share (0..1) of the sentence's weight that it covers."""

    statement: Statement
    share: float


def weights(reading: Reading, rarity: Rarity) -> dict[str | tuple[str, str], float]:
    """What a sentence says, by weight: its stems and its facts other than names."""
    found: dict[str | tuple[str, str], float] = {key: rarity[key] for key in reading.stems}
    found.update({value: FACT_WEIGHT for value in reading.values if value[0] not in ("name", "month")})
    return found


def aligned(said: dict[str | tuple[str, str], float], statements: Iterable[Statement]) -> list[Aligned]:
    """The statements, best first."""
    total = sum(said.values()) or 1.0
    ranked = [
        Aligned(one, sum(_covers(one, key) * weight for key, weight in said.items()) / total) for one in statements
    ]
    return sorted(ranked, key=lambda one: -one.share)


def together(
    said: dict[str | tuple[str, str], float], ranked: list[Aligned], most: int = 3
) -> tuple[float, list[Statement]]:
    """The share that up to `most` statements cover together, chosen greedily; and those statements."""
    total = sum(said.values()) or 1.0
    covered = dict.fromkeys(said, 0.0)
    chosen: list[Statement] = []
    for _ in range(most):
        gains = [
            (sum(max(0.0, _covers(one.statement, key) - covered[key]) * weight for key, weight in said.items()), -i)
            for i, one in enumerate(ranked[:12])
        ]
        if not gains or max(gains)[0] < 0.04 * total:
            break
        best = ranked[-max(gains)[1]].statement
        chosen.append(best)
        covered = {key: max(value, _covers(best, key)) for key, value in covered.items()}
    return sum(covered[key] * weight for key, weight in said.items()) / total, chosen


def _covers(statement: Statement, key: str | tuple[str, str]) -> float:
    if isinstance(key, str):
        return 1.0 if key in statement.reading.stems else statement.context.get(key, 0.0)
    return 1.0 if key in statement.reading.values else 0.5 if key in statement.around else 0.0
