"""Words as the local judge compares them: stems without inflection, numbers, names, negation. Linear in the text."""

import re
import unicodedata
from functools import lru_cache

_TOKEN = re.compile(r"\d[\d,]{0,20}(?:\.\d{1,9})?|[^\W\d_]+(?:['’][^\W\d_]{1,3})?")
_COUNTED = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen twenty
"""
_NUMBER_WORDS = {word: str(number) for number, word in enumerate(_COUNTED.split())} | {
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
    "hundred": "100",
}
# Words of grammar: that an answer has them says nothing about its matter.
_FUNCTION_TEXT = """
a an the this that these those it its he she they them his her their him we us our i me my you your is are was
were be been being am do does did done has have had having will would shall should can could may might must of in
on at by for from with to into onto as and or but if then than so such there here also which who whom whose what
when where why how all any both each more most other some own same too very just about above after again against
before below between during over under up down out off through while not no nor never neither without
"""
FUNCTION_WORDS = frozenset(_FUNCTION_TEXT.split())
_NEGATION_TEXT = """
not no nor never neither without cannot none nothing nobody n't
"""
_NEGATIONS = frozenset(_NEGATION_TEXT.split())
# How many words later a denied word may stand: "not to be so questioned".
_DENIAL_REACH = 4
_PERSONAL_TEXT = """
i me my mine we us our you your yours yes yeah yep oh hi hey lol haha thanks sorry
"""
PERSONAL = frozenset(_PERSONAL_TEXT.split())
_ENDING_TEXT = """
ational>ate ization>ize isation>ize fulness>ful iveness>ive ities>ity ments>ment ingly> edly> ising>ize izing>ize
ised>ize ized>ize ises>ize izes>ize ations>ate ation>ate ness> ies>y ied>y ing> ed> ly> es>e s>
"""
_ENDINGS = tuple(pair.split(">") for pair in _ENDING_TEXT.split())


def tokens(text: str) -> list[str]:
    """The words and numbers of `text` as they are written, apostrophes and all."""
    return _TOKEN.findall(unicodedata.normalize("NFKC", text))


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """One form for a word's inflections; a number in figures, whether written so or not."""
    word = word.casefold().replace("’", "'").removesuffix("'s")
    if word[:1].isdigit():
        return word.replace(",", "").rstrip(".")
    if word in _NUMBER_WORDS:
        return _NUMBER_WORDS[word]
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith(("ss", "us", "is")):
            word = word[: -len(ending)] + instead
            break
    # "stopping" and "stop", "rise" and "rising".
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "lse":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 4 else word


def content(text: str) -> list[str]:
    """The stems of the words that carry matter, in order, repeated as they are."""
    return [stem(word) for word in tokens(text) if word.casefold() not in FUNCTION_WORDS]


def denied(text: str) -> set[str]:
    """Stems of what the text denies: the next word of matter after each "not", "no", "cannot"."""
    found = set()
    open_until = 0
    for place, word in enumerate(tokens(text), _DENIAL_REACH):
        plain = word.casefold()
        if plain in _NEGATIONS or plain.endswith(("n't", "n’t")):
            open_until = place + _DENIAL_REACH
        elif place <= open_until and plain not in FUNCTION_WORDS:
            found.add(stem(word))
            open_until = 0
    return found


def numbers(text: str) -> set[str]:
    """The numbers in the text, in figures."""
    return {found for word in tokens(text) if (found := stem(word))[:1].isdigit()}


def names(text: str) -> set[str]:
    """Stems of words with a capital that do not begin a sentence."""
    words = re.findall(r"(?<![.!?:|*\n])[^\S\n]([A-Z][^\W\d_]{2,})", text)
    return {stem(word) for word in words}
