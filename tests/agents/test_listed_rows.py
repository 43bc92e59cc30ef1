"""Past questions that a student points at in a list: each becomes a question of its own, with the words of its row."""

import pytest

from app.agents.exchange import Exchange
from app.agents.followup import standalone
from app.agents.specialists import rows
from tests.support.growth import assert_linear

LIST = Exchange(
    "GS2 questions on judiciary",
    "3 past questions fit (judiciary, GS2) in this sample of the papers, in paraphrase:\n\n"
    "- **2022, GS2** (15 marks), judiciary: The UPSC Mains 2022 GS2 paper asked candidates to discuss how courts "
    "decide disputes under the Act of 1951. It wanted the grounds. [1]\n"
    "- **2022, GS2** (10 marks), judiciary: The UPSC Mains 2022 GS2 paper asked candidates to discuss, with case law, "
    "the environment as a constitutional question. [2]\n"
    "- **2021, Prelims GS1**: The UPSC Prelims 2021 GS1 paper set statements on the writ of mandamus. [3]\n\n",
)
NAMED = (
    'the 2022 GS2 question "how courts decide disputes under the Act of 1951"',
    'the 2022 GS2 question "the environment as a constitutional question"',
    'the 2021 Prelims GS1 question "the writ of mandamus"',
)
SOLUTION = Exchange(
    "solve the second one",
    "**Question**\n\n- **2022, GS2** (10 marks), judiciary: The UPSC Mains 2022 GS2 paper asked candidates to discuss, "
    "with case law, the environment as a constitutional question. [1]\n\n**Answer**\n\n"
    "Article 21 was read widely. [2]\n\n- A law must be just. [2]\n- A court may direct the State. [2]\n",
)


@pytest.mark.parametrize(
    ("order", "rewritten"),
    [
        ("solve the first one", f"Solve {NAMED[0]}"),
        ("Solve the second one.", f"Solve {NAMED[1]}"),
        ("answer question 3", f"Answer {NAMED[2]}"),
        ("now the third", f"Solve {NAMED[2]}"),
        ("the second one?", f"Solve {NAMED[1]}"),
        ("Can you answer the last one in 150 words?", f"Can you answer {NAMED[2]} in 150 words?"),
        ("solve the 7th one", "Solve the 7th one of the 3 questions listed"),
        ("solve the tenth question", "Solve the tenth question of the 3 questions listed"),
        ("solve question 12", "Solve question 12 of the 3 questions listed"),
    ],
)
@pytest.mark.parametrize("history", [(LIST,), (LIST, SOLUTION), (LIST, SOLUTION, SOLUTION)], ids=len)
def test_the_row_that_is_pointed_at_is_named_by_its_own_words(
    history: tuple[Exchange, ...], order: str, rewritten: str
) -> None:
    assert standalone(order, history) == rewritten


@pytest.mark.parametrize(
    ("order", "rewritten"),
    [
        ("Write an essay outline on it", "Write an essay outline on the environment as a constitutional question"),
        ("Essay on that please", "Essay on the environment as a constitutional question"),
        ("What about its exceptions?", "The exceptions of the environment as a constitutional question"),
        ("solve it again", f"Solve {NAMED[1]}"),
    ],
)
def test_what_follows_a_solution_is_about_what_was_solved(order: str, rewritten: str) -> None:
    assert standalone(order, (LIST, SOLUTION)) == rewritten


def test_an_essay_on_a_row_is_on_what_it_asks() -> None:
    assert standalone("Write an essay on the third one", (LIST,)) == "Write an essay on the writ of mandamus"


def test_a_point_of_a_solution_is_no_row() -> None:
    rewritten = "Explain A court may direct the State - the environment as a constitutional question"
    assert standalone("explain the second point", (LIST, SOLUTION)) == rewritten


def test_behind_another_answer_only_a_question_is_a_row() -> None:
    history = (LIST, Exchange("What is parole?", "1. A release. 2. A condition."))
    assert standalone("solve the first question", history) == f"Solve {NAMED[0]}"
    assert standalone("explain the second one", history) == "Explain A condition - parole"


def test_a_list_is_read_back_whole_however_long_it_is() -> None:
    line = "- **2020, GS2** (10 marks), judiciary: The 2020 GS2 paper asked about {} theme {}. [{}]\n"
    answer = "".join(line.format("a very long " * 20, n, n) for n in range(1, 21))
    history = (Exchange("GS2 questions of 2020", answer),)
    assert len(rows.read(answer)) == 20
    assert (standalone("solve the last one", history) or "").startswith('Solve the 2020 GS2 question "a very long')


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("The UPSC Mains 2020 GS2 paper asked candidates to examine and explain how bills pass.", "how bills pass"),
        ("The UPSC Prelims 2020 GS1 paper asked which crop needs most water.", "which crop needs most water"),
        ("The UPSC Mains 2020 Essay paper set an essay topic, in Section A, on the idea of home.", "the idea of home"),
        ("The UPSC Mains 2020 GS3 paper wanted a discussion of dams.", "dams"),
        ("The UPSC Mains 2020 GS4 paper included a case about a clerk.", "a clerk"),
        ('Discuss the role of "civil society" in dams.', "Discuss the role of civil society in dams"),
    ],
)
def test_a_row_is_named_without_the_words_about_the_asking(text: str, asked: str) -> None:
    [row] = rows.read(f"- **2020, GS2**, judiciary: {text} [1]\n")
    assert row.asked == asked


@pytest.mark.parametrize(
    "piece", ["- **2020, GS2**: a", "- **2020, GS2", "a paper set to ", "\n- **2020, GS2**, x: y [1]"]
)
def test_hostile_answers_are_read_in_time_that_grows_with_their_length(piece: str) -> None:
    assert_linear(rows.read, piece)
