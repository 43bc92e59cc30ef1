"""Does a context support a statement? A logistic model over overlaps, trained on judgements of people.

It knows no meaning beyond sentence embeddings: `python -m evals.judge_agreement` prints how far it agrees with people.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.agents.sentences import split
from evals.gate import words

MODEL = Path(__file__).with_name("entailment.json")
# A window is one or two sentences of the context; the evidence is the nearest window and the one that adds most to it.
# Not the whole context: in five passages every word is found somewhere.
FEATURES = (
    "words in the nearest window",
    "pairs of words in the evidence",
    "longest run found in the evidence",
    "numbers not in the evidence",
    "names not in the evidence",
    "negation unlike the window's",
    "talk instead of statement",
    "words not in the evidence",
    "embedding similarity to the window",
)
# From this share of a statement's words on, a window says the same thing or its opposite.
SAME_WORDS = 0.9
Embed = Callable[[Sequence[str]], npt.NDArray[np.float32]]
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Window:
    text: str
    order: tuple[str, ...]
    stems: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "_Window":
        order = tuple(words.content(text))
        return cls(text, order, frozenset(order))


@dataclass(frozen=True, slots=True)
class _Context:
    windows: tuple[_Window, ...]
    numbers: frozenset[str]


class Entailment:
    """The trained judge. `weights` are one for each feature and the constant last; features are standardised first."""

    def __init__(self, weights: Array, means: Array, scales: Array, embed: Embed) -> None:
        self._weights, self._means, self._scales = weights, means, scales
        self.embed = embed

    @classmethod
    def load(cls, embed: Embed, path: Path = MODEL) -> "Entailment":
        """The coefficients in the repository."""
        stored = json.loads(path.read_text())["model"]
        return cls(*(np.array(stored[name]) for name in ("weights", "means", "scales")), embed)

    def probabilities(self, statements: Sequence[str], context: str) -> list[float]:
        """How likely people would call each statement supported by the context, 0 to 1."""
        return self.judged(statements, context, features(statements, context, self.embed))

    def judged(self, statements: Sequence[str], context: str, found: Array) -> list[float]:
        """As `probabilities`, from features computed before."""
        scores = (found - self._means) / self._scales @ self._weights[:-1] + self._weights[-1]
        supported = 1 / (1 + np.exp(-scores))
        return [
            0.0 if contradicts(statement, context) else float(chance)
            for statement, chance in zip(statements, supported, strict=True)
        ]

    def coefficients(self) -> dict[str, object]:
        """What `load` reads, with the features' names."""
        arrays = {"weights": self._weights, "means": self._means, "scales": self._scales}
        return {"features": list(FEATURES)} | {
            name: [round(float(value), 5) for value in array] for name, array in arrays.items()
        }


def contradicts(statement: str, context: str) -> bool:
    """A number that is nowhere in the context, or a denial where the sentence with the same words has none."""
    read = _read(context)
    if words.numbers(statement) - read.numbers:
        return True
    stems = words.content(statement)
    near = _nearest(frozenset(stems), read)
    return bool(near and _share(stems, near.stems) >= SAME_WORDS and _denies_otherwise(statement, near))


def features(statements: Sequence[str], context: str, embed: Embed) -> Array:
    """One row of FEATURES for each statement."""
    if not statements:
        return np.empty((0, len(FEATURES)))
    read = _read(context)
    rows, windows = [], []
    for statement in statements:
        stems = words.content(statement)
        near = _nearest(frozenset(stems), read) or _Window.of(context[:400])
        more = _nearest(frozenset(stems) - near.stems, read) or near
        rows.append(_overlaps(statement, stems, near, more))
        windows.append(near.text)
    vectors = embed([*statements, *windows])
    similar = (vectors[: len(rows)] * vectors[len(rows) :]).sum(axis=1)
    return np.column_stack([np.array(rows), similar])


def _overlaps(statement: str, stems: Sequence[str], near: _Window, more: _Window) -> list[float]:
    known = near.stems | more.stems
    numbers, names = words.numbers(statement), words.names(statement)
    spoken = [word.casefold() for word in words.tokens(statement)]
    pairs = list(pairwise(stems))
    seen = {*pairwise(near.order), *pairwise(more.order)}
    return [
        _share(stems, near.stems),
        sum(pair in seen for pair in pairs) / len(pairs) if pairs else _share(stems, known),
        _longest_run(stems, f" {' '.join(near.order)} ; {' '.join(more.order)} "),
        float(len(numbers - known - words.numbers(f"{near.text} {more.text}"))),
        len(names - known) / len(names) if names else 0.0,
        float(_denies_otherwise(statement, near)),
        sum(word in words.PERSONAL for word in spoken) / max(1, len(spoken)) + ("?" in statement),
        math.log1p(len({one for one in stems if one not in known})),
    ]


def _denies_otherwise(statement: str, near: _Window) -> bool:
    """One of them denies a word that the other says without denying it."""
    here, there = words.denied(statement), words.denied(near.text)
    return bool((here - there) & near.stems or (there - here) & set(words.content(statement)))


def _share(stems: Sequence[str], known: frozenset[str]) -> float:
    return sum(one in known for one in stems) / len(stems) if stems else 0.0


def _longest_run(stems: Sequence[str], order: str) -> float:
    """The longest part of the statement that stands there word for word, as a share of it."""
    best, begin = 0, 0
    for end in range(1, len(stems) + 1):
        while begin < end and f" {' '.join(stems[begin:end])} " not in order:
            begin += 1
        best = max(best, end - begin)
    return best / len(stems) if stems else 0.0


def _nearest(stems: frozenset[str], read: _Context) -> _Window | None:
    """The window with most of the stems; of two with as many the shorter one, which is the sentence itself."""
    if not stems:
        return None
    return max(read.windows, key=lambda window: (len(stems & window.stems), -len(window.order)), default=None)


@lru_cache(maxsize=1024)
def _read(context: str) -> _Context:
    sentences = [one.strip() for line in context.split("\n") for one in split(line) if one.strip()]
    texts = sentences + [f"{first} {second}" for first, second in pairwise(sentences)]
    return _Context(tuple(_window(text) for text in texts), frozenset(words.numbers(context)))


_window = lru_cache(maxsize=32768)(_Window.of)
