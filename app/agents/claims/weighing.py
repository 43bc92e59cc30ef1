"""One decision over all that speaks against a sentence whose facts are all there: a logistic model over the checks.

Each check alone is weak where a sentence is worded freely; several that lean the same way are not. What cannot be a
matter of degree (a provision, a name, a number that no cited passage has) is decided before, in `presence`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.agents.claims import amounts, contrasts, edits, exchanges, facing, negation, order, parts, stand_ins
from app.agents.claims.reading import Reading
from app.agents.claims.statements import Rarity, Source, Statement

# Below this share of a sentence's words and facts in what it cites, it is not about that. A wording that shares little
# is let through down to the second share where every fact is there and no other passage says more of it.
LEAST_SHARE, LEAST_OF_ALL = 0.22, 0.09
# Another passage that covers this much more of the sentence is the one that should have been cited.
BETTER_ELSEWHERE = 0.2
# With this share of its words in its source's order a sentence is that one with little changed; each change counts.
NEAR, VERY_CLOSE = 0.6, 0.8
# Above these odds a sentence is withheld: cross-validated over five parts of the tuning set they keep back 28 of its
# 863 true sentences and 782 of its 920 planted errors; 0 keeps back 32 and 788, 0.5 keeps back 24 and 772.
WRONG = 0.25
# What another passage says is worth more than one signal: the ridge of the fit is felt less by greater values.
SURE = 3.0
# A stand-in is so far ahead, the votes for an exchange are, that it counts by itself.
FAR_AHEAD, CARRIED = 0.2, 0.7
SIGNALS = (
    "says little", "little of it", "elsewhere", "by how much",
    "amount", "amount odds", "negation", "negation odds",
    "exchanged in place", "how alike", "moved", "how alike moved",
    "stand-in", "stand-in far ahead", "names exchanged", "names by much", "words exchanged", "words by much",
    "other names exchanged", "opposite of the same", "opposite", "opposite near", "unranked", "unranked near",
    "role", "relation", "relation near", "nearness", "share", "one",
)  # fmt: skip
# Fitted (see evals/fit_verifier.py), one for each signal.
WEIGHTS = (
    -0.05, 1.46, 1.28, 2.97, 2.24, 0.74, 2.0, 0.46, 2.26, 2.87, 1.31, 3.81, 1.19, 1.45, 1.1, 1.56, 0.28, 1.17, 0.44,
    0.94, 1.54, 1.67, 1.79, 1.03, 3.28, 1.63, 1.12, -0.06, 1.91, -3.53,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class About:
    """What a sentence is about: the statements, the share (0..1) they cover, the share of it in the order of one.

    `more` is the share that a passage it does not cite covers, `number` which one that is.
    """

    best: Sequence[Statement]
    share: float
    nearness: float
    more: float
    number: int


@dataclass(frozen=True, slots=True)
class Found:
    """The value of each signal, and for each that is not nought why it speaks against the sentence."""

    values: tuple[float, ...]
    reasons: dict[int, str]

    @property
    def odds(self) -> float:
        """The log-odds that the sentence is wrong."""
        return sum(weight * value for weight, value in zip(WEIGHTS, self.values, strict=True))

    @property
    def reason(self) -> str:
        """What speaks most against it."""
        parts = {at: WEIGHTS[at] * self.values[at] for at in self.reasons}
        worst = max(parts, key=lambda at: parts[at], default=None)
        return self.reasons[worst] if worst is not None else "what it cites does not say this"


class _Board:
    """Signals as they are found; each is the greatest of its kind."""

    def __init__(self) -> None:
        self._values = dict.fromkeys(SIGNALS, 0.0)
        self._reasons: dict[int, str] = {}

    def put(self, name: str, value: float, why: str = "") -> None:
        """Keep a signal if it is the greatest of its name so far."""
        if value > self._values[name]:
            self._values[name] = value
            if why:
                self._reasons[SIGNALS.index(name)] = why

    def found(self) -> Found:
        """All of them."""
        return Found(tuple(self._values.values()), self._reasons)


def weighed(reading: Reading, cited: Sequence[Source], about: About, rarity: Rarity) -> Found:
    """All signals of a sentence whose facts are in the passages that it cites."""
    board = _Board()
    _subject(board, about)
    _facts(board, reading, cited, about, rarity)
    _edits(board, reading, about)
    _others(board, reading, cited, about, rarity)
    _opposites(board, reading, cited, about, rarity)
    _orders(board, reading, about, rarity)
    board.put("nearness", about.nearness)
    board.put("share", about.share)
    board.put("one", 1.0)
    return board.found()


def _subject(board: _Board, about: About) -> None:
    if about.nearness >= NEAR:
        return
    ahead = about.more - about.share
    elsewhere = f"passage {about.number} says this, which it does not cite ({about.more:.2f}, {about.share:.2f})"
    board.put("by how much", ahead, elsewhere)
    board.put("elsewhere", SURE * (ahead > BETTER_ELSEWHERE), elsewhere)
    little = about.share < (LEAST_OF_ALL if about.more <= about.share else LEAST_SHARE)
    why = f"what it cites says little of this ({about.share:.2f})"
    board.put("says little", SURE * little, why)
    board.put("little of it", max(0.0, 0.5 - about.share), why)


def _facts(board: _Board, reading: Reading, cited: Sequence[Source], about: About, rarity: Rarity) -> None:
    if found := amounts.outdone(reading, cited, rarity):
        why = f"{found[1].shown} stands there, not {found[0].shown} ({found[2]:.2f})"
        board.put("amount", float(found[2] > amounts.WRONG), why)
        board.put("amount odds", min(4.0, found[2] + amounts.FAINTEST), why)
    turned = negation.odds(reading, about.best, rarity, nearness=about.nearness, share=about.share)
    why = f"denied in one, said in the other ({turned:.2f})"
    board.put("negation", float(turned > negation.TURNED), why)
    board.put("negation odds", min(6.0, turned + 4.0), why)


def _edits(board: _Board, reading: Reading, about: About) -> None:
    for kind, why, alike in edits.changed(reading, about.best):
        if kind == "exchanged":
            board.put("exchanged in place", float(alike >= edits.CLOSE), why)
            board.put("how alike", alike, why)
        else:
            board.put("moved", float(alike >= VERY_CLOSE), why)
            board.put("how alike moved", alike, why)


def _others(board: _Board, reading: Reading, cited: Sequence[Source], about: About, rarity: Rarity) -> None:
    for one, other, ahead in stand_ins.replaced(reading, cited, about.best, rarity):
        why = f"{other} stands there, not {one}"
        board.put("stand-in", float(ahead >= FAR_AHEAD), why)
        board.put("stand-in far ahead", ahead, why)
    for kind, one, other, lead in exchanges.exchanged(reading, about.best, rarity):
        why = f"{one} and {other} stand there in each other's place"
        if kind == "any":
            board.put("other names exchanged", min(3.0, lead), why)
        else:
            board.put(f"{kind}s exchanged", float(lead > CARRIED), why)
            board.put(f"{kind}s by much", min(3.0, lead), why)


def _opposites(board: _Board, reading: Reading, cited: Sequence[Source], about: About, rarity: Rarity) -> None:
    if turned := facing.turned(reading, cited, about.best):
        board.put("opposite of the same", 1.0, f"{turned[1]} stands there, not {turned[0]}")
    for low, other, better in contrasts.opposed(reading, about.best, rarity):
        why = f"{other} stands there, not {low}"
        board.put("opposite", better, why)
        board.put("opposite near", better * about.nearness, why)
    if rank := contrasts.unranked(reading, about.best):
        board.put("unranked", 1.0, f"{rank} is not said there")
        board.put("unranked near", about.nearness, f"{rank} is not said there")


def _orders(board: _Board, reading: Reading, about: About, rarity: Rarity) -> None:
    if role := parts.misplaced(reading, about.best):
        board.put("role", 1.0, f"{role[1]} has another part there: {role[0]}")
    for name, better in order.exchanged(reading, about.best, rarity):
        why = f"the other way round: {name}"
        board.put("relation", better, why)
        board.put("relation near", better * about.nearness, why)
