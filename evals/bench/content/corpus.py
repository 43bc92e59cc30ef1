"""Study texts made by a generator: Markdown files of about ten chunks each, in folders as an editor has them."""

import random
import re
from functools import cache
from itertools import accumulate
from pathlib import Path

from evals.bench.child import ROOT

# Ten children of 128 tokens with their overlap, in three parents.
SECTIONS, SENTENCES, WORDS = 4, 12, 14
_A_FOLDER = 500
_FUNCTION_WORDS = ("the", "of", "and", "to", "in", "is", "that", "for", "it", "as", "was", "on", "by", "are", "with")
_WORD = re.compile(r"[A-Za-z]{4,14}")


def write(folder: Path, documents: int, *, seed: int = 5) -> None:
    """So many files; the same for the same seed and number."""
    for number in range(documents):
        path = folder / f"{number // _A_FOLDER:02}" / f"text-{number:05}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(number, seed))


def change(folder: Path, documents: int, *, every: int) -> int:
    """Write every so many-th file anew with other words; how many."""
    numbers = range(0, documents, every)
    for number in numbers:
        (folder / f"{number // _A_FOLDER:02}" / f"text-{number:05}.md").write_text(text_of(number, seed=6))
    return len(numbers)


def text_of(number: int, seed: int) -> str:
    """One text. Words come as often as in language: a few everywhere, most in few texts."""
    chance = random.Random(seed * 1_000_003 + number)
    words, shares = _vocabulary()
    lines = ["---", f"title: Study text {number}", "---", ""]
    for section in range(SECTIONS):
        lines += [f"## Part {section + 1} of text {number}", ""]
        drawn = chance.choices(words, cum_weights=shares, k=SENTENCES * WORDS)
        sentences = (drawn[start : start + WORDS] for start in range(0, len(drawn), WORDS))
        lines += [" ".join(f"{' '.join(sentence).capitalize()}." for sentence in sentences), ""]
    return "\n".join(lines)


def questions(count: int, seed: int = 7) -> list[str]:
    """What students might ask of these texts."""
    chance = random.Random(seed)
    words, shares = _vocabulary()
    return [f"What is {' '.join(chance.choices(words, cum_weights=shares, k=6))}?" for _ in range(count)]


@cache
def _vocabulary() -> tuple[list[str], list[float]]:
    """The words of the starter content by Zipf's law, function words first; and their shares, added up."""
    found = {
        word.lower() for path in sorted((ROOT / "content").rglob("*.md")) for word in _WORD.findall(path.read_text())
    }
    words = [*_FUNCTION_WORDS, *random.Random(1).sample(sorted(found), len(found))]
    return words, list(accumulate(1 / (rank + 3) for rank in range(len(words))))
