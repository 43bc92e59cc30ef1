"""Names, words and sides that a sentence has exchanged, or put in another's place, over short passages of our own."""

import pytest
from agent_samples import passage

from app.agents.verifier import verify

SAINTS = passage(
    "Singers of the coast",
    "The Harvars were poets devoted to the sun, and the Nelvars were poets devoted to the moon. Asha Rao led the "
    "rising at Port Bela, Vikram Sen at Mount Sula. K. Dharan marched from Bela to Kora, and C. Mathan marched from "
    "Sula to Tiru. Meera Das doubted that the rising was national in character. Ravi Kaul described the events as a "
    "war of the fishermen in a book.",
)
SOILS = passage(
    "Soils of the coast",
    "Silver soil has formed largely on the lava of the northern plateau. Amber soil contains much iron and looks "
    "yellow when it is wet. More storms form in the Bela Gulf than in the Kora Strait. Rice has a larger yield in "
    "rural blocks, and fish has a larger yield in urban blocks. The fund must be approved by a special majority.",
)
OFFICES = passage(
    "The Harbour Council",
    "The Surveyor shall resign to the Governor, and the Secretary shall resign to the Collector. The Harbour Board "
    "replaced the Port Trust in 1951.",
)
ALL = (SAINTS, SOILS, OFFICES)


def _shown(sentence: str) -> bool:
    return verify(sentence, ALL).text is not None


@pytest.mark.parametrize(
    "sentence",
    [
        "The Nelvars were devoted to the sun, and the Harvars to the moon [1].",
        "Vikram Sen led the rising at Port Bela and Asha Rao at Mount Sula [1].",
        "Asha Rao led the rising at Mount Sula and Vikram Sen at Port Bela [1].",
        "C. Mathan marched from Bela to Kora, and K. Dharan from Sula to Tiru [1].",
        "The Secretary resigns to the Governor, and the Surveyor to the Collector [3].",
    ],
)
def test_two_of_a_kind_that_changed_places_are_withheld(sentence: str) -> None:
    assert not _shown(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The Harvars sang to the sun as devoted poets, and the Nelvars to the moon [1].",
        "Vikram Sen led the rising at Mount Sula, and Asha Rao at Port Bela [1].",
        "K. Dharan marched from Bela to Kora, while C. Mathan marched from Sula to Tiru [1].",
        "The Secretary resigns to the Collector, and the Surveyor to the Governor [3].",
    ],
)
def test_two_of_a_kind_in_their_own_places_are_shown_in_other_words(sentence: str) -> None:
    assert _shown(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Ravi Kaul doubted that the rising was national in character [1].",
        "Meera Das described the events as a war of the fishermen [1].",
        "Amber soil has formed largely on the lava of the northern plateau [2].",
    ],
)
def test_one_of_whom_something_else_is_said_does_not_stand_in_for_another(sentence: str) -> None:
    assert not _shown(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Meera Das doubted the national character of the rising [1].",
        "Silver soil formed mostly on the lava of the northern plateau [2].",
        "Amber soil looks yellow when wet [2].",
    ],
)
def test_one_of_whom_it_is_said_is_shown(sentence: str) -> None:
    assert _shown(sentence)


def test_an_opposite_beside_the_same_word_is_withheld() -> None:
    assert not _shown("Approval of the fund needs a simple majority [2].")
    assert _shown("Approval of the fund needs a special majority [2].")


def test_a_comparison_holds_one_way_only() -> None:
    assert _shown("More storms form in the Bela Gulf than in the Kora Strait [2].")
    assert not _shown("More storms form over the Kora Strait than over the Bela Gulf [2].")


def test_what_replaced_is_not_what_was_replaced() -> None:
    assert _shown("The Port Trust was replaced by the Harbour Board in 1951 [3].")
    assert not _shown("The Harbour Board was replaced by the Port Trust in 1951 [3].")


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("At Mount Sula Vikram Sen led the rising [1].", id="two names after an opening"),
        pytest.param("Amber soil, when wet, looks yellow [2].", id="an aside moved forward"),
        pytest.param("In the Port Trust's place there stood from 1951 the Harbour Board [3].", id="nouns for the verb"),
        pytest.param("Silver soil is more usual than ever on the northern plateau's lava [2].", id="more than ever"),
    ],
)
def test_a_true_sentence_in_another_order_is_shown(sentence: str) -> None:
    assert verify(sentence, ALL).reason is None


RATES = passage(
    "The Harbour Office",
    "It replaced the Port Trust. The lending rate is 25 points above the deposit rate. The Governor names the clerks; "
    "the government of the port pays them.",
)


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("The Harbour Office replaced the Port Trust [1].", True),
        ("The Port Trust replaced the Harbour Office [1].", False),
        ("The lending rate is above the deposit rate [1].", True),
        ("The deposit rate is above the lending rate [1].", False),
        ("The port's government pays the clerks, whom the Governor names [1].", True),
    ],
)
def test_a_pronoun_a_measure_and_a_namesake_keep_their_sides(*, sentence: str, shown: bool) -> None:
    assert (verify(sentence, (RATES,)).text is not None) == shown
