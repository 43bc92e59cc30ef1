"""What a question narrows its answer to, read by rule: years, papers, subject, topic and count. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.agents import asking, exclusions
from app.agents.cue_text import corrected
from app.agents.supervisor import Filters
from app.agents.terms import terms
from app.retrieval import as_on
from app.retrieval.fact_keys import fact_keys
from app.retrieval.numerals import CARDINAL_WORDS, from_words

# The first examination of the present kind was held in 1979: an earlier year belongs to the topic.
FIRST_YEAR = 1979
LAST_YEAR = 2099
MOST_ASKED_FOR = 50
TOPIC_CHARACTERS = 200

PAPERS = ("prelims", "mains", "gs1", "gs2", "gs3", "gs4", "csat", "essay")

_DIGITS = str.maketrans("०१२३४५६७८९‐‑‒–—", "0123456789-----")
# A year after one of these names an act or an event, not an examination.
_NAMED_BY_YEAR = (
    r"(?:acts?|bills?|codes?|rules?|amendments?|judge?ments?|cases?|polic(?:y|ies)|missions?|summits?|census|budgets?|"
    r"schemes?|conventions?|protocols?|agreements?|revolts?|wars?|movements?|cris[ie]s|sessions?|constitution)"
)
# "Monetary policy in 2019" is asked of the examination of 2019.
_NAMED_YEAR = re.compile(rf"\b{_NAMED_BY_YEAR}\s{{0,3}}(?:,|\(|of)?\s{{0,3}}(?:19|20)\d\d\b", re.IGNORECASE)
_YEAR = r"(?:19|20)\d\d"
_RANGE = re.compile(
    rf"\b(?P<first>{_YEAR})\s{{0,3}}"
    rf"(?:-|(?:right )?(?:up |through )?to|upto|till|until|through|and|से)\s{{0,3}}(?P<last>{_YEAR}|\d\d)\b",
    re.IGNORECASE,
)
_JOINED_BY_AND = re.compile(r"\band\b", re.IGNORECASE)
_OPENS_RANGE = re.compile(r"\b(?:between|from)\s{1,3}(?:(?:the\s{1,3})?years?\s{1,3})?$", re.IGNORECASE)
_OPEN_RANGE = re.compile(
    rf"\b(?:(?P<since>since|from)|(?P<after>after|post)|(?P<before>before|prior\s+to)|(?P<until>until|till|up\s+to))"
    rf"\s{{1,3}}(?:the\s+year\s+)?(?P<year>{_YEAR})\b(?P<onwards>\s{{1,3}}onwards?)?",
    re.IGNORECASE,
)
_ONE_YEAR = re.compile(rf"(?<!\d){_YEAR}(?!\d)")
_BARE_YEAR = re.compile(r"[12]\d{3}")
_NUMBER = rf"(?:\d{{1,2}}|{CARDINAL_WORDS})"
_LAST_YEARS = re.compile(
    rf"\b(?:last|past|previous|recent|latest|पिछले)\s{{1,3}}(?:(?P<number>{_NUMBER}|few|पाँच|दस|तीन)\s{{1,3}})?(?:years|yrs|वर्षों|साल)\b",
    re.IGNORECASE,
)
_LATEST_PAPER = re.compile(
    r"\b(?:latest|newest|most recent|last)\s{1,3}(?:year|exam(?:ination)?|papers?)\b", re.IGNORECASE
)
_WORD_NUMBERS = {"few": 3, "पाँच": 5, "दस": 10, "तीन": 3}
_PAPER_TALK = (
    (re.compile(r"\b(?:prelims?|preliminary)\s{1,3}(?:gs\s{0,3})?paper[\s-]{0,3}(?:2|ii)\b", re.IGNORECASE), "csat"),
    (re.compile(r"\bethics\s{1,3}papers?\b", re.IGNORECASE), "gs4"),
    (re.compile(r"\bessays?\b|निबंध", re.IGNORECASE), "essay"),
)
_PAPER_WORDS = re.compile(
    r"\b(?:gs|general\s{1,3}studies|mains|main|prelims?|preliminary|csat|ethics|essay|upsc|cse)?"
    r"[\s-]{0,3}\bpapers?\b[\s-]{0,3}(?:\d|i{1,3}v?|iv)?\b|\b(?:gs|"
    r"general\s{1,3}studies)[\s-]{0,3}(?:[1-4]|i{1,3}|iv)\b",
    re.IGNORECASE,
)
_NOT_A_COUNT = (
    r"(?![\s-]{0,3}(?:marks?|markers?|words?|years?|yrs|minutes?|papers?|per\s?cent|%|st\b|nd\b|rd\b|th\b|-))"
)
_COUNT_AFTER_VERB = re.compile(
    r"\b(?:list|give|show|name|any|top|mention|suggest|find|provide|tell|need|want|latest|recent|last|"
    r"first|only)\s{1,3}"
    rf"(?:(?:me|us|out|at\s+least|the|any|top|latest|some|about)\s{{1,3}}){{0,3}}(?P<number>{_NUMBER})\b{_NOT_A_COUNT}",
    re.IGNORECASE,
)
_COUNT_BEFORE_NOUN = re.compile(
    r"(?<!article )(?<!articles )(?<!section )(?<!schedule )(?<!amendment )(?<!part )(?<!chapter )(?<!and )"
    rf"\b(?P<number>{_NUMBER})\b{_NOT_A_COUNT}\s{{1,3}}(?:[a-z-]{{2,20}}\s{{1,3}}){{0,2}}?(?:questions?|ques|qns?|qs?|pyqs?|mcqs?|items|topics|essays?|"
    r"examples|quotes|quotations|points|arguments)\b",
    re.IGNORECASE,
)
# "Trace the questions set on money bills": what stands behind "on" is the topic, whatever the question begins with.
_ON = re.compile(
    r"\b(?:questions?|pyqs?|qs|mcqs?|asked|items?|themes?|problems?|topics?)\b[^.?!;]{0,40}?\b(?:on|about|"
    r"regarding|concerning|"
    r"relat(?:ed|ing) to|deal(?:t|ing)? with|touch(?:ed|ing)(?: on| upon)?|around)\s{1,3}(?P<topic>[^?!;]{3,})",
    re.IGNORECASE,
)
# Between several things of which each is meant.
_EITHER = re.compile(r"\s(?:and|or|nor|as well as)\s|[,&]", re.IGNORECASE)
_LENGTH = re.compile(r"\b\d{1,4}(?:\.\d)?[\s-]{0,3}(?:marks?|markers?|words?|minutes?)\b", re.IGNORECASE)
_TOKEN = re.compile(r"[\w\u0900-\u097f]+(?:[-'’][\w\u0900-\u097f]+)*")
_FUNCTION_TEXT = "a an and as at by for from in into its of on or over the their to under vs with within"
_SCAFFOLD_TEXT = """
about after again all also am answer answers any appear appeared are ask asked asking asks aspirants aspirant
ave based be been deal dealing deals dealt before between bring came can chapter come comes common coming could
count cover covered cse csat did different do does done each either ever exact exam examination examinations
examined examiner exams explain far features few filed find first following frequency frequently frame framed
get give given had has have he hence her his how i ias if important is it just kind kinds know last latest let
list listed lot mains main many marks mark me mention mentioned model most much my name need newest no not
number number-wise often old older only other our out paper papers paperwise paper-wise past pattern per please
pre prelim prelims preliminary previous provide pyq pyqs put qs question questions recent recently related
relate repeat repeated repetition row rows said same say section set should show since so some solution
solutions solve solved syllabus table tabulate tell test tested than that them then theme themes there these
they this those till times times-asked topic topics trend trends two type types until upsc up us used was way we
weightage were what when where whether which who why will wise worth would write written year years yearly
yearwise year-wise you your gs general studies paraphrase paraphrased essay essays discuss describe analyse
many-times distribution changed regarding concerning during across words word marker markers onwards onward
subject area areas detail details briefly short many's compare compared versus now today item items mcq mcqs
प्रश्न प्रश्नों पूछा पूछे पूछी गया गए गई कौन कौनसे से में के की का को पर क्या वर्ष वर्षों पेपर सूची कितने कितनी
बार और है हैं था थे थी बताइए बताओ दो दीजिए मुख्य प्रारंभिक परीक्षा यूपीएससी सवाल पिछले साल आए आया आई attention
carried carries carry collection dig every fetch heaviest here hold holds less looked points problem problems
pull sample samples second spread struck stood third touch touched trace turn turned wanted yield yielded
neither never nor named without but ones"""
_FUNCTION = frozenset(_FUNCTION_TEXT.split())
_SCAFFOLD = frozenset(_SCAFFOLD_TEXT.split())


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the collection of past questions holds: its first and newest year and its subjects. Empty: all unknown."""

    oldest: int | None = None
    newest: int | None = None
    subjects: tuple[str, ...] = ()


