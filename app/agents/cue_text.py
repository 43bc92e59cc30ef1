"""A question as the cues read it: one spelling for the words that matter, marks in place of what only looks alike."""

import re
from functools import lru_cache
from importlib.resources import files

# Cues stand at a question's beginning or end; what lies between in a very long one is its topic.
HEAD_CHARACTERS, TAIL_CHARACTERS = 800, 200
# Years from which the collection of past papers and the news can come; older ones are history.
FIRST_EXAM_YEAR = 2000
# How far back an event of a named year still counts as news.
NEWS_YEARS = 3

_DIGITS = str.maketrans("०१२३४५६७८९‘’“”‐‑‒–—", "0123456789''\"\"-----")
_QUOTED = re.compile(r"\"[^\"]{6,200}\"|(?<![\w'])'[^'\n]{12,200}'(?!\w)")
_PROVISION = re.compile(
    r"\b(?:articles?|arts?\.?|sections?|schedules?|amendments?|clauses?) ?\d{1,3}[a-z]{0,2}\b|"
    r"\b\d{1,3}(?:st|nd|rd|th) (?:constitutional )?"
    r"(?:amendment|schedule)\b|\bart\.? \d|अनुच्छेद"
)
# What an aspirant studies for says nothing about what is asked.
_PURPOSE = re.compile(
    r"\b(?:for|in|from) (?:my |the |your |our )?(?:upsc|ias|civil services?|cse|prelims?|mains|"
    r"gs ?[1-4]?|exam|interview)(?: (?:and|&|or) (?:prelims?|mains|upsc))?"
    r"(?: ?(?:20\d\d))?(?: (?:exam(?:ination)?s?|preparation|prep|aspirants?|students?|purpose|notes|"
    r"answer writing|perspective|"
    r"point of view))+\b|"
    r"\b(?:important |"
    r"useful |"
    r"relevant )?for (?:the )?(?:upsc|"
    r"ias|"
    r"civil services?|"
    r"cse|"
    r"prelims?|"
    r"mains|"
    r"gs ?[1-4])(?: (?:and|&|or) (?:prelims?|mains))?(?=\W*$|"
    r"\W*[,:;?.])"
    r"|"
    r"\b(?:before|for|till|until) (?:my|the|our) (?:upsc |ias )?(?:exams?|prelims?|mains|"
    r"interview)(?!\W+(?:20\d\d|paper|question))|"
    r"\b(?:my|the|our) (?:exam|prelims?|mains|interview)s? (?:is|are|was) (?:next|in|on|tomorrow|"
    r"coming|near\w*|just|only|after)\b"
    r"|\bupsc (?:notes|aspirants?|preparation)\b|\bupsc level\b"
)
_EXAM = re.compile(
    r"\b(?:gs|general studies)[ -]?(?:papers?[ -]?)?(?:[1-4]|iv|i{1,3})\b|"
    r"\b(?:gs|general studies) papers?\b|\b(?:mains|prelims?) paper ?\d?\b|"
    r"\bpaper [1-4]\b|\b(?:prelims?|preliminary|pre|mains|csat|upsc|cse|ias)\b"
    r"|\b(?:ethics|essay) papers?\b|\b(?:prelims?|mains?) (?:exam|examination|question|paper)|"
    r"\bcivil services? (?:\w+ )?exam(?:ination)?\b"
    r"|\bexam(?:ination)?s?\b|प्रारंभिक परीक्षा|मुख्य परीक्षा|परीक्षा|यूपीएससी|सीसैट|सामान्य अध्ययन"
)
_YEAR = re.compile(r"(?<![\d.])(?:1[5-9]|20)\d\d(?:[-/](?:20)?\d\d)?s?\b(?! ?(?:words?|marks|km|crore))")
_NAMED_YEAR = re.compile(
    r"\b(?:acts?|bills?|codes?|rules?|amendments?|judge?ments?|cases?|summits?|census|protocols?|"
    r"agreements?|conventions?|plan|scheme|policy|"
    r"polic(?:y|ies)|accord|treaty|mission)\b[ ,(]{0,3}(?:of |in )?(?:19|20)\d\d\b|"
    r"\b(?:19|20)\d\d (?:act|bill|census|judg\w+|amendment|agreement|summit)\b"
)
_SENTENCES = re.compile(r"(?<=[.!?;])\s+|,\s+(?=(?:so|but|now|can|could|please|kindly|tell|explain)\b)")
_BACKGROUND = re.compile(
    r"^\W*(?:(?:hi|hello|hey|sir|ma'?am|dear|ok|so|and|but|since|as|while|because|when)\W+){0,3}(?:i|"
    r"i'm|i've|my|we|our|yesterday|today)\b.{0,120}\b(?:preparing|"
    r"prepare|reading|read|studying|studied|confused|confusing|saw|"
    r"heard|watched|watching|coaching|teacher|friend|friends|revising|"
    r"revised|mock|class|"
    r"lecture|started|struggling|stuck|understand|know|learnt|learned|"
    r"came across|told|says?|said|going through|attempting|beginner)\b"
)
# Texting: short forms that would hide that something is asked.
_LINES = files("app.agents").joinpath("texting.txt").read_text("utf-8").splitlines()
_TEXTED = dict(line.split(" = ") for line in _LINES if not line.startswith("#"))
_TOKEN = re.compile(r"(?<![\w/])[a-z/]{1,11}(?![\w/])")
# What the student says is not wanted.
_DENIED = re.compile(
    r"\b(?:not|no|don'?t (?:want|need|give|write|list|show)|do not (?:want|need|give|write|list|show)|"
    r"without|rather than|instead of|forget|skip|leave(?: out)?|minus|"
    r"other than|nothing to do with)(?: me)?(?: \w+){0,3}? (?:essays?|"
    r"pyqs?|(?:previous|past) years? (?:questions?|papers?)|past papers?|"
    r"questions|news|headlines|current affairs|latest\w*|"
    r"recent \w+|outlines?)\b"
)
_WORD = re.compile(r"[^\W\d_]{4,20}")
_INTERROGATIVE = re.compile(
    r"\b(?:what|who|whom|whose|which|when|where|why|how|define|explain|describe|discuss|list|name|"
    r"write|give|tell|show|compare|"
    r"mention|state the|examine|analyse|analyze|evaluate|comment|trace|"
    r"enumerate|distinguish|differentiate|elaborate|latest|recent|"
    r"yyyy|kya|kaise|kab|kyun|kyon|kaun|kisne|batao|vs|versus|difference|"
    r"notes?|meaning|types?|news|exam|essays?|please|pls|"
    r"introduce|introduction|conclusion|outline|prepare|plan|make|need|want|help|find|solve|status|update)\b"
)
_ASKING = re.compile(
    r"\b(?:what|who|when|where|why|how|explain|discuss|define|essays?|latest|news|budget|elections?|"
    r"census|summit|crisis|composition|features|provisions|powers|functions|types|causes|effects|"
    r"committees?|steps|"
    r"members|differences|definition|origins?|history|criteria|rules|schedule)\b"
)
_OPENING_AUXILIARY = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|can|could|has|have|had|will|would|should|may|might|must|any|i)\b"
)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|cannot|can't|does|do|doesn't|don't|will|must|should|"
    r"makes?|brings?|comes?|lies?|"
    r"begins?|needs?|knows?|finds?|leads?|creates?|becomes?|remains?|wins?|shows?|gives?|takes?|breeds?|teaches|lives?|"
    r"speaks?|corrupts|matters?|alone|never|nothing|not all|no one|better than|mightier)\b"
)
_TECHNICAL = re.compile(r"\d|\bprovision\b|\b(?:court|act|rbi|india'?s|president|governor|parliament|gst)\b")

