"""A candidate on its way from the database to the answer."""

from dataclasses import dataclass

from app.db.search import Chunk, Parent
from app.retrieval.passage import Passage


@dataclass(frozen=True, slots=True)
class Fused:
    """A parent with its passage, what it has in the database and its best chunk."""

    passage: Passage
    parent: Parent
    chunk: Chunk
