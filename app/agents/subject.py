"""What a question is about, and the items of an answer that a follow-up can point at."""

import re
from importlib.resources import files

from app.agents.terms import terms

SUBJECT_CHARACTERS = 160
ITEM_WORDS = 14


def _aspects() -> frozenset[str]:
    lines = files("app.agents").joinpath("aspects.txt").read_text("utf-8").splitlines()
    words = " ".join(line for line in lines if not line.startswith("#")).split()
    return frozenset(stem for word in words for stem in (*terms(word), word))


# Nouns and verbs that say which side of a thing is asked for, never which thing. A question made of these alone leans.
ASPECTS = _aspects()

_ASKING = re.compile(
    r"^\s*(?:please|compare|contrast|distinguish|differentiate|analy[sz]e|evaluate|what|who|whom|"
    r"which|when|where|why|how|is|are|was|were|did|do|does|can|could|has|have|will|would|should|"
    r"explain|"
    r"describe|discuss|define|examine|elaborate on|comment on|tell|"
    r"give|list|name|mention|write|state|outline|prepare|draft|show|"
    r"find|"
    r"briefly|critically|about|the|an?|of|in|on|for|to|much|many|me|"
    r"us|you|know|and|also|but|so|then|ok|okay|now|meant by|"
    r"meaning of|i want|need|mean|all|some)\b[\s,:]*",
    re.IGNORECASE,
)
_SECOND_CLAUSE = re.compile(
    r"(?:,|;|\band\b|\bbut\b)\s+(?:and\s+)?(?:what|who|whom|how|why|when|where|which|is|are|was|were|"
    r"do|does|did|can|give|"
    r"explain|discuss|list)\b.*|[?.!]\s+\S.*",
    re.IGNORECASE | re.DOTALL,
)
FORM = re.compile(
    r"[\s,]*\b(?:in|within|of|under|around|about)?\s*(?:about|around|under|nearly)?\s*\d{2,4}[\s-]*words?\b|"
    r"[\s,]*\b(?:in (?:brief|short|detail|points|hindi|english|simple (?:words|terms|language))|"
    r"briefly|please|pls|as a table|"
    r"(?:for|in) (?:the )?upsc(?: exam)?)\s*(?=$|[?.!,])",
    re.IGNORECASE,
)
_VERB_AFTER_WHO = re.compile(
    r"^\W*(?:who|whom|which (?:person|leader|king|ruler|viceroy|thinker|scientist))\s+(?!is\b|was\b|"
    r"are\b|were\b|can\b|has\b)"
    r"(?:first |originally )?\w+(?:\s(?:over|up|out|for|to))?\s+",
    re.IGNORECASE,
)
_VERB_AFTER_WHAT = re.compile(
    r"^\W*what\s+(?!is\b|was\b|has\b|does\b|causes\b)\w{3,}s\s+(?=the\b|an?\b|[A-Z])", re.IGNORECASE
)
_WHICH_NOUN = re.compile(
    r"^\W*(?:which|what)\s+(?:\w+\s+){0,2}?(?:article|amendment|schedule|section|act|part|case|"
    r"judg\w+|commission|committee|"
    r"movement|law|body|"
    r"year)\s+(?:of (?:the )?(?:indian )?constitution\s+)?(?:(?:deals?|dealt) with|"
    r"provides? for|\w+ed|\w+s|is|was|did|made)\s+(?:about\s+)?",
    re.IGNORECASE,
)
_ASKED_BY_VERB = re.compile(
    r"^\W*(?:(?:what (?=do|does|did))|when|how|why|where|since when)\s*(?:is|are|was|were|did|does|do|has|have|can)\s",
    re.IGNORECASE,
)
_VERB_AT_END = re.compile(
    r"\s+(?:first\s+|finally\s+)?(?:\w{2,}ed|\w{2,}en|withdrawn|known|drawn|begun|begin|began|end|"
    r"start|work|happen|occur|arise|"
    r"fail|form|matter|led|held|made|built|won|lost|fought|born|set up|"
    r"take place|function|come about|important|significant|necessary|"
    r"unique|different|called)\s*$",
    re.IGNORECASE,
)
_LISTED = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*•])\s+(?P<item>\S.*)$", re.MULTILINE)
_NUMBERED = re.compile(r"(?:^|\s)\(?\d{1,2}[.)]\s+(?P<item>[^\n]{2,300}?)(?=\s\(?\d{1,2}[.)]\s|$|\n)")
_LETTERED = re.compile(r"\((?:[a-h]|i{1,3}|iv|v|vi)\)\s*(?P<item>[^;(\n]{2,200})")
_COMMAS = re.compile(r"(?P<items>[^:.\n,]{2,60}(?:,\s[^:.\n,]{2,60}){1,9})")
_RUN_ON = re.compile(
    r"(?::|"
    r"\b(?:are|were|include[sd]?|including|namely|between|of|as|has|have|had|by|on|with|gives?|names?|"
    r"lists?))\s+(?P<items>[^:.\n]{3,400}?(?:,|\band\b)[^:.\n]{2,200})"
)
_SPLIT = re.compile(r"\s*(?:;|,(?!\d)|\s(?:and|or|&)\s)\s*(?:and\s|or\s)?")
_CITED = re.compile(r"\s*\[\d{1,2}\]|[*_`#>|]|\]\([^)]{0,200}\)|https?://\S{1,200}")
_SENTENCE = re.compile(r"[^.!?\n]{12,400}[.!?]?")
_PAIR = re.compile(
    (
        r"(?:\b(?:difference|distinguish|relation(?:ship)?|compare|contrast)\b\s*(?:between\s)?|"
        r"\bbetween\s)(?P<both>.{3,160})"
    ),
    re.IGNORECASE,
)
_ESSAY = re.compile(r"(?:the |an? )?(?:\w+ )?essay\b", re.IGNORECASE)
_PAST_PAPERS = re.compile(r"\b(?:questions?|pyqs?|mcqs?|asked|topics)\b", re.IGNORECASE)
_JOINS = re.compile(r"\s+(?:and|vs\.?|versus|with|from|or)\s+", re.IGNORECASE)


