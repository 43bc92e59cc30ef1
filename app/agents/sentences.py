"""Cuts text into whole sentences while it arrives. Byte-exact: the pieces join to what was fed in.

A piece carries its citations and the white space that follows it. Where a sentence ends is decided only from text that
no later text can change the meaning of, so the pieces are the same however the text was chopped on its way here.
"""

import re

# A full stop after one of these does not end a sentence.
_ABBREVIATIONS_TEXT = """
art arts cl sec secs ss sch ch vol para paras pp ed eds cf viz vs v e.g i.e al approx ca fig figs
dr mr mrs ms shri smt st prof hon gen col lt maj capt adv rev rs govt ltd pvt dept univ
jan feb mar apr jun jul aug sept sep oct nov dec"""
_ABBREVIATIONS = frozenset(_ABBREVIATIONS_TEXT.split())
# These end one unless what they count follows: "No. 5", but "The answer is no."
_BEFORE_NUMBERS = frozenset({"no", "nos", "reg"})

_MARK = re.compile(r"[.!?…]+|[।॥]|\n")
_CLOSE = re.compile(r"[*_\"'”’)\]»]*")
_SPACE = re.compile(r"\s*")
_BLANKS = re.compile(r"[^\S\n]*")
_CITATION = re.compile(r"\[\d{1,3}\][.!?]*")
_CITATION_BEGUN = re.compile(r"\[\d{0,3}\Z|\[\d{1,3}\][.!?]*\Z")
_CITED_BEFORE = re.compile(r"\[\d{1,3}\]\Z")
_WORD_BEFORE = re.compile(r"(?:[^\W_]|\.)*\Z")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
# The number of a title: "Article 110. Money Bills" at the beginning of a line.
_TITLE_NUMBER = re.compile(
    r"[ \t]*(?:[-*+#>]{1,6}[ \t]*)?(?:\*\*)?(?:article|section|schedule|part|chapter|rule|clause|entry|amendment)[ \t]+"
    r"(?:\d{1,3}(?:-?[A-Z]{1,2})?|[IVXLC]{1,6})",
    re.IGNORECASE,
)
_LINE_NUMBER = re.compile(r"[ \t]*(?:[-*+][ \t]+)?(?:\*\*)?\(?\d{1,3}")
# A heading, a list item, a table row or a bold title: its line is a sentence of its own.
_OWN_LINE = re.compile(
    r"[ \t]*(?:#{1,6}[ \t]|[-*+•][ \t]|\*\*|\(?\d{1,3}[.)][ \t]|\([a-z]{1,4}\)[ \t]|\||>)",
)
# Everything that more text can still turn into one.
_OWN_LINE_BEGUN = re.compile(r"[ \t]*(?:#{0,6}|[-*+•]|\(?\d{0,3}[.)]?|\([a-z]{0,4}\)?)\Z")

# What a look at a possible end says; a number above 0 is the end.
_NO_END = -1
_UNCERTAIN = 0
# So many characters before a full stop say whether it ends anything, and so many citations belong to one sentence.
_LOOK_BACK = 80
_MOST_CITATIONS = 20


class Splitter:
    """Feed it text as it comes; take whole sentences as they complete. Each mark is judged once, so that is linear."""

    def __init__(self) -> None:
        self._held = ""
        # Before this place of what is held, no sentence ends.
        self._judged = 0

    def feed(self, text: str) -> list[str]:
        """The sentences that `text` completed, oldest first."""
        self._held += text
        return self._take(final=False)

    def finish(self) -> list[str]:
        """What is left when no more text comes."""
        pieces = self._take(final=True)
        rest, self._held, self._judged = self._held, "", 0
        return [*pieces, rest] if rest else pieces

    def _take(self, *, final: bool) -> list[str]:
        pieces, begin = [], 0
        while end := self._next_end(begin, final=final):
            pieces.append(self._held[begin:end])
            begin = self._judged = end
        self._held, self._judged = self._held[begin:], self._judged - begin
        return pieces

    def _next_end(self, begin: int, *, final: bool) -> int | None:
        text = self._held
        for mark in _MARK.finditer(text, self._judged):
            look = _after_line if mark.group() == "\n" else _after_mark
            end = look(text, begin, mark, final=final)
            if end == _UNCERTAIN:
                self._judged = mark.start()
                return None
            if end != _NO_END:
                return end
        self._judged = len(text)
        return None


def split(text: str) -> list[str]:
    """All sentences of a finished text."""
    splitter = Splitter()
    return splitter.feed(text) + splitter.finish()


def _after_line(text: str, begin: int, mark: re.Match[str], *, final: bool) -> int:
    line = text[max(begin, text.rfind("\n", begin, mark.start()) + 1) : mark.start()]
    if not line.strip():
        return _NO_END
    end = _past(_SPACE, text, mark.end())
    if end == len(text) and not final:
        return _UNCERTAIN
    next_line = max(mark.end(), text.rfind("\n", 0, end) + 1)
    if _OWN_LINE.match(line) or "\n" in text[mark.end() : end] or _OWN_LINE.match(text, next_line):
        return end
    return _UNCERTAIN if not final and _OWN_LINE_BEGUN.match(text, next_line) else _NO_END


def _after_mark(text: str, begin: int, mark: re.Match[str], *, final: bool) -> int:
    closed = _past(_CLOSE, text, mark.end())
    if closed == len(text):
        return closed if final else _UNCERTAIN
    cited = _past_citations(text, closed, final=final)
    if cited == _UNCERTAIN:
        return _UNCERTAIN
    end = _past(_SPACE, text, cited)
    if end == len(text) and not final:
        return _UNCERTAIN
    if cited > closed or mark.group() in "।॥":
        return end
    if end == closed or _is_inside(text, begin, mark, end):
        return _NO_END
    return end


def _past_citations(text: str, position: int, *, final: bool) -> int:
    for _ in range(_MOST_CITATIONS):
        bracket = _past(_BLANKS, text, position)
        if not final and (bracket == len(text) or _CITATION_BEGUN.match(text, bracket)):
            return _UNCERTAIN
        found = _CITATION.match(text, bracket)
        if not found:
            return position
        position = found.end()
    return position


def _is_inside(text: str, begin: int, mark: re.Match[str], end: int) -> bool:
    """Whether a full stop that white space follows belongs to an abbreviation, initials or a list number."""
    if mark.group() != ".":
        return False
    since = max(begin, mark.start() - _LOOK_BACK)
    before = text[max(since, text.rfind("\n", since, mark.start()) + 1) : mark.start()]
    # What is cited is whole, however the next sentence begins.
    if before.endswith("]") and _CITED_BEFORE.search(before):
        return False
    if len(before) < _LOOK_BACK and (_LINE_NUMBER.fullmatch(before) or _TITLE_NUMBER.fullmatch(before)):
        return True
    if "\n\n" in text[mark.end() : end]:
        return False
    # No word has a blank in it: from the last one on the search is short.
    found = _WORD_BEFORE.search(before, before.rfind(" ") + 1)
    word, follower = (found.group() if found else ""), text[end : end + 1]
    if word.casefold() in _BEFORE_NUMBERS:
        return follower.isdigit()
    return word.casefold() in _ABBREVIATIONS or _INITIALS.fullmatch(word) is not None or follower.islower()


def _past(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position
