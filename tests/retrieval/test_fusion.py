"""How two scores and several domains become one order of parents."""

import pytest
from candidate_values import candidates, chunk, number, parent

from app.retrieval.fusion import PER_DOCUMENT, fuse, min_max, weights


@pytest.mark.parametrize(
    ("values", "scaled"),
    [([2.0, 4.0, 3.0], [0.0, 1.0, 0.5]), ([0.4], [1.0]), ([0.0, 0.0], [0.0, 0.0]), ([-1.0, 1.0], [0.0, 1.0]), ([], [])],
)
def test_min_max_stretches_to_the_unit_interval(values: list[float], scaled: list[float]) -> None:
    assert min_max(values) == scaled


def test_the_score_is_seven_parts_cosine_and_three_parts_text() -> None:
    chunks = [
        chunk(1, 1, dense=0.9, ranks=[0.0]),
        chunk(2, 2, dense=0.5, ranks=[0.2]),
        chunk(3, 3, dense=0.1, ranks=[0.1]),
    ]
    fused = fuse([candidates(chunks, [parent(1), parent(2), parent(3)])], dense_weight=0.7)
    assert [(one.parent.id, round(one.passage.score, 6)) for one in fused] == [
        (number(1), 0.7),
        (number(2), 0.65),
        (number(3), 0.15),
    ]


def test_children_fold_into_one_parent_under_the_best_of_them() -> None:
    chunks = [chunk(1, 1, dense=0.9), chunk(2, 1, dense=0.2, ranks=[0.1]), chunk(3, 2, dense=0.1)]
    fused = fuse([candidates(chunks, [parent(1), parent(2)])], dense_weight=0.7)
    assert [one.parent.id for one in fused] == [number(1), number(2)]
    best = fused[0].passage
    assert (best.best_child, best.dense, best.text_rank > 0) == ("chunk 1", 0.9, True)


def test_what_the_question_names_comes_before_what_scores_higher() -> None:
    chunks = [chunk(1, 1, dense=0.9), chunk(2, 2, dense=0.1)]
    fused = fuse([candidates(chunks, [parent(1), parent(2, named=True)])], dense_weight=0.7)
    assert [(one.parent.id, one.passage.structured) for one in fused] == [(number(2), True), (number(1), False)]


def test_cosines_of_two_models_are_scaled_apart() -> None:
    first = candidates([chunk(1, 1, dense=0.9), chunk(2, 2, dense=0.8)], [parent(1), parent(2)])
    second = candidates(
        [chunk(3, 3, dense=0.3), chunk(4, 4, dense=0.2)], [parent(3), parent(4)], domain="history", model="other"
    )
    scores = {one.parent.id: one.passage.score for one in fuse([first, second], dense_weight=1.0)}
    assert scores == {number(1): 1.0, number(2): 0.0, number(3): 1.0, number(4): 0.0}


def test_without_a_cosine_the_words_decide_alone() -> None:
    chunks = [chunk(1, 1, dense=None, ranks=[0.1]), chunk(2, 2, dense=None, ranks=[0.3])]
    fused = fuse([candidates(chunks, [parent(1), parent(2)])], dense_weight=0.7)
    assert [(one.parent.id, one.passage.score, one.passage.dense) for one in fused] == [
        (number(2), 1.0, None),
        (number(1), 0.0, None),
    ]


def test_a_rare_word_weighs_more_than_a_common_one_over_all_domains() -> None:
    domains = [candidates([], [], seen=(900, 0), domain="polity"), candidates([], [], seen=(0, 5), domain="history")]
    common, rare = weights(domains)
    assert rare > 5 * common > 0


def test_one_document_does_not_fill_all_places() -> None:
    chunks = [chunk(n, n, dense=1 - n / 100) for n in range(1, 7)]
    parents = [parent(n, document=1) for n in range(1, 6)] + [parent(6, document=2)]
    order = [one.parent.id.int for one in fuse([candidates(chunks, parents)], dense_weight=0.7)]
    assert order == [1, 2, 3, 6, 4, 5]
    assert PER_DOCUMENT == 3


def test_nothing_found_gives_nothing() -> None:
    assert fuse([], dense_weight=0.7) == []
    assert fuse([candidates([], [])], dense_weight=0.7) == []


def test_the_text_of_a_named_provision_comes_before_texts_about_it() -> None:
    chunks = [chunk(1, 1, dense=0.9), chunk(2, 2, dense=0.5), chunk(3, 3, dense=0.1)]
    parents = [
        parent(1, header="Article 19: the six freedoms", named=True),
        parent(2, header="Article 19", named=True),
        parent(3, header="Elsewhere"),
    ]
    found = fuse([candidates(chunks, parents)], dense_weight=0.7, provisions=["article:19"])
    assert [one.parent.id.int for one in found] == [2, 1, 3]


def test_a_provision_leads_with_its_opening_unless_that_fits_far_worse() -> None:
    parents = [
        parent(1, header="Article 19", document=7, named=True, position=1),
        parent(2, header="Article 19", document=7, named=True, position=0),
        parent(3, header="Elsewhere"),
    ]

    def order(opening: float) -> list[int]:
        chunks = [chunk(1, 1, dense=0.9), chunk(2, 2, dense=opening), chunk(3, 3, dense=0.1)]
        found = fuse([candidates(chunks, parents)], dense_weight=0.7, provisions=["article:19"])
        return [one.parent.id.int for one in found]

    assert order(opening=0.8) == [2, 1, 3]
    assert order(opening=0.2) == [1, 2, 3]
