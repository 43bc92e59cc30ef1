"""What kind of answer a question wants, and how a sentence shows that it is one."""

import re
from dataclasses import dataclass
from typing import Literal

from app.agents.terms import terms
from app.retrieval.numerals import CARDINAL_WORDS

Kind = Literal["definition", "person", "time", "number", "reason", "list", "broad", "plain"]

# How many points follow the answering sentence, at most.
POINTS: dict[Kind, int] = {
    "person": 4,
    "time": 4,
    "number": 4,
    "plain": 6,
    "reason": 6,
    "definition": 6,
    "list": 10,
    "broad": 8,
}

# Kinds that ask for one fact.
SPECIFIC: frozenset[Kind] = frozenset(("person", "time", "number", "reason"))

_PATTERNS: tuple[tuple[Kind, str], ...] = (
    (
        "number",
        r"\bhow (?:many|much|long|old|far|often|tall|large|big|high|deep|fast)\b|\bwhat (?:percentage|per ?cent|share|"
        r"fraction|proportion|number|age|majority|rate)\b|\b(?:minimum|maximum|least|most) (?:age|number|strength|"
        r"period|time|limit)\b|\b(?:term|tenure|duration|strength|quorum) of\b|कितन",
    ),
    (
        "time",
        r"\bwhen\b|\b(?:which|what) (?:year|date|day|month|century|decade|period)\b|\bsince when\b|\bby what date\b|"
        r"कब",
    ),
    (
        "person",
        r"\bwho(?:m|se)?\b|\bby whom\b|\bwhich (?:person|leader|ruler|king|judge|scientist|thinker|"
        r"body)\b|किसने|कौन",
    ),
    ("reason", r"^\W*why\b|\bwhat (?:was|is|were|are) the (?:reasons?|purposes?|aims?|objects?) |\bhow come\b|क्यों"),
    (
        "list",
        r"\b(?:list|enumerate|name the|mention|state the|outline the|types?|kinds?|features?|functions?|provisions?|"
        r"powers?|causes?|factors?|effects?|impacts?|consequences?|objectives?|steps|stages|components?|grounds|"
        r"conditions|qualifications|restrictions|exceptions|advantages|disadvantages|merits|demerits|recommendations|"
        r"principles|duties|freedoms|rights|reforms|limits|criticisms?|significance|characteristics|elements)\b"
        r"|\bwhich (?:are|were)\b|\bwhat are\b|\b(?:ways|forms|methods|means|tensions|reasons|arguments|examples)\b"
        r"|\b(?:which|what|name) (?:[a-z-]{3,20} ){0,2}?(?!does\b|this\b|has\b|its\b)[a-z-]{3,20}[^siu\W]s\b",
    ),
    (
        "broad",
        r"\b(?:discuss|describe|examine|analyse|analyze|evaluate|elaborate|comment|critically|compare|distinguish|"
        r"differen\w+|contrast|account for|write (?:a|short) note|overview|explain)\b",
    ),
    (
        "definition",
        r"^\W*(?:what|which) (?:is|are|was|were)\b|\b(?:define|definition|meaning|mean|meant|"
        r"stands? for)\b|क्या (?:है|हैं)",
    ),
)
_KINDS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _PATTERNS)
_NUMBER = re.compile(
    rf"\d|\b(?:{CARDINAL_WORDS}|hundred|thousand|half|third|quarter|majority|lifetime)\b", re.IGNORECASE
)
_TIME = re.compile(
    r"\b1\d{3}\b|\b20\d\d\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"centur(?:y|ies)|BCE?|CE)\b"
)
_PERSON = re.compile(r"(?<!^)(?<![.!?] )\b[A-Z][a-z]+\b|\bby (?:an? |the )?[a-z]+", re.MULTILINE)
_REASON = re.compile(
    r"\b(?:because|since|due to|so that|in order to|as a result|owing to|reasons?|purpose|aim(?:s|ed)?|"
    r"to (?:protect|prevent|"
    r"ensure|keep|give|make|avoid|secure|promote|allow)|therefore|caused?|leads? to)\b",
    re.IGNORECASE,
)
_SHOWS: dict[Kind, re.Pattern[str]] = {"time": _TIME, "person": _PERSON, "reason": _REASON}
# Numbers of one sort: what asks for them, and how they look.
_MEASURES = tuple(
    (re.compile(asks, re.IGNORECASE), re.compile(shows, re.IGNORECASE))
    for asks, shows in (
        (
            r"\bhow (?:long|old)\b|\b(?:age|term|tenure|duration|period|time limit)\b",
            r"\b(?:\d+|[a-z-]+)\s(?:year|month|week|day|hour|minute|word|line|page)s?\b|\blifetime\b",
        ),
        (r"\bmajorit(?:y|ies)\b", r"\bmajorit(?:y|ies)\b|\btwo-thirds\b|\bthree-fourths\b|\bhalf\b"),
        (
            r"\b(?:percentage|per ?cent|share|rate|ratio|fraction|proportion)\b",
            r"\d\s?%|\bper ?cent\b|\b(?:half|thirds?|fourths?|fifths?|quarters?|tenths?)\b|\bratio\b",
        ),
        (r"\bhow (?:much|far|tall|large|big|high|deep|fast)\b", r"\d"),
    )
)
_DEFINES = re.compile(
    r"\b(?:is|was)\s(?:an?|the|one|any|that|what|how|when)\b|\b(?:are|were)\b(?!\s\w+ed\b)|"
    r"\b(?:means|refers?|denotes?|consists?)\b"
)
# How much stands before the verb of a sentence that defines: "The doctrine of basic structure, laid down in ..., is".
_SUBJECT_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class Aim:
    """What a question is after."""

    kind: Kind
    shows: re.Pattern[str] | None = None

    @property
    def points(self) -> int:
        """How many points may follow the answering sentence."""
        return POINTS[self.kind]

    @property
    def wants_definition(self) -> bool:
        """Whether the answer begins with what the subject is."""
        return self.kind in ("definition", "broad")

    def shown_by(self, text: str) -> bool:
        """Whether a sentence has what the question asks for: a number, a time, somebody, a reason."""
        return self.shows is not None and self.shows.search(text) is not None


def of(question: str) -> Aim:
    """The aim of a question."""
    kind: Kind = next((kind for kind, pattern in _KINDS if pattern.search(question)), "plain")
    measure = next((shows for asks, shows in _MEASURES if asks.search(question)), _NUMBER)
    return Aim(kind, measure if kind == "number" else _SHOWS.get(kind))


def subject(sentence: str) -> frozenset[str]:
    """The terms of what a sentence defines: those before "is", "means" and the like; none when it defines nothing."""
    found = _DEFINES.search(sentence, 0, _SUBJECT_CHARACTERS)
    return frozenset(terms(sentence[: found.start()])) if found else frozenset()