_SPELT = """
essay essays question questions previous prelims preliminary latest recent recently current currently affairs
introduction conclusion outline syllabus examination editorial headlines definition difference meaning explain
quotation quotations anecdotes dimensions mains amendment article"""
_KNOWN = frozenset(_SPELT.split())
_REAL_TEXT = """
precious pervious currents currant affair recess resent recant decent easy essayist lasted latent later articles
amendments introductions conclusions outlines previously quotations anecdote dimension questioned questioning
explains explained exclaim meanings meanwhile meaning leaning differences definitions main mainly gains quotient"""
_REAL_WORDS = frozenset(_REAL_TEXT.split())


def prepared(question: str, this_year: int) -> str:
    """The text that cue patterns are written for; at most about 1,100 characters long."""
    text = " ".join(question.translate(_DIGITS).casefold().split())
    if len(text) > HEAD_CHARACTERS + TAIL_CHARACTERS:
        text = f"{text[:HEAD_CHARACTERS]} {text[-TAIL_CHARACTERS:]}"
    text = _TOKEN.sub(lambda found: _TEXTED.get(found[0], found[0]), text)
    text = _DENIED.sub(" ", _asked(text))
    text = _WORD.sub(lambda found: _spelt(found[0]), text)
    saying = _says(text)
    text = _QUOTED.sub(" quoted ", text)
    text = _PURPOSE.sub(" ", text)
    text = _PROVISION.sub(" provision ", text)
    text = _NAMED_YEAR.sub(lambda found: _YEAR.sub(lambda year: _age(year, this_year, named=True), found[0]), text)
    text = _YEAR.sub(lambda found: _age(found, this_year, named=False), text)
    # The name stays beside the mark: "essay paper" is both.
    text = _EXAM.sub(lambda found: f"{found[0]} exam " if "paper" in found[0] or "exam" in found[0] else " exam ", text)
    shape = "shape-saying" if saying else "shape-bare" if _is_bare(text) else "shape-title" if _is_title(text) else ""
    return " ".join(f"{text} {shape}".split())


