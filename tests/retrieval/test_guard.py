"""Which questions are one question to the cache, and which never are."""

import pytest

from app.retrieval.guard.comparison import Comparison
from app.retrieval.guard.guarded import guard
from tests.support.growth import assert_linear

SAME = [
    ("Who appoints the Governor?", "By whom is the Governor appointed?"),
    ("powers of the President over the Governor", "What powers does the President have over the Governor?"),
    ("Explain Art 21", "What is Article 21 of the Constitution of India?"),
    ("causes of World War II", "causes of world war ii"),
    ("Explain Schedule VI", "explain schedule vi"),
    ("forty-second amendment", "Please explain the XLII Constitutional Amendment Act"),
    ("Article 51 A", "Art. 51A"),
    ("difference between Lok Sabha and Rajya Sabha", "Rajya Sabha vs LS"),
    ("How does El Nino affect agriculture in India?", "impact of El Nino on Indian agriculture"),
    ("causes of the decline of the Guptas", "Why did the Guptas decline?"),
    ("In which year was SEBI set up?", "When was the Securities and Exchange Board of India established?"),
    ("GS2 2022 federalism questions", "questions on federalism in GS paper II of 2022"),
    ("1st session of the Congress", "first session of the Congress"),
    ("role of women in the freedom struggle", "In the freedom struggle, what was the role of women?"),
    ("राष्ट्रपति की शक्तियाँ", "राष्ट्रपति की शक्तियों का वर्णन कीजिए"),
]
DIFFERENT = [
    ("Who appoints the Governor?", "Whom does the Governor appoint?"),
    ("Who appoints the Governor?", "Who removes the Governor?"),
    ("India's view of China", "China's view of India"),
    ("Did Nehru support Patel and Bose?", "Did Bose and Nehru support Patel?"),
    ("Articles 14 to 18", "Articles 14 and 18"),
    ("questions from 2013 to 2018", "questions from 2013 and 2018"),
    ("shift from prelims to mains", "shift from mains to prelims"),
    ("GS1 2019 and GS2 2021 questions", "GS1 2021 and GS2 2019 questions"),
    ("5 questions of 10 marks", "10 questions of 5 marks"),
    ("developed countries", "developing countries"),
    ("moral of the troops", "morale of the troops"),
    ("trains in India", "training in India"),
    ("Part IV", "Part IV-A"),
    ("Vitamin A", "Vitamin"),
    ("1.5 degrees", "15 degrees"),
    ("questions on the Lok Sabha", "questions in the Lok Sabha"),
    ("investment in Nepal", "investment of Nepal"),
    ("us constitution", "constitution"),
    ("events of May 2022", "events of 2022"),
    ("What causes floods?", "What do floods cause?"),
    ("Is property a fundamental right?", "Was property a fundamental right?"),
    ("Should the Governor resign?", "Must the Governor resign?"),
    ("war or peace", "war and peace"),
    ("challenges before independence", "challenges of independence"),
    ("law of demand", "law on demand"),
    ("-5 degrees", "5 degrees"),
    ("RBI Governor", "Governor"),
    ("Constitution of Japan", "Constitution of India"),
    ("fall of Rome", "rise of Rome"),
    ("ex-officio chairman", "chairman"),
    ("What is the term of the President?", "Who is the President?"),
    ("zorbing before quoxel", "quoxel before zorbing"),
    ("To whom is the Cabinet responsible?", "For whom is the Cabinet responsible?"),
    ("What did the RBI do about prices?", "What can the RBI do about prices?"),
    ("What will the RBI do about prices?", "What can the RBI do about prices?"),
    ("राम ने श्याम को हराया", "श्याम ने राम को हराया"),
    ("முதல் கட்டம்", "முதல கட்டம்"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_question_in_other_words_has_the_same_keys_and_wording(one: str, other: str) -> None:
    assert guard(one) == guard(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_question_has_other_keys(one: str, other: str) -> None:
    assert guard(one).keys != guard(other).keys


@pytest.mark.parametrize("word", ["quoxel", "நதி", "नदी", "α", "→"])
def test_one_word_more_that_nobody_knows_makes_another_question(word: str) -> None:
    assert guard("powers of the Governor").keys != guard(f"powers of the {word} Governor").keys


@pytest.mark.parametrize(
    "question",
    ["What is my rank?", "I scored 110 in prelims, what next?", "Review my essay on women", "What are its exceptions?",
     "and in 2021?", "news of today", "What happened last week?", "मेरा अंक कितना है", "???"],
)  # fmt: skip
def test_a_question_of_one_student_or_one_moment_is_nobody_elses(question: str) -> None:
    assert not guard(question).standalone


@pytest.mark.parametrize(
    "question",
    ["Tell me about federalism", "Can I know what GST is?", "I want to know about the Speaker",
     "What is CRISPR and how does it work?", "How do I write an essay?", "मुझे संसद के बारे में बताइए"],
)  # fmt: skip
def test_a_student_who_only_asks_is_answered_like_the_others(question: str) -> None:
    assert guard(question).standalone


def test_facts_keep_the_forms_that_retrieval_looks_up() -> None:
    keys = guard("Which GS2 2022 questions quote Art. 19(1)(a) and the 7th Schedule?").keys
    assert {"article:19", "article:19(1)(a)", "schedule:7", "year:2022", "paper:gs2", "demand:past_questions"} <= {
        *keys
    }


def test_keys_are_sorted_and_distinct() -> None:
    keys = guard("Article 14, Article 14 and Article 15").keys
    assert list(keys) == sorted(set(keys))


@pytest.mark.parametrize(
    "piece",
    ["1st and ", "who is the ", "how does a ", "articles 1, ", "what is the meaning of ", "(", "a", "म ",
     "is mentioned in ", "x comes under ", "i want to know ", "́", "IV", "A ", "@say ", "in the constitution ",
     "role of ", "मुझे "],
)  # fmt: skip
def test_a_hostile_question_takes_no_longer_than_its_length(piece: str) -> None:
    assert_linear(guard, piece)


@pytest.mark.parametrize(
    ("veto", "same_wording", "served"),
    [(None, False, [True, False]), (None, True, [True, True]), (("term:vice",), False, [False, False])],
)
def test_without_a_veto_the_same_wording_or_the_cosine_decides(
    veto: tuple[str, ...] | None, same_wording: bool, served: list[bool]
) -> None:
    compared = Comparison(0.9, (), (), veto, same_wording)
    assert [compared.served(threshold) for threshold in (0.85, 0.92)] == served
