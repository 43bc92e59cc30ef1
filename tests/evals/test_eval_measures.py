"""What is counted without a judge."""

import math

import pytest

from evals.gate import facts, measures
from evals.gate.golden import Item
from evals.gate.output import Output, UsedPassage

_ITEM = Item(
    id="a",
    question="How long is the term of the Lok Sabha?",
    intent="factual",
    domain="polity",
    answerable=True,
    reference="Five years.",
    must_have=[["five years", "5 years"], ["lok sabha"]],
    must_not=["six years"],
    sources=["polity/parliament"],
)
_PASSAGES = (
    UsedPassage(n=1, domain="polity", key="polity/parliament", title="Parliament", text="…"),
    UsedPassage(n=2, domain="polity", key="polity/president", title="The President", text="…"),
)
_OUTPUT = Output(
    id="a",
    text="The Lok Sabha sits for five years unless dissolved. [1] The President can dissolve it. [2]",
    refused=False,
    intent="factual",
    domains=("polity",),
    passages=_PASSAGES,
    found=("polity/parliament", "polity/president"),
)
_UNANSWERABLE = _ITEM.model_copy(update={"answerable": False, "must_not": []})


@pytest.mark.parametrize(
    ("text", "wording"),
    [
        ("**Article 19** of it", "article 19"),
        ("It has 1,200 members [3].", "1200 members"),
        ("It grew by 6% a year", "6 per cent"),
        ("the anti‑defection law", "anti-defection"),
        ("India’s Parliament", "india's parliament"),
        ("of the Lok Sabha's term", "lok sabha"),
        ("five [1] years", "five years"),
    ],
)
def test_a_fact_is_found_however_it_is_set(text: str, wording: str) -> None:
    assert facts.holds(text, wording)


@pytest.mark.parametrize(
    ("text", "wording"),
    [("in 1950", "19"), ("Article 19A", "article 19"), ("2.5 per cent", "5 per cent"), ("5.1", "5")],
)
def test_a_fact_inside_a_longer_word_or_number_is_not_found(text: str, wording: str) -> None:
    assert not facts.holds(text, wording)


def test_a_right_answer_has_every_figure() -> None:
    assert measures.measure(_ITEM, _OUTPUT) == {
        "routing": 1.0,
        "answered_answerable": 1.0,
        "fact_recall": 1.0,
        "recall_at_5": 1.0,
        "no_forbidden": 1.0,
        "citation_coverage": 1.0,
        "citation_precision": 0.5,
        "citation_recall": 1.0,
    }


def test_an_answer_without_citations_has_neither_precision_nor_recall() -> None:
    bare = _OUTPUT.model_copy(update={"text": "The Lok Sabha sits for five years unless dissolved."})
    found = measures.measure(_ITEM, bare)
    assert [found[f"citation_{name}"] for name in ("precision", "recall", "coverage")] == [0.0, 0.0, 0.0]


def test_a_wrong_refusal_has_no_facts_and_no_citations_to_judge() -> None:
    refused = _OUTPUT.model_copy(update={"text": "Not here.", "refused": True, "passages": ()})
    assert measures.measure(_ITEM, refused) == {
        "routing": 1.0,
        "answered_answerable": 0.0,
        "fact_recall": 0.0,
        "recall_at_5": 1.0,
    }


@pytest.mark.parametrize(("refused", "right"), [(True, 1.0), (False, 0.0)])
def test_an_unanswerable_question_counts_in_refusal_and_routing_only(refused: bool, right: float) -> None:
    output = _OUTPUT.model_copy(update={"refused": refused})
    assert measures.measure(_UNANSWERABLE, output) == {"routing": 1.0, "refused_unanswerable": right}


def test_a_failed_question_is_unmeasured_in_everything() -> None:
    found = measures.measure(_ITEM, _OUTPUT.model_copy(update={"error": "TimeoutError"}))
    assert found
    assert all(math.isnan(value) for value in found.values())


def test_only_the_first_five_documents_count_for_recall() -> None:
    late = _OUTPUT.model_copy(update={"found": ("a", "b", "c", "d", "e", "polity/parliament")})
    assert measures.measure(_ITEM, late)["recall_at_5"] == 0.0
