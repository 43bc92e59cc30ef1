"""How prompts are read and answers are written."""

import re

import pytest

from app.simulator import answers, prompt
from app.simulator.sentences import heading_of, sentences_of


def _read(text: str) -> prompt.Prompt:
    return prompt.read([{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}])


def test_passages_and_question_are_read_from_the_last_user_message(passages):
    asked = _read(passages)
    assert asked.question == "What is the minimum age to be elected President?"
    assert [passage.n for passage in asked.passages] == [1, 2, 3]
    assert asked.passages[1].text.startswith("The first President\nDr. Rajendra")
    assert asked.passages[2].text.endswith("Bay of Bengal.")


def test_without_a_mark_the_question_is_the_last_line():
    assert _read("Route this.\nWho is the President?").question == "Who is the President?"


def test_a_number_out_of_turn_belongs_to_the_passage_it_stands_in():
    asked = _read("[1] First.\n[7] not a passage\n[2] Second.\n\nQuestion: x")
    assert [passage.text for passage in asked.passages] == ["First.\n[7] not a passage", "Second."]


def test_every_quoted_sentence_stands_in_the_passage_it_cites(passages):
    asked = _read(passages)
    text = answers.write(asked)
    for quote, number in re.findall(r"(?:- )?(.+?) \[(\d)\]\.\s*", text):
        source = " ".join(asked.passages[int(number) - 1].text.split())
        assert quote.removeprefix("- ") in source


def test_the_answer_is_the_same_every_time(passages):
    assert len({answers.write(_read(passages)) for _ in range(3)}) == 1


@pytest.mark.parametrize(
    "text", ["Who is the President?", "[1] Rivers flow east.\n\nQuestion: boiling point of mercury"]
)
def test_without_matching_passages_it_says_that_it_found_nothing(text):
    assert answers.write(_read(text)) == answers.NOTHING_FOUND


def test_a_refusal_is_worded_as_the_system_message_wants_it():
    system = "Rules\n- Else reply with exactly this sentence and nothing else: Not in the notes.\n- Be brief."
    asked = prompt.read([{"role": "system", "content": system}, {"role": "user", "content": "Who is the President?"}])
    assert answers.write(asked) == "Not in the notes."


def test_abbreviations_and_initials_do_not_end_sentences():
    passage = "Dr. B. R. Ambedkar led the drafting. It took 165 days, cf. Art. 368 of the text."
    assert sentences_of(passage) == [
        "Dr. B. R. Ambedkar led the drafting.",
        "It took 165 days, cf. Art. 368 of the text.",
    ]


def test_headings_tables_and_foreign_citations_are_not_quoted():
    passage = (
        "Tiers\n\n# Structure\nThere are three tiers of them. Some say four [2].\n| a |\n- Each has elected members."
    )
    assert heading_of(passage) == "Tiers"
    assert sentences_of(passage) == ["There are three tiers of them.", "Each has elected members."]


def test_a_passage_of_one_fragment_is_quoted_whole():
    assert sentences_of("Thirty-five years") == ["Thirty-five years"]


def test_a_very_long_sentence_is_cut_at_its_clauses():
    clauses = [f"({letter}) " + "word " * 24 + "end;" for letter in "abc"]
    assert len(sentences_of("Whereas " + " ".join(clauses))) == 3
