from dataclasses import replace
from datetime import date

import pytest
from agent_samples import FIRST, MINIMUM_AGE, PRESIDENT, assignment, passage

from app.agents.answer import Intent
from app.agents.extractive import ExtractiveRung
from app.agents.specialists import roster
from app.agents.units import units
from app.errors import ProviderGarbage
from app.retrieval.embedder import EmbeddedEmbedder
from app.retrieval.meaning import Meaning, unknown
from app.retrieval.minilm import MiniLM
from app.retrieval.passage import Passage

MONSOON = passage(
    "The Indian monsoon",
    "The monsoon is a seasonal reversal of winds.\n\n## Causes\n\nLand heats faster than the sea. "
    "It therefore draws moist air inland. A trough of low pressure forms over the plains.\n\n"
    "## Retreat\n\nThe monsoon retreats from September. Rain then falls on the coast of Tamil Nadu.",
)


def _answer(question: str, passages: list[Passage], intent: Intent = "factual") -> str:
    given = assignment(0.0, *passages, question=question, intent=intent)
    return "".join(roster.of(intent).compose(given, unknown))


def test_a_clause_is_quoted_under_its_article_with_its_lead_in_and_without_its_proviso() -> None:
    text = _answer(MINIMUM_AGE, [PRESIDENT])
    assert text.startswith("**Article 58. Qualifications of the President**\n\n(1) No person can be elected President")
    assert "- (b) has completed the age of thirty-five years, and [1]" in text
    assert "Provided" not in text


def test_a_proviso_is_quoted_when_it_is_asked_for() -> None:
    text = _answer("Which proviso has the Governor's office of profit?", [PRESIDENT])
    assert "Provided that a Governor's office is no office of profit. [1]" in text


def test_a_long_clause_is_cut_at_its_items_and_keeps_its_lead_in() -> None:
    items = "\n".join(f"({letter}) the matter of {'long ' * 40}words about {letter * 3};" for letter in "abcdef")
    law = passage(
        "Article 999. Matters", f"(1) These matters are reserved, namely -\n{items}\n(2) Other matters are not."
    )
    text = _answer("Which matter is about ddd?", [law])
    assert text.index("(1) These matters are reserved") < text.index("(d) the matter")
    assert "about aaa" not in text


def test_clauses_on_one_line_are_found() -> None:
    found = units("(1) No person may, unless he (a) is a citizen; (b) is of age; and (c) can vote. (2) Others may not.")
    assert [unit.text.split("\n")[0][:12] for unit in found] == ["(1) No perso", "(2) Others m"]


def test_the_sentence_that_answers_comes_first() -> None:
    page = passage(
        "The President of India",
        "The President of India is the head of the executive. The office has a long history. "
        "The minimum age to be elected President is thirty-five years. The President lives in Delhi.",
    )
    assert _answer(MINIMUM_AGE, [page]).startswith("The minimum age to be elected President is thirty-five years. [1]")


def test_a_thing_is_defined_first_whatever_else_speaks_of_it() -> None:
    page = passage(
        "Repo rate",
        "The repo rate was cut in spring. The repo rate is the rate at which banks borrow from the central bank. "
        "A higher repo rate makes loans dearer.",
    )
    text = _answer("What is the repo rate?", [page])
    assert text.startswith("The repo rate is the rate at which banks borrow")


def test_a_section_that_is_asked_for_is_listed_in_its_order() -> None:
    text = _answer("What are the causes of the monsoon?", [MONSOON])
    points = [line for line in text.splitlines() if line.startswith(("- ", "  "))]
    assert "Land heats faster than the sea. [1]" in text
    assert "It therefore draws moist air inland. [1]" in text
    assert any("trough of low pressure" in point for point in points)
    assert "##" not in text
    assert "Tamil Nadu" not in text


def test_a_sentence_that_leans_on_another_is_quoted_with_it() -> None:
    page = passage(
        "Dandi", "Gandhi broke the salt law at Dandi. This began the civil disobedience movement. Rain fell."
    )
    text = _answer("What began the civil disobedience movement?", [page])
    assert text.startswith("Gandhi broke the salt law at Dandi. [1] This began the civil disobedience movement. [1]")


def test_a_number_is_looked_for_where_one_is_asked_for() -> None:
    page = passage(
        "The Council", "The Council of the Lake has members from all towns. The Council of the Lake has nine seats."
    )
    assert _answer("How many seats has the Council of the Lake?", [page]).startswith("The Council of the Lake has nine")


def test_every_quoted_sentence_stands_in_its_passage_and_is_cited() -> None:
    text = _answer("Who was the first President, and until when?", [FIRST])
    quoted = [part.strip(" -*\n") for part in text.replace("**Key points**", "").split("[1]")]
    assert quoted[-1] == ""
    assert all(sentence in FIRST.text for sentence in quoted)


def test_half_sentences_at_a_passages_edges_are_not_quoted() -> None:
    cut = passage("Rivers", "flows to the sea. The Godavari rises near Nashik. It is long. The Krishna rises near the")
    text = _answer("Where does the Godavari rise?", [cut])
    assert "The Godavari rises near Nashik. [1]" in text
    assert "flows to the sea" not in text
    assert "Krishna" not in text


