"""What `prashna explain` refuses, before it does or writes anything."""

import json
from pathlib import Path

import pytest
from support.commands import Prashna


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ('{"query": "Why?"}\n{"query": ', "line 2: not JSON"),
        ('{"query": "Why?"}\n\n["Why?"]', "line 3: not an object"),
        ('{"question": "Why?"}', 'line 1: "query" is not a question'),
        ('{"query": 5}', 'line 1: "query" is not a question'),
        ('{"query": " "}', 'line 1: "query": The question is empty'),
        ('{"query": "a\\u0007"}', 'line 1: "query": the text holds the control character U+0007'),
        (json.dumps({"query": "x" * 4001}), "at most 4,000 characters"),
        ("[" * 100_000, "line 1: not JSON"),
    ],
)
def test_a_bad_row_is_named_by_its_line_before_anything_is_done(
    prashna: Prashna, tmp_path: Path, lines: str, named: str
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(lines)
    said = prashna("explain", "--file", str(path), "--json")

    assert (said.code, said.out) == (2, "")
    assert named in said.err
    assert not (tmp_path / ".prashna").exists()


def test_a_file_that_is_not_utf_8_is_said_to_be_none(prashna: Prashna, tmp_path: Path) -> None:
    (tmp_path / "latin.jsonl").write_bytes('{"query": "Où?"}'.encode("latin-1"))
    said = prashna("explain", "--file", str(tmp_path / "latin.jsonl"))

    assert (said.code, said.out) == (2, "")
    assert "latin.jsonl cannot be read: it is not UTF-8" in said.err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--file", "nowhere.jsonl"], "nowhere.jsonl cannot be read: No such file"),
        (["--file", "."], "cannot be read: Is a directory"),
        (["Why?", "--steps", "route,anwser"], "the steps are route,retrieve,cache,answer"),
        (["Why?", "--steps", ","], "the steps are route,retrieve,cache,answer"),
        ([""], "The question is empty"),
        ([], "--file FILE"),
        (["Why?", "--file", "nowhere.jsonl"], "--file FILE"),
    ],
)
def test_a_wrong_call_is_refused_with_a_reason(prashna: Prashna, arguments: list[str], named: str) -> None:
    said = prashna("explain", *arguments)

    assert (said.code, said.out) == (2, "")
    assert named in said.err
