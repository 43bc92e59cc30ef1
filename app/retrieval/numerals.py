"""Numbers as people write them - 42nd, forty-second, XLII, ४२ - as integers, and integers as roman numerals."""

import re

_WORD = re.compile(r"[a-z]+")
_UNITS = _WORD.findall(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = _WORD.findall("twenty thirty forty fifty sixty seventy eighty ninety")
_ORDINAL_UNITS = _WORD.findall(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_ORDINAL_TENS = _WORD.findall("twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth")

CARDINALS = {word: number for number, word in enumerate(_UNITS, 1)} | {
    word: number * 10 for number, word in enumerate(_TENS, 2)
}
ORDINALS = (
    {word: number for number, word in enumerate(_ORDINAL_UNITS, 1)}
    | {word: number * 10 for number, word in enumerate(_ORDINAL_TENS, 2)}
    | {"hundredth": 100}
)

_ROMAN_PARTS = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def _any_of(words: dict[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_TENS_WORDS = "|".join(_TENS)
_HUNDRED = r"(?:one[\s-]+|a[\s-]+)?hundred[\s-]+(?:and[\s-]+)?"
# Patterns for use inside other patterns; case is the caller's matter.
ORDINAL_WORDS = rf"(?:{_HUNDRED})?(?:(?:{_TENS_WORDS})[\s-]+)?(?:{_any_of(ORDINALS)})"
CARDINAL_WORDS = rf"(?:(?:{_TENS_WORDS})[\s-](?:{'|'.join(_UNITS[:9])})|{_any_of(CARDINALS)})"
_SCALES = {"thousand": 1_000, "lakh": 100_000, "million": 1_000_000}
_SCALE = rf"(?:hundred|{_any_of(_SCALES)})"
# With hundreds and more: "two thousand five hundred", "a lakh".
LARGE_CARDINAL_WORDS = (
    rf"(?:(?:(?:{CARDINAL_WORDS}|an?)[\s-])?{_SCALE}(?:[\s-](?:and\s)?(?:{CARDINAL_WORDS}|{_SCALE})){{0,5}}"
    rf"|{CARDINAL_WORDS})"
)


def from_words(text: str) -> int:
    """The number that ordinal or cardinal words say: "one hundred and first" is 101, "two thousand" 2000."""
    total, below = 0, 0
    for word in _WORD.findall(text.lower()):
        if word == "hundred":
            below = max(below, 1) * 100
        elif word in _SCALES:
            total, below = total + max(below, 1) * _SCALES[word], 0
        else:
            # "And" and "a" add nothing.
            below += ORDINALS.get(word, CARDINALS.get(word, 0))
    return total + below


def to_roman(number: int) -> str:
    """`number`, 1 to 399, in lower-case roman numerals."""
    text = ""
    for value, letters in _ROMAN_PARTS:
        count, number = divmod(number, value)
        text += letters * count
    return text


def from_roman(text: str) -> int | None:
    """The number of a well-formed roman numeral up to 399 in either case, None for anything else."""
    rest, number = text.lower(), 0
    for value, letters in _ROMAN_PARTS:
        while rest.startswith(letters):
            number += value
            rest = rest[len(letters) :]
    return number if number and not rest and to_roman(number) == text.lower() else None
