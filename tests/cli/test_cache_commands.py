"""`prashna cache explain` and `prashna cache stats`, as a shell sees them."""

import asyncio
import json
from pathlib import Path

import pytest
from support import library, questions, stored_answers
from support.commands import Prashna

from app.db import engine, gate, tasks


def _lines(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_two_questions_are_explained_to_a_person(prashna: Prashna) -> None:
    said = prashna("cache", "explain", "Who appoints the CAG?", "By whom is the CAG appointed?")

    assert said.code == 0
    assert "served      yes, relaxed: yes" in said.out
    assert "term:comptroller_auditor_general" in said.out


def test_a_veto_names_the_keys_of_one_question_only(prashna: Prashna) -> None:
    said = prashna("cache", "explain", "repo rate", "reverse repo rate", "--json")

    row = _lines(said.out)[0]
    assert (row["served"], row["served_relaxed"]) == (False, False)
    assert "term:reverse" in row["veto"]  # type: ignore[operator]
    assert 0 < float(row["similarity"]) < 1  # type: ignore[arg-type]


def test_pairs_come_out_in_order_with_all_their_fields(prashna: Prashna, tmp_path: Path) -> None:
    rows = [
        {"cached": "Who wrote Gitanjali?", "asked": "Who is the author of Gitanjali?", "label": 1, "x": {"y": [None]}},
        {"cached": "अनुच्छेद 21", "asked": "अनुच्छेद 22", "same": False},
        {"cached": "What is GST?", "asked": "What is GST?"},
    ]
    (tmp_path / "pairs.jsonl").write_text("\n".join(json.dumps(row) for row in rows) + "\n\n", "utf-8")
    said = prashna("cache", "explain", "--pairs", "pairs.jsonl", "--json")
    found = _lines(said.out)

    assert [{name: one[name] for name in row} for one, row in zip(found, rows, strict=True)] == rows
    assert [one["served"] for one in found] == [True, False, True]
    assert [one["veto"] is None for one in found] == [True, False, True]
    assert said.err == ""


def test_the_same_wording_is_served_whatever_its_capitals_and_the_threshold(prashna: Prashna) -> None:
    pair = ("What did Charles III of Spain do?", " what did charles iii  of spain do")
    row = _lines(prashna("cache", "explain", *pair, "--json", PRASHNA_CACHE_THRESHOLD="1").out)[0]

    assert row["cached_keys"] != row["asked_keys"]
    assert (row["veto"], row["served"]) == (None, True)


@pytest.mark.parametrize(
    "line",
    ["{", "[]", "7", '{"cached": "a?"}', '{"cached": "a?", "asked": ""}', '{"cached": "a?", "asked": 5}',
     '{"cached": "a\\u0000", "asked": "b"}', json.dumps({"cached": "x" * 4_001, "asked": "b"}), "[" * 3_000],
)  # fmt: skip
def test_a_bad_line_is_named_and_nothing_is_half_written(prashna: Prashna, tmp_path: Path, line: str) -> None:
    (tmp_path / "pairs.jsonl").write_text('{"cached": "a?", "asked": "b?"}\n' + line + "\n", "utf-8")
    said = prashna("cache", "explain", "--pairs", "pairs.jsonl", "--json")

    assert (said.code, said.out) == (2, "")
    assert "pairs.jsonl, line 2" in said.err


@pytest.mark.parametrize(
    "arguments", [[], ["one question"], ["a", "b", "--pairs", "p.jsonl"], ["--pairs", "none.jsonl"]]
)
def test_wrong_arguments_end_with_2(prashna: Prashna, arguments: list[str]) -> None:
    assert prashna("cache", "explain", *arguments).code == 2


def test_a_different_language_of_the_answer_is_a_veto(prashna: Prashna) -> None:
    said = prashna("cache", "explain", "Article 21", "अनुच्छेद 21", "--json")

    assert {"language:en", "language:hi"} <= set(_lines(said.out)[0]["veto"])  # type: ignore[call-overload]


def test_stats_show_hits_savings_and_reports(prashna: Prashna, server: dict[str, str]) -> None:
    asyncio.run(_one_hit_marked_wrong(server["DATABASE_URL"]))
    told = prashna("cache", "stats", **server)
    counts = _lines(prashna("cache", "stats", "--json", **server).out)[0]

    assert "hits            1: 0 same wording, 1 another" in told.out
    assert "'By whom is the Governor appointed?' got the answer to 'Who appoints the Governor?'" in told.out
    assert "    'He asked who, not by whom'\n" in told.out
    assert (counts["hits"], counts["near_hits"], counts["false_hit_reports"]) == (1, 1, 1)


async def _one_hit_marked_wrong(dsn: str) -> None:
    async with engine.open_pool(dsn, application="test", size=2) as pool:
        await stored_answers.keep(pool, "Who appoints the Governor?", await library.place(pool))
        question = questions.asked("s", "By whom is the Governor appointed?")
        await gate.gate(pool, question, session_id=None, limit=100)
        await tasks.save_feedback(pool, question.task_id, owner="s", score=0, comment="He asked who, not by whom")