# Adjectives, adverbs and participles say how, not what.
_MANNER = re.compile(r"^[a-z-]{3,}(?:ed|ly|ous|able|ible|ful|less)$", re.IGNORECASE)


def topics(text: str) -> list[str]:
    """The terms of a text that say which thing it is about: all but sides, verbs and manner."""
    words = (word.removesuffix("'s") for word in re.findall(r"[\w\u0900-\u097f]+(?:['’]s)?", text.casefold()))
    kept = " ".join(word for word in words if word not in ASPECTS and not _MANNER.match(word))
    return [term for term in terms(kept) if term not in ASPECTS and not term.isdigit()]


def subject(question: str, *, whole: bool = False) -> str:
    """What a question is about, with its article; `whole` keeps the side asked for ("the causes of inflation")."""
    rest = _SECOND_CLAUSE.sub("", question.strip())
    rest = FORM.sub("", rest).strip().rstrip("?!. ")
    verbal = _ASKED_BY_VERB.search(rest)
    rest = _WHICH_NOUN.sub("", _VERB_AFTER_WHAT.sub("", _VERB_AFTER_WHO.sub("", rest)))
    rest = _stripped(rest)
    if verbal:
        rest = _VERB_AT_END.sub("", rest) or rest
    # What was asked in past papers is not about its topic alone.
    if not whole and not _PAST_PAPERS.search(rest):
        rest = _core(rest)
    return rest[:SUBJECT_CHARACTERS].strip(" ,;:")


def last_thing(question: str) -> tuple[int, int] | None:
    """Where the last thing stands that a question names, as start and end: the run of topic words nearest its end."""
    words = [(match.start(), match.end()) for match in re.finditer(r"[\w\u0900-\u097f'’-]+", question)]
    last = next((i for i in reversed(range(len(words))) if topics(question[slice(*words[i])])), None)
    if last is None:
        return None
    first = last
    while (
        first > 0
        and topics(question[slice(*words[first - 1])])
        and question[words[first - 1][1] : words[first][0]].isspace()
    ):
        first -= 1
    return words[first][0], words[last][1]


def items(answer: str) -> list[str]:
    """The items an answer lists, shortened: of its list, else of an enumeration in a sentence, else its sentences."""
    for pattern in (_LISTED, _NUMBERED, _LETTERED):
        listed = [_shortened(match["item"]) for match in pattern.finditer(answer)]
        if len(listed) > 1:
            return listed
    plain = _CITED.sub("", answer)
    for run in (*_RUN_ON.finditer(plain), *_COMMAS.finditer(plain)):
        parts = [_shortened(part) for part in _SPLIT.split(run["items"]) if part and part.strip()]
        if len(parts) > 1 and all(len(part.split()) <= 8 for part in parts):
            return parts
    return [_shortened(sentence) for sentence in _SENTENCE.findall(_CITED.sub("", answer))]


def pair(question: str) -> tuple[str, str] | None:
    """The two things a question compares or joins."""
    found = _PAIR.search(question)
    both = found["both"] if found else subject(question, whole=True)
    parts = _JOINS.split(both.strip(" ?.!"), maxsplit=1)
    if len(parts) == 2 and all(1 <= len(part.split()) <= 6 for part in parts):
        return parts[0].strip(), FORM.sub("", parts[1]).strip()
    return None


def _stripped(text: str) -> str:
    """Without the words of asking; the last article before the thing is kept."""
    article = ""
    while found := _ASKING.match(text):
        rest = text[found.end() :]
        if not rest.strip():
            break
        article = found[0].strip().casefold() if found[0].strip().casefold() in ("the", "a", "an") else ""
        text = rest
    return f"{article} {text}".strip()


def _core(text: str) -> str:
    """Without leading sides: "the causes and effects of inflation" is about inflation."""
    for _ in range(3):
        found = re.match(r"(?:[\w'-]+\s+){1,5}?(?:of|for|to|behind|on|against|about)\s+(?=\S)", text)
        if not found or topics(found[0]) or _ESSAY.match(text):
            break
        text = text[found.end() :]
    return text


def _shortened(text: str) -> str:
    return " ".join(_CITED.sub("", text).split()[:ITEM_WORDS]).strip(" .,;:-")
