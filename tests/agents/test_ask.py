"""A question without a session is taken in as one from a student is."""

import pytest

from app.agents.ask import Ask
from app.errors import InvalidText
from app.retrieval.guard.guarded import guard


def test_a_question_alone_is_cleaned_keyed_and_has_no_history() -> None:
    ask = Ask.alone("  Who appoints the\u200b Governor? ")

    assert (ask.question, ask.normalised) == ("Who appoints the Governor?", "who appoints the governor")
    assert (ask.fact_keys, ask.language, ask.history) == (guard(ask.question).keys, "en", ())
    assert ask.accepted_at.tzinfo is not None
    assert ask.task_id != Ask.alone(ask.question).task_id


def test_control_characters_are_refused() -> None:
    with pytest.raises(InvalidText):
        Ask.alone("Who\x00?")
