"""Candidates as the database gives them, for the pure parts of retrieval."""

from collections.abc import Sequence
from uuid import UUID

from app.db.search import Candidates, Chunk, Namespace, Parent
from app.retrieval.minilm import MiniLM


def number(value: int) -> UUID:
    """The same id for the same number."""
    return UUID(int=value)


def parent(
    value: int,
    *,
    header: str = "Title",
    text: str = "text",
    document: int | None = None,
    lexemes: Sequence[str] = (),
    keys: Sequence[str] = (),
    named: bool = False,
    position: int = 0,
) -> Parent:
    """A parent whose document and version share its number."""
    return Parent(
        id=number(value),
        version_id=number(value),
        document_id=number(value if document is None else document),
        version=1,
        position=position,
        title=header,
        header=header,
        locator=header,
        text=text,
        fact_keys=tuple(keys),
        lexemes=frozenset(lexemes),
        named=named,
        published_on=None,
        year=None,
        paper=None,
        subject=None,
        metadata={},
    )


def chunk(value: int, of: int, *, dense: float | None, ranks: Sequence[float] = (0.0,)) -> Chunk:
    """A chunk of parent `of`."""
    return Chunk(number(value), number(of), f"chunk {value}", dense, tuple(ranks))


def candidates(
    chunks: Sequence[Chunk],
    parents: Sequence[Parent],
    *,
    seen: Sequence[int] = (10,),
    domain: str = "polity",
    model: str = MiniLM.name,
) -> Candidates:
    """One domain's candidates among a thousand chunks."""
    namespace = Namespace(number(hash(domain) % 1000), domain, "n", model, 384)
    return Candidates(namespace, tuple(chunks), {one.id: one for one in parents}, tuple(seen), 1000.0)
