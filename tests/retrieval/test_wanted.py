"""Which passages a question names: provisions of the right law, papers of the right year, titles it quotes."""

from dataclasses import replace

import pytest
from candidate_values import parent

from app.db.search import Parent
from app.retrieval import titles
from app.retrieval.fact_keys import fact_keys
from app.retrieval.wanted import Wanted, wanted
from tests.support.growth import assert_linear


def ask(question: str) -> Wanted:
    """What it names."""
    return wanted(question, fact_keys(question))


def section(law: str) -> Parent:
    """Section 66A of a law."""
    return parent(1, header=f"Section 66A of the {law}. Punishment", keys=["section:66a"])


@pytest.mark.parametrize(
    "question",
    [
        "Section 66A of the Information Technology Act",
        "What did section 66A of the Information Technology Act, 2000 punish?",
        "section 66a of the it act",
        "IT Act section 66A",
        "Section 66A, IT Act",
        "Sec. 66-A of the IT Act",
    ],
)
def test_a_section_is_that_of_the_act_that_is_named(question: str) -> None:
    asked = ask(question)
    assert asked.means(section("Information Technology Act, 2000"))
    assert asked.means(section("IT Act"))
    assert not asked.means(section("Representation of the People Act, 1951"))
    assert not asked.means(parent(2, header="Section 66A", keys=["section:66a"]))


def test_the_act_may_stand_in_the_title_or_in_the_metadata_of_the_document() -> None:
    asked = ask("What does Section 66A of the Information Technology Act say?")
    bare = parent(1, header="Section 66A", keys=["section:66a"])
    assert asked.means(replace(bare, title="The Information Technology Act, 2000"))
    assert asked.means(replace(bare, metadata={"act": "Information Technology Act"}))


@pytest.mark.parametrize("question", ["Section 66A", "What does section 66A say about speech under the Act?"])
def test_a_section_without_its_act_is_any_acts(question: str) -> None:
    assert ask(question).means(section("Indian Forest Act, 1927"))


def test_an_abbreviated_code_is_the_code() -> None:
    code = parent(1, header="Section 124A of the Indian Penal Code. Sedition", keys=["section:124a"])
    assert ask("Section 124A IPC").means(code)
    assert ask("Is section 124A of the IPC still law?").means(code)
    assert not ask("Section 124A CrPC").means(code)


@pytest.mark.parametrize(
    ("title", "question"),
    [
        ("PM-KISAN", "Who gets money under PM-KISAN?"),
        ("Pradhan Mantri Kisan Samman Nidhi", "What is PM-KISAN?"),
        ("Pradhan Mantri Kisan Samman Nidhi (PM-KISAN)", "PM KISAN benefits"),
        ("Beti Bachao Beti Padhao", "aims of beti bachao beti padhao"),
        ("Digital India", "What is Digital India?"),
        ("Mahatma Gandhi National Rural Employment Guarantee Act", "How many days of work does MGNREGA promise?"),
        ("MGNREGA: the right to work", "What does MGNREGA promise?"),
        ("Quit India Movement", "Why did the Quit India Movement begin?"),
        ("Semiconductors", "What are semiconductors?"),
    ],
)
def test_a_title_that_is_quoted_is_found_by_its_key(title: str, question: str) -> None:
    assert set(titles.keys(title)) & set(ask(question).looked_up)


@pytest.mark.parametrize(
    ("title", "question"),
    [
        ("India", "What is the national income of India and how is it counted?"),
        ("Digital India", "How does India fight digital fraud?"),
        ("Quit India Movement", "Which movement of 1942 asked the British to leave?"),
    ],
)
def test_a_title_that_is_not_quoted_is_not(title: str, question: str) -> None:
    assert not set(titles.keys(title)) & set(ask(question).looked_up)


def test_a_title_is_meant_only_when_it_is_most_of_the_question() -> None:
    page = parent(1, header="Supreme Court", keys=titles.keys("Supreme Court"))
    asked = ask("What did the Supreme Court hold in Kesavananda Bharati?")
    assert not asked.quotes(page, {"supreme": 2.0, "court": 1.0, "hold": 1.5, "kesavananda": 6.0, "bharati": 6.0})
    assert ask("What is the Supreme Court?").quotes(page, {"supreme": 2.0, "court": 1.0})


def test_years_widen_and_papers_narrow() -> None:
    asked = ask("UPSC 2021 or 2022 GS2 questions")
    assert asked.means(parent(1, keys=["year:2022", "paper:gs2"]))
    assert not asked.means(parent(1, keys=["year:2022", "paper:gs3"]))


@pytest.mark.parametrize("piece", ["section 1 of ", "Section 1 A-", "A ", "(", "Act ", "s. 1(1)"])
def test_hostile_repetition_costs_no_more_than_its_length(piece: str) -> None:
    assert_linear(ask, piece)
