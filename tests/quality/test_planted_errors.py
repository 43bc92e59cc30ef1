"""Sentences written by people who never saw the verifier: planted errors are withheld, true sentences are not."""

from functools import cache

import pytest

from evals import verifier_report
from evals.verifier_report import Share
from tests.support.shared import shared_data

# The aim is that 95 % of planted errors are withheld and at most 3 % of true sentences. Four kinds of error reach it;
# the others, and the true sentences, do not yet, as docs/quality.md reports: they are held just under what was
# measured, so that they cannot get worse unseen.
LEAST_PLANTED = {
    "wrong_article": 0.95,
    "wrong_citation": 0.95,
    "wrong_count": 0.95,
    "wrong_year": 0.95,
    "negation": 0.68,
    "name_swapped": 0.54,
    "order_reversed": 0.50,
    "all": 0.80,
}
LEAST_CONTENT, MOST_CONTENT = 0.84, 0.045
MOST_TRUE = {"verbatim": 0.03, "summary": 0.06, "paraphrase": 0.10, "all": 0.065}


@cache
def _shares(*, law: bool) -> dict[tuple[bool, str], Share]:
    """The shares withheld by truth and kind, of all rows or of those over content/ alone."""
    if law:
        shared_data("constitution")
    rows = verifier_report.rows("report")
    used = [row for row in rows if law or not any(one.startswith("constitution:") for one in row.sources)]
    return {(one.true, one.kind): one for one in verifier_report.measured(used)}


def _table(shares: dict[tuple[bool, str], Share]) -> str:
    return f"\n{verifier_report.table(list(shares.values()))}"


@pytest.mark.parametrize("kind", LEAST_PLANTED)
def test_planted_errors_are_withheld(kind: str) -> None:
    shares = _shares(law=True)
    assert shares[False, kind].share >= LEAST_PLANTED[kind], _table(shares)


@pytest.mark.parametrize("kind", MOST_TRUE)
def test_true_sentences_are_shown(kind: str) -> None:
    shares = _shares(law=True)
    assert shares[True, kind].share <= MOST_TRUE[kind], _table(shares)


def test_the_rows_over_the_library_alone_are_held_too() -> None:
    shares = _shares(law=False)
    withheld = shares[False, "all"].share, shares[True, "all"].share
    assert (withheld[0] >= LEAST_CONTENT, withheld[1] <= MOST_CONTENT) == (True, True), _table(shares)


def test_the_report_set_is_as_large_as_was_promised() -> None:
    true = [row.true for row in verifier_report.rows("report")]
    assert (true.count(False) >= 400, true.count(True) >= 400) == (True, True)
