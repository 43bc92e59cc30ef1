"""Numbers, fractions, ordinals, years and dates, each in one canonical form with the unit that follows it."""

import re
from collections.abc import Iterator
from fractions import Fraction

from app.agents.claims.fact import Found
from app.retrieval.numerals import CARDINALS, ORDINAL_WORDS, from_words

_MONTHS_TEXT = "january february march april may june july august september october november december"
_MONTHS = {name: number for number, name in enumerate(_MONTHS_TEXT.split(), 1)}
_MONTH_NAMES = "|".join(name.capitalize() for name in _MONTHS)
_UNITS_TEXT = """
%:% percent:% year:year years:year month:month months:month week:week weeks:week day:day days:day hour:hour hours:hour
time:time times:time
decade:decade decades:decade century:century centuries:century km:km kilometre:km kilometres:km kilometer:km
kilometers:km metre:m metres:m meter:m meters:m feet:foot foot:foot mm:mm cm:cm kg:kg tonne:tonne tonnes:tonne
hectare:ha hectares:ha acre:acre acres:acre mw:mw megawatt:mw megawatts:mw gw:gw gigawatt:gw gigawatts:gw
minute:minute minutes:minute second:s seconds:s degree:degree degrees:degree rupee:rupee rupees:rupee
dollar:dollar dollars:dollar judge:judge judges:judge member:member members:member"""
_UNITS = dict(pair.split(":") for pair in _UNITS_TEXT.split())
_SCALES = {
    "hundred": 100, "thousand": 1_000, "lakh": 100_000, "lakhs": 100_000, "million": 1_000_000,
    "crore": 10_000_000, "crores": 10_000_000, "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
_SCALE = "|".join(_SCALES)
_PARTS_TEXT = (
    "half:2 halves:2 third:3 thirds:3 fourth:4 fourths:4 quarter:4 quarters:4 fifth:5 fifths:5 sixth:6 eighth:8"
)
_PARTS = dict(pair.split(":") for pair in f"{_PARTS_TEXT} tenth:10 tenths:10 twelfth:12 twentieth:20".split())
_TIMES = {"once": 1, "twice": 2, "thrice": 3}
_CARDINAL_WORD = "|".join(sorted(CARDINALS, key=len, reverse=True))
_CARDINAL_WORDS = rf"\b(?:{_CARDINAL_WORD})(?:[\s-](?:{_CARDINAL_WORD}))?\b"

_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"\b{_DAY}(?:\s+of)?\s+(?P<month>{_MONTH_NAMES})\b|\b(?P<month2>{_MONTH_NAMES})\s+(?P<day2>\d{{1,2}})(?!\d)"
)
_MONTH = re.compile(rf"\b(?P<month>{_MONTH_NAMES})\b(?!\s+(?:be|not|have|also|only)\b)")
_YEAR = re.compile(
    r"(?<![\d,.])(?P<year>1[0-9]\d\d|20\d\d)(?P<s>s)?(?:\s?[-–/]\s?(?P<to>\d{4}|\d{2})\b)?(?![\d%]|,\d{3}|\.\d)"
)
_FRACTION = re.compile(
    rf"\b(?:(?P<top>{_CARDINAL_WORD}|an?)[\s-]+)?(?P<bottom>{'|'.join(_PARTS)})\b(?=\s+(?:of|the|majority)\b|[\s-])|(?<!\d)(?P<a>\d)/(?P<b>\d{{1,2}})(?!\d)",
    re.IGNORECASE,
)
_ORDINAL = re.compile(rf"\b(?:(?P<digits>\d{{1,3}})(?:st|nd|rd|th)|(?P<words>{ORDINAL_WORDS}))\b", re.IGNORECASE)
_FIGURE = re.compile(
    rf"(?<![\d.\w-])(?P<figure>\d{{1,15}}(?:,\d{{2,3}}){{0,6}}(?:\.\d{{1,8}})?)(?:[\s-]+(?P<scale>{_SCALE})\b)?(?:[\s-]+(?P<more>{_SCALE})\b)?"
)
_CODE = re.compile(r"\b[^\W\d_]{2,30}-?\d{1,4}[a-zA-Z]?\b")
_WORDS = re.compile(
    rf"\b(?P<words>{_CARDINAL_WORDS}|(?:once|twice|thrice)\b|an?(?=\s+decade\b)|an?(?=\s+(?:hundred|thousand|lakh|million|crore)))"
    rf"(?:[\s-]+(?P<scale>{_SCALE})\b(?:\s+(?:and\s+)?(?P<rest>{_CARDINAL_WORDS})(?:[\s-]+(?P<rest_scale>{_SCALE})\b)?"
    rf"(?:\s+(?:and\s+)?(?P<last>{_CARDINAL_WORDS}))?)?)?",
    re.IGNORECASE,
)
_UNIT = re.compile(r"[\s-]*(?P<unit>%|[a-z]+)", re.IGNORECASE)


