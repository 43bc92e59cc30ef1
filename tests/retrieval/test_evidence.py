"""When passages support an answer and when they only look like it."""

from collections.abc import Sequence

import pytest
from candidate_values import candidates, chunk, parent

from app.db.search import Parent, Term
from app.retrieval.evidence import Asked, Case, Judgement, nearest
from app.retrieval.fact_keys import fact_keys
from app.retrieval.fused import Fused
from app.retrieval.fusion import fuse
from app.retrieval.support import holders
from app.retrieval.support.weighing import Nearness

MONEY_BILL = "A bill is a money bill if it contains only provisions on taxes, loans and the funds of the State."


def asked(text: str, *, groups: Sequence[Sequence[str]] = (), weight: float = 5.0) -> Asked:
    """A question whose words of more than three letters are all as rare as `weight` says."""
    words = [word for word in text.replace("?", "").split() if len(word) > 3]
    # PostgreSQL's stems, as far as these questions need them.
    terms = [Term(word, word.lower().removesuffix("e")) for word in words]
    return Asked(text, fact_keys(text), groups, terms, [weight] * len(terms))


def found(*given: Parent, dense: float | None = 0.6) -> list[Fused]:
    """These passages with a chunk each, in this order."""
    chunks = [chunk(n, one.id.int, dense=None if dense is None else dense - n / 100) for n, one in enumerate(given, 1)]
    return fuse([candidates(chunks, given)], dense_weight=0.7)


def judged(question: Asked, passages: Sequence[Fused], near: float | None) -> Judgement:
    """The verdict where every sentence is this near to the question, or nothing is known of meaning."""
    nearness = None if near is None else Nearness(question.text, lambda _: near, lambda _: near)
    return Case(question, passages).judge(nearness)


@pytest.mark.parametrize("near", [0.8, None])
def test_a_sentence_with_the_words_of_the_question_is_evidence(near: float | None) -> None:
    page = found(parent(1, header="Money bills", text=MONEY_BILL))
    assert judged(asked("What provisions does a money bill contain?"), page, near).answerable


def test_a_sentence_that_is_near_is_evidence_in_other_words() -> None:
    page = parent(1, header="Money bills", text=MONEY_BILL)
    question = asked("What makes draft laws about revenue a special class?", weight=2.0)
    assert judged(question, found(page, dense=0.8), 0.8).answerable
    assert not judged(question, found(page, dense=0.1), 0.1).answerable


def test_what_is_asked_of_the_thing_must_be_said_of_it() -> None:
    page = found(parent(1, header="Mercury", text="Mercury is a metal that conducts heat badly. It is used in lamps."))
    assert not judged(asked("What is the boiling temperature of mercury?"), page, 0.55).answerable


def test_a_provision_that_no_passage_has_is_refused_however_near() -> None:
    verdict = judged(asked("What does Article 500 say?"), found(parent(1)), 0.95)
    assert (verdict.answerable, verdict.reason) == (False, "no passage has article:500")


def test_a_provision_that_stands_in_a_text_is_there() -> None:
    text = "The Constitution (Forty-second Amendment) Act, 1976 changed the preamble."
    question = asked("What did the 42nd Amendment do to the preamble?")
    assert judged(question, found(parent(1, text=text), dense=0.7), 0.7).answerable


def test_a_provision_found_by_its_number_needs_no_other_word() -> None:
    named = parent(1, header="Article 19. Protection", keys=["article:19"], named=True)
    assert judged(asked("Article 19"), found(named, dense=0.1), 0.1).answerable


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("What was the repo rate in 2031?", "2031"),
        ("What did COP31 decide on the repo rate?", "COP31"),
        ("What is the repo rate in Canada?", "canada"),
    ],
)
def test_another_year_edition_or_country_is_refused_however_near(question: str, lacking: str) -> None:
    page = found(parent(1, header="Repo rate", text="The repo rate was 5.5 per cent in 2025 after COP30."))
    verdict = judged(asked(question), page, 0.95)
    assert (verdict.answerable, verdict.reason) == (False, f"no page has {lacking}")


def test_a_year_that_the_page_has_is_no_hindrance() -> None:
    page = found(parent(1, header="Repo rate", text="The repo rate was 5.5 per cent in 2025."), dense=0.8)
    assert judged(asked("What was the repo rate in 2025?"), page, 0.8).answerable


def test_a_paper_that_was_looked_up_in_vain_is_refused() -> None:
    question = asked("UPSC 2031 GS2 questions on judiciary", groups=[["year:2031"], ["paper:gs2"]])
    assert not judged(question, found(parent(1)), 0.95).answerable


