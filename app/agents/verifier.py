"""The one gate between what was written and what is shown: every sentence passes here with the passages it may cite.

It lets all of them through for now. The checks to come: a sentence's fact keys must be found in the passages it
cites, citation numbers that do not exist are dropped, and a sentence that fails is withheld and counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.retrieval.passage import Passage


@dataclass(frozen=True, slots=True)
class Verdict:
    """`text` is what may be shown of the sentence, None when it is withheld; `reason` says why it was."""

    text: str | None
    reason: str | None = None


def verify(sentence: str, sources: Sequence[Passage]) -> Verdict:  # noqa: ARG001 - the checks will read them
    """Judge one whole sentence (with its trailing white space) against the passages numbered from 1."""
    return Verdict(sentence)
