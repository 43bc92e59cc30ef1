"""How quotes are written down: each sentence with its citation, and nothing in them that acts."""

import re
from collections.abc import Sequence

from app.agents.units import Unit
from app.retrieval.passage import Passage

_MARKUP = re.compile(r"[\[\]<>*_`#|\\]+")
_CITATION = re.compile(r"\[(\d{1,3})\]")
_UNSAFE = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)|<[^>\n]{1,200}>")


def sentence(unit: Unit, number: int) -> str:
    """A unit of prose as it stands, cited."""
    return f"{safe(unit.text)} [{number}]"


def point(unit: Unit, number: int) -> str:
    """A unit as a list item; the items of a clause are joined in it."""
    text = " ".join(safe(unit.text).split("\n"))
    return f"- {text} [{number}]\n"


def clause(units: Sequence[Unit], number: int) -> str:
    """Clauses of one provision as lines: a lead-in once, each clause or item with its citation."""
    cite, lead = f"[{number}]", ""
    lines: list[str] = []
    for unit in units:
        first, *items = safe(unit.text).split("\n")
        if unit.lead and unit.lead != lead:
            lines.append(f"\n{safe(unit.lead)} {cite}\n")
        lines.append(f"- {first} {cite}" if unit.lead else f"\n{first} {cite}\n")
        lines += [f"- {item} {cite}" for item in items]
        lead = unit.lead
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def title(passage: Passage) -> str:
    """A passage's header as plain text on one line: its title, and its section where it has one."""
    lines = (title_of(line) for line in (passage.header or passage.title).splitlines())
    return " - ".join(line for line in lines if line)[:200]


def title_of(text: str) -> str:
    """A title, name or label of others as plain text on one line."""
    return " ".join(_MARKUP.sub(" ", text).split())


def safe(text: str) -> str:
    """Quoted text without what would act in an answer: links, images, HTML, and numbers that look like citations."""
    return _CITATION.sub(r"(\1)", _UNSAFE.sub(lambda found: found[1] or "", text))
