import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.growth import assert_linear

from app.agents import sentences
from app.agents.sentences import Splitter, split

_PIECES = st.sampled_from(
    ["Art. 21", " ", "\n", "\n\n", ".", ". ", "No. ", "no. ", "5", "[1]", "[", "]", "- ", "# ", "e.g. ", "a", "Word",
     "!", "? ", "।", "(a) ", "1. ", "**", "| ", "…", "\t", "3.5", "v. ", "B. R. "]
)  # fmt: skip
_TEXT = st.lists(_PIECES | st.text(max_size=4), max_size=30).map("".join)


@given(_TEXT)
def test_the_pieces_join_to_the_text(text: str) -> None:
    assert "".join(split(text)) == text


@given(_TEXT, st.lists(st.integers(1, 6), min_size=1, max_size=8))
def test_the_pieces_do_not_depend_on_how_the_text_arrived(text: str, sizes: list[int]) -> None:
    splitter, found, at, turn = Splitter(), [], 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        found += splitter.feed(text[at : at + size])
        at, turn = at + size, turn + 1
    assert found + splitter.finish() == split(text)


@given(_TEXT)
def test_no_piece_is_empty(text: str) -> None:
    assert all(split(text))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One. Two.", ["One. ", "Two."]),
        ("One. [1] Two. [2][3]\n", ["One. [1] ", "Two. [2][3]\n"]),
        ("One.[1] Two", ["One.[1] ", "Two"]),
        ("One [1]. Two", ["One [1]. ", "Two"]),
        ("One [1]. two [2]. Three", ["One [1]. ", "two [2]. ", "Three"]),
        ("Under Art. 21 life is protected. So it is.", ["Under Art. 21 life is protected. ", "So it is."]),
        ("Dr. B. R. Ambedkar drafted it. He led.", ["Dr. B. R. Ambedkar drafted it. ", "He led."]),
        ("Kesavananda v. State of Kerala. It holds.", ["Kesavananda v. State of Kerala. ", "It holds."]),
        ("It rose by 3.5 per cent. Then fell.", ["It rose by 3.5 per cent. ", "Then fell."]),
        ("It was so in 1950. The next year not.", ["It was so in 1950. ", "The next year not."]),
        ("Bill No. 5 passed. The answer is no. It ends.", ["Bill No. 5 passed. ", "The answer is no. ", "It ends."]),
        ("Article 110. Money Bills\nIt is one. So.", ["Article 110. Money Bills\nIt is one. ", "So."]),
        ("It rests on Article 110. The Speaker certifies.", ["It rests on Article 110. ", "The Speaker certifies."]),
        ("The Lok Sabha etc. Others too.", ["The Lok Sabha etc. ", "Others too."]),
        ("1. First\n2. Second\n", ["1. First\n", "2. Second\n"]),
        ("## Heading\nText goes on\nand on. End", ["## Heading\n", "Text goes on\nand on. ", "End"]),
        ("These are:\n- one\n- two", ["These are:\n", "- one\n", "- two"]),
        ("यह एक है। यह दो है।", ["यह एक है। ", "यह दो है।"]),
        ('He said "go." She went.', ['He said "go." ', "She went."]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, pieces: list[str]) -> None:
    assert split(text) == pieces


def test_a_sentence_comes_as_soon_as_the_next_one_begins() -> None:
    splitter = Splitter()
    assert splitter.feed("One. [1] ") == []
    assert splitter.feed("T") == ["One. [1] "]


def _one_by_one(text: str) -> None:
    splitter = Splitter()
    for character in text:
        splitter.feed(character)
    splitter.finish()


@pytest.mark.parametrize("read", [split, _one_by_one], ids=["whole", "as it arrives"])
@pytest.mark.parametrize("piece", ["A.", "A. ", "a.b ", "[1]", "x. " + "[1]" * 4_000, "e.g. ", "1.\n", "- (a) ", " \n"])
def test_hostile_text_is_cut_in_time_in_proportion_to_its_length(read, piece: str) -> None:
    assert_linear(read, piece)


@pytest.mark.parametrize("piece", ["A. ", "A.", "e.g. "])
def test_a_mark_is_judged_once_however_slowly_the_text_arrives(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[int] = []
    after_mark = sentences._after_mark

    def counted(*given, **options) -> int:
        judged.append(1)
        return after_mark(*given, **options)

    monkeypatch.setattr(sentences, "_after_mark", counted)
    _one_by_one(piece * 200)
    # Undecided until the next word has begun.
    assert len(judged) <= 200 * piece.count(".") * (len(piece) + 1)
