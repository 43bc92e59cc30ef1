"""The other names of what a question names: RBI for Reserve Bank of India, Lok Sabha for House of the People.

The table is names.txt beside this module. PostgreSQL's own dictionaries would need files on the server, which users'
own servers do not let us put there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_WORD = re.compile(r"\w+")
# Past this a question is a text, and what it names is no longer what it asks for.
MOST = 6


@dataclass(frozen=True, slots=True)
class Naming:
    """A name as the question writes it, at text[start:end], and the other names of the same thing.

    `formal` is the first name of its line where the question uses another one, the name that content uses most.
    """

    start: int
    end: int
    others: tuple[str, ...]
    formal: str | None


@dataclass(frozen=True, slots=True)
class _Form:
    words: tuple[str, ...]
    capitals: bool
    others: tuple[str, ...]
    formal: str | None


def namings(text: str) -> tuple[Naming, ...]:
    """Every known name in `text` from left to right, the longest where several begin at one word; at most MOST."""
    return tuple(naming for naming, _ in zip(_found(text), range(MOST), strict=False))


def spelled_out(text: str) -> str:
    """`text` with the formal name behind each other one, in brackets: what is embedded.

    Not the other way about: a formal name is what the embedded texts say, and more names blur it (measured).
    """
    pieces, at = [], 0
    for naming in namings(text):
        if naming.formal:
            pieces += [text[at : naming.end], f" ({naming.formal})"]
            at = naming.end
    return "".join([*pieces, text[at:]])


def _found(text: str) -> Iterator[Naming]:
    matches = list(_WORD.finditer(text))
    words = folded(text)
    at = 0
    while at < len(matches):
        form = next((one for one in _forms().get(words[at], ()) if _is_at(one, matches, words, at)), None)
        if form:
            last = matches[at + len(form.words) - 1]
            yield Naming(matches[at].start(), last.end(), form.others, form.formal)
        at += len(form.words) if form else 1


def _is_at(form: _Form, matches: list[re.Match[str]], words: tuple[str, ...], at: int) -> bool:
    if words[at : at + len(form.words)] != form.words:
        return False
    return not form.capitals or (matches[at][0].rstrip("s").isupper() and not matches[at].string.isupper())


def folded(text: str) -> tuple[str, ...]:
    """The words of `text` without case and plural."""
    return tuple(_fold(word) for word in _WORD.findall(text))


def _fold(word: str) -> str:
    # DPSPs and DPSP, courts and court are one; "this" and "US" are not plurals.
    small = word.lower()
    plural = small.endswith("s") and (len(small) > 3 or (word[:-1].isupper() and len(small) == 3))
    return small[:-1] if plural and not small.endswith("ss") else small


@cache
def _forms() -> dict[str, list[_Form]]:
    """Every name by its first word, the longest first."""
    found: dict[str, list[_Form]] = {}
    for line in files("app.retrieval").joinpath("names.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        names = [name.strip() for name in line.split("|")]
        for name in names:
            words = folded(name)
            others = tuple(other.rstrip("!") for other in names if other != name)
            formal = None if name == names[0] else names[0].rstrip("!")
            capitals = len(name) <= 2 or name.endswith("!")
            found.setdefault(words[0], []).append(_Form(words, capitals, others, formal))
    for forms in found.values():
        forms.sort(key=lambda form: -len(form.words))
    return found
