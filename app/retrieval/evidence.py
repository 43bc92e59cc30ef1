"""Do these passages support an answer? Being near is not enough: the words that matter must be there. Pure.

Cosines alone do not refuse safely: a question that the content does not answer can lie as near as one that it does
(.46 against .53 measured). So each passage is judged by its cosine and by the share of the question's words, weighted
by rarity, that its best chunk holds; names and provisions that no passage has are refused outright.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.db.search import Term
from app.retrieval.fact_keys import fact_keys, provisions
from app.retrieval.fusion import Fused
from app.retrieval.minilm import MiniLM

# How many of the fused passages an answer is written from, so how many are judged.
JUDGED = 5
# cosine + COVERAGE_WORTH * coverage must reach SUPPORT; tuned on the Constitution, the encyclopedia and content/.
SUPPORT = 0.82
COVERAGE_WORTH = 0.4
# Cosines of another model lie elsewhere; without a figure for it, or without a vector, words decide alone.
COVERAGE_ALONE = 0.7
# From this many words on no single chunk of 128 tokens can be expected to have most of them.
LONG_QUESTION = 7

# Lexemes that say what to do with a subject, not what the subject is.
_ASKING = frozenset(
    re.findall(
        r"\w+",
        "analys analysi analyz answer ask asked aspir brief briefli caus comment compar consid critic defin describ "
        "detail develop differ discuss distinguish elabor elucid enumer essay evalu exam examin exampl explain "
        "featur follow give given happen help highlight illustr import inform introduct issu justifi key kind know "
        "known latest list main mains mark mean mention much name news note outlin overview paper prelim prepar "
        "previous pyq pyqs question reason recent role salient say short show signific structur studi suggest suitabl "
        "summar summari syllabus talk tell term today topic type understand upsc use view way word work write year",
    )
)
_NAME = re.compile(r"[A-Z][a-z]{2,}")
_WORDS = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d{1,3}|gs\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as evidence sees it. `groups` are the sets of year and paper keys that passages are looked up by."""

    text: str
    keys: Sequence[str]
    groups: Sequence[Sequence[str]]
    terms: Sequence[Term]
    weights: Sequence[float]


def answerable(asked: Asked, found: Sequence[Fused], *, model: str | None) -> bool:
    """Whether an answer to `asked` can be written from the first passages of `found`.

    `model` made the passages' cosines; None without any.
    """
    judged = found[:JUDGED]
    if not judged or not _has_what_is_named(asked, judged):
        return False
    if any(set(provisions(asked.keys)) & set(one.parent.fact_keys) for one in judged):
        return True
    subject = [place for place, term in enumerate(asked.terms) if _is_subject(asked, term)]
    if any(_missing(asked.terms[place], judged) for place in subject if asked.terms[place].word in _names(asked.text)):
        return False
    return max(_support(asked, one, judged, subject, model) for one in judged) >= 1


def nearest(found: Sequence[Fused], limit: int = 3) -> tuple[str, ...]:
    """Titles to suggest instead, nearest first."""
    return tuple(dict.fromkeys(one.passage.title for one in found))[:limit]


def _has_what_is_named(asked: Asked, judged: Sequence[Fused]) -> bool:
    """Every provision named is in a passage's header or text; the year and paper named are some passage's."""
    if asked.groups and not any(one.parent.named for one in judged):
        return False
    wanted = set(provisions(asked.keys))
    for one in judged:
        if wanted:
            wanted -= {*one.parent.fact_keys, *fact_keys(one.parent.text)}
    return not wanted


def _is_subject(asked: Asked, term: Term) -> bool:
    looked_up = asked.groups and term.word.isdigit()  # years have been looked up
    return not looked_up and term.lexeme not in _ASKING and not _NUMBER.fullmatch(term.word)


def _names(text: str) -> frozenset[str]:
    """Words written with a capital inside a sentence. Where everything has one (a title) it says nothing."""
    words = [word for sentence in re.split(r"[.?!:]\s+", text) for word in _WORDS.findall(sentence)[1:]]
    long = [word for word in words if len(word) > 3]
    if len(long) > 3 and all(word[0].isupper() for word in long):
        return frozenset()
    return frozenset(word for word in words if _NAME.fullmatch(word))


def _missing(term: Term, judged: Sequence[Fused]) -> bool:
    # The stemmer keeps Harappan and Harappa apart, so the start of the word is looked for too.
    start = term.lexeme[: max(4, len(term.lexeme) - 2)]
    return not any(
        term.lexeme in one.parent.lexemes or start in f"{one.parent.header}\n{one.parent.text}".lower()
        for one in judged
    )


def _support(asked: Asked, one: Fused, judged: Sequence[Fused], subject: Sequence[int], model: str | None) -> float:
    """1 or more when this passage supports an answer."""
    whole = sum(asked.weights[place] for place in subject)
    held = {place for place in subject if one.chunk.ranks[place] > 0}
    if len(subject) >= LONG_QUESTION:
        together = one.parent.lexemes.union(*(other.parent.lexemes for other in judged[:3]))
        held |= {place for place in subject if asked.terms[place].lexeme in together}
    coverage = sum(asked.weights[place] for place in held) / whole if whole else 1.0
    # "Past questions on federalism" is about questions to an embedding, so its cosine says little about federalism.
    if one.chunk.dense is None or model != MiniLM.name or "demand:past_questions" in asked.keys:
        return coverage / COVERAGE_ALONE
    return (one.chunk.dense + COVERAGE_WORTH * coverage) / SUPPORT
