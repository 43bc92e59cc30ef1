"""--metadata: keys for files that cannot carry front matter."""

import json
from datetime import date
from pathlib import Path

import pytest
from made_files import lines, only, pdf

from app.errors import ConfigurationError
from ingest.document import Rejection
from ingest.parser import read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    (folder / "ncert").mkdir(parents=True)
    (folder / "ncert" / "polity.pdf").write_bytes(pdf(lines("Text of a book.")))
    (folder / "notes.md").write_text("---\nyear: 2020\n---\nText")
    return folder


ROW = {"title": "Indian Polity", "id": "ncert-polity", "year": "2022", "effective_from": "2022-01-01", "topic": "GS2"}


@pytest.mark.parametrize("file", ["ncert/polity.pdf", "polity.pdf"])
@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".json"])
def test_a_file_takes_its_keys_from_its_row(folder: Path, tmp_path: Path, suffix: str, file: str) -> None:
    path = tmp_path / f"keys{suffix}"
    if suffix == ".csv":
        path.write_text(f"file,{','.join(ROW)}\n{file},{','.join(ROW.values())}\n")
    elif suffix == ".jsonl":
        path.write_text(json.dumps({"file": file, **ROW}) + "\n")
    else:
        path.write_text(json.dumps({file: ROW}))
    reading = read([str(folder / "ncert")] if "/" not in file else [str(folder)], domain="polity", metadata=str(path))
    document = next(one for one in reading.documents if one.origin.endswith(".pdf"))
    assert (reading.rejected, reading.warnings) == ([], [])
    assert (document.key, document.title) == ("ncert-polity", "Indian Polity")
    assert (document.details.year, document.details.effective_from) == (2022, date(2022, 1, 1))
    assert document.details.metadata == {"topic": "GS2"}


def _rejected(folder: Path, tmp_path: Path, text: str) -> list[Rejection]:
    path = tmp_path / "keys.csv"
    path.write_text(text)
    return read([str(folder)], domain="polity", metadata=str(path)).rejected


@pytest.mark.parametrize(
    ("text", "file", "reason"),
    [
        ("file,year\npolity.pdf,soon\n", "ncert/polity.pdf", "year is not a number from 1 to 9999"),
        ("file,text\npolity.pdf,x\n", "ncert/polity.pdf", "text comes from the file, not from its metadata"),
        ("file,domain\npolity.pdf,history\n", "ncert/polity.pdf",
         "says domain 'history', and --domain is 'polity'"),
        ("file,year\nnotes.md,2021\n", "notes.md", "gives the year '2021', and its front matter '2020'"),
    ],
)  # fmt: skip
def test_bad_keys_keep_their_file_out_and_are_named(
    folder: Path, tmp_path: Path, text: str, file: str, reason: str
) -> None:
    [rejected] = _rejected(folder, tmp_path, text)
    assert rejected.name == f"{folder}/{file}"
    assert rejected.reason.startswith(f"{tmp_path}/keys.csv:2")
    assert rejected.reason.endswith(reason)


def test_a_row_about_no_file_is_named_and_keeps_nothing_out(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "keys.csv"
    path.write_text("file,year\npolity.pfd,2020\n")
    reading = read([str(folder)], domain="polity", metadata=str(path))
    assert (len(reading.documents), reading.rejected) == (2, [])
    assert reading.warnings == [f"{path}:2: no file 'polity.pfd' is among the paths"]


def test_a_name_that_two_files_have_is_named_as_such(folder: Path, tmp_path: Path) -> None:
    (folder / "polity.pdf").write_bytes(pdf(lines("Another.")))
    path = tmp_path / "keys.csv"
    path.write_text("file,year\nncert/polity.pdf,2020\n./polity.pdf,2021\n")
    reading = read([str(folder)], domain="polity", metadata=str(path))
    assert {one.key: one.details.year for one in reading.documents} == {
        "ncert/polity.pdf": 2020, "polity.pdf": 2021, "notes.md": 2020,
    }  # fmt: skip


def test_every_row_of_a_file_takes_its_keys_but_no_id(tmp_path: Path) -> None:
    rows, path = tmp_path / "rows.jsonl", tmp_path / "keys.json"
    rows.write_text('{"id": 1, "title": "T", "text": "x"}\n')
    path.write_text('{"rows.jsonl": {"paper": "GS2"}}')
    assert only(read([str(rows)], domain="polity", metadata=str(path))).details.paper == "GS2"
    path.write_text('{"rows.jsonl": {"id": "one"}}')
    [rejected] = read([str(rows)], domain="polity", metadata=str(path)).rejected
    assert rejected.reason.endswith("id is for one text, and the file has one in every row")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("keys.csv", "name,year\na.pdf,2020\n", "keys.csv:2: it names no file"),
        ("keys.csv", "file,year\na.pdf,2020\na.pdf,2021\n", "has the file 'a.pdf' too"),
        ("keys.csv", "file,year\na.pdf\n", "keys.csv:2: the row has 1 cells, and there are 2 columns"),
        ("keys.json", "[1]", "neither an object of objects"),
        ("keys.json", "{", "it is not JSON"),
        ("keys.xlsx", "x", "it is not a .csv, .jsonl or .json file"),
        ("none/keys.csv", None, "it cannot be read: No such file or directory"),
    ],
)  # fmt: skip
def test_metadata_that_cannot_be_read_stops_everything(
    folder: Path, tmp_path: Path, name: str, text: str | None, said: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(ConfigurationError, match=r"--metadata") as raised:
        read([str(folder)], domain="polity", metadata=str(tmp_path / name))
    assert said in str(raised.value)
