"""Numbers and parts that no passage writes but that follow from what it writes: spans, lists, other units."""

from collections.abc import Sequence
from fractions import Fraction

from app.agents.claims.binding import same_number
from app.agents.claims.fact import Fact
from app.agents.claims.reading import Reading
from app.agents.claims.statements import Source
from app.agents.claims.words import stem

# "About" may be off by this share.
ROUGH, LEAST_ROUGH = 0.03, 20
# "More than half" may be 54 per cent.
ROUGH_PART = 0.05
# An item of a list has so many words at most.
LISTED_WORDS = 5
# A whole number of decades may be so many years off ("four decades before" for 43 years).
DECADE_OFF = 4
_APART = frozenset(
    [
        "later",
        "before",
        "after",
        "earlier",
        "apart",
        "since",
        "ago",
        "over",
        "span",
        "within",
        "next",
        "lapse",
        "gap",
        "elapsed",
        "following",
    ]
)
_ROUGHLY = frozenset(
    [
        "about",
        "around",
        "nearly",
        "roughly",
        "almost",
        "approximately",
        "some",
        "over",
        "under",
        "below",
        "above",
        "than",
        "close",
    ]
)
_UNITS_TEXT = "hour minute 60, day hour 24, week day 7, year month 12, year week 52, km m 1000, tonne kg 1000"
_IN_SMALLER: dict[str, dict[str, Fraction]] = {}
for _great, _little, _ratio in (one.split() for one in _UNITS_TEXT.split(", ")):
    _IN_SMALLER.setdefault(_great, {})[_little] = Fraction(int(_ratio))
    _IN_SMALLER.setdefault(_little, {})[_great] = Fraction(1, int(_ratio))
# Longer lists are not counted by their joints.
MOST_LISTED = 12


def counted(fact: Fact, reading: Reading, cited: Sequence[Source]) -> bool:
    """Whether a number of the sentence stands in the cited passages, or follows from what does."""
    if any(same_number(fact.value, value) for source in cited for kind, value in source.values if kind == "number"):
        return True
    if _about(fact, reading, cited) or _apart(fact, reading, cited) or _converted(fact, cited):
        return True
    number, _, unit = fact.value.partition(" ")
    if number.isdigit() and any(int(number) in source.lengths for source in cited):
        return True
    if fact.at > 0 and reading.words[fact.at - 1].low == "every":
        return any(("ordinal", number) in source.values for source in cited)
    if number in ("1", "2"):
        return _small(number, unit, cited)
    return not unit and not _counted_otherwise(fact, reading, cited) and _listed(fact, reading, cited)


def _small(number: str, unit: str, cited: Sequence[Source]) -> bool:
    """Whether one or two may be said where no passage counts: "one of them", "the two", "a year", "twice"."""
    if number == "2":
        return not unit or (unit == "time" and any(source.says("more than once") for source in cited))
    return unit in ("", "time") or any(stem(unit) in source.stems for source in cited)


def _listed(fact: Fact, reading: Reading, cited: Sequence[Source]) -> bool:
    """Whether so many things are listed, by the sentence itself after a colon or by a statement."""
    if not fact.value.isdigit() or int(fact.value) > MOST_LISTED:
        return False
    after = [word.low for word in reading.words[fact.end :]]
    if ":" in after and sum(low in (",", "and", "or") for low in after) + 1 >= int(fact.value):
        return True
    return any(_lists(statement.reading, int(fact.value)) for source in cited for statement in source.statements)


def _about(fact: Fact, reading: Reading, cited: Sequence[Source]) -> bool:
    """Whether a number is said to be rough, and one of the sources' is near it."""
    before = {word.low for word in reading.words[max(0, fact.at - 3) : fact.at]}
    if not before & _ROUGHLY:
        return False
    number, _, unit = fact.value.partition(" ")
    found = [value.partition(" ") for source in cited for kind, value in source.values if kind == "number"]
    wanted = [(float(number), unit, ROUGH)]
    wanted += [(float(number) * float(ratio), other, ROUGH_PART) for other, ratio in _IN_SMALLER.get(unit, {}).items()]
    return any(
        abs(float(n) - value) <= off * value and u == one and value >= LEAST_ROUGH
        for value, one, off in wanted
        for n, _, u in found
    )


