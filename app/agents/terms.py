"""The content words of a text in a form in which questions and sentences can be compared."""

import math
import re
from collections import Counter
from collections.abc import Iterable

_WORD = re.compile(r"[\w\u0900-\u097f]+(?:['’]s)?")
_STOP_TEXT = """
a about above after again all also am an and any are as asked at be because been before being between both but by
can could did do does doing done each explain describe discuss define tell give list name mention write state
few for from further get had has have having he her here him his how i if in into is it its just know let
many may me might more most much must my no nor not of off on once only or other our out over own please shall she
should so some such than that the their them then there these they this those through to too under until up
us very was we were what when where which while who whom whose why will with would you your
sir madam meaning note notes short upsc question questions detail details briefly"""
_STOP = frozenset(_STOP_TEXT.split())
_NOUN_ENDINGS = ("ment", "ance", "ence", "ion", "al", "ive", "ity", "ness", "or", "er")


def terms(text: str) -> list[str]:
    """The stems of a text's content words, in order, repeats kept."""
    words = (word.removesuffix("'s").removesuffix("’s") for word in _WORD.findall(text.casefold()))
    return [_stem(word) for word in words if word not in _STOP]


def rarity(texts: Iterable[Iterable[str]]) -> dict[str, float]:
    """How much each term tells one of these texts (as term lists) from the others: 0.3 at least, higher is rarer."""
    count, seen = 0, Counter[str]()
    for text in texts:
        count += 1
        seen.update(set(text))
    return {term: max(0.3, math.log((count + 1) / (number + 0.5))) for term, number in seen.items()}


def _stem(word: str) -> str:
    if len(word) <= 3 or not word.isascii() or any(c.isdigit() for c in word):
        return word
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-3] + "y" if word.endswith("ies") and len(word) > 5 else word[:-1]
    for ending in ("ing", "edly", "ed", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word.removesuffix(ending)
            break
    # "appoint", "appointment", "appoints" and "election", "elect" are one.
    for ending in _NOUN_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 5:
            return word.removesuffix(ending)
    return word.removesuffix("e") if len(word) > 4 else word
