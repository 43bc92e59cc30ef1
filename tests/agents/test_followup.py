import pytest

from app.agents.exchange import Exchange
from app.agents.followup import leans, standalone
from app.agents.supervisor import STANDALONE_CHARACTERS
from tests.support.growth import assert_linear

MONEY_BILL = (Exchange("What is a money bill?", "A money bill is …"),)


@pytest.mark.parametrize(
    ("before", "question", "rewritten"),
    [
        ("What is a money bill?", "And who certifies it?", "Who certifies a money bill?"),
        ("What is a money bill?", "What about its exceptions?", "The exceptions of a money bill"),
        (
            "What is a money bill?",
            "How is it different from a finance bill",
            "How is a money bill different from a finance bill?",
        ),
        ("What is the term of the Lok Sabha?", "What about the Rajya Sabha?", "What is the term of the Rajya Sabha?"),
        ("Questions on Buddhism in 2019", "in 2021?", "Questions on Buddhism in 2021"),
        ("What does Article 352 say?", "and 356?", "What does Article 356 say?"),
        ("Causes of the Revolt of 1857", "consequences?", "Consequences of the Revolt of 1857"),
        ("What is inflation?", "in Hindi?", "What is inflation, in Hindi?"),
        ("Explain federalism.", "make it 500 words", "Explain federalism in 500 words"),
        ("Compare PSLV and GSLV", "which of them is heavier?", "Which of PSLV and GSLV is heavier?"),
    ],
)
def test_a_follow_up_becomes_a_question_of_its_own(before: str, question: str, rewritten: str) -> None:
    assert standalone(question, (Exchange(before, "It is …"),)) == rewritten


@pytest.mark.parametrize(
    "question",
    [
        "What is the 73rd Constitutional Amendment?",
        "Explain the monsoon and its onset.",
        "Is it true that the President can dissolve the Lok Sabha?",
        "Latest schemes launched this year",
    ],
)
def test_a_whole_question_stays_as_it_is(question: str) -> None:
    assert not leans(question)
    assert standalone(question, MONEY_BILL) == question


LISTED = "It has these: 1. Supremacy of the Constitution. 2. Judicial review. 3. Federalism."


@pytest.mark.parametrize(
    ("before", "question", "rewritten"),
    [
        (
            "Explain the doctrine of basic structure.",
            "explain the second point in detail",
            "Explain Judicial review in detail - the doctrine of basic structure",
        ),
        ("What is the 73rd amendment?", "explain the second point", "Explain Judicial review - the 73rd amendment"),
        (
            "What is the difference between a money bill and a finance bill?",
            "Who certifies the latter?",
            "Who certifies a finance bill?",
        ),
        ("Is the Rajya Sabha permanent?", "why?", "Why is the Rajya Sabha permanent?"),
        ("Explain certiorari", "mandamus?", "Explain mandamus"),
        ("List five features of federalism.", "what about the demerits", "The demerits of federalism"),
    ],
)
def test_what_is_pointed_at_comes_from_the_answer_or_the_question(before: str, question: str, rewritten: str) -> None:
    assert standalone(question, (Exchange(before, LISTED),)) == rewritten


@pytest.mark.parametrize("question", ["What is judicial review?", "What is jurisdiction?", "Explain federalism"])
def test_who_names_a_thing_to_explain_asks_anew(question: str) -> None:
    assert standalone(question, (Exchange("Explain the doctrine of basic structure.", LISTED),)) == question


def test_the_subject_comes_from_the_last_question_that_has_one() -> None:
    history = (*MONEY_BILL, Exchange("Explain Article 110.", "…"), Exchange("And its use?", "…"))
    assert standalone("Who decides on it?", history) == "Who decides on Article 110?"


def test_without_a_subject_a_follow_up_stays_open() -> None:
    assert standalone("And then?", (Exchange("Why?", "…"),)) is None


def test_a_rewriting_is_never_longer_than_a_route_may_hold() -> None:
    long = (Exchange(f"What is {'the doctrine of lapse and annexation ' * 90}?", "…"),)
    assert len(standalone("And its exceptions?", long) or "") <= STANDALONE_CHARACTERS


@pytest.mark.parametrize("piece", ["it ", "the act ", "and ", "?", "a", "Art 1(1)"])
def test_hostile_text_is_read_in_time_that_grows_with_its_length(piece: str) -> None:
    assert_linear(lambda text: standalone(text, (Exchange(text, text),)), piece)
