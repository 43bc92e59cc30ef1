"""One rule of the verifier a test, over passages of two or three sentences."""

import pytest
from agent_samples import passage

from app.agents import prompts
from app.agents.verifier import Checker, verify
from tests.support.growth import assert_linear

MISSION = passage(
    "The harbour survey",
    "The Harbour Survey Act was passed in 1921 and amended in 1934. Asha Rao led the first survey in 1922, and Vikram "
    "Sen led the second survey in 1936. The first survey took 14 months and covered 320 km of coast. The second survey "
    "took 9 months and covered 510 km of coast. A surveyor cannot own a ship. The Governor appoints the Surveyor on "
    "the advice of the Harbour Council.",
)
LAW = passage(
    "Article 901. The Harbour Council",
    "(1) There shall be a Harbour Council of not more than twelve members.\n"
    "(2) No person shall be a member of the Council who has not completed the age of forty years.\n"
    "(3) The Council shall meet at least once in every six months.",
)
BOTH = (MISSION, LAW)


def _shown(sentence: str) -> bool:
    return verify(sentence, BOTH).text is not None


@pytest.mark.parametrize(
    "sentence",
    [
        "Asha Rao led the first survey in 1922 [1].",
        "The second survey covered 510 km of coast in 9 months [1].",
        "The Act of 1921 was amended in 1934 [1].",
        "In nine months the second survey covered 510 kilometres [1].",
        "The Surveyor is appointed by the Governor, who acts on the Harbour Council's advice [1].",
        "Ship owners are left out: a surveyor cannot own a ship [1].",
        "The Council has at most 12 members [2].",
        "Nobody under forty years of age can be a member of the Council [2].",
        "The first survey began a year after the Act and took fourteen months [1].",
        "Under Article 901 the Council meets at least once in six months [2].",
    ],
)
def test_what_the_passage_says_is_shown_in_its_words_or_others(sentence: str) -> None:
    assert verify(sentence, BOTH).reason is None


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("Asha Rao led the first survey in 1923 [1].", id="a year of nowhere"),
        pytest.param("Asha Rao led the first survey in 1936 [1].", id="the year of another event"),
        pytest.param("The first survey took 9 months and covered 320 km of coast [1].", id="another's number"),
        pytest.param("The second survey covered 320 km of coast [1].", id="another's length"),
        pytest.param("The Harbour Survey Act was passed in 1934 and amended in 1921 [1].", id="years exchanged"),
        pytest.param("Vikram Sen led the first survey in 1922 [1].", id="names exchanged"),
        pytest.param("Meera Das led the first survey in 1922 [1].", id="a name of nowhere"),
        pytest.param("A surveyor can own a ship [1].", id="a denial dropped"),
        pytest.param(
            "The Governor does not appoint the Surveyor on the advice of the Harbour Council [1].", id="denied"
        ),
        pytest.param("The Council has at least twelve members [2].", id="a bound turned round"),
        pytest.param("Under Article 902 the Council meets at least once in six months [2].", id="another article"),
        pytest.param("The Council meets at least once in six weeks [2].", id="another unit"),
    ],
)
def test_a_planted_error_is_withheld_with_a_reason(sentence: str) -> None:
    verdict = verify(sentence, BOTH)
    assert verdict.text is None
    assert verdict.reason


def test_a_fact_under_another_passages_number_is_withheld() -> None:
    assert _shown("The second survey covered 510 km of coast [1].")
    assert not _shown("The second survey covered 510 km of coast [2].")


def test_a_number_that_no_passage_has_is_dropped_from_the_text() -> None:
    assert verify("Asha Rao led the first survey in 1922 [1][7].", BOTH).text == (
        "Asha Rao led the first survey in 1922 [1]."
    )


@pytest.mark.parametrize(
    "sentence", ["Asha Rao led the first survey in 1922.", "Asha Rao led the first survey in 1922 [7]."]
)
def test_a_claim_that_cites_nothing_known_is_withheld(sentence: str) -> None:
    assert not _shown(sentence)


@pytest.mark.parametrize(
    "frame", ["## The two surveys\n", "**Way forward**\n", "Key provisions:\n", "- **Asha Rao:**\n"]
)
def test_titles_and_lead_ins_wait_for_what_stands_under_them(frame: str) -> None:
    verdict = verify(frame, BOTH)
    assert (verdict.text, verdict.frame) == (frame, True)


def test_a_title_with_a_fact_of_nowhere_is_withheld() -> None:
    assert not _shown("## The survey of 1951\n")


@pytest.mark.parametrize("mark", ["\n", "---\n", "| --- | --- |\n"])
def test_marks_of_layout_pass_unchanged(mark: str) -> None:
    assert verify(mark, BOTH).text == mark


@pytest.mark.parametrize(
    "acting",
    ["![chart](https://x.example/a.png)", "[more](https://x.example)", "<img src=x onerror=alert(1)>",
     "https://x.example/a", "www.x.example/a", "javascript:alert(1)", "[more][a1]"],
)  # fmt: skip
def test_what_would_act_in_an_answer_is_withheld(acting: str) -> None:
    assert not _shown(f"Asha Rao led the first survey in 1922 {acting} [1].")


def test_eight_words_of_the_prompt_in_a_row_are_withheld() -> None:
    secret = prompts.load("factual").text
    words = secret.split()
    leaked = " ".join(words[:12])
    checker = Checker(BOTH, secret=secret)

    assert checker.check(f"{leaked} [1].").reason == "it repeats the prompt"
    assert checker.check("Asha Rao led the first survey in 1922 [1].").reason is None


@pytest.mark.parametrize(
    "unit", ["no not never ", "one hundred and ", "(1) ", "A. B. ", "1921, ", "[1", "**", "Article 1, "]
)
def test_hostile_sentences_are_read_in_time_that_grows_with_their_length(unit: str) -> None:
    checker = Checker(BOTH)
    checker.prepare()
    assert_linear(lambda text: checker.check(f"{text} [1]"), unit)


@pytest.mark.parametrize(
    "more",
    [", but the 44th Amendment of 1978 made privacy a crime", "naire of 1978", " <script>alert(1)</script>"],
)
def test_what_stands_behind_the_words_of_a_refusal_is_a_claim(more: str) -> None:
    checker = Checker(BOTH)
    assert checker.check("The study material here does not answer this question.").text is not None
    assert checker.check(f"The study material here does not answer this question{more}.").text is None
