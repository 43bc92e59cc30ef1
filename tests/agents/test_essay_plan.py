import pytest

from app.agents.specialists import essay_plan
from tests.support.growth import assert_linear

ALL = ["introduction", "dimensions", "counter_view", "way_forward", "conclusion"]


@pytest.mark.parametrize(
    ("question", "theme", "words"),
    [
        ("Write an essay on women and work in 1000 words", "women and work", 1000),
        ("Outline an essay on climate diplomacy in 250 words", "climate diplomacy", 250),
        ("Essay on democracy", "democracy", 1100),
        ("Essay: 'Forests are the best case studies for economic excellence' (1000-1200 words)", None, 1100),
        ("Plan a 600 word essay on technology and society with a counter-view", "technology and society", 600),
        ("How should I structure an essay about poverty and inequality?", "poverty and inequality", 1100),
        ("democracy essay 500 words", "democracy", 500),
        ("Write a 1,250-word essay on the topic: Agriculture is the backbone of India", None, 1250),
        ("Draft an essay about education for UPSC mains.", "education", 1100),
        ("Compose a 450 words essay on health", "health", 450),
        ("शिक्षा पर 250 शब्दों में निबंध लिखिए", "शिक्षा", 250),
        ("Write an essay on hope in one thousand words", "hope", 1000),
        ("Write a two hundred and fifty word essay on climate change", "climate change", 250),
        ("An essay of twelve hundred words on rivers", "rivers", 1200),
        ("Essay on rivers, limit two thousand five hundred words", "rivers", 2500),
        ("Write an essay on a picture is worth a thousand words", "a picture is worth a thousand words", 1100),
    ],
)
def test_theme_and_budget_are_read_and_the_parts_sum_to_the_budget(
    question: str, theme: str | None, words: int
) -> None:
    plan = essay_plan.read(question)
    assert plan is not None
    assert theme is None or plan.theme == theme
    assert list(plan.words) == ALL
    assert sum(plan.words.values()) == words
    assert min(plan.words.values()) > 0


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Give me an introduction for an essay on federalism", ["introduction"]),
        ("I want a conclusion for an essay on democracy in 120 words", ["conclusion"]),
        ("Suggest dimensions for an essay on health", ["dimensions"]),
    ],
)
def test_only_the_parts_that_are_asked_for_are_planned(question: str, parts: list[str]) -> None:
    plan = essay_plan.read(question)
    assert plan is not None
    assert list(plan.words) == parts


@pytest.mark.parametrize(
    "question",
    [
        "How long should the introduction of an essay be?",
        "What is a circular conclusion?",
        "How do I write a good introduction?",
        "How many minutes a day do women spend on unpaid work?",
        "What are good ways to conclude an essay?",
    ],
)
def test_a_question_about_essays_or_a_fact_gets_no_plan(question: str) -> None:
    assert essay_plan.read(question) is None


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Write an essay on rivers in 0 words", 0),
        ("Write an essay on rivers in zero words", 0),
        ("Write a 49-word essay on rivers", 49),
        ("Write an essay on rivers in 100000 words", 100_000),
        ("Write an essay on rivers of 1,00,000 words", 100_000),
        ("Write an essay on rivers in one lakh words", 100_000),
        ("Write an essay on rivers in six thousand words", 6_000),
    ],
)
def test_a_length_that_no_outline_can_have_is_read_as_it_is_and_the_plan_is_of_the_papers_length(
    question: str, words: int
) -> None:
    plan = essay_plan.read(question)
    assert plan is not None
    assert essay_plan.asked_words(question) == words
    assert not essay_plan.is_possible(words)
    assert (plan.theme, sum(plan.words.values())) == ("rivers", essay_plan.DEFAULT_WORDS)


@pytest.mark.parametrize("words", [51, 99, 120, 250, 399, 400, 401, 777, 1000, 1100, 4999])
def test_every_budget_is_met_exactly(words: int) -> None:
    plan = essay_plan.read(f"Write an essay on rivers in {words} words")
    assert plan is not None
    assert sum(plan.words.values()) == words
    assert min(plan.words.values()) > 0


@pytest.mark.parametrize(
    "piece", ["essay on ", "with a word, ", "'", "for the exam ", "- - ", "one thousand ", "1,000"]
)
def test_hostile_questions_are_read_in_time_that_grows_with_their_length(piece: str) -> None:
    assert_linear(lambda text: essay_plan.read(f"Write an essay on {text}"), piece)
