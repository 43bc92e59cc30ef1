"""What happens to a question's characters before anything else sees them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidText
from app.retrieval.question import clean, language, normalise


@pytest.mark.parametrize("character", ["\x00", "\x01", "\x0b", "\x1b", "\udfff"])
def test_control_characters_and_lone_surrogates_are_refused(character: str) -> None:
    with pytest.raises(InvalidText):
        clean(f"What is{character} Article 19?")


def test_a_refusal_names_the_character_and_not_the_text() -> None:
    with pytest.raises(InvalidText) as refused:
        clean("secret\x1btext")
    assert str(refused.value) == "the text holds the control character U+001B"


@pytest.mark.parametrize(
    "invisible", ["\u202e", "\u2066", "\u200b", "\ufeff", "\U000e0041", "\u00ad", "\u2060", "\x7f"]
)
def test_invisible_characters_are_dropped(invisible: str) -> None:
    assert clean(f"Arti{invisible}cle 19") == "Article 19"


@pytest.mark.parametrize("text", ["क\u094dष", "क्\u200dष", "श्री\u200cमान", "m² and CO₂", "α particles", "a\tb\nc"])
def test_joiners_superscripts_and_greek_stay(text: str) -> None:
    assert clean(text) == text


def test_text_becomes_nfc_with_plain_line_ends() -> None:
    assert clean("cafe\u0301\r\nnext\rlast") == "café\nnext\nlast"


@pytest.mark.parametrize(
    "text", ["what  is a Money Bill ?", "What is a money bill?!", "  WHAT IS A MONEY BILL", "What is a money bill।"]
)
def test_case_spacing_and_end_marks_do_not_make_another_question(text: str) -> None:
    assert normalise(text) == "what is a money bill"


def test_different_questions_keep_different_keys() -> None:
    assert normalise("What is Article 19?") != normalise("What is Article 21?")


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=40))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What is Article 19?", "en"),
        ("अनुच्छेद 19 क्या है?", "hi"),
        ("UPSC के लिए राज्यसभा की शक्तियाँ क्या हैं?", "hi"),
        ("Explain the word स्वराज", "en"),
        ("123?", "en"),
    ],
)
def test_the_script_of_most_letters_gives_the_language(text: str, expected: str) -> None:
    assert language(text) == expected
