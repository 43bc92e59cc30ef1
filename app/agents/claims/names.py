"""Names of persons, bodies, acts and places, and the words for offices, which count as names in lower case too."""

import re
from collections.abc import Iterator, Sequence

from app.agents.claims.fact import Fact
from app.agents.claims.words import FUNCTION, Word

_ROLES_TEXT = """
president vice-president governor governors speaker chairman chairperson minister ministers premier justice
judge judges parliament legislature legislatures cabinet commission commissioner commissioners viceroy king
queen emperor secretary court courts tribunal tribunals collector mayor sarpanch panchayat panchayats
municipality municipalities assembly assemblies ombudsman lokpal lokayukta ambassador sultan nawab peshwa
diwan ruler monarch maharaja nizam raja citizen citizens advocate attorney auditor comptroller treasury
ministry magistrate police army navy bench company corporation union state states committee senate"""
ROLES = frozenset(_ROLES_TEXT.split())
_OPENERS_TEXT = """
under after before since during although though while when where once unless until despite because according
besides unlike like among between within without beyond through from into upon against towards as by for with
about over together however moreover furthermore further also thus hence therefore consequently additionally
overall today later earlier initially finally first firstly second secondly third thirdly similarly likewise
instead meanwhile nevertheless only even both either neither not never no none nothing every each all some
many most few several any another other others such what who whom whose how why this that these those there
here it they he she we you article articles part section clause schedule key way example examples note thanks
currently originally historically traditionally unless notwithstanding provided subject save nearly almost
about around more less much two three four five six seven eight nine ten one roughly because"""
_OPENERS = frozenset(_OPENERS_TEXT.split()) | FUNCTION
# What a capitalised word at the beginning looks like when it is an ordinary one.
_ORDINARY_END = re.compile(
    r"(?:ing|ed|ion|ions|ment|ments|ity|ities|ness|ly|ance|ence|ers|ors|ism|ists|ants|ents|als|ages|ics|ures|ies|ship|s)$"
)
_VERBS_TEXT = """
is was were has had did does will would shall may can could must became began led wrote gave took held made
won lost said saw set put left built founded fought went came ran rose fell grew got lay lies rests forms
plays serves"""
_VERBS = frozenset(_VERBS_TEXT.split())
_VERB_END = re.compile(r"(?:ed|[^s]s)$")
_PROVISION_WORDS = frozenset(
    [
        "anyone",
        "everyone",
        "someone",
        "nobody",
        "rs",
        "mw",
        "gw",
        "km",
        "kg",
        "cm",
        "mm",
        "no",
        "nos",
        "article",
        "articles",
        "section",
        "sections",
        "part",
        "parts",
        "schedule",
        "schedules",
        "clause",
        "clauses",
        "amendment",
        "amendments",
        "act",
        "acts",
        "bill",
        "bills",
        "chapter",
        "entry",
        "rule",
        "rules",
        "mr",
        "mrs",
        "shri",
        "dr",
        "sir",
        "lord",
        "lady",
        "smt",
        "prof",
        "st",
    ]
)

