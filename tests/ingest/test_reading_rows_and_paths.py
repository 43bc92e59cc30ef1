"""CSV rows, patterns, standard input and --format."""

import io
import sys
from pathlib import Path

import pytest
from made_files import lines, only, pdf

from ingest.document import Rejection
from ingest.label import Label
from ingest.parser import documents, read


def _type(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """What stands on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_csv_rows_are_read_as_jsonl_rows_are(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text('\ufeffnumber,title,text,year\n19,"Speech, etc","All ""citizens""\nshall.",2022\n\n20,,Text,\n')
    reading = read([str(path)], domain="polity", label=Label.parse("Article {number}"))
    assert reading.rejected == []
    assert [(one.source, one.key, one.title, one.text, one.details.year) for one in reading.documents] == [
        (f"{path}:2", "Article 19", "Speech, etc", 'All "citizens"\nshall.', 2022),
        (f"{path}:5", "Article 20", "Article 20", "Text", None),
    ]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("acts.csv", "title,text\nA,x\nB,y\nC,z\n"),
        ("acts.jsonl", '\n{"title": "A", "text": "x"}\n{"title": "B", "text": "y"}\n{"title": "C", "text": "z"}\n'),
    ],
)
def test_no_row_of_several_without_an_id_takes_the_file_s_name(tmp_path: Path, name: str, data: str) -> None:
    path = tmp_path / name
    path.write_text(data)
    reading = read([str(path)], domain="polity")
    assert reading.documents == []
    assert reading.rejected == [
        Rejection(f"{path}:{line}", "the row has no id, and the file has other rows: give each an id, or use --label")
        for line in (2, 3, 4)
    ]
    assert len(read([str(path)], domain="polity", label=Label.parse("{title}")).documents) == 3


def test_the_only_row_of_a_file_needs_no_id(tmp_path: Path) -> None:
    path = tmp_path / "act.csv"
    path.write_text("title,text\nA,x\n")
    assert only(read([str(path)], domain="polity")).key == "act.csv"


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_other_delimiters_are_seen_in_the_first_line(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "q.csv"
    path.write_text(f"id{mark}title{mark}text\n1{mark}T{mark}One, two\n")
    assert only(read([str(path)], domain="polity")).text == "One, two"


def test_a_bad_csv_row_is_rejected_by_its_line_and_the_others_go_in(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("id,title,text,year\n1,A,x,2020\n2,B,y\n3,C,z,soon\n4,D,,2020\n5,E,v,2021\n")
    reading = read([str(path)], domain="polity")
    assert reading.rejected == [
        Rejection(f"{path}:3", "the row has 3 cells, and there are 4 columns"),
        Rejection(f"{path}:4", "year is not a number from 1 to 9999"),
        Rejection(f"{path}:5", "the row has no text"),
    ]
    assert [one.key for one in reading.documents] == ["1", "5"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"id,title,\n1,T,x\n", "its first line has a column without a name"),
        (b"id,text,text\n1,T,x\n", "its first line has the column 'text' twice"),
        (b"id,text\n", "it has no rows"),
        (b"id,text\n1,a\0b\n", "it holds NUL bytes: binary data, or text that is not UTF-8"),
        ("id,text\n1,é\n".encode("latin-1"), "it is not UTF-8: byte 0xe9 at 10"),
    ],
)
def test_a_csv_file_without_proper_columns_is_rejected(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "q.csv").write_bytes(data)
    assert [one.reason for one in read([str(tmp_path)], domain="polity").rejected] == [reason]


def test_a_quote_that_is_never_closed_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text('id,title,text\n1,T,x\n2,T,"y\n3,T,z\n')
    reading = read([str(path)], domain="polity")
    assert [(one.key) for one in reading.documents] == ["1"]
    assert reading.rejected == [Rejection(f"{path}:3", "the row is not CSV: unexpected end of data")]


def test_a_pattern_that_the_shell_left_is_expanded(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("a/one.md", "a/b/two.md", "a/b/three.txt"):
        (tmp_path / name).write_text(name)
    reading = read([f"{tmp_path}/**/*.md"], domain="polity")
    assert [one.key for one in reading.documents] == ["two.md", "one.md"]
    assert read([f"{tmp_path}/*.md"], domain="polity").rejected == [
        Rejection(f"{tmp_path}/*.md", "no file has a name like this")
    ]


def test_a_name_with_a_bracket_in_it_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "notes [1].md"
    path.write_text("Text")
    assert only(read([str(path)], domain="polity")).key == "notes [1].md"


def test_standard_input_is_known_by_its_first_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for data in (
        b"---\nid: a\ntitle: T\n---\nText",
        b'{"id": "b", "title": "T", "text": "x"}\n',
        b"<!DOCTYPE html><head><title>T</title></head><p>x",
    ):
        _type(monkeypatch, data)
        reading = read(["-"], domain="polity", label=Label.parse("{title}"))
        found.append((only(reading).key, only(reading).origin, only(reading).text))
    assert found == [("a", "-", "Text"), ("b", "-", "x"), ("T", "-", "x")]


def test_format_says_what_standard_input_and_files_without_a_known_suffix_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _type(monkeypatch, b"id,title,text\n1,T,x\n")
    assert only(read(["-"], domain="polity", kind="csv")).text == "x"
    (tmp_path / "download").write_bytes(pdf(lines("Text.")))
    assert only(read([str(tmp_path / "download")], domain="polity", kind="pdf")).text == "Text."


def test_standard_input_without_an_id_or_a_title_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    _type(monkeypatch, b"# Heading\n\nText")
    [rejected] = read(["-"], domain="polity").rejected
    assert rejected == Rejection("-", "standard input has no name to be its key: give the text an id, or use --label")
    _type(monkeypatch, b"Text")
    [rejected] = read(["-"], domain="polity", kind="text").rejected
    assert rejected == Rejection("-", "standard input has no name to be its title: give it a title, or use --label")


def test_a_label_names_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    _type(monkeypatch, b"Text")
    found = only(read(["-"], domain="polity", label=Label.parse("A note"), kind="text"))
    assert (found.key, found.title, found.label) == ("A note", "A note", "A note")


def test_documents_come_one_at_a_time_and_the_rest_is_not_read(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(str(number))
    coming = documents([str(tmp_path)], domain="polity")
    next(coming)
    for number in range(3):
        (tmp_path / f"{number}.txt").unlink()
    assert [one.reason for one in coming if isinstance(one, Rejection)] == [
        "it cannot be read: No such file or directory"
    ] * 2
