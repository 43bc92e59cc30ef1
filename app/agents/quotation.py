"""How quotes are written down: under their title, each sentence with its citation, and nothing in them that acts."""

import re
from collections.abc import Sequence
from itertools import groupby

from app.agents.units import Unit
from app.agents.windows import Window
from app.retrieval.passage import Passage

_MARKUP = re.compile(r"[\[\]<>*_`#|\\]+")
_CITATION = re.compile(r"\[(\d{1,3})\]")
_UNSAFE = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)|<[^>\n]{1,200}>")
_GAP = re.compile(r"\n{3,}")


def written(passages: Sequence[Passage], found: Sequence[Window], *, dated: bool = False) -> str:
    """The windows, in order, under the titles of their passages; with the day of publication where `dated`."""
    blocks: list[str] = []
    last = None
    for window in found:
        passage = passages[window.number - 1]
        if passage.document_id != last:
            day = f" ({passage.published_on:%-d %B %Y})" if dated and passage.published_on else ""
            blocks.append(f"**{title(passage)}**{day}")
            last = passage.document_id
        blocks.append(_block(window))
    return "\n\n".join(blocks)


def _block(window: Window) -> str:
    """A window as text: neighbouring sentences as a paragraph, clauses and items as lines, each with its citation."""
    cite = f"[{window.number}]"
    parts: list[str] = []
    for lines, run in groupby(window.units, key=lambda unit: unit.lines):
        if lines:
            parts.append(_clauses(list(run), cite))
        else:
            parts.append(" ".join(f"{safe(unit.text)} {cite}" for unit in run))
    return "\n\n".join(parts)


def _clauses(found: Sequence[Unit], cite: str) -> str:
    parts: list[str] = []
    lead = ""
    for unit in found:
        first, *items = safe(unit.text).split("\n")
        if not unit.lead:
            parts += [f"\n{first} {cite}\n", *(f"- {item} {cite}" for item in items)]
        else:
            parts += [f"\n{safe(unit.lead)} {cite}\n"] if unit.lead != lead else []
            parts.append(f"- {first} {cite}")
        lead = unit.lead
    return _GAP.sub("\n\n", "\n".join(parts)).strip()


def title(passage: Passage) -> str:
    """A passage's header as plain text on one line: its title, and its section where it has one."""
    lines = (" ".join(_MARKUP.sub(" ", line).split()) for line in (passage.header or passage.title).splitlines())
    return " - ".join(line for line in lines if line)[:200]


def safe(text: str) -> str:
    """Quoted text without what would act in an answer: links, images, HTML, and numbers that look like citations."""
    return _CITATION.sub(r"(\1)", _UNSAFE.sub(lambda found: found[1] or "", text))
