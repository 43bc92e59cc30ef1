"""BM25 in memory over the very lexemes that PostgreSQL made of the chunks: the plain baseline of full-text search.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3.2, with the idf of
Lucene, ln(1 + (N - n + 0.5) / (n + 0.5)), which is never negative; k1 = 1.2 and b = 0.75 as in section 3.4's defaults.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

K1 = 1.2
B = 0.75


class BM25:
    """An index of texts, each given as its lexemes with how often each occurs."""

    def __init__(self, texts: Mapping[UUID, Mapping[str, int]]) -> None:
        self._lengths = {key: sum(counts.values()) for key, counts in texts.items()}
        self._average = sum(self._lengths.values()) / max(len(texts), 1)
        self._postings: dict[str, list[tuple[UUID, int]]] = {}
        for key, counts in texts.items():
            for lexeme, count in counts.items():
                self._postings.setdefault(lexeme, []).append((key, count))

    def rank(self, lexemes: Sequence[str]) -> list[tuple[UUID, float]]:
        """Every text with one of `lexemes`, best first. A lexeme given twice counts twice."""
        scores: Counter[UUID] = Counter()
        size = len(self._lengths)
        for lexeme in lexemes:
            postings = self._postings.get(lexeme, [])
            idf = math.log(1 + (size - len(postings) + 0.5) / (len(postings) + 0.5))
            for key, count in postings:
                norm = K1 * (1 - B + B * self._lengths[key] / self._average)
                scores[key] += idf * count * (K1 + 1) / (count + norm)  # type: ignore[assignment]
        return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