NOTHING_KNOWN = Coverage()


def read(question: str, coverage: Coverage = NOTHING_KNOWN) -> Filters:
    """The filters that a standalone question names.

    Ranges that are open ("since 2019") or relative ("last five years") need the collection's years, and a subject must
    be one of its own; without `coverage` they are left out. The day of "as on 1 January 2020" is no filter.
    """
    plain = _plain(as_on.without(question))
    # What is quoted is the topic and nothing else: a past question has years and papers of its own.
    quoted = asking.QUOTED.search(plain)
    text, things = _divided(plain, coverage)
    whole = " ; ".join([text, *filter(_topic, things)])
    exam = _NAMED_YEAR.sub(" ", whole)
    topic = (_topic(quoted[0]) if quoted else None) or _topic(_behind_on(text)) or _topic(text)
    years = set(_years(exam, coverage))
    if topic and _BARE_YEAR.fullmatch(topic) and not _behind_on(text):
        # The paper of 1921: no such examination was held, which only the collection's years can tell.
        years, topic = years | {int(topic)}, None
    return Filters(
        years=tuple(sorted(years)),
        papers=papers(whole),
        subject=_subject(topic or text, coverage),
        topic=topic,
        count=_count(_PAPER_WORDS.sub(" ; ", text)),
    )


