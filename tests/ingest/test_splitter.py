"""Passages and pieces: nothing lost, limits kept, cut where a reader would cut."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.versions import Details, NewParent
from app.retrieval.minilm import MiniLM
from ingest.boundaries import Boundaries
from ingest.document import Document, Heading, Rejected
from ingest.markdown import headings
from ingest.splitter import CHILD, HEADER_TOKENS, PARENT, spans, split

SENTENCE = "The Parliament may by law form a new State by separation of territory from any State. "
WORDS = st.sampled_from(
    ["law", "₹500", "unbelievable", "a" * 150, "कि", "क्षत्रिय", "法律", "ก" * 40, "e\u0301", "(a)", "x;y;z", "😀",
     "\u0301",
     "State.", "shall:", "Court,", "\n", "\n\n", "\n(1) ", "\n## Part\n", "\n# Top\n\n", "- item\n", "।", "राज्य।"]
)  # fmt: skip
TEXTS = st.lists(WORDS, min_size=1, max_size=700).map(" ".join)


@pytest.fixture(scope="module")
def model() -> MiniLM:
    """Only its tokenizer is used here."""
    return MiniLM.load(threads=1)


def _document(text: str, *, label: str | None = None, title: str = "A title") -> Document:
    return Document("a.md", "a.md", title, text, label, headings(text))


def _split(model: MiniLM, text: str) -> tuple[NewParent, ...]:
    return split(_document(text), model.offsets)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
def test_spans_cover_every_unit_in_order_and_keep_their_limit(model: MiniLM, text: str) -> None:
    bounds = Boundaries(text, headings(text), model.offsets)
    if not len(bounds):
        return
    parents = list(spans(bounds, 0, len(bounds), PARENT))
    for outer, size in [((0, len(bounds)), PARENT), *((parent, CHILD) for parent in parents)]:
        pieces = list(spans(bounds, *outer, size))
        assert (pieces[0][0], pieces[-1][1]) == outer
        assert (bounds.starts[0], bounds.starts[-1]) == (0, len(text))
        assert all(0 < end - begin <= size.limit for begin, end in pieces)
        for (begin, end), (following, _) in pairwise(pieces):
            assert begin < following <= end
            assert end - following <= size.overlap


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
def test_pieces_are_the_text_of_their_spans_and_keep_the_tokenizer_s_count(model: MiniLM, text: str) -> None:
    try:
        parents = _split(model, text)
    except Rejected:
        assert not model.offsets(text)
        return
    assert parents == _split(model, text)
    bounds = Boundaries(text, headings(text), model.offsets)
    stretches = spans(bounds, 0, len(bounds), PARENT)
    assert [parent.text for parent in parents] == [
        text[bounds.starts[begin] : bounds.starts[end]].strip() for begin, end in stretches
    ]
    for parent in parents:
        assert model.count(parent.text) <= PARENT.limit
        assert all(chunk.text in parent.text for chunk in parent.chunks)
        for chunk in parent.chunks:
            assert model.count(chunk.text) <= CHILD.limit
            assert model.count(chunk.embedded_text) <= CHILD.limit + HEADER_TOKENS


def test_long_prose_is_cut_between_sentences_and_repeats_whole_ones(model: MiniLM) -> None:
    text = (SENTENCE * 90).strip()
    parents = _split(model, text)
    chunks = [chunk for parent in parents for chunk in parent.chunks]
    for piece in [*parents, *chunks]:
        assert piece.text.startswith("The Parliament")
        assert piece.text.endswith("any State.")
    assert all(parent.tokens > 400 for parent in parents[:-1])
    assert sum(parent.tokens for parent in parents) > model.count(text)


def test_a_list_of_clauses_is_cut_between_clauses_and_its_lead_in_stays_with_it(model: MiniLM) -> None:
    clauses = "".join(
        f"({letter}) to do what the law of the land allows to every citizen;\n" for letter in "abcdefghij"
    )
    parents = _split(
        model, "The following words come before the list that is meant here.\n(1) All shall have the right:\n" + clauses
    )
    texts = [chunk.text for chunk in parents[0].chunks]
    assert all(text.endswith(";") for text in texts)
    assert all(text.startswith("(") for text in texts[1:])


def test_headings_make_header_and_locator_and_pieces_do_not_cross_them(model: MiniLM) -> None:
    text = "## Powers\n\n" + SENTENCE * 2 + "\n\n### Pardon\n\n" + SENTENCE * 2
    [parent] = split(_document(text, title="The Governor"), model.offsets)
    assert [chunk.header for chunk in parent.chunks] == ["The Governor > Powers", "The Governor > Powers > Pardon"]
    assert [chunk.text[:10] for chunk in parent.chunks] == ["## Powers\n", "### Pardon"]
    assert (parent.header, parent.locator) == ("The Governor > Powers", "The Governor › Powers")


def test_a_passage_over_two_sections_is_named_by_the_first_and_found_by_both(model: MiniLM) -> None:
    text = "## First\n\n" + SENTENCE * 40 + "\n\n## Article 356\n\n" + SENTENCE * 40
    parents = split(_document(text, label="Notes 1"), model.offsets)
    assert {parent.locator for parent in parents} == {"Notes 1 › First", "Notes 1 › Article 356"}
    assert [parent.fact_keys for parent in parents[1:]] == [("article:356", "name:a title", "number:1")] * 2


def test_tiny_sections_share_a_piece_under_what_they_have_in_common(model: MiniLM) -> None:
    text = "## Geography\n\n### Area\n\n10 km\n\n### Climate\n\nHot and dry.\n"
    [parent] = split(_document(text, title="Chad"), model.offsets)
    assert [chunk.header for chunk in parent.chunks] == ["Chad > Geography"]


def test_a_long_header_is_cut(model: MiniLM) -> None:
    [parent] = split(_document("Text.", title="word " * 90), model.offsets)
    assert model.count(parent.header) == HEADER_TOKENS


def test_devanagari_is_never_cut_inside_a_letter(model: MiniLM) -> None:
    parents = _split(model, "क्षत्रियकिशोर" * 200)
    chunks = [chunk.text for parent in parents for chunk in parent.chunks]
    assert len(chunks) > 10
    assert not [text for text in chunks if text[0] in "्िोय" and text[0] != "य"]


def test_a_megabyte_without_a_space_is_cut_by_characters(model: MiniLM) -> None:
    parents = _split(model, "x" * 100_000)
    assert all(len(chunk.text) <= CHILD.limit for parent in parents for chunk in parent.chunks)


def test_a_text_longer_than_one_tokenizer_block_counts_every_token_once(model: MiniLM) -> None:
    text = SENTENCE * 3_000
    assert len(Boundaries(text, (), model.offsets)) == 3_000 * model.count(SENTENCE)


def test_a_heading_is_never_the_last_line_of_a_piece(model: MiniLM) -> None:
    text = "\n\n".join(f"## Part {number}\n\n{SENTENCE * (number % 7 + 1)}" for number in range(40))
    for parent in _split(model, text):
        for piece in [parent, *parent.chunks]:
            assert not piece.text.splitlines()[-1].startswith("#")


def test_headings_know_where_they_lie() -> None:
    assert headings("## A *b*\n\ntext\n") == (Heading(0, 9, 2, "A b"),)


def test_a_row_that_says_its_part_is_found_by_it(model: MiniLM) -> None:
    document = replace(
        _document("All persons are equal.", label="Article 14"), details=Details(metadata={"part": "PART 3"})
    )
    [parent] = split(document, model.offsets)
    assert "part:iii" in parent.fact_keys


def test_two_passages_of_one_page_are_told_apart_by_their_sections(model: MiniLM) -> None:
    text = SENTENCE * 5 + "\n\n## First\n\n" + SENTENCE * 30 + "\n\n## Second\n\n" + SENTENCE * 20
    locators = [parent.locator for parent in split(_document(text, title="The Governor"), model.offsets)]
    assert locators[0] == "The Governor › First"
    assert len(set(locators)) == len(locators)