def test_an_answer_is_written_from_pages_that_have_what_is_named() -> None:
    own = parent(1, header="Repo rate", text="The repo rate was 6.5 per cent in 2024.")
    other = parent(2, header="Reverse repo", text="The reverse repo rate absorbs money.")
    verdict = judged(asked("What was the repo rate in 2024?"), found(own, other), 0.7)
    assert verdict.documents == {own.document_id}


def test_a_comparison_may_find_its_sides_on_different_pages() -> None:
    one = parent(1, header="Rainfall of Japan", text="Japan has rain in all seasons.")
    two = parent(2, header="Rainfall of Peru", text="Peru has a dry coast.")
    assert Case(asked("Compare the rainfall of Japan and Peru"), found(one, two)).refused is None
    assert Case(asked("Describe the rainfall of Japan and Peru"), found(one, two)).refused is not None


@pytest.mark.parametrize("question", ["What happened this week?", "What is tomorrow's weather?", "Who won last night?"])
def test_news_of_these_days_is_refused_and_known_as_newer(question: str) -> None:
    verdict = judged(asked(question), found(parent(1)), 0.95)
    assert (verdict.answerable, verdict.newer) == (False, True)


def test_a_year_that_nothing_found_has_asks_for_what_is_newer() -> None:
    page = found(parent(1, header="Repo rate", text="The repo rate was 5.5 per cent in 2025."))
    assert judged(asked("What was the repo rate in 2031?"), page, 0.9).newer
    assert not judged(asked("What was the repo rate in 2025?"), page, 0.9).newer


@pytest.mark.parametrize("question", ["राज्यपाल की नियुक्ति कौन करता है?", "?", "🙂"])
def test_what_has_no_word_that_a_page_could_have_is_refused_however_near(question: str) -> None:
    assert not judged(asked(question), found(parent(1, header="Money bills", text=MONEY_BILL)), 0.9).answerable


@pytest.mark.parametrize("near", [0.35, None])
@pytest.mark.parametrize("noise", ["asdf qwer zxcv", "lorem ipsum dolor sit amet consectetur adipiscing elit"])
def test_noise_is_refused_where_nothing_is_near(noise: str, near: float | None) -> None:
    page = found(parent(1, header="Money bills", text=MONEY_BILL), dense=near)
    verdict = judged(asked(noise), page, near)
    assert (verdict.answerable, verdict.reason) == (False, "no page has a word of it")


@pytest.mark.parametrize(
    "question",
    ["Who is the current Prime Minister?", "who is the prime minister now", "Who is currently the Prime Minister?"],
)
def test_who_holds_an_office_today_is_refused_where_nobody_is_named(question: str) -> None:
    page = parent(
        1, header="NITI Aayog", text="The Prime Minister is the Chairperson, and the Prime Minister appoints."
    )
    assert judged(asked(question, weight=2.0), found(page), 0.9).reason.startswith("no page names who is ")


@pytest.mark.parametrize(
    "text", ["Prime Minister Lakshmi Rao spoke in Delhi.", "Lakshmi Rao took office as Prime Minister in 2025."]
)
def test_who_holds_an_office_today_is_answered_by_a_name(text: str) -> None:
    page = found(parent(1, header="The Union", text=text), dense=0.9)
    assert judged(asked("Who is the current Prime Minister?", weight=2.0), page, 0.9).answerable


@pytest.mark.parametrize(
    "question",
    ["Who is the current Prime Minister and what are his powers?", "What is the current account?",
     "Who is the Advocate-General of a State?", "Who is present at the sitting now?"],
)  # fmt: skip
def test_other_questions_need_no_holder(question: str) -> None:
    assert holders.office(question) is None


def test_a_provision_is_found_from_a_question_in_another_script() -> None:
    page = parent(1, keys=["article:110"], header="Article 110", text=MONEY_BILL)
    assert judged(asked("अनुच्छेद 110 क्या है?"), found(page), 0.9).answerable


def test_no_passages_are_no_evidence() -> None:
    assert not judged(asked("What is a money bill?"), [], None).answerable
    assert nearest([]) == ()


def test_the_nearest_are_up_to_three_different_titles() -> None:
    parents = [parent(n, header=header) for n, header in enumerate(["A", "A", "B", "C", "D"], 1)]
    assert nearest(found(*parents, dense=0.9)) == ("A", "B", "C")
