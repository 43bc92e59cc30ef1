"""Files that cannot be taken in are named with the reason, and stop nothing else."""

import os
from pathlib import Path

import pytest
from content_desk import PROSE, Desk

from app.errors import ConfigurationError
from ingest import files
from ingest.label import Label
from ingest.parser import Reading, read

GOOD = f"# The Governor\n\n{PROSE}\n"


def _reasons(reading: Reading) -> dict[str, str]:
    return {Path(one.name).name: one.reason for one in reading.rejected}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.md").write_text(GOOD)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("empty.md", b"", "it is empty"),
        ("blank.txt", b" \n\n\t\n", "it has no text"),
        ("only-keys.md", b"---\ntitle: T\n---\n", "it has no text"),
        ("binary.txt", bytes(range(256)), "it holds NUL bytes: binary data, or text that is not UTF-8"),
        ("latin.txt", "Café".encode("latin-1"), "it is not UTF-8: byte 0xe9 at 3"),
        ("utf16.txt", "Text".encode("utf-16"), "it holds NUL bytes: binary data, or text that is not UTF-8"),
        ("control.txt", b"a\x07b", "the text holds the control character U+0007"),
        ("binary.jsonl", b'{"text": "\x00"}', "it holds NUL bytes: binary data, or text that is not UTF-8"),
        ("empty.jsonl", b"\n\n", "it has no rows"),
        ("script.html", b"<script>alert(1)</script><nav>Home</nav>", "it has no text"),
        ("open.md", b"---\ntitle: T\n\nText\n", "its front matter begins with --- and is not closed by ---"),
        ("list.md", b"---\n- a\n---\nText\n", "its front matter is not a list of keys and values"),
        ("date.md", b"---\neffective_from: soon\n---\nText\n", "effective_from is not a date such as 2024-01-31"),
        ("day.md", b"---\npublished_on: 2024-02-31\n---\nText\n",
         "published_on in line 2 of it is not a date such as 2024-01-31: '2024-02-31'"),
        ("month.md", b"---\n\n\ntitle: T\neffective_from: 2020-13-45\n---\nText\n",
         "effective_from in line 5 of it is not a date such as 2024-01-31: '2020-13-45'"),
        ("nested.md", b"---\ntitle: T\nacts:\n  - 2020-13-45\n---\nText\n",
         "a value in line 4 of it is not a date such as 2024-01-31: '2020-13-45'"),
        ("digits.md", b"---\nyear: " + b"9" * 5_000 + b"\n---\nText\n",
         f"year in line 2 of it is not a number: '{'9' * 60}…'"),
        ("bool.md", b"---\ntitle: T\nkept: !!bool maybe\n---\nText\n", "kept in line 3 of it is not a bool: 'maybe'"),
        ("range.md", b"---\neffective_from: 2020-01-01\neffective_to: 2020-01-01\n---\nText\n",
         "effective_to 2020-01-01 is not after effective_from 2020-01-01"),
        ("year.md", b"---\nyear: 20220\n---\nText\n", "year is not a number from 1 to 9999"),
        ("marks.md", b"---\nmarks: .nan\n---\nText\n", "marks is not a number from 0 to 9999.99"),
        ("long.md", b"---\nx: 0x" + b"f" * 4_000 + b"\n---\nText\n", "it holds a number that is too long"),
        ("title.md", b"---\ntitle: 0x" + b"f" * 4_000 + b"\n---\nText\n", "it holds a number that is too long"),
        ("domain.md", b"---\ndomain: history\n---\nText\n",
         "its front matter says domain 'history', and --domain is 'polity'"),
        ("tag.md", b"---\nx: !!python/object/apply:os.system [ls]\n---\nText\n",
         "its front matter is not valid YAML: could not determine a constructor for the tag"
         " 'tag:yaml.org,2002:python/object/apply:os.system' in line 2 of it"),
        ("bomb.md", b"---\na: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n---\nText\n",
         "its front matter uses YAML aliases"),
        ("twice.md", b"---\ntitle: A\ntitle: B\n---\nText\n", "its front matter has the key 'title' twice"),
        ("deep.md", b"---\nx: " + b"[" * 5_000 + b"]" * 5_000 + b"\n---\nText\n",
         "its front matter is nested too deeply"),
        ("endless.md", b"---\nx: .inf\n---\nText\n", "its metadata holds a number that is not finite"),
        ("large.md", b"---\nx: " + b"y" * 70_000 + b"\n---\nText\n", "its front matter has more than 64000 characters"),
    ],
)  # fmt: skip
def test_a_bad_file_is_rejected_with_its_reason(folder: Path, name: str, data: bytes, reason: str) -> None:
    (folder / name).write_bytes(data)
    reading = read([str(folder)], domain="polity")
    assert _reasons(reading) == {name: reason}
    assert [document.title for document in reading.documents] == ["The Governor"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"title": "T"}', "the row has no text"),
        ('{"title": "T", "text": ["x"]}', "the row's text is not a string"),
        ('{"title": "T", "text": " "}', "it has no text"),
        ('{"text": "x"}', "the row has no title (--label would stand in for it)"),
        ('{"title": "T", "text": "x"', "the line is not JSON: Expecting ',' delimiter at character 27"),
        ("[1]", "the line is not a JSON object"),
        ('{"title": "T", "text": "x", "n": NaN}', "the line holds NaN, which is no JSON"),
        ('{"title": "T", "text": "x", "n": 1e999}', "its metadata holds a number that is not finite"),
        ('{"title": "T", "text": "a\\u0000b"}', "the text holds the control character U+0000"),
        ('{"title": "T", "text": "a", "k": "\\ud800"}', "the text holds the control character U+D800"),
        ('{"title": "T", "text": "x", "k": ' + "[" * 20 + "]" * 20 + "}",
         "its metadata is nested too deeply or too large"),
        ('{"title": "T", "text": "x", "published_on": "01/02/2024"}', "published_on is not a date such as 2024-01-31"),
        ('{"title": {"a": 1}, "text": "x"}', "title is not a text"),
        ("9" * 5_000, "the line holds a number that is too long"),
        ("[" * 100_000, "the line is nested too deeply"),
    ],
)  # fmt: skip
def test_a_bad_row_is_rejected_by_its_line_and_the_others_go_in(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": 1, "title": "A", "text": "x"}\n' + line + '\n{"id": 2, "title": "B", "text": "y"}\n')
    reading = read([str(path)], domain="polity")
    assert _reasons(reading) == {"rows.jsonl:2": reason}
    assert [document.key for document in reading.documents] == ["1", "2"]


def test_a_large_file_is_rejected_before_it_is_read(folder: Path) -> None:
    with (folder / "large.txt").open("wb") as file:
        file.truncate(files.MAX_BYTES + 1)
    reading = read([str(folder)], domain="polity")
    assert _reasons(reading) == {"large.txt": "it has 50,000,001 bytes, more than 50,000,000"}


def test_a_name_that_is_not_utf8_is_the_trouble_and_not_what_the_file_holds(folder: Path) -> None:
    (folder / os.fsdecode(b"caf\xe9.md")).write_text(GOOD)
    (folder / os.fsdecode(b"caf\xe9.xyz")).write_text(GOOD)
    inside = folder / os.fsdecode(b"th\xe9") / "of.md"
    inside.parent.mkdir()
    inside.write_text(GOOD)
    reading = read([str(folder)], domain="polity")
    assert _reasons(reading) == {
        "caf\\xe9.md": "its name is not UTF-8: rename it",
        "of.md": f"a name in its path is not UTF-8: {folder}/th\\xe9/of.md",
    }
    assert [document.key for document in reading.documents] == ["good.md"]
    assert [line.partition(" (")[0] for line in reading.skipped] == [f"{folder}/caf\\xe9.xyz"]


def test_a_pipe_is_rejected_and_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.txt")
    assert _reasons(read([str(folder)], domain="polity")) == {"pipe.txt": "it is not a plain file"}


def test_a_missing_path_and_an_unknown_kind_are_rejected_by_name(folder: Path) -> None:
    picture = folder / "picture.png"
    picture.write_bytes(b"\x89PNG")
    reading = read([str(folder / "no.md"), str(folder / "none"), str(picture)], domain="polity")
    assert _reasons(reading) == {
        "no.md": "it cannot be read: No such file or directory",
        "none": "there is no such file or folder",
        "picture.png": "files of the kind '.png' cannot be read",
    }


def test_unknown_kinds_in_a_folder_are_skipped_with_a_line_and_hidden_files_without(folder: Path) -> None:
    (folder / "picture.png").write_bytes(b"\x89PNG")
    (folder / ".hidden.md").write_text("secret")
    reading = read([str(folder)], domain="polity")
    assert (reading.rejected, len(reading.documents)) == ([], 1)
    assert reading.skipped == [f"{folder}/picture.png (not markdown, text, html, pdf, docx, csv or jsonl)"]


def test_links_out_of_the_folder_are_not_followed(folder: Path) -> None:
    inside = folder / "inside"
    inside.mkdir()
    (inside / "out.md").symlink_to(folder / "good.md")
    (inside / "around").symlink_to(folder)
    reading = read([str(inside)], domain="polity")
    assert (reading.documents, reading.rejected) == ([], [])
    assert reading.skipped == [f"{inside}/out.md (a link that leads out of the folder)"]


def test_the_second_document_with_a_key_is_rejected(folder: Path) -> None:
    for name in ("a.md", "b.md"):
        (folder / name).write_text(f"---\nid: same\ntitle: {name}\n---\nText\n")
    reading = read([str(folder)], domain="polity")
    assert _reasons(reading) == {"b.md": f"{folder}/a.md has the same key 'same'"}


def test_a_file_named_twice_comes_once(folder: Path) -> None:
    reading = read([str(folder), str(folder / "good.md")], domain="polity")
    assert (len(reading.documents), reading.rejected) == (1, [])


@pytest.mark.parametrize("template", ["{", "{0.__class__}", "{a!r}", "{a:>10}", "{}", " "])
def test_a_label_takes_plain_key_names_only(template: str) -> None:
    with pytest.raises(ConfigurationError, match="--label"):
        Label.parse(template)


async def test_a_text_without_a_single_word_is_rejected_and_the_rest_goes_in(desk: Desk) -> None:
    desk.document("good.md")
    desk.write("marks.txt", "\u0301" * 20)
    summary = await desk.apply()
    assert (summary.added, summary.exit_code) == (1, 3)
    assert summary.rejected[0].reason == "it has no text that can be searched"


async def test_a_text_that_is_one_endless_character_run_is_rejected_and_the_rest_goes_in(desk: Desk) -> None:
    desk.document("good.md")
    desk.write("marks.txt", "a" + "\u0301" * 200_000)
    summary = await desk.apply()
    assert (summary.added, summary.exit_code) == (1, 3)