def _apart(fact: Fact, reading: Reading, cited: Sequence[Source]) -> bool:
    """Whether a span of years is the difference of two years: of the sentence and the sources, or of one statement."""
    number, _, unit = fact.value.partition(" ")
    if unit != "year" or not number.isdigit() or int(number) < 2:
        return False
    if not _APART & {word.low for word in reading.words[max(0, fact.at - 3) : fact.end + 3]}:
        return False
    decades = any(word.low.startswith("decade") for word in reading.words[fact.end : fact.end + 2])
    off = DECADE_OFF if decades else 0
    own = _years(reading)
    if own:
        pairs = ((one, other) for one in own for source in cited for other in own | source.years)
    else:
        statements = (_years(statement.reading) for source in cited for statement in source.statements)
        pairs = ((one, other) for found in statements for one in found for other in found)
    return any(abs(abs(one - other) - int(number)) <= off for one, other in pairs)


def _years(reading: Reading) -> set[int]:
    return {int(value) for kind, value in reading.values if kind == "year" and value.isdigit()}


def _counted_otherwise(fact: Fact, reading: Reading, cited: Sequence[Source]) -> bool:
    """Whether the passages put another number before the same thing: "three modules" where the sentence has four."""
    noun = next((word.stem for word in reading.words[fact.end : fact.end + 3] if word.content), None)
    return any(
        other.kind == "number"
        and any(word.stem == noun for word in one.words[other.end : other.end + 2] if word.content)
        for source in cited
        for one in source.readings
        for other in one.facts
    )


def _lists(reading: Reading, number: int) -> bool:
    """Whether a statement lists so many things, of few words each; "and" after a comma is one joint with it."""
    lows = [word.low for word in reading.words]
    joints = [i for i, low in enumerate(lows) if low in (",", ";", "and", "or")]
    joints = [i for n, i in enumerate(joints) if not n or i > joints[n - 1] + 1]
    run = 1
    for n, at in enumerate(joints):
        run = run + 1 if n and at - joints[n - 1] <= LISTED_WORDS + 1 else 2
        ends = n + 1 == len(joints) or joints[n + 1] - at > LISTED_WORDS + 1
        if ends and run == number:
            return True
    return False


def _converted(fact: Fact, cited: Sequence[Source]) -> bool:
    """Whether a number stands there in another unit: hours for minutes, one-fourth for 25 per cent."""
    number, _, unit = fact.value.partition(" ")
    value = Fraction(number)
    if unit == "%":
        return any(("fraction", str(value / 100)) in source.values for source in cited)
    factor = _IN_SMALLER.get(unit)
    if factor is None:
        return False
    there = {found for source in cited for kind, found in source.values if kind == "number"}
    others = (((value * ratio) * 1, small) for small, ratio in factor.items())
    return any(f"{float(one):g} {small}" in there for one, small in others)


def parted(fact: Fact, reading: Reading, cited: Sequence[Source]) -> bool:
    """Whether a part of a whole stands in the cited passages, as such or in per cent."""
    part = Fraction(fact.value)
    percent = f"{float(100 * part):g} %"
    if any(("fraction", fact.value) in source.values or ("number", percent) in source.values for source in cited):
        return True
    before = {word.low for word in reading.words[max(0, fact.at - 3) : fact.at]}
    shares = (value.split() for source in cited for kind, value in source.values if kind == "number")
    off = (abs(float(one[0]) / 100 - part) for one in shares if one[1:] == ["%"])
    return bool(before & _ROUGHLY) and any(one <= ROUGH_PART for one in off)
