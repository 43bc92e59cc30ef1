"""Would the answer to one question be served to another? The look-up's own rule for two questions side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.retrieval import question as questions
from app.retrieval.guard.guarded import Guarded, guard
from app.retrieval.minilm import MiniLM

# Texts at a time: enough to fill the model's batches, few enough to show progress.
BATCH = 256


@dataclass(frozen=True, slots=True)
class Comparison:
    """`similarity` is the cosine of the canonical wordings. `veto` names what differs: keys of one question only, its
    language, or that a question is not for everybody; None when nothing does, or when it is the same question but for
    capitals, spaces and end marks (`same_wording`), which the look-up finds before it compares anything else."""

    similarity: float
    cached_keys: tuple[str, ...]
    asked_keys: tuple[str, ...]
    veto: tuple[str, ...] | None
    same_wording: bool

    def served(self, threshold: float) -> bool:
        """Whether the look-up at this threshold gives the cached answer."""
        return self.veto is None and (self.same_wording or self.similarity >= threshold)


def compare(pairs: Sequence[tuple[str, str]], model: MiniLM) -> Iterator[Comparison]:
    """Compare (cached, asked) pairs of cleaned questions, in order. Blocking; about 5 ms for two wordings."""
    for start in range(0, len(pairs), BATCH):
        batch = pairs[start : start + BATCH]
        guarded = [(guard(cached), guard(asked)) for cached, asked in batch]
        texts = sorted({one.text for pair in guarded for one in pair})
        vectors = dict(zip(texts, model.embed_now(texts), strict=True))
        for pair, (cached, asked) in zip(batch, guarded, strict=True):
            similarity = float(np.clip(vectors[cached.text] @ vectors[asked.text], -1, 1))
            same = _same_wording(pair)
            yield Comparison(similarity, cached.keys, asked.keys, veto(pair, cached, asked), same)


def veto(pair: tuple[str, str], cached: Guarded, asked: Guarded) -> tuple[str, ...] | None:
    """What forbids to give the first question's answer to the second, whatever the cosine; None when nothing does."""
    languages = {questions.language(question) for question in pair}
    different = [] if _same_wording(pair) else sorted(set(cached.keys) ^ set(asked.keys))
    if len(languages) > 1:
        different += [f"language:{language}" for language in sorted(languages)]
    if not (cached.standalone and asked.standalone):
        different.append("personal")
    return tuple(different) or None


def _same_wording(pair: tuple[str, str]) -> bool:
    return questions.normalise(pair[0]) == questions.normalise(pair[1])
