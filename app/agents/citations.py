"""From passages to numbered sources, and from a text's `[n]` to the citations it makes."""

import re
from collections.abc import Sequence
from datetime import date

from app.agents.answer import Citation, Source
from app.retrieval.passage import Passage

SNIPPET_CHARACTERS = 200

_NUMBER = re.compile(r"\[(\d{1,3})\]")
_HEADING = re.compile(r"^#{1,6}[ \t][^\n]*$", re.MULTILINE)


def sources(passages: Sequence[Passage]) -> tuple[Source, ...]:
    """The passages as sources, numbered from 1 in their order."""
    return tuple(_source(number, passage) for number, passage in enumerate(passages, 1))


def mentioned(text: str) -> tuple[int, ...]:
    """The citation numbers in a text, each once, in order of first mention."""
    return tuple(dict.fromkeys(int(number) for number in _NUMBER.findall(text)))


def cited(text: str, listed: Sequence[Source]) -> list[Citation]:
    """The citations a text makes, in order of first mention; numbers that are not listed cite nothing."""
    by_number = {source.n: source for source in listed}
    found = (by_number[number] for number in mentioned(text) if number in by_number)
    return [Citation(**source.model_dump(exclude={"published_on"})) for source in found]


def cited_passages(text: str, passages: Sequence[Passage]) -> list[Passage]:
    """The passages (numbered from 1) that a text cites, in order of first mention."""
    return [passages[number - 1] for number in mentioned(text) if 1 <= number <= len(passages)]


def as_of(passages: Sequence[Passage], *, dated: bool) -> date | None:
    """The day that an answer citing these passages describes.

    The newest day of publication where `dated` (news); else the oldest `as_of` of the passages' metadata.
    """
    published = [passage.published_on for passage in passages if passage.published_on]
    if dated and published:
        return max(published)
    return min((day for passage in passages if (day := _day(passage.metadata.get("as_of")))), default=None)


def _day(value: object) -> date | None:
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def _source(number: int, passage: Passage) -> Source:
    return Source(
        n=number,
        domain=passage.domain,
        document_id=passage.document_id,
        version=passage.version,
        parent_id=passage.parent_id,
        title=passage.title,
        locator=passage.locator,
        snippet=snippet(passage.text),
        published_on=passage.published_on,
    )


def snippet(text: str) -> str:
    """The beginning of a passage in at most 200 characters, without headings, cut between words."""
    flat = " ".join(_HEADING.sub(" ", text).split())
    if len(flat) <= SNIPPET_CHARACTERS:
        return flat
    head, _, _ = flat[: SNIPPET_CHARACTERS - 1].rpartition(" ")
    return (head or flat[: SNIPPET_CHARACTERS - 1]) + "…"
