"""What comes first among the passages that a question names."""

from collections.abc import Sequence

from candidate_values import candidates, chunk, parent

from app.db.search import Parent
from app.retrieval.fact_keys import fact_keys
from app.retrieval.fusion import fuse
from app.retrieval.wanted import wanted

ARTICLE = ["article:19"]


def order(question: str, parents: Sequence[Parent], cosines: Sequence[float]) -> list[int]:
    """The parents' numbers as they are ranked for `question`."""
    chunks = [chunk(one.id.int, one.id.int, dense=cosine) for one, cosine in zip(parents, cosines, strict=True)]
    found = fuse([candidates(chunks, parents)], dense_weight=0.7, wanted=wanted(question, fact_keys(question)))
    return [one.parent.id.int for one in found]


def test_the_text_of_a_named_provision_comes_before_texts_about_it() -> None:
    parents = [
        parent(1, header="Article 19: the six freedoms", keys=ARTICLE),
        parent(2, header="Article 19", keys=ARTICLE),
        parent(3, header="Elsewhere"),
    ]
    assert order("What does Article 19 say?", parents, [0.9, 0.5, 0.1]) == [2, 1, 3]


def test_a_provision_leads_with_its_opening_unless_that_fits_far_worse() -> None:
    parents = [
        parent(1, header="Article 19", document=7, keys=ARTICLE, position=1),
        parent(2, header="Article 19", document=7, keys=ARTICLE, position=0),
        parent(3, header="Elsewhere"),
    ]
    assert order("What does Article 19 say?", parents, [0.9, 0.8, 0.1]) == [2, 1, 3]
    assert order("What does Article 19 say?", parents, [0.9, 0.2, 0.1]) == [1, 2, 3]


def test_the_part_with_the_clause_that_is_named_comes_first() -> None:
    parents = [
        parent(1, header="Article 19", document=7, keys=ARTICLE, position=0, text="(1) All citizens\n(a) to speak;"),
        parent(2, header="Article 19", document=7, keys=ARTICLE, position=1, text="(6) Nothing in\n(i) practising"),
    ]
    for question, found in (
        ("Article 19(6)", [2, 1]),
        ("Art. 19(1)(a)", [1, 2]),
        ("sub-clause (a) of clause (1) of Article 19", [1, 2]),
        ("Article 19 (6)(i)", [2, 1]),
    ):
        assert order(question, parents, [0.5, 0.5]) == found
        assert order(question, parents, [0.9, 0.1]) == found


def test_a_letter_is_looked_for_under_its_clause_not_before_it() -> None:
    parents = [
        parent(
            1, header="Article 19", document=7, keys=ARTICLE, position=0, text="(1) All\n(a) to speak;\n(b) to meet"
        ),
        parent(2, header="Article 19", document=7, keys=ARTICLE, position=1, text="(2) Nothing in\n(a) affects"),
    ]
    assert order("Article 19(2)(a)", parents, [0.9, 0.1]) == [2, 1]


def test_a_page_that_spells_the_clause_out_holds_it_too() -> None:
    parents = [
        parent(1, header="Article 19: the six freedoms", document=1, keys=ARTICLE, text="On freedoms in general."),
        parent(2, header="Article 19: the six freedoms", document=1, keys=ARTICLE, text="Article 19 (1)(a) is speech."),
    ]
    assert order("What is Article 19(1)(a)?", parents, [0.9, 0.4]) == [2, 1]


def test_a_past_paper_comes_before_a_title_that_is_quoted() -> None:
    parents = [
        parent(1, header="Indian Monsoon", keys=["name:indian monsoon"]),
        parent(2, header="GS1 2021", keys=["year:2021", "paper:gs1"]),
    ]
    assert order("UPSC 2021 GS1 on the Indian monsoon", parents, [0.9, 0.1]) == [2, 1]