def excluded(question: str, coverage: Coverage = NOTHING_KNOWN) -> tuple[Filters, ...]:
    """What a standalone question does not want, each by itself; empty filters stand for what was not understood.

    A year or paper beside an excluded topic is of the question and not of the exclusion: "other than writs in 2022".
    """
    kept, things = _divided(_plain(as_on.without(question)), coverage)
    found = [
        Filters(subject=_subject(topic, coverage), topic=topic)
        if (topic := _topic(thing))
        else Filters(years=tuple(_years(thing, coverage)), papers=papers(thing))
        for thing in things
    ]
    return (*found, *([Filters()] if exclusions.unread(kept) else []))


def _plain(question: str) -> str:
    return " ".join(question.translate(_DIGITS).split())


def _divided(plain: str, coverage: Coverage) -> tuple[str, list[str]]:
    """A question outside its quotes without what it excludes, and that, thing by thing."""
    kept, found = exclusions.split(corrected(asking.QUOTED.sub(" ; ", plain)))
    things: list[str] = []
    for excluded in found:
        head, on, topic = excluded.partition(" on " if " on " in excluded else " about ")
        if on and _topic(head) is None and (papers(head) or _ONE_YEAR.search(head)):
            # "Not from GS2 on farming" is on farming.
            kept = f"{kept} ; {on}{topic}"
            things += _things(head, coverage)
        else:
            things += _things(excluded, coverage)
    return kept, things


def _things(text: str, coverage: Coverage) -> Iterator[str]:
    """Each of several things; a range of years and a subject with an "and" in it are one."""
    rest = _RANGE.sub(lambda years: years[0] if _are_two(text, years) else f"{years['first']}-{years['last']}", text)
    for subject in filter(_EITHER.search, coverage.subjects):
        without = re.sub(re.escape(subject), " ", rest, flags=re.IGNORECASE)
        if without != rest:
            yield subject
            rest = without
    yield from filter(_TOKEN.search, _EITHER.split(rest))


def checked(named: Filters, question: str) -> Filters:
    """A model's filters without what the question does not say; what it left out is read by rule."""
    ruled = read(question)
    asked = set(terms(question))
    count = named.count if named.count == ruled.count else ruled.count
    return Filters(
        years=tuple(year for year in named.years if year in ruled.years) or ruled.years,
        papers=tuple(paper for paper in named.papers if paper in ruled.papers) or ruled.papers,
        subject=named.subject if named.subject and set(terms(named.subject)) <= asked else None,
        topic=named.topic if named.topic and set(terms(named.topic)) <= asked else ruled.topic,
        count=count,
    )


def papers(text: str) -> tuple[str, ...]:
    """The papers a text names, in the order of the examination."""
    found = {key.removeprefix("paper:") for key in fact_keys(text) if key.startswith("paper:")}
    found |= {paper for pattern, paper in _PAPER_TALK if pattern.search(text)}
    return tuple(paper for paper in PAPERS if paper in found)