_WORDINGS = (
    (r"\bhouses?\s+of\s+the\s+people\b|\blower\s+house\s+of\s+parliament\b", "Lok Sabha"),
    (r"\bcouncil\s+of\s+states\b|\bupper\s+house\s+of\s+parliament\b", "Rajya Sabha"),
    (r"\bvidhan\s+sabhas?\b", "Legislative Assembly"),
    (r"\bvidhan\s+parishads?\b", "Legislative Council"),
    (
        r"\b(?:central|union)\s+government\b|\b(?:the\s+)centre\b|\bgovernment\s+of\s+india\b(?!\s+act)",
        "Union Government",
    ),
    (r"\breserve\s+bank(?:\s+of\s+india)?\b", "RBI"),
    (r"\bcomptroller\s+and\s+auditor[\s-]+general(?:\s+of\s+india)?\b", "CAG"),
    (r"\b(?:apex|top)\s+court\b", "Supreme Court"),
    (r"\bper\s?cent\b|\bpercent\b", "%"),
    (r"\bprime\s+minister\b", "Prime Minister"),
    (r"\bchief\s+minister(s?)\b", r"Chief Minister\1"),
    (r"\bheads?\s+of\s+(?:the\s+)?state\s+government\b", "Chief Minister"),
    (r"\bcouncil\s+of\s+ministers\b", "Council of Ministers"),
    (r"\bunited\s+kingdom\b|\bgreat\s+britain\b|\bU\.?K\b", "Britain"),
    (r"\btwothirds\b", "two-thirds"),
    (r"\b(?:not|no)\s+(?:less|fewer|lower)\s+than\b|\bat\s+least\b", "atleast"),
    (r"\b(?:not|no)\s+(?:more|greater|larger|higher)\s+than\b|\bnot\s+exceed(?:ing)?\b|\bat\s+most\b", "atmost"),
    (r"\bhalf\s+a\s+year\b|\bhalf-year\b", "six months"),
    (r"\ba\s+fortnight\b", "fourteen days"),
    (r"\bgross\s+domestic\s+product\b", "GDP"),
    (r"\bMPs\b", "members of Parliament"),
    (r"\bMLAs\b", "members of Legislative Assembly"),
    (r"\bgoods\s+and\s+services\s+tax\b", "GST"),
    (r"\bdirective\s+principles(?:\s+of\s+state\s+policy)?\b", "DPSP"),
    (r"\bcitizens’", "citizens'"),
)
_REPLACED = tuple((re.compile(pattern, re.IGNORECASE), wording) for pattern, wording in _WORDINGS)


def one_wording(text: str) -> str:
    """The text with what has two common names under one of them."""
    for pattern, wording in _REPLACED:
        text = pattern.sub(wording, text)
    return text


def names(found: Sequence[Word], covered: set[int]) -> Iterator[Fact]:
    """Runs of capitalised words and single words for offices; the first word of a sentence only where it may be one."""
    i = 0
    while i < len(found):
        if i in covered or not _begins(found, i):
            i += 1
            continue
        end = i + 1
        while end < len(found) and end not in covered and _capital(found[end]) and found[end].low not in FUNCTION:
            end += 1
        run = [word for word in found[i:end] if word.low not in _PROVISION_WORDS and len(word.low) > 1]
        if run:
            value = " ".join(_singular(word.low) for word in run)
            yield Fact("name", value, i, end, " ".join(word.text for word in found[i:end]))
        i = end


def is_opening(found: Sequence[Word], at: int) -> bool:
    """Whether the word begins a sentence, where any word has a capital; after an initial ("K. Kelappan") none does."""
    if at == 0 or found[at - 1].low not in (".", ":"):
        return at == 0
    return not (at > 1 and len(found[at - 2].text) == 1 and found[at - 2].text.isupper())


def ordinary(word: Word) -> bool:
    """Whether a capitalised word that begins a sentence looks like an ordinary word."""
    return word.low in _OPENERS or _ORDINARY_END.search(word.low) is not None


def _begins(found: Sequence[Word], at: int) -> bool:
    word = found[at]
    if word.low in ROLES:
        return True
    if not _capital(word):
        return False
    if not is_opening(found, at):
        return word.low not in FUNCTION
    if word.low in _OPENERS or at + 1 >= len(found):
        return False
    after = found[at + 1]
    if _capital(after):
        return after.low not in FUNCTION
    return not ordinary(word) and (after.low in _VERBS or _VERB_END.search(after.low) is not None or after.text in ",(")


def _capital(word: Word) -> bool:
    return word.text[0].isupper()


def _singular(low: str) -> str:
    low = low.removesuffix("'s").removesuffix("'")
    if low.endswith("ies") and len(low) > 5:
        return low[:-3] + "y"
    if len(low) > 4 and low.endswith("s") and not low.endswith(("ss", "us", "is", "as")):
        return low[:-1]
    return low