def dates(text: str) -> Iterator[Found]:
    """Days ("26-1") and months ("1")."""
    for match in _DATE.finditer(text):
        month = _MONTHS[(match["month"] or match["month2"]).lower()]
        day = int(match["day"] or match["day2"])
        if 1 <= day <= 31:
            yield Found("date", f"{day}-{month}", match.start(), match.end())
    for match in _MONTH.finditer(text):
        yield Found("month", str(_MONTHS[match["month"].lower()]), match.start(), match.end())


def years(text: str) -> Iterator[Found]:
    """Years; a span such as 2012-13 gives both of its ends."""
    for match in _YEAR.finditer(text):
        if _unit_after(text, match.end()) not in (None, "year"):
            continue
        year = match["year"]
        yield Found("year", year + (match["s"] or ""), match.start(), match.end())
        if match["to"]:
            yield Found("year", year[: 4 - len(match["to"])] + match["to"], match.start(), match.end())


def fractions(text: str) -> Iterator[Found]:
    """Parts of a whole: "two-thirds" and "2/3" are 2/3. An ordinal before a noun is none."""
    for match in _FRACTION.finditer(text):
        if match["a"]:
            yield Found("fraction", str(Fraction(int(match["a"]), int(match["b"]) or 1)), match.start(), match.end())
            continue
        top, bottom = (match["top"] or "").lower(), match["bottom"].lower()
        of = text[match.end() :].lstrip().startswith(("of ", "the ", "majority"))
        # Three quarters in a row are nine months.
        if bottom == "quarters" and not of:
            continue
        # "a third party", "the first half": a part only of something that follows.
        if (top in ("", "a", "an") and not of) or (not top and bottom not in ("half", "quarter")):
            continue
        count = CARDINALS.get(top, 1)
        yield Found("fraction", str(Fraction(count, int(_PARTS[bottom]))), match.start(), match.end())


def ordinals(text: str) -> Iterator[Found]:
    """42nd and forty-second are 42."""
    for match in _ORDINAL.finditer(text):
        number = int(match["digits"]) if match["digits"] else from_words(match["words"])
        yield Found("ordinal", str(number), match.start(), match.end())


def codes(text: str) -> Iterator[Found]:
    """Names that a number is part of: "uranium-238", "COP28", "Chandrayaan-3"."""
    for match in _CODE.finditer(text):
        yield Found("code", match[0].lower().replace("-", ""), match.start(), match.end())


def numbers(text: str) -> Iterator[Found]:
    """Figures and number words as values, scales multiplied in; the unit after them is kept beside the value."""
    for match in _FIGURE.finditer(text):
        figure = match["figure"].replace(",", "")
        yield _number(text, match, Fraction(figure) * _scale(match["scale"]) * _scale(match["more"]))
    for match in _WORDS.finditer(text):
        value = _TIMES.get(match["words"].lower()) or from_words(match["words"].lower()) or 1
        rest = from_words((match["rest"] or "").lower()) * _scale(match["rest_scale"])
        value = value * _scale(match["scale"]) + rest + from_words((match["last"] or "").lower())
        yield _number(text, match, Fraction(value))


def _number(text: str, match: re.Match[str], value: Fraction) -> Found:
    shown = str(value.numerator) if value.denominator == 1 else f"{float(value):g}"
    unit = "time" if match[0].lower() in _TIMES else _unit_after(text, match.end())
    if unit == "decade":
        shown, unit = str(value * 10), "year"
    return Found("number", f"{shown} {unit}" if unit else shown, match.start(), match.end())


def _scale(word: str | None) -> int:
    return _SCALES[word.lower()] if word else 1


def _unit_after(text: str, position: int) -> str | None:
    found = _UNIT.match(text, position)
    return _UNITS.get(found["unit"].lower()) if found else None
