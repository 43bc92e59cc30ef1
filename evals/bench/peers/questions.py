"""Questions for the cache's benchmark: stored ones of the starter content's headings, and others in other words."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from app.db.cache import CacheKey
from app.retrieval import question as wording
from app.retrieval.guard.guarded import guard
from evals.bench.child import ROOT
from evals.bench.retrieval.vectors import KeptEmbedder, Vectors

_PAIRS = ROOT / "evals" / "sets" / "cache_pairs_tuning.jsonl"
_HEADING = re.compile(r"#{1,4} (.+)")
_FORMS = (
    "What is {}?", "Explain {}", "Why does {} matter?", "How does {} work?", "When did {} begin?",
    "Who wrote about {}?", "List the causes of {}", "What are the effects of {}?", "Discuss the criticism of {}",
    "What are the advantages of {}?", "What are the disadvantages of {}?", "What is the history of {}?",
    "Who introduced {}?", "Where is {} seen?", "Compare {} with earlier practice", "What is the future of {}?",
    "How many kinds of {} are there?", "What are the objectives of {}?", "What are the examples of {}?",
    "What is the role of {} in governance?", "How did {} change after 1991?", "Which committee examined {}?",
    "What law governs {}?", "What did the courts say about {}?", "How is {} funded?",
    "What are the challenges of {}?", "How is {} measured?", "What are the features of {}?",
    "What are the reforms of {}?", "What is the significance of {}?", "Who opposed {}?", "How old is {}?",
    "What replaced {}?", "Which states follow {}?", "What limits {}?", "What led to {}?",
)  # fmt: skip
_SAME = ("Please {}", "Can you tell me {}", "{} please")
_ELSEWHERE = ("boiling an egg", "tuning a guitar", "a bicycle's chain", "knitting a scarf", "a chess opening",
              "growing tomatoes", "a pizza oven", "swimming lessons", "a cat's whiskers", "wedding photographs",
              "a laptop's battery", "football boots", "a perfume's smell", "learning the piano")  # fmt: skip
_ABOUT = ("How long does {} take?", "What does {} cost?", "Is {} difficult?", "Where can I buy things for {}?",
          "Which shop is good for {}?", "What is the best colour for {}?", "How do beginners start with {}?",
          "What do children think of {}?")  # fmt: skip

_guarded = cache(guard)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is found: the vector is of its canonical wording, for every cache the same."""

    text: str
    key: CacheKey


@dataclass(frozen=True, slots=True)
class Questions:
    """`hits` are stored ones in other words, with equal keys; `misses` are near none (cosine below `_FAR`)."""

    stored: list[Asked]
    hits: list[Asked]
    misses: list[Asked]


# From here GPTCache's default rule serves.
_FAR = 0.58


def questions(embedder: KeptEmbedder, *, entries: int, hits: int) -> Questions:
    """Always the same ones: `entries` stored with distinct keys, at most `hits` of them asked in other words."""
    stored = dict(_distinct(entries))
    again: dict[str, tuple[str, ...]] = {}
    for keys, text in _in_other_words(list(stored.items())):
        if keys in stored:
            again[text] = keys
        if len(again) == hits:
            break
    strangers = {form.format(topic): _guarded(form.format(topic)).keys for topic in _ELSEWHERE for form in _ABOUT}
    known = _asked(embedder, {text: keys for keys, text in stored.items()})
    matrix = embedder.embed_now([_guarded(one.text).text for one in known])
    misses = _asked(embedder, strangers)
    return Questions(known, _asked(embedder, again), [one for one in misses if _nearest(matrix, one) < _FAR])


def _distinct(entries: int) -> Iterator[tuple[tuple[str, ...], str]]:
    seen: set[tuple[str, ...]] = set()
    for text in _texts():
        guarded = _guarded(text)
        if guarded.standalone and guarded.keys not in seen:
            seen.add(guarded.keys)
            yield guarded.keys, text
        if len(seen) == entries:
            return
    raise ValueError(f"there are only {len(seen)} distinct questions")


def _texts() -> Iterator[str]:
    yield from (pair["cached"] for pair in _same_pairs())
    lines = (line for path in sorted((ROOT / "content").rglob("*.md")) for line in path.read_text().splitlines())
    headings = dict.fromkeys(match[1].strip() for line in lines if (match := _HEADING.match(line)))
    for form in _FORMS:
        for heading in headings:
            yield form.format(heading)


def _same_pairs() -> list[dict[str, str]]:
    pairs = [json.loads(line) for line in _PAIRS.read_text().splitlines()]
    return [pair for pair in pairs if pair["same"]]


def _in_other_words(stored: list[tuple[tuple[str, ...], str]]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Written paraphrases first, then polite forms of random stored ones; with the keys that these have."""
    for pair in _same_pairs():
        yield _guarded(pair["asked"]).keys, pair["asked"]
    for keys, text in random.Random(7).sample(stored, len(stored)):
        for form in _SAME:
            asked = form.format(text.rstrip("?"))
            if _guarded(asked).keys == keys:
                yield keys, asked


def _asked(embedder: KeptEmbedder, texts: dict[str, tuple[str, ...]]) -> list[Asked]:
    vectors = embedder.embed_now([_guarded(text).text for text in texts])
    return [
        Asked(text, CacheKey(wording.normalise(text), vector.tolist(), keys))
        for (text, keys), vector in zip(texts.items(), vectors, strict=True)
    ]


def _nearest(matrix: Vectors, asked: Asked) -> float:
    return float((matrix @ asked.key.embedding).max())
