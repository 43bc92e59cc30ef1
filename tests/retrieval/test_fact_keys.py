"""Every way to write one fact gives one key, and what is no fact gives none."""

import time

import pytest

from app.retrieval.fact_keys import fact_keys, lookup_keys, provisions


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("What is Art. 19(1)(a)?", ("article:19", "article:19(1)(a)")),
        ("sub-clause (a) of clause (1) of Article 19", ("article:19", "article:19(1)(a)")),
        ("Articles 14, 15 and 21A", ("article:14", "article:15", "article:21a")),
        ("Article 371-J", ("article:371j",)),
        ("अनुच्छेद १९", ("article:19",)),
        ("Article 19 a right", ("article:19",)),
        ("42nd Amendment", ("amendment:42",)),
        ("the Forty-second Amendment", ("amendment:42",)),
        ("XLII Amendment", ("amendment:42",)),
        ("Amendment No. 42", ("amendment:42",)),
        ("the one hundred and first amendment", ("amendment:101",)),
        ("73rd and 74th Constitutional Amendments", ("amendment:73", "amendment:74")),
        ("42वां संशोधन", ("amendment:42",)),
        ("Seventh Schedule", ("schedule:7",)),
        ("Schedule VII", ("schedule:7",)),
        ("7th schedule", ("schedule:7",)),
        ("Part IX", ("part:ix",)),
        ("part 9", ("part:ix",)),
        ("Part IVA", ("part:iva",)),
        ("it was part i think", ()),
        ("a part of it", ()),
        ("Section 124A", ("section:124a",)),
        ("GS Paper II", ("paper:gs2",)),
        ("General Studies 2", ("paper:gs2",)),
        ("GS-2", ("paper:gs2",)),
        ("CSAT", ("paper:csat",)),
        ("essay paper", ("paper:essay",)),
        ("in 2022", ("year:2022",)),
        ("2019-20", ("year:2019", "year:2020")),
        ("250 words", ("number:250",)),
        ("1000 words", ("number:1000",)),
        ("1,00,000", ("number:100000",)),
        ("5.50 per cent", ("number:5.5%",)),
        ("five questions", ("number:5",)),
        ("twenty-one members", ("number:21",)),
        ("is not a right", ("not",)),
        ("isn’t a right", ("not",)),
        ("how many seats", ("demand:how_many",)),
        ("an essay", ("demand:essay",)),
        ("pyqs", ("demand:past_questions",)),
        ("previous years' questions", ("demand:past_questions",)),
        ("latest rate", ("demand:latest",)),
        ("Explain the doctrine of basic structure.", ()),
    ],
)
def test_each_way_of_writing_a_fact_gives_its_key(text: str, keys: tuple[str, ...]) -> None:
    assert fact_keys(text) == keys


@pytest.mark.parametrize(
    ("question", "looked_up"),
    [
        ("UPSC 2022 GS2 questions on judiciary", ("paper:gs2", "year:2022")),
        ("Previous year questions on monetary policy 2023", ("year:2023",)),
        ("What happened in 2023?", ()),
        ("Essay structure: climate diplomacy 250 words", ()),
        ("Which freedoms does Article 19 give?", ("article:19",)),
    ],
)
def test_only_what_names_a_passage_is_looked_up(question: str, looked_up: tuple[str, ...]) -> None:
    assert lookup_keys(fact_keys(question)) == looked_up


def test_provisions_leave_clauses_out() -> None:
    assert provisions(fact_keys("Article 19(1)(a) in 2020")) == ("article:19",)


@pytest.mark.parametrize("piece", ["1st and ", "1, ", "twenty-", "clause (", "amendment no. ", "(", "1,111", "  "])
def test_hostile_repetition_is_read_in_time_that_grows_with_its_length(piece: str) -> None:
    began = time.process_time()
    fact_keys(piece * (20_000 // len(piece)))
    # A hundred times what it takes, and a hundredth of what reading everything again from each place would.
    assert time.process_time() - began < 2
