"""A typed text becomes a question as the gate takes it; one way for HTTP and for the terminal."""

import hashlib

from app.db.gate import Question
from app.db.ids import uuid7
from app.errors import InvalidText, QueryTooLong
from app.retrieval import question
from app.retrieval.embedder import EmbeddedEmbedder
from app.retrieval.guard.guarded import guard

MAX_CHARACTERS = 4_000
# They belong inside words; alone, with spaces around, they are nothing to see.
_JOINERS = " \N{NO-BREAK SPACE}\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


async def take(query: str, *, student: str, ticket: str, prompt_set: str, embedder: EmbeddedEmbedder) -> Question:
    """The cleaned question with its keys, the embedding of its canonical wording and a new task id.

    Raises:
        QueryTooLong: over 4,000 characters.
        InvalidText: nothing in it, or control characters.
    """
    text = cleaned(query)
    guarded = guard(text)
    vectors = await embedder.embed([guarded.text]) if guarded.standalone else None
    return Question(
        task_id=uuid7(),
        user_id=student,
        text=text,
        normalised=question.normalise(text),
        embedding=None if vectors is None else vectors[0].tolist(),
        fact_keys=guarded.keys,
        language=question.language(text),
        prompt_set=prompt_set,
        ticket_hash=hashlib.sha256(ticket.encode()).digest(),
    )


def cleaned(query: str) -> str:
    """A typed question without what nobody sees.

    Raises:
        QueryTooLong: over 4,000 characters.
        InvalidText: nothing in it, or control characters.
    """
    if len(query) > MAX_CHARACTERS:
        raise QueryTooLong
    text = question.clean(query).strip()
    if not text.strip(_JOINERS):
        raise InvalidText("The question is empty.")
    return text
