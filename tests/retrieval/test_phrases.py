"""Pairs of words become phrases."""

from uuid import UUID

from app.db.past_questions import Pair, Phrase
from app.retrieval.past_questions import phrases_of

ONE, TWO, THREE = (frozenset((UUID(int=number),)) for number in (1, 2, 3))


def test_pairs_that_overlap_are_one_phrase_which_either_of_them_brings() -> None:
    pairs = [Pair(2, "structur", "doctrin", TWO), Pair(1, "basic", "structur", ONE)]
    assert phrases_of(pairs) == (Phrase(("basic", "structur", "doctrin"), ONE | TWO),)


def test_pairs_of_two_domains_are_one_phrase() -> None:
    pairs = [Pair(1, "money", "bill", ONE), Pair(1, "money", "bill", TWO)]
    assert phrases_of(pairs) == (Phrase(("money", "bill"), ONE | TWO),)


def test_pairs_apart_are_phrases_of_their_own() -> None:
    pairs = [Pair(1, "money", "bill", ONE), Pair(3, "rajya", "sabha", THREE)]
    assert phrases_of(pairs) == (Phrase(("money", "bill"), ONE), Phrase(("rajya", "sabha"), THREE))


def test_without_pairs_there_is_no_phrase() -> None:
    assert phrases_of([]) == ()
