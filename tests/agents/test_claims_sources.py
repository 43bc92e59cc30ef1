"""A passage that is cited again and again is read once."""

from app.agents.claims.statements import Source
from tests.support.passage_sets import passage

FIRST = "polity:polity/73rd-amendment#0"


def test_a_passage_that_another_answer_cites_by_another_number_is_not_read_again() -> None:
    once, again = (Source(number, passage(FIRST)) for number in (1, 4))
    assert [one.number for one in again.statements] == [4] * len(once.statements)
    assert [one.reading for one in again.statements] == [one.reading for one in once.statements]
    assert all(a.reading is b.reading for a, b in zip(once.statements, again.statements, strict=True))
