"""A question as the cache compares it: two questions with different keys are never given one answer.

No lexicon of opposites decides. Every word that carries meaning is a key, in a form that spelling, inflection,
abbreviation and a table of true synonyms do not change; so an unknown name, an unknown opposite or one word more makes
another question by itself. What the tables leave out costs hits, never answers.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from app.retrieval import as_on
from app.retrieval.fact_keys import PROVISIONS, fact_keys
from app.retrieval.guard import forms, numbers, phrases
from app.retrieval.guard.lexicon import TABLES
from app.retrieval.guard.order import order

# About the student, or about the day of asking: nobody else's answer, or not tomorrow's.
_PERSONAL = re.compile(
    r"\b(?:i|me|my|mine|myself|i'm|i've|i'll|i'd|mera|meri|mujhe|maine)\b|(?<![\u0900-\u097f])(?:मैं|मैंने|मेरा|मेरी|मेरे|मुझे)(?![\u0900-\u097f])"
    r"|\b(?:today|yesterday|tomorrow|tonight)\b|\b(?:this|last|next)\s(?:week|month|year)\b(?!'?s?\s(?:questions?|papers?))"
    r"|(?<![\u0900-\u097f])(?:आज|कल)(?![\u0900-\u097f])"
)
# The student as the one who asks, which says nothing about the answer.
_ASKING = re.compile(
    r"@say(?:\s+(?:to\s)?me\b)?|\b(?:to|for)\sme\b|\bcan\si\b|\bshould\si\sknow\b|\bi\s(?:want|need)\b|"
    r"मुझे(?=\s.{0,200}@say)|\bmujhe(?=\s.{0,200}@say)"
)
_LEANING = re.compile(r"\W{0,9}(?:and|also|but|or|then|what\sabout|how\sabout|what\selse|aur|और)\b")
_MODIFIERS = frozenset(("past", "can", "should", "must", "detail"))
# "What did the bank do?" is not what it can or will do.
_MODALS = dict.fromkeys(("can", "could", "may", "might"), "can") | dict.fromkeys(("will", "would", "shall"), "will")
_NEGATIONS = frozenset(("not", "never", "no", "nor", "neither", "without", "except", "नहीं"))
_LISTING = frozenset(("question", "past_question"))
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,12})?")
_LONG = 240
# Raised by hand when the code of this package makes other keys than before.
_RULES = 1


@dataclass(frozen=True, slots=True)
class Guarded:
    """`keys` sorted and distinct; `text` the canonical wording, which is what the cache embeds. A question that is not
    `standalone` (personal, of today, as on some day, leaning on an earlier one) is neither looked up nor stored."""

    keys: tuple[str, ...]
    text: str
    standalone: bool


def guard(question: str) -> Guarded:
    """The keys, the canonical wording and the standing of a cleaned question of up to 4,000 characters.

    Equal keys are demanded of a cached question beside the cosine of the two `text`s. Takes about 0.2 ms for a question
    of 12 words, time linear in its length.
    """
    plain = numbers.plain(question)
    text = forms.read(plain)
    found = phrases.items(text)
    terms = set(phrases.telling(found))
    asks = _asks(found, terms)
    arranged = order(found)
    keys = {*_facts(question, terms), *asks, *(f"term:{term}" for term in terms)}
    if arranged:
        keys.add(f"order:{_short(arranged)}")
    personal = _PERSONAL.search(_ASKING.sub(" ", text)) is not None
    # Stored answers are of today, by what is effective today.
    dated = as_on.read(question) is not None
    leans = phrases.points(text) or _LEANING.match(plain) or not any(_subject(item) for item in found)
    return Guarded(tuple(sorted(keys)), _wording(asks, arranged, terms), not (personal or dated or leans))


@cache
def version() -> str:
    """Changes with the tables, so that no entry is found by keys that an older table made."""
    names = ("forms.txt", *TABLES)
    tables = "".join(files("app.retrieval.guard").joinpath(name).read_text("utf-8") for name in names)
    return hashlib.sha256(f"{_RULES}{tables}".encode()).hexdigest()[:8]


def _subject(item: phrases.Item) -> bool:
    # A year or a paper alone is about nothing yet.
    return item.part == "word" or (item.part == "free" and item.text.isalpha()) or item.text in _LISTING


def _facts(question: str, terms: set[str]) -> set[str]:
    """The fact keys, without those that depend on the wording: "1st" and "first" name no different number."""
    facts = set(fact_keys(question))
    told = fact_keys(" ; ".join(term.replace("#", " ") for term in sorted(terms) if "#" in term))
    # However it was written, a provision counts as it was read here.
    kinds = {key.partition(":")[0] for key in told} & {*PROVISIONS}
    facts = {key for key in facts if key.partition(":")[0] not in {*kinds, "number"}}
    facts |= {key for key in told if key.partition(":")[0] in kinds}
    facts |= {f"number:{term}" for term in terms if _NUMBER.fullmatch(term)}
    if not terms & _NEGATIONS:
        facts.discard("not")  # "I don't understand" denies nothing
    if "latest" not in terms:
        facts.discard("demand:latest")  # an ocean current is not the latest one
    if terms & _LISTING and any(key.startswith(("year:", "paper:")) for key in facts):
        facts.add("demand:past_questions")
    return facts


def _asks(found: list[phrases.Item], terms: set[str]) -> set[str]:
    marks = {item.text for item in found if item.part == "mark"}
    said = {f"modal:{mark}" for mark in marks & _MODIFIERS}
    said |= {f"modal:{_MODALS[item.text]}" for item in found if item.part == "aux" and item.text in _MODALS}
    marks -= _MODIFIERS
    if terms & _LISTING:
        marks -= {"say", "list", "which"}
    if marks - {"say"} and found[-1] == phrases.Item("mark", "say"):
        marks.discard("say")
    return said | {f"ask:{'what' if mark == 'say' else mark}" for mark in marks or {"say"}}


def _short(arranged: str) -> str:
    if len(arranged) <= _LONG:
        return arranged
    return f"{arranged[:40]}~{hashlib.sha256(arranged.encode()).hexdigest()[:32]}"


def _wording(asks: set[str], arranged: str, terms: set[str]) -> str:
    asked = sorted(ask.partition(":")[2] for ask in asks - {"ask:what"})
    ordered = re.split(r"[ ,/&]+", arranged) if arranged else []
    rest = sorted(terms - set(ordered))
    return re.sub(r"[_#]", " ", " ".join((*asked, *ordered, *rest)))
