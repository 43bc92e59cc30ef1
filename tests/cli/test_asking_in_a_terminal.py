"""`prashna ingest apply` and `prashna ask`, end to end, in a terminal without any other process of ours."""

from pathlib import Path

import pytest
from support.commands import Prashna

GOVERNOR = """---
title: "Article 155. Appointment of Governor"
as_of: 2024-01-01
---
The Governor of a State shall be appointed by the President by warrant under his hand and seal.
"""
GODAVARI = """---
title: The Godavari
as_of: 2024-01-01
---
The Godavari rises near Nashik in the Western Ghats and flows east for 1,465 kilometres to the Bay of Bengal.
"""


@pytest.fixture
def stocked(prashna: Prashna, server: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """A database with two documents in it."""
    for domain, text in (("polity", GOVERNOR), ("geography", GODAVARI)):
        (tmp_path / f"{domain}.md").write_text(text)
        assert prashna("ingest", "apply", f"{domain}.md", "--domain", domain, **server).code == 0
    return server


def test_a_question_is_answered_with_its_citation_and_the_second_time_from_the_cache(
    prashna: Prashna, stocked: dict[str, str]
) -> None:
    first = prashna("ask", "Who appoints the Governor of a State?", **stocked)
    second = prashna("ask", "who appoints the governor of a state", **stocked)

    assert (first.code, second.code) == (0, 0)
    assert "no chat worker is alive" in first.out
    assert "specialist: factual" in first.out
    assert "appointed by the President" in first.out
    assert "[1] Article 155. Appointment of Governor" in first.out
    assert "tier: extractive" in first.out
    assert "tier: cache, cached" in second.out
    assert "no chat worker is alive" not in second.out


def test_a_question_without_evidence_is_refused(prashna: Prashna, stocked: dict[str, str]) -> None:
    said = prashna("ask", "What is the boiling point of mercury?", **stocked)

    assert said.code == 0
    assert "refused" in said.out
    assert "[1]" not in said.out


@pytest.mark.parametrize(("question", "why"), [("  ", "empty"), ("a\x07b", "control character")])
def test_what_is_no_question_is_refused_in_one_line(
    prashna: Prashna, server: dict[str, str], question: str, why: str
) -> None:
    said = prashna("ask", question, **server)

    assert str(said.code).startswith("prashna: ")
    assert why in str(said.code)


def test_over_the_limit_the_terminal_says_so(prashna: Prashna, stocked: dict[str, str]) -> None:
    codes = [prashna("ask", "What is the Godavari?", PRASHNA_DAILY_LIMIT="1", **stocked).code for _ in range(2)]

    assert codes[0] == 0
    assert "midnight, Indian time" in str(codes[1])
