"""When passages support an answer and when they only look like it."""

from collections.abc import Sequence

import pytest
from candidate_values import candidates, chunk, parent

from app.db.search import Parent, Term
from app.retrieval.evidence import Asked, answerable, nearest
from app.retrieval.fact_keys import fact_keys
from app.retrieval.fusion import Fused, fuse
from app.retrieval.minilm import MiniLM


def asked(text: str, *lexemes: str, weights: Sequence[float] = (), groups: Sequence[Sequence[str]] = ()) -> Asked:
    """A question whose terms are the words of `text` that `lexemes` begin."""
    words = text.replace("?", "").split()
    terms = [Term(next(word for word in words if word.lower().startswith(lexeme[:3])), lexeme) for lexeme in lexemes]
    return Asked(text, fact_keys(text), groups, terms, weights or [5.0] * len(terms))


def found(dense: float | None, ranks: Sequence[float], given: Parent | None = None) -> list[Fused]:
    """One passage with one chunk."""
    of = given or parent(1)
    return fuse([candidates([chunk(1, 1, dense=dense, ranks=ranks)], [of], seen=[10] * len(ranks))], dense_weight=0.7)


def test_near_and_covered_is_evidence() -> None:
    question = asked("What is a money bill?", "money", "bill")
    assert answerable(question, found(0.7, [0.1, 0.1]), model=MiniLM.name)


@pytest.mark.parametrize(("dense", "ranks"), [(0.55, [0.1, 0.1, 0.0]), (0.2, [0.1, 0.1, 0.1]), (0.6, [0.0, 0.0, 0.0])])
def test_only_near_or_only_covered_is_not(dense: float, ranks: list[float]) -> None:
    question = asked("What is the boiling temperature of mercury?", "boil", "temperatur", "mercuri")
    assert not answerable(question, found(dense, ranks), model=MiniLM.name)


def test_a_name_that_no_passage_has_is_refused_however_near() -> None:
    question = asked("When did the Eiffel open?", "eiffel", "open")
    assert not answerable(question, found(0.9, [0.0, 0.1]), model=MiniLM.name)


def test_a_name_may_be_there_in_another_form() -> None:
    question = asked("What is the Harappan script?", "harappan", "script")
    has_it = found(0.8, [0.0, 0.1], parent(1, text="Seals of Harappa carry a script."))
    assert answerable(question, has_it, model=MiniLM.name)


def test_capitals_of_a_title_say_nothing() -> None:
    question = asked("Describe the Powers Functions and Duties of Commission", "power", "function", "duti")
    assert answerable(question, found(0.8, [0.1, 0.1, 0.0]), model=MiniLM.name)


def test_a_provision_found_by_its_number_is_evidence() -> None:
    question = asked("Which freedoms does Article 19 give?", "freedom")
    named = parent(1, header="Article 19. Protection", keys=["article:19"], named=True)
    assert answerable(question, found(0.3, [0.0], named), model=MiniLM.name)


def test_a_provision_that_no_passage_has_is_refused() -> None:
    question = asked("What does Article 500 say?", "articl")
    assert not answerable(question, found(0.9, [0.1]), model=MiniLM.name)


def test_a_provision_in_a_passage_text_counts_with_the_rest() -> None:
    question = asked("What did the 42nd Amendment do to the preamble?", "preambl")
    text = "The Constitution (Forty-second Amendment) Act, 1976 changed the preamble."
    assert answerable(question, found(0.6, [0.1], parent(1, text=text)), model=MiniLM.name)


def test_a_paper_that_was_looked_up_in_vain_is_refused() -> None:
    question = asked("UPSC 2031 GS2 questions on judiciary", "judiciari", groups=[["year:2031"], ["paper:gs2"]])
    assert not answerable(question, found(0.9, [0.1]), model=MiniLM.name)


def test_words_that_only_ask_do_not_count() -> None:
    question = asked("Discuss and explain federalism", "discuss", "explain", "feder")
    assert answerable(question, found(0.6, [0.0, 0.0, 0.1]), model=MiniLM.name)


def test_past_questions_are_judged_by_their_subject_alone() -> None:
    question = asked("PYQs on federalism", "pyqs", "feder")
    assert answerable(question, found(0.3, [0.0, 0.1]), model=MiniLM.name)
    assert not answerable(question, found(0.8, [0.1, 0.0]), model=MiniLM.name)


def test_a_long_question_may_be_covered_by_several_passages() -> None:
    words = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"]
    first = parent(1, lexemes=words[:4])
    second = parent(2, lexemes=words[4:])
    ranks = [0.1] * 4 + [0.0] * 4
    both = [chunk(1, 1, dense=0.6, ranks=ranks), chunk(2, 2, dense=0.5, ranks=ranks[::-1])]
    passages = fuse([candidates(both, [first, second], seen=[10] * 8)], dense_weight=0.7)
    assert answerable(asked(" ".join(words), *words), passages, model=MiniLM.name)
    assert not answerable(asked(" ".join(words), *words), passages[:1], model=MiniLM.name)


@pytest.mark.parametrize("model", [None, "text-embedding-3-small"])
def test_without_a_calibrated_cosine_the_words_decide(model: str | None) -> None:
    question = asked("What is a money bill?", "money", "bill")
    assert answerable(question, found(0.1, [0.1, 0.1]), model=model)
    assert not answerable(question, found(0.9, [0.1, 0.0]), model=model)


def test_no_passages_are_no_evidence() -> None:
    assert not answerable(asked("What is a money bill?", "money"), [], model=MiniLM.name)
    assert nearest([]) == ()


def test_the_nearest_are_up_to_three_different_titles() -> None:
    chunks = [chunk(n, n, dense=1 - n / 10) for n in range(1, 6)]
    parents = [parent(n, header=header) for n, header in enumerate(["A", "A", "B", "C", "D"], 1)]
    assert nearest(fuse([candidates(chunks, parents)], dense_weight=0.7)) == ("A", "B", "C")
