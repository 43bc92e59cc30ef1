"""Numbers in words."""

import re

import pytest

from app.retrieval.numerals import LARGE_CARDINAL_WORDS, from_words


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("twelve", 12),
        ("forty-second", 42),
        ("one hundred and first", 101),
        ("a hundred", 100),
        ("two hundred and fifty", 250),
        ("fifteen hundred", 1_500),
        ("one thousand", 1_000),
        ("two thousand five hundred", 2_500),
        ("a lakh", 100_000),
        ("one lakh twenty thousand", 120_000),
        ("two million", 2_000_000),
    ],
)
def test_words_say_their_number(words: str, number: int) -> None:
    assert from_words(words) == number


@pytest.mark.parametrize(
    "words", ["seven", "twenty-five", "a thousand", "two hundred and fifty", "one lakh twenty thousand"]
)
def test_a_large_number_is_found_whole(words: str) -> None:
    found = re.search(LARGE_CARDINAL_WORDS, f"in {words} words")
    assert found is not None
    assert found[0] == words