def corrected(text: str) -> str:
    """A text with the words right that cues and papers are recognised by, where they are a slip away."""
    return _WORD.sub(lambda found: _spelt(found[0].casefold()) if found[0].islower() else found[0], text)


def _asked(text: str) -> str:
    """Without the sentences that only tell how the student came to ask, when others are left that ask."""
    parts = [part for part in _SENTENCES.split(text) if part]
    kept = [part for part in parts if not _BACKGROUND.search(part) or part.rstrip().endswith("?")]
    return " ".join(kept) if kept and len(kept) < len(parts) and _INTERROGATIVE.search(" ".join(kept)) else text


def _age(found: re.Match[str], this_year: int, *, named: bool) -> str:
    year = int(found[0][:4])
    late = " lateyear " if this_year - NEWS_YEARS <= year <= this_year else " "
    if year < FIRST_EXAM_YEAR:
        return f"{found[0]} oldyear "
    return late if named or year > this_year else f" yyyy{late}"


def _says(text: str) -> bool:
    """Whether a text is a saying: a whole sentence that asks for nothing and names no year, provision or paper."""
    bare = text.strip(" \"'.")
    words = bare.split()
    if not 3 <= len(words) <= 25 or text.rstrip(" \"'").endswith("?"):
        return False
    if _INTERROGATIVE.search(bare) or _OPENING_AUXILIARY.search(bare) or _TECHNICAL.search(bare) or _EXAM.search(bare):
        return False
    return _FINITE.search(bare) is not None


def _is_bare(text: str) -> bool:
    """Whether a text is no more than a topic and an examination year."""
    words = text.replace("yyyy", "").replace("lateyear", "").split()
    return "yyyy" in text and len(words) <= 6 and not (_ASKING.search(text) or _FINITE.search(text))


def _is_title(text: str) -> bool:
    """Whether a text is a heading in two halves that asks for nothing: "social media: a threat to democracy"."""
    first, colon, second = text.partition(": ") if ": " in text else text.partition(" - ")
    asks = _INTERROGATIVE.search(text) or _ASKING.search(text) or _TECHNICAL.search(text) or "exam" in text
    return bool(colon) and not asks and len(first.split()) >= 1 and 2 <= len(second.split()) <= 12


@lru_cache(maxsize=4096)
def _spelt(word: str) -> str:
    """A cue word that is one slip away (two in a long one), else the word."""
    if word in _KNOWN or word in _REAL_WORDS or not word.isascii():
        return word
    for known in _KNOWN:
        if known[0] == word[0] and _near(word, known, 2 if len(known) >= 8 else 1):
            return known
    return word


def _near(word: str, known: str, slips: int) -> bool:
    if abs(len(word) - len(known)) > slips:
        return False
    before, row = [0] * (len(known) + 1), list(range(len(known) + 1))
    for i, letter in enumerate(word, 1):
        older, before = before, row
        row = [i]
        for j, other in enumerate(known, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == known[j - 2] and word[i - 2] == other:
                best = min(best, older[j - 2] + 1)
            row.append(best)
    return row[-1] <= slips