def _years(text: str, coverage: Coverage) -> Iterator[int]:
    rest = text
    for found in _RANGE.finditer(text):
        if _are_two(text, found):
            continue
        first = int(found["first"])
        last = int(found["last"]) if len(found["last"]) == 4 else first // 100 * 100 + int(found["last"])
        if first <= last:
            yield from _examined(first, last)
            rest = rest.replace(found[0], " ")
    for found in _OPEN_RANGE.finditer(rest):
        if found["since"] and found["since"].casefold() == "from" and not found["onwards"]:
            continue
        yield from _open(found, coverage)
        rest = rest.replace(found[0], " ")
    yield from (int(year) for year in _ONE_YEAR.findall(rest) if int(year) >= FIRST_YEAR)
    yield from _relative(rest, coverage)


def _are_two(text: str, found: re.Match[str]) -> bool:
    """ "2019 and 2021" are two years, "between 2019 and 2021" is a range."""
    return bool(_JOINED_BY_AND.search(found[0])) and not _OPENS_RANGE.search(text[: found.start()])


def _open(found: re.Match[str], coverage: Coverage) -> Iterator[int]:
    """An end that lies outside the collection is a year asked for too: "since 2040" must not mean all years."""
    year = int(found["year"])
    if (found["since"] or found["after"]) and coverage.newest:
        first = year + bool(found["after"])
        yield from _examined(first, max(first, coverage.newest))
    elif (found["before"] or found["until"]) and coverage.oldest:
        last = year - bool(found["before"])
        yield from _examined(min(last, coverage.oldest), last)


def _relative(text: str, coverage: Coverage) -> Iterator[int]:
    if coverage.newest is None:
        return
    if found := _LAST_YEARS.search(text):
        # "Previous years' questions" counts nothing: all years are meant.
        if found["number"]:
            yield from _examined(coverage.newest - _value(found["number"]) + 1, coverage.newest)
    elif _LATEST_PAPER.search(text):
        yield coverage.newest


def _examined(first: int, last: int) -> range:
    return range(max(first, FIRST_YEAR), min(last, LAST_YEAR) + 1)


def _value(number: str) -> int:
    word = number.casefold()
    return int(word) if word.isdigit() else _WORD_NUMBERS.get(word) or from_words(word) or 1


def _count(text: str) -> int | None:
    found = _COUNT_AFTER_VERB.search(text) or _COUNT_BEFORE_NOUN.search(text)
    number = _value(found["number"]) if found else 0
    return number if 1 <= number <= MOST_ASKED_FOR else None


def _subject(text: str, coverage: Coverage) -> str | None:
    """The collection's own subject that the topic is: all its words, and hardly any other."""
    asked = set(terms(text))
    fitting = [
        (len(words), subject) for subject in coverage.subjects if (words := set(terms(subject))) and words <= asked
    ]
    most, subject = max(fitting, default=(0, None))
    return subject if most * 2 > len(asked) else None


def subjects(topic: str, coverage: Coverage) -> tuple[str, ...]:
    """All of the collection's own subjects that a topic names, the longer one where two share words."""
    asked = set(terms(topic))
    found: list[str] = []
    for subject in sorted(coverage.subjects, key=lambda name: -len(terms(name))):
        words = set(terms(subject))
        if words and words <= asked:
            found.append(subject)
            asked -= words
    return tuple(sorted(found))


def _behind_on(text: str) -> str:
    found = _ON.search(text)
    return found["topic"] if found else ""


def _topic(text: str) -> str | None:
    """What is left of a question when examination, years, papers and asking are taken away."""
    exam_years = {year for year in _ONE_YEAR.findall(_NAMED_YEAR.sub(" ", text)) if int(year) >= FIRST_YEAR}
    text = _RANGE.sub(lambda found: " ; " if found["first"] in exam_years else found[0], text)
    for pattern in (_COUNT_AFTER_VERB, _LAST_YEARS, _LENGTH, _PAPER_WORDS):
        text = pattern.sub(" ; ", text)
    text = _ONE_YEAR.sub(lambda found: " ; " if found[0] in exam_years else found[0], text)
    kept: list[str] = []
    waiting: list[str] = []
    for said in re.findall(rf"{_TOKEN.pattern}|;", text):
        word = said.casefold().removesuffix("'s").removesuffix("’s")
        if said == ";" or word in _SCAFFOLD or len(word) == 1:
            waiting = []
        elif word in _FUNCTION:
            waiting += [said] if kept else []
        else:
            kept += [*waiting, said]
            waiting = []
    return " ".join(kept)[:TOPIC_CHARACTERS] or None
