"""What a sentence names must occur in what it cites."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from app.agents.claims import counts
from app.agents.claims.fact import Fact
from app.agents.claims.names import ROLES
from app.agents.claims.reading import Reading
from app.agents.claims.statements import Source
from app.agents.claims.words import FUNCTION, stem

# Words with a capital that say nothing of their own in a text about India's law and state.
_FREE = frozenset(
    stem(word)
    for word in [
        "constitution",
        "india",
        "indian",
        "act",
        "government",
        "bill",
        "court",
        "house",
        "states",
        "ministry",
        "the",
        "country",
        "bench",
        "ordinance",
        "emergency",
        "proclamation",
        "republic",
        "amendment",
        "board",
        "council",
        "committee",
        "mission",
        "scheme",
        "movement",
        "pact",
        "report",
        "policy",
        "code",
        "budget",
        "cabinet",
        "law",
        "rule",
        "rules",
        "session",
        "houses",
        "centre",
        "union",
        "article",
        "office",
        "chair",
        "member",
        "members",
        "directive",
        "principle",
        "principles",
    ]
)
# An opening has so many words before its name at most.
OPENING = 3
# Two spellings of a name share this much ("Banerjee", "Bonnerjee"), and are so long at least.
SPELT, LONG_NAME = 0.8, 6
_TITLES = ROLES | {"prime", "chief", "lord", "general", "sir", "dr", "justice", "pandit", "maulana", "swami", "sri"}
# Members by their initials, which a law writes out in many ways.
_OFFICES = {
    letters: frozenset(stem(word) for word in spelled.split())
    for letters, spelled in {
        "MP": "member house",
        "MLA": "member assembly",
        "MLC": "member council",
        "PM": "prime minister",
        "CM": "chief minister",
        "CJI": "chief justice",
        "PIL": "public interest",
        "USSR": "soviet",
        "UT": "union territory",
        "HC": "high court",
        "SC": "supreme court",
    }.items()
}
# The houses by their place: which the passage names.
_HOUSES = {
    "upper": frozenset(stem(word) for word in ("rajya", "council")),
    "lower": frozenset(stem(word) for word in ("lok", "assembly")),
}
_NOBODY: frozenset[str] = frozenset()
_DEMONYM = re.compile(r"(?:ians?|eans?|ese|ish|ans?|ons?|i|is)$")
_SMALL = frozenset(("of", "and", "the", "for", "in", "on", "to", "a"))
_ACRONYM = re.compile(r"^[A-Z]{2,7}s?$")


def missing(reading: Reading, cited: Sequence[Source]) -> Fact | None:
    """The first fact of a sentence that none of the cited passages has."""
    return next((fact for fact in reading.facts if not _present(fact, reading, cited)), None)


def _present(fact: Fact, reading: Reading, cited: Sequence[Source]) -> bool:
    if fact.kind == "name":
        return _named(fact, reading, cited)
    if fact.kind == "number":
        if any(("year", fact.value.partition(" ")[0]) in source.values for source in cited):
            # "The 2019 survey"
            return True
        return counts.counted(fact, reading, cited)
    if fact.kind == "ordinal" and fact.value in ("1", "2", "3") and not _numbers_a_provision(fact, reading):
        return True
    if fact.kind == "fraction":
        return counts.parted(fact, reading, cited)
    if fact.kind == "code":
        return _coded(fact, cited)
    if fact.kind == "mark":
        return _marked(fact, cited)
    return any((fact.kind, fact.value) in source.values for source in cited)


def _named(fact: Fact, reading: Reading, cited: Sequence[Source]) -> bool:
    absent = [part for part in fact.value.split() if not any(_has(source, part) for source in cited)]
    absent = [part for part in absent if stem(part) not in _FREE and part not in FUNCTION]
    absent = [part for part in absent if "-" not in part or not _compound(part, cited)]
    if "house" in fact.value and any(_HOUSES.get(part, _NOBODY) & source.stems for part in absent for source in cited):
        return True
    if absent and (_fuller(fact, absent, cited) or _titled(fact, absent)):
        return True
    if fact.shown.islower() and fact.value in ROLES:
        return True
    if not absent:
        return _together(fact, cited) or (_opens(fact, reading) and _two_names(fact, cited))
    written = fact.shown.split()
    if len(written) == 1 and (acronym := written[0].replace(".", "").removesuffix("'s")) and _ACRONYM.match(acronym):
        office = _OFFICES.get(acronym.rstrip("s"), frozenset())
        told = any(_spelled(acronym.rstrip("s"), source) for source in cited)
        return told or any(office and office <= source.stems for source in cited)
    initials = "".join(word[0] for word in written if word[0].isupper()).lower()
    return len(initials) > 1 and any(_has(source, initials) or _has(source, initials[:-1]) for source in cited)


def _fuller(fact: Fact, absent: Sequence[str], cited: Sequence[Source]) -> bool:
    """Whether a name is only given in full: "Mahatma Gandhi" for "Gandhi", where no other Gandhi is named."""
    parts = fact.value.split()
    if parts[-1] in absent or len(parts) < 2:
        return False
    last = stem(parts[-1])
    runs = [[stem(part) for part in name.value.split()] for source in cited for name in source.names]
    ending = [run for run in runs if run[-1] == last]
    mine = {stem(part) for part in parts}
    return any(run == [last] for run in ending) and all(set(run) <= mine for run in ending)


def _titled(fact: Fact, absent: Sequence[str]) -> bool:
    """Whether only the office before a name is absent: "President Lincoln" where the passage says "Lincoln"."""
    parts = fact.value.split()
    return len(absent) < len(parts) and parts[-1] not in absent and all(part in _TITLES for part in absent)


def _compound(part: str, cited: Sequence[Source]) -> bool:
    """Whether all parts of a compound are there: "State-aided" for "receiving aid out of State funds"."""
    return all(len(one) < 3 or any(_has(source, one) for source in cited) for one in part.split("-"))


def _together(fact: Fact, cited: Sequence[Source]) -> bool:
    """Whether one statement or title has all words of a name: "Iron Age" is not made of iron here and an age there."""
    parts = [root for part in fact.value.split() if (root := stem(part)) not in _FREE]
    if len(parts) < 2:
        return True
    return any(all(root in reading.stems for root in parts) for source in cited for reading in source.readings) or any(
        all(root in one.reading.stems or root in one.context for root in parts)
        for source in cited
        for one in source.statements
    )


def _opens(fact: Fact, reading: Reading) -> bool:
    """Whether a name ends an opening that no comma closes: "At Panipat Babur won"."""
    return 0 < fact.at <= OPENING and reading.words[0].low in FUNCTION and reading.words[fact.at - 1].low in FUNCTION


def _two_names(fact: Fact, cited: Sequence[Source]) -> bool:
    """Whether a run of capitalised words is two names one after the other."""
    parts = fact.value.split()
    halves = ((parts[:cut], parts[cut:]) for cut in range(1, len(parts)))
    return any(all(_together(replace(fact, value=" ".join(half)), cited) for half in pair) for pair in halves)


def _has(source: Source, part: str) -> bool:
    root = stem(part)
    if root in source.stems:
        return True
    # A people is named after its country: "Norwegian" and "Norway" share four letters.
    same = 4 if _DEMONYM.search(part) else 5
    if len(root) >= same and root[:same] in source.beginnings(same):
        return True
    return len(part) >= LONG_NAME and any(_spelt_alike(part, other) for other in source.name_words)


def _spelt_alike(part: str, other: str) -> bool:
    if part[0] != other[0] or abs(len(part) - len(other)) > 2:
        return False
    return SequenceMatcher(None, part, other, autojunk=False).ratio() >= SPELT


def _spelled(acronym: str, source: Source) -> bool:
    """Whether words in a row begin with the letters of an acronym; small words between them do not count."""
    letters = acronym.lower()
    for reading in source.readings:
        parts = [part for word in reading.words if word.low not in _SMALL for part in word.text.split("-") if part]
        initials = "".join(part[0] for part in parts).lower()
        at = initials.find(letters)
        while at >= 0:
            if len(letters) > 2 or all(part[0].isupper() for part in parts[at : at + len(letters)]):
                return True
            at = initials.find(letters, at + 1)
        capitals = Counter(part[0] for part in parts if part[0].isupper())
        if len(letters) > 2 and not Counter(acronym) - capitals and len(parts) < 60:
            return True
    return False


def _numbers_a_provision(fact: Fact, reading: Reading) -> bool:
    """Whether an ordinal is a name ("the Second Schedule"); elsewhere it orders, which many words can do."""
    return any(word.low.startswith(("amend", "schedul")) for word in reading.words[fact.end : fact.end + 3])


def _coded(fact: Fact, cited: Sequence[Source]) -> bool:
    letters = fact.value.rstrip("0123456789")
    number = fact.value[len(letters) :]
    if any(("code", fact.value) in source.values for source in cited):
        return True
    # "NFHS-5" for the fifth round of the National Family Health Survey
    numbered = any((kind, number) in source.values for source in cited for kind in ("ordinal", "number"))
    return numbered and any(_spelled(letters.upper(), source) or _has(source, letters) for source in cited)


def _marked(fact: Fact, cited: Sequence[Source]) -> bool:
    return any(("mark", fact.value) in source.values for source in cited)
