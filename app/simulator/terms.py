"""The words of a text as the simulator compares them: lower case, roughly stemmed, without function words."""

import re

_WORD = re.compile(r"\w+(?:[./-]\w+)*")

_FUNCTION_WORDS = """
    a about an and any are as at be been between but by can could did do does for from give had has have how i if in
    into is it its me may more most of on or our please pls shall should so such tell than that the their them then
    there these they this those to under upon was we were what when where which who whom whose why will with would you
    your explain describe discuss write"""
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())

# Longest first; a stem keeps at least four letters.
_ENDINGS = ("ations", "ation", "ments", "ment", "ions", "ings", "ing", "ion", "ies", "ers", "ed", "es", "er", "s", "y")


def words_of(text: str) -> list[str]:
    """Every word in order, lower case, function words too."""
    return _WORD.findall(text.lower())


def stem(word: str) -> str:
    """The word without a common English ending: elected, election and elections are one."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def terms_of(text: str) -> list[str]:
    """The stems of the words that carry meaning, in order."""
    return [stem(word) for word in words_of(text) if word not in STOP_WORDS]