def test_a_passage_on_another_thing_is_not_quoted_beside_the_answer() -> None:
    other = passage(
        "Vice-President", "The Vice-President is elected by both Houses. The age is thirty-five.", score=0.4
    )
    assert "[2]" not in _answer("Who was the first President?", [FIRST, other])


def test_a_sentence_is_quoted_once() -> None:
    twin = passage("The first President again", FIRST.text, score=0.9)
    text = _answer("Who was the first President?", [FIRST, twin])
    assert text.count("Rajendra Prasad became the first President in 1950.") == 1


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
    text = _answer("What does the sea say now?", [passage("The sea", f"{hostile} The sea is big.")])
    assert gone not in text
    assert "[1]" in text


async def test_passages_without_text_give_no_answer() -> None:
    empty = assignment(0.0, passage("Empty", "# Only a title\n"), question="Anything?")
    with pytest.raises(ProviderGarbage):
        await ExtractiveRung().open(empty)


async def test_meaning_finds_the_sentence_that_answers_in_other_words() -> None:
    page = passage(
        "Mountains",
        "Climbers reach the summit in May. Snow melts early in the valley. "
        "The peak was first scaled by two men in 1953.",
    )
    embedder = EmbeddedEmbedder(MiniLM.load(threads=1))
    draft = await ExtractiveRung(Meaning(embedder)).open(
        assignment(0.0, page, question="Who conquered it for the first time?")
    )
    pieces = [piece async for piece in draft.text]
    embedder.close()
    assert pieces[0].startswith("The peak was first scaled by two men in 1953. [1]")


def test_a_reference_to_clauses_is_not_taken_for_clauses() -> None:
    text = "In Minerva Mills (1980) the Court struck down clauses (4) and (5) of Article 368. Review by courts stays."
    assert [unit.text for unit in units(text)] == [
        "In Minerva Mills (1980) the Court struck down clauses (4) and (5) of Article 368.",
        "Review by courts stays.",
    ]


def test_news_comes_in_three_parts_with_the_day_of_its_source() -> None:
    news = passage(
        "The lake summit",
        "## What happened\n\nThe lake summit met in March and agreed on a treaty.\n\n## Why it matters\n\n"
        "The treaty shares water.\n\n## Background\n\nThe lake had no rules before.\n\n## Source\n\nA release.",
        domain="current_affairs",
        published_on=date(2026, 3, 4),
    )
    text = _answer("What is the latest on the lake summit?", [news], "current_affairs")
    headings = [line for line in text.splitlines() if line.startswith("**")]
    assert headings == [f"**{part}** (4 March 2026)" for part in ("What happened", "Why it matters", "Background")]
    assert "- The lake summit met in March and agreed on a treaty. [1]" in text
    assert "A release" not in text


def test_headings_are_in_the_students_language() -> None:
    given = assignment(0.0, MONSOON, question="What are the causes of the monsoon?")
    hindi = "".join(roster.of("factual").compose(replace(given, language="hi"), unknown))
    assert "**मुख्य बिंदु**" in hindi


def test_a_sentence_that_counts_is_followed_by_what_it_counts() -> None:
    page = passage(
        "Emotional intelligence",
        "Emotional intelligence is the skill of handling feelings.\n\n## Components\n\n"
        "Goleman named three components of emotional intelligence. Empathy feels with others. Calm masters anger. "
        "Drive keeps going.\n\n## Use\n\nTraining helps. Emotional intelligence is of use in offices.",
    )
    text = _answer("Name the components of emotional intelligence in Goleman's scheme.", [page])
    assert all(said in text for said in ("Empathy feels", "Calm masters", "Drive keeps"))


def test_a_section_is_found_when_its_heading_names_the_side_asked_for_in_other_words() -> None:
    page = passage(
        "Technology and society",
        "Technology and society is a theme about tools.\n\n## Arguments for technology\n\nPeople gain reach. "
        "Farmers see prices. Patients find doctors. Technology serves.\n\n## Criticism\n\nData allows surveillance.",
    )
    assert "Data allows surveillance" in _answer("Give the dangers of technology for society.", [page])


def test_an_abbreviation_asks_for_what_stands_under_the_full_name() -> None:
    page = passage(
        "Transparency",
        "Transparency builds trust. A register of gifts is kept. "
        "A reply under the Right to Information Act is due in thirty days. Officers are trained in it.",
    )
    assert _answer("What is due under the RTI Act?", [page]).startswith("A reply under the Right to Information Act")


def test_two_alike_sentences_on_different_things_are_both_quoted() -> None:
    page = passage(
        "The President's election",
        "The value of the vote of a member of Parliament is the votes of all Assemblies divided by the members of "
        "Parliament. The value of the vote of a member of an Assembly is the population divided by a thousand times "
        "the elected members.",
    )
    text = _answer("How is the value of the vote of an Assembly member found?", [page])
    assert "population divided by a thousand" in text
    assert "votes of all Assemblies" in text
