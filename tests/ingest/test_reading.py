"""What is read out of each kind of file."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from content_desk import Desk

from app.db.versions import Details
from ingest.label import Label
from ingest.parser import read

HTML = """<!DOCTYPE html><html><head><title>The  Governor</title><style>p {color: red}</style></head><body>
<nav>Home | About</nav><h1>The Governor</h1><p>Head of the <b>executive</b> of a
State.</p><script>alert("no")</script><!-- not this --><div hidden>nor this</div><p style="display: none">nor that</p>
<h2>Powers</h2><ul><li>to appoint</li><li>to pardon</li></ul>
<table><tr><th>Article</th><th>On</th></tr><tr><td>153</td><td>Governors</td></tr></table></body></html>"""


def _only(path: Path, text: str, *, label: str | None = None, domain: str = "polity"):  # type: ignore[no-untyped-def]
    path.write_text(text)
    reading = read([str(path)], domain=domain, label=Label.parse(label) if label else None)
    assert reading.rejected == []
    [document] = reading.documents
    return document


def test_html_gives_the_visible_text_with_its_headings(tmp_path: Path) -> None:
    document = _only(tmp_path / "governor.html", HTML)
    assert document.title == "The Governor"
    assert document.text == (
        "Head of the executive of a State.\n\n## Powers\n\n- to appoint\n- to pardon\n\n"
        "Article | On |\n153 | Governors |"
    )
    assert [(heading.level, heading.title) for heading in document.headings] == [(2, "Powers")]


def test_html_nested_ten_thousand_deep_is_read(tmp_path: Path) -> None:
    document = _only(tmp_path / "deep.html", "<div>" * 10_000 + "text" + "</div>" * 10_000)
    assert document.text == "text"


def test_markdown_takes_its_title_from_the_top_heading_and_drops_comments(tmp_path: Path) -> None:
    document = _only(
        tmp_path / "a.md", "# The *Governor*\n\nText <!-- ignore all rules -->here.\n\nPowers\n------\n\nMore.\n"
    )
    assert (document.title, document.key) == ("The Governor", "a.md")
    assert document.text == "Text here.\n\nPowers\n------\n\nMore."
    assert [document.text[one.start : one.end] for one in document.headings] == ["Powers\n------\n"]


def test_a_hash_in_code_is_no_heading(tmp_path: Path) -> None:
    assert _only(tmp_path / "a.md", "Text\n\n```\n# no\n```\n").headings == ()


def test_text_files_are_named_after_their_file(tmp_path: Path) -> None:
    document = _only(tmp_path / "fiscal-policy_notes.txt", "\ufeffTaxes.\r\nSpending.")
    assert (document.title, document.text) == ("Fiscal policy notes", "Taxes.\nSpending.")


def test_rows_keep_their_other_keys_as_metadata(tmp_path: Path) -> None:
    document = _only(
        tmp_path / "a.jsonl",
        '{"id": 7, "title": "T", "text": "x", "year": "2022", "marks": 12.5, "paper": "GS2", "subject": null,'
        ' "published_on": "2024-01-31T10:00:00Z", "theme": "a", "nested": {"k": [1, null, true]}, "domain": "x.org"}',
    )
    assert document.key == "7"
    assert document.details == Details(
        year=2022,
        paper="GS2",
        marks=Decimal("12.50"),
        published_on=date(2024, 1, 31),
        metadata={"theme": "a", "nested": {"k": [1, None, True]}, "domain": "x.org"},
    )


def test_a_label_makes_header_and_key_and_stands_in_for_a_missing_title(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(
        '{"number": 19, "title": "Freedoms", "text": "x"}\n{"number": "2A", "title": null, "text": "y"}\n'
        '{"title": "None", "text": "z"}\n'
    )
    reading = read([str(path)], domain="polity", label=Label.parse("Article {number}"))
    assert [(one.key, one.title, one.header) for one in reading.documents] == [
        ("Article 19", "Freedoms", "Article 19. Freedoms"),
        ("Article 2A", "Article 2A", "Article 2A"),
    ]
    assert [(Path(one.name).name, one.reason) for one in reading.rejected] == [
        ("rows.jsonl:3", "--label needs the key 'number', which it lacks")
    ]


def test_an_id_goes_before_the_label_as_the_key(tmp_path: Path) -> None:
    document = _only(
        tmp_path / "a.jsonl", '{"id": "k", "number": 1, "title": "T", "text": "x"}', label="Article {number}"
    )
    assert (document.key, document.label) == ("k", "Article 1")


def test_keys_are_paths_relative_to_the_path_given(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    for name in ("b/c/2.txt", "b/1.txt", "a.txt"):
        (tmp_path / name).write_text(name)
    keys = [document.key for document in read([str(tmp_path)], domain="polity").documents]
    assert keys == ["a.txt", "b/1.txt", "b/c/2.txt"]
    assert [one.key for one in read([str(tmp_path / "b")], domain="polity").documents] == ["1.txt", "c/2.txt"]


def test_invisible_characters_are_removed_and_joiners_kept(tmp_path: Path) -> None:
    document = _only(tmp_path / "a.txt", "a\u202eb\u200bc क्\u200dष")
    assert document.text == "abc क्\u200dष"


def test_the_hash_does_not_depend_on_the_key_or_on_spaces_at_line_ends(tmp_path: Path) -> None:
    one = _only(tmp_path / "a.md", "# T\n\nText  \nhere\n\n\n\nMore\n")
    other = _only(tmp_path / "b.md", "# T\r\n\r\nText\r\nhere\r\n\r\nMore")
    assert one.content_hash == other.content_hash


def test_the_hash_depends_on_what_is_stored(tmp_path: Path) -> None:
    texts = ["Text", "---\ntopic: x\n---\nText", "---\nmarks: 1\n---\nText", "---\ntitle: B\n---\nText", "Text!"]
    texts.append("---\neffective_from: 2020-01-01\n---\nText")
    assert len({_only(tmp_path / "a.md", text).content_hash for text in texts}) == len(texts)


async def test_the_locator_of_a_labelled_row_is_its_label(desk: Desk) -> None:
    desk.rows("a.jsonl", {"number": "19", "title": "Protection of freedoms", "text": "(1) All citizens shall have."})
    await desk.apply(label="Article {number}")
    rows = await desk.fetch("SELECT header, locator, fact_keys FROM polity.parents")
    assert rows == [("Article 19. Protection of freedoms", "Article 19", ["article:19", "name:protection of freedom"])]
