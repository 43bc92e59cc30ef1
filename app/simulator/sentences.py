"""Cuts a passage into sentences that can be quoted as they stand."""

import re

_BLOCK = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*(?:[-*•>]|\(\d+[A-Z]*\)|\d{1,2}\.)[ \t])")
_UNQUOTED_LINE = re.compile(r"^[ \t]*[#|].*$", re.MULTILINE)
_MARKER = re.compile(r"^[ \t]*[-*•>][ \t]+")
_BOUNDARY = re.compile(r"[.!?।][\"'”’)\]]*\s+(?=[\"'“‘(\[]*[^\W_a-z])")
_LAST_WORD = re.compile(r"(\S+)$")
_LEGAL_HEADING = re.compile(r"(?:Article|Section|Schedule|Part|Chapter)\s+[\dIVXLC]+[A-Z]*\b.{0,160}$")
_ABBREVIATED = """dr mr mrs ms prof hon smt shri sri st no nos art arts sec cl vs v viz cf eg ie etc approx ltd rs govt
    jr sr vol p pp"""
_ABBREVIATIONS = frozenset(_ABBREVIATED.split())

# Statutes run on for hundreds of words; beyond this a sentence is cut at its semicolons, then at its clauses.
_LONG_WORDS = 60
_CUTS = (re.compile(r"(?<=;)\s+"), re.compile(r"\s+(?=\([a-z]{1,4}\)\s)"))
_HEADING_WORDS = 14
_SHORTEST_WORDS = 4


def heading_of(passage: str) -> str:
    """The passage's first line where it is a title, else nothing."""
    first, _, rest = passage.partition("\n")
    titled = _is_heading(first) or bool(_LEGAL_HEADING.match(first))
    return first if rest.strip() and titled else ""


def sentences_of(passage: str) -> list[str]:
    """The sentences after the heading, in order, word for word (runs of white space become one space).

    Headings, table rows, fragments under four words and sentences with citation marks of their own are left out.
    A passage of nothing else is given back whole, as one sentence.
    """
    body = _UNQUOTED_LINE.sub("", passage.removeprefix(heading_of(passage)))
    blocks = [_MARKER.sub("", block) for block in _BLOCK.split(body) if block.strip()]
    found = [sentence for block in blocks for sentence in _cut(" ".join(block.split())) if _quotable(sentence)]
    whole = " ".join(body.split())
    return found or ([whole] if whole and not _cites(whole) else [])


def _cut(block: str) -> list[str]:
    pieces: list[str] = []
    start = 0
    for match in _BOUNDARY.finditer(block):
        if _ends_sentence(block[start : match.start()]):
            pieces.append(block[start : match.end()].strip())
            start = match.end()
    pieces.append(block[start:].strip())
    return [part for piece in pieces for part in _shortened(piece)]


def _ends_sentence(before: str) -> bool:
    # Not after initials ("B. R. Ambedkar"), abbreviations, and the number that opens a list item ("1. ").
    word = _LAST_WORD.search(before)
    if word is None or before.strip().isdigit():
        return False
    last = word[1].lstrip("(\"'“‘").replace(".", "").lower()
    return not (len(last) == 1 and last.isalpha()) and last not in _ABBREVIATIONS


def _shortened(sentence: str) -> list[str]:
    parts = [sentence]
    for cut in _CUTS:
        parts = [piece for part in parts for piece in (cut.split(part) if len(part.split()) > _LONG_WORDS else [part])]
    return parts


def _quotable(sentence: str) -> bool:
    return len(sentence.split()) >= _SHORTEST_WORDS and not _is_heading(sentence) and not _cites(sentence)


def _is_heading(line: str) -> bool:
    words = len(line.split())
    return (
        words <= _HEADING_WORDS and not line.startswith("(") and not re.search(r"[.!?;:,।—][\"'”’)\]]*$", line.strip())
    )


def _cites(sentence: str) -> bool:
    # Quoted, a passage's own "[3]" would read as one of our citations.
    return re.search(r"\[\d+\]", sentence) is not None
