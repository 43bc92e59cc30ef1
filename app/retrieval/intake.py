"""A typed text becomes a question as the gate takes it; one way for HTTP and for the terminal."""

import hashlib

from app.db.gate import Question
from app.db.ids import uuid7
from app.errors import InvalidText, QueryTooLong
from app.retrieval import fact_keys, question

MAX_CHARACTERS = 4_000
# They belong inside words; alone, with spaces around, they are nothing to see.
_JOINERS = " \N{NO-BREAK SPACE}\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


def take(query: str, *, student: str, ticket: str, prompt_set: str) -> Question:
    """The cleaned question with its keys and a new task id.

    Raises:
        QueryTooLong: over 4,000 characters.
        InvalidText: nothing in it, or control characters.
    """
    if len(query) > MAX_CHARACTERS:
        raise QueryTooLong
    text = question.clean(query).strip()
    if not text.strip(_JOINERS):
        raise InvalidText("The question is empty.")
    return Question(
        task_id=uuid7(),
        user_id=student,
        text=text,
        normalised=question.normalise(text),
        fact_keys=fact_keys.fact_keys(text),
        language=question.language(text),
        prompt_set=prompt_set,
        ticket_hash=hashlib.sha256(ticket.encode()).digest(),
    )
