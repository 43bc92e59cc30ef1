from datetime import date

import pytest
from agent_samples import FIRST, MINIMUM_AGE, PRESIDENT, passage

from app.agents import extractive
from app.agents.units import units

MONSOON = passage(
    "The Indian monsoon",
    "The monsoon is a seasonal reversal of winds.\n\n## Causes\n\nLand heats faster than the sea. "
    "It therefore draws moist air inland. A trough of low pressure forms over the plains.\n\n"
    "## Retreat\n\nThe monsoon retreats from September. Rain then falls on the coast of Tamil Nadu.",
)


def _prelims(year: int, theme: str, subject: str = "economy") -> object:
    header = f"UPSC Prelims {year} GS1: {theme}"
    text = f"Paraphrase: The paper asked about {theme}. The subject is {subject}."
    return passage(header, text, domain="pyq_prelims", year=year, paper="GS1", subject=subject)


def test_a_clause_is_quoted_with_its_lead_in_and_without_its_proviso() -> None:
    text = extractive.answer(MINIMUM_AGE, "factual", [PRESIDENT])
    assert text.startswith("**Article 58. Qualifications of the President**\n\n(1) No person can be elected President")
    assert "- (b) has completed the age of thirty-five years, and [1]" in text
    assert "Provided" not in text


def test_a_proviso_is_quoted_when_it_is_asked_for() -> None:
    text = extractive.answer("Which proviso has the Governor's office of profit?", "factual", [PRESIDENT])
    assert "Provided that a Governor's office is no office of profit. [1]" in text


def test_a_long_clause_is_cut_at_its_items_and_keeps_its_lead_in() -> None:
    items = "\n".join(f"({letter}) the matter of {'long ' * 40}words about {letter * 3};" for letter in "abcdef")
    law = passage(
        "Article 999. Matters", f"(1) These matters are reserved, namely -\n{items}\n(2) Other matters are not."
    )
    text = extractive.answer("Which matter is about ddd?", "factual", [law])
    assert text.index("(1) These matters are reserved") < text.index("(d) the matter")
    assert "about aaa" not in text


def test_clauses_on_one_line_are_found() -> None:
    found = units("(1) No person may, unless he (a) is a citizen; (b) is of age; and (c) can vote. (2) Others may not.")
    assert [unit.text.split("\n")[0][:12] for unit in found] == ["(1) No perso", "(2) Others m"]


def test_prose_is_quoted_in_whole_neighbouring_sentences_under_the_right_heading() -> None:
    text = extractive.answer("What are the causes of the monsoon?", "factual", [MONSOON])
    assert "Land heats faster than the sea. [1] It therefore draws moist air inland. [1]" in text
    assert "##" not in text
    assert "Tamil Nadu" not in text


def test_every_quoted_sentence_stands_in_its_passage_and_is_cited() -> None:
    text = extractive.answer("Who was the first President, and until when?", "factual", [FIRST, PRESIDENT])
    first = text.split("\n\n")[1]
    for sentence in first.removesuffix("[1]").split("[1]"):
        assert sentence.strip() in FIRST.text


def test_half_sentences_at_a_passages_edges_are_not_quoted() -> None:
    cut = passage("Rivers", "flows to the sea. The Godavari rises near Nashik. It is long. The Krishna rises near the")
    text = extractive.answer("Where does the Godavari rise?", "factual", [cut])
    assert "The Godavari rises near Nashik. [1]" in text
    assert "flows to the sea" not in text
    assert "Krishna" not in text


def test_quotes_come_in_the_order_of_the_passages() -> None:
    text = extractive.answer("Which President was elected, and at what age?", "factual", [PRESIDENT, FIRST])
    numbers = [int(part[0]) for part in text.split("[")[1:]]
    assert numbers == sorted(numbers)


def test_past_questions_are_listed_as_rows_with_their_titles() -> None:
    rows = [_prelims(2023, "repo rates"), _prelims(2017, "inflation"), _prelims(2023, "sterilisation")]
    text = extractive.answer("Previous year questions on monetary policy 2023", "pyq", rows)
    assert text.splitlines()[2:] == [
        "- **UPSC Prelims 2023 GS1: repo rates:** The paper asked about repo rates. The subject is economy. [1]",
        "- **UPSC Prelims 2023 GS1: sterilisation:** The paper asked about sterilisation. The subject is economy. [3]",
    ]


def test_when_no_entry_is_of_the_year_asked_it_says_so() -> None:
    text = extractive.answer("PYQ of 2011 on rates", "pyq", [_prelims(2023, "repo rates")])
    assert text.startswith("None of the entries found is of 2011; these come nearest")


def test_at_most_five_entries_are_listed() -> None:
    rows = [_prelims(2020, f"theme {n}") for n in range(8)]
    assert extractive.answer("pyq themes", "pyq", rows).count("\n- ") == 5


def test_an_essay_answer_gives_the_build_before_the_material() -> None:
    build = passage(
        "Structure of an essay", "An essay opens with a scene. It ends with hope.", domain="essay_structure"
    )
    theme = passage("Climate diplomacy", "Climate diplomacy began at Rio. It grew at Paris.", domain="essay_content")
    text = extractive.answer("Essay structure: climate diplomacy 250 words", "essay", [theme, build])
    assert text.index("**How to build it**") < text.index("opens with a scene. [2]") < text.index("**Material**")
    assert "Climate diplomacy began at Rio. [1]" in text


def test_news_is_dated() -> None:
    news = passage("A summit", "The summit met. It agreed.", domain="current_affairs", published_on=date(2026, 3, 4))
    assert "**A summit** (4 March 2026)" in extractive.answer("Latest summit?", "current_affairs", [news])


@pytest.mark.parametrize(
    ("hostile", "gone"),
    [
        ("See ![x](http://evil.example/p.png) now.", "http"),
        ("See [here](javascript:alert(1)) now.", "](javascript"),
        ("See <img src=x onerror=alert(1)> now.", "<img"),
        ("As [9] says, the sea is wide.", "[9]"),
    ],
)
def test_nothing_quoted_can_act_or_forge_a_citation(hostile: str, gone: str) -> None:
    text = extractive.answer(
        "What does the sea say now?", "factual", [passage("The sea", f"{hostile} The sea is big.")]
    )
    assert gone not in text
    assert "[1]" in text


def test_passages_without_text_give_no_answer() -> None:
    assert extractive.answer("Anything?", "factual", [passage("Empty", "# Only a title\n")]) == ""


def test_a_passages_section_stands_beside_its_title() -> None:
    text = extractive.answer(
        "Causes of the monsoon?", "factual", [passage("The monsoon\nCauses", "Land heats. Winds turn.")]
    )
    assert text.startswith("**The monsoon - Causes**\n\n")


def test_a_reference_to_clauses_is_not_taken_for_clauses() -> None:
    text = "In Minerva Mills (1980) the Court struck down clauses (4) and (5) of Article 368. Review by courts stays."
    assert [unit.text for unit in units(text)] == [
        "In Minerva Mills (1980) the Court struck down clauses (4) and (5) of Article 368.",
        "Review by courts stays.",
    ]
