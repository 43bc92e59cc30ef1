"""How two scores and several domains become one order of parents."""

from dataclasses import replace
from datetime import date

import pytest
from candidate_values import candidates, chunk, number, parent

from app.retrieval.fusion import COVERAGE, PER_DOCUMENT, fuse, min_max, weights
from app.retrieval.wanted import Wanted


@pytest.mark.parametrize(
    ("values", "scaled"),
    [([2.0, 4.0, 3.0], [0.0, 1.0, 0.5]), ([0.4], [1.0]), ([0.0, 0.0], [0.0, 0.0]), ([-1.0, 1.0], [0.0, 1.0]), ([], [])],
)
def test_min_max_stretches_to_the_unit_interval(values: list[float], scaled: list[float]) -> None:
    assert min_max(values) == scaled


def test_children_fold_into_one_parent_under_the_best_of_them() -> None:
    chunks = [chunk(1, 1, dense=0.9), chunk(2, 1, dense=0.2, ranks=[0.1]), chunk(3, 2, dense=0.1)]
    fused = fuse([candidates(chunks, [parent(1), parent(2)])], dense_weight=0.7)
    assert [one.parent.id for one in fused] == [number(1), number(2)]
    best = fused[0].passage
    assert (best.best_child, best.dense, best.text_rank > 0) == ("chunk 1", 0.9, True)


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


def test_the_score_is_seven_parts_cosine_three_parts_text_and_what_it_covers() -> None:
    chunks = [
        chunk(1, 1, dense=0.9, ranks=[0.0]),
        chunk(2, 2, dense=0.5, ranks=[0.2]),
        chunk(3, 3, dense=0.1, ranks=[0.1]),
    ]
    fused = fuse([candidates(chunks, [parent(1), parent(2), parent(3)])], dense_weight=0.7)
    assert [(one.parent.id, round(one.passage.score * (1 + COVERAGE), 6)) for one in fused] == [
        (number(2), round(0.65 + COVERAGE, 6)),
        (number(1), 0.7),
        (number(3), round(0.15 + COVERAGE, 6)),
    ]


def test_two_words_once_beat_one_word_again_and_again() -> None:
    chunks = [chunk(1, 1, dense=0.5, ranks=[0.2, 0.0]), chunk(2, 2, dense=0.5, ranks=[0.1, 0.1])]
    found = fuse([candidates(chunks, [parent(1), parent(2)], seen=(10, 10))], dense_weight=0.7)
    assert [one.parent.id.int for one in found] == [2, 1]


def test_words_elsewhere_in_the_passage_count_for_its_chunk() -> None:
    chunks = [chunk(1, 1, dense=0.5, ranks=[0.1, 0.0]), chunk(2, 2, dense=0.5, ranks=[0.1, 0.0])]
    whole = replace(parent(2), ranks=(0.1, 0.1))
    found = fuse([candidates(chunks, [parent(1), whole], seen=(10, 10))], dense_weight=0.7)
    assert [one.parent.id.int for one in found] == [2, 1]


def test_what_the_question_names_comes_before_what_scores_higher() -> None:
    chunks = [chunk(1, 1, dense=0.9), chunk(2, 2, dense=0.1)]
    found = fuse(
        [candidates(chunks, [parent(1), parent(2, keys=["article:19"])])],
        dense_weight=0.7,
        wanted=Wanted(provisions=("article:19",)),
    )
    assert [(one.parent.id, one.passage.structured) for one in found] == [(number(2), True), (number(1), False)]


def test_cosines_of_two_models_are_scaled_apart() -> None:
    first = candidates([chunk(1, 1, dense=0.9), chunk(2, 2, dense=0.8)], [parent(1), parent(2)])
    second = candidates(
        [chunk(3, 3, dense=0.3), chunk(4, 4, dense=0.2)], [parent(3), parent(4)], domain="history", model="other"
    )
    scores = {one.parent.id.int: one.passage.score for one in fuse([first, second], dense_weight=1.0)}
    assert scores[1] == scores[3] > scores[2] == scores[4] == 0


def test_without_a_cosine_the_words_decide_alone() -> None:
    chunks = [chunk(1, 1, dense=None, ranks=[0.1]), chunk(2, 2, dense=None, ranks=[0.3])]
    fused = fuse([candidates(chunks, [parent(1), parent(2)])], dense_weight=0.7)
    assert [(one.parent.id, one.passage.dense) for one in fused] == [(number(2), None), (number(1), None)]
    assert fused[0].passage.score == 1


def test_a_passage_carries_the_id_of_its_best_chunk() -> None:
    chunks = [chunk(7, 1, dense=0.2), chunk(8, 1, dense=0.9)]
    [one] = fuse([candidates(chunks, [parent(1)])], dense_weight=0.7)
    assert (one.passage.chunk_id, one.passage.best_child) == (number(8), "chunk 8")


@pytest.mark.parametrize(
    ("domain", "latest", "order"),
    [("current_affairs", True, [2, 1]), ("current_affairs", False, [1, 2]), ("economy", True, [1, 2])],
)
def test_newer_passages_lead_where_the_latest_is_asked_for_and_only_in_current_affairs(
    domain: str, latest: bool, order: list[int]
) -> None:
    chunks = [chunk(1, 1, dense=0.62), chunk(2, 2, dense=0.6), chunk(3, 3, dense=0.1)]
    old = replace(parent(1), published_on=date(2023, 4, 1))
    new = replace(parent(2), published_on=date(2026, 4, 1))
    found = fuse(
        [candidates(chunks, [old, new, parent(3)], domain=domain)], dense_weight=0.7, wanted=Wanted(latest=latest)
    )
    assert [one.parent.id.int for one in found][:2] == order
