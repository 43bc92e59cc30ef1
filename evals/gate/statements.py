"""An answer as the local judge reads it: the statements it makes, without citations, markup and headings. Pure."""

import re

from app.agents.sentences import split
from evals.gate import words

_CITATION = re.compile(r"[^\S\n]?\[\d{1,3}\]")
_HEADING = re.compile(r"[ \t]*(?:#{1,6}[ \t].*|\*\*[^*\n]{1,300}\*\*[ \t:]*|[^.!?\n]{1,200}:[ \t]*)")
_TABLE_RULE = re.compile(r"[ \t|:+-]+")
_BULLET = re.compile(r"^[ \t]*(?:[-*+•][ \t]+|\(?\d{1,2}[.)][ \t]+|>[ \t]*)+")
_MARKUP = re.compile(r"[*_`|]+")
# "Yes," and "No," answer a question that the statement no longer has beside it.
_REPLY = re.compile(r"^(?:yes|no)\b[,.:;]?\s*", re.IGNORECASE)
# About the collection, not about the matter: "The study material here does not hold the answer to it."
_OURSELVES = re.compile(r"\bstudy material here\b", re.IGNORECASE)
# Shorter ones are labels, and so are short lines that no mark ends: "Introduction (30 words)".
_FEWEST_WORDS = 3
_LABEL_WORDS = 5


def statements(answer: str) -> list[str]:
    """What the answer claims, sentence by sentence, in its order."""
    found = []
    for sentence in split(answer):
        line = " ".join(part for part in sentence.split("\n") if not _is_frame(part))
        said = _REPLY.sub("", bare(line))
        if _claims(said):
            found.append(said)
    return found


def _claims(said: str) -> bool:
    matter = len(words.content(said))
    label = matter <= _LABEL_WORDS and said[-1:] not in ".!?।"
    return matter >= _FEWEST_WORDS and not label and not _OURSELVES.search(said)


def bare(sentence: str) -> str:
    """One sentence without its citations, list marks and markup."""
    return " ".join(_MARKUP.sub(" ", _BULLET.sub("", _CITATION.sub("", sentence))).split())


def _is_frame(line: str) -> bool:
    return _HEADING.fullmatch(line) is not None or _TABLE_RULE.fullmatch(line) is not None
