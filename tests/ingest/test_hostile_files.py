"""Bombs, forgeries and files that never end: each is rejected by name and reason, and the rest goes in (C22)."""

import io
import zipfile
import zlib
from pathlib import Path

import pytest
from made_files import lines, nested_bomb, paged_pdf, parsed, pdf, raw_pdf, repacked, stream, word

from ingest import docx
from ingest import pdf as pdf_reader
from ingest.document import Document, Rejection
from ingest.files import Source
from ingest.parser import read
from ingest.sandbox import Sandbox

WORD = word(lambda document: document.add_paragraph("Text."))
PAGE = lines("Text.")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DOCUMENT = (
    b'<?xml version="1.0"?>%b<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"/>'
)


def _document(doctype: bytes) -> bytes:
    return repacked(WORD, {"word/document.xml": DOCUMENT % doctype})


def _encrypted_zip() -> bytes:
    data = bytearray(WORD)
    # The lowest bit of the flags in the directory of the archive.
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def _twice() -> bytes:
    made = io.BytesIO(WORD)
    with zipfile.ZipFile(made, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("word/document.xml", b"")
    return made.getvalue()


LAUGHS = b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
OUTSIDE = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
ENTITIES = "its part 'word/document.xml' has a document type, which could bring in entities"


@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [
        ("encrypted.pdf", lambda: pdf(PAGE, encrypt="secret"), "it is encrypted and needs a password"),
        ("scanned.pdf", lambda: pdf(lambda canvas: canvas.rect(10, 10, 90, 90)),
         "no text can be taken from its 1 pages: scanned pictures need to go through OCR"),
        ("pages.pdf", lambda: paged_pdf(50_000), "it has more than 2,000 pages: split it"),
        ("headless.pdf", lambda: b"no PDF", "it has no PDF header"),
        ("late.pdf", lambda: b"#!/bin/sh\n" + pdf(PAGE), "something else comes before its PDF header"),
        ("broken.pdf", lambda: b"%PDF-1.7\n" + bytes(range(256)) * 40,
         "it is not a PDF that can be read (PDFSyntaxError)"),
        ("polyglot.pdf", lambda: pdf(PAGE) + WORD, "it is a PDF and a ZIP archive at once"),
        ("polyglot.docx", lambda: pdf(PAGE) + WORD, "it is not a DOCX file: no ZIP archive"),
        ("pdf.md", lambda: pdf(PAGE), "it is a PDF under another name"),
        ("zip.txt", lambda: WORD, "it is a ZIP archive (DOCX is one) under another name"),
        ("old.docx", lambda: OLE + bytes(600), "it is an old Word file; save it as .docx"),
        ("locked.docx",
         lambda: OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
         "it is encrypted"),
        ("zip-locked.docx", _encrypted_zip, "it is encrypted"),
        ("slip.docx", lambda: repacked(WORD, {"../../etc/cron.d/x": b"x"}),
         "its part '../../etc/cron.d/x' points outside of the archive"),
        ("root.docx", lambda: repacked(WORD, {"/etc/x": b"x"}), "its part '/etc/x' points outside of the archive"),
        ("windows.docx", lambda: repacked(WORD, {"..\\x": b"x"}), "its part '..\\\\x' points outside of the archive"),
        ("bomb.docx", lambda: repacked(WORD, {f"word/media/{one}.bin": bytes(50_000_000) for one in range(5)}),
         "more than 200,000,000"),
        ("xml-bomb.docx", lambda: repacked(WORD, {"word/footnotes.xml": b" " * 41_000_000}),
         "its part 'word/footnotes.xml' has 41,000,000 bytes unpacked, more than 40,000,000"),
        ("parts.docx", lambda: repacked(WORD, {f"x/{one}": b"" for one in range(5_001)}),
         "its ZIP archive has more than 5,000 parts"),
        ("twice.docx", _twice, "its ZIP archive has the part 'word/document.xml' twice"),
        ("laughs.docx", lambda: _document(LAUGHS), ENTITIES),
        ("xxe.docx", lambda: _document(OUTSIDE), ENTITIES),
        ("torn.docx", lambda: WORD[: len(WORD) // 2], "it is not a DOCX file: no ZIP archive"),
        ("notword.docx", lambda: repacked(WORD, {"[Content_Types].xml": b"<x"}),
         "its part '[Content_Types].xml' is not XML: unclosed token"),
        ("nul.csv", lambda: b"id,title,text\n1,T,a\0\n", "it holds NUL bytes: binary data, or text that is not UTF-8"),
        ("latin.html", lambda: "<p>é".encode("latin-1"), "it is not UTF-8: byte 0xe9 at 3"),
        ("cut.md", lambda: "क".encode()[:2], "it is not UTF-8: byte 0xe0 at 0"),
    ],
)  # fmt: skip
def test_a_hostile_file_is_rejected_by_name_and_the_rest_goes_in(tmp_path: Path, name: str, make, reason: str) -> None:  # type: ignore[no-untyped-def]
    for other in ("a", "z"):
        (tmp_path / f"{other}.md").write_text("Text")
    (tmp_path / name).write_bytes(make())
    reading = read([str(tmp_path)], domain="polity")
    [rejected] = reading.rejected
    assert (Path(rejected.name).name, rejected.reason.endswith(reason)) == (name, True), rejected
    assert [one.key for one in reading.documents] == ["a.md", "z.md"]


def _source(path: Path, kind: str) -> Source:
    return Source(path, path.name, path.name, kind)


@pytest.fixture
def good(tmp_path: Path) -> Source:
    (tmp_path / "good.txt").write_text("Text")
    return _source(tmp_path / "good.txt", "text")


def test_a_deflated_deflated_bomb_meets_the_memory_limit_and_the_next_file_a_new_child(
    tmp_path: Path, good: Source
) -> None:
    (tmp_path / "bomb.pdf").write_bytes(paged_pdf(1, nested_bomb(gigabytes=1)))
    with Sandbox("polity", None) as sandbox:
        rejected = parsed(sandbox, _source(tmp_path / "bomb.pdf", "pdf"))
        assert rejected == Rejection("bomb.pdf", "reading it takes more than 512 MB")
        assert isinstance(parsed(sandbox, good), Document)


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_read(tmp_path: Path, good: Source) -> None:
    (tmp_path / "slow.pdf").write_bytes(pdf(*[lines(*["Word " * 15] * 40)] * 200))
    with Sandbox("polity", None, seconds=2) as sandbox:
        rejected = parsed(sandbox, _source(tmp_path / "slow.pdf", "pdf"))
        assert rejected == Rejection("slow.pdf", "reading it takes more than 2 s")
        assert isinstance(parsed(sandbox, good), Document)


def _rows(folder: Path) -> Source:
    """More than fits into a pipe."""
    (folder / "rows.jsonl").write_text(
        "".join(f'{{"id": {number}, "title": "T", "text": "x"}}\n' for number in range(5_000))
    )
    return _source(folder / "rows.jsonl", "jsonl")


def test_a_child_that_dies_in_a_file_is_replaced(tmp_path: Path, good: Source) -> None:
    with Sandbox("polity", None) as sandbox:
        coming = sandbox.parse(_rows(tmp_path))
        next(coming)
        assert sandbox._child is not None
        sandbox._child.kill()
        assert list(coming)[-1] == Rejection(
            "rows.jsonl", "its parser gave up (exit status -9): broken, or more than it can hold"
        )
        assert isinstance(parsed(sandbox, good), Document)


def test_many_good_files_are_read_by_one_child(good: Source) -> None:
    with Sandbox("polity", None) as sandbox:
        children = set()
        for _ in range(200):
            assert isinstance(parsed(sandbox, good), Document)
            children.add(sandbox._child.pid if sandbox._child else None)
    assert len(children) == 1
    assert sandbox._child is None


def test_a_file_given_up_half_way_does_not_disturb_the_next(tmp_path: Path, good: Source) -> None:
    with Sandbox("polity", None) as sandbox:
        coming = sandbox.parse(_rows(tmp_path))
        next(coming)
        coming.close()
        assert isinstance(parsed(sandbox, good), Document)


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "LANGSMITH_API_KEY", "COVERALLS_REPO_TOKEN", "DATABASE_URL"])
def test_the_child_sees_no_key_of_ours(monkeypatch: pytest.MonkeyPatch, good: Source, name: str) -> None:
    monkeypatch.setenv(name, "sk-secret")
    with Sandbox("polity", None) as sandbox:
        parsed(sandbox, good)
        assert sandbox._child is not None
        environment = Path(f"/proc/{sandbox._child.pid}/environ").read_bytes()
    assert b"PYTHONPATH" in environment
    assert b"sk-secret" not in environment


@pytest.mark.parametrize(
    "objects",
    [
        [b"<</Type/Catalog/Pages 1 0 R>>"],
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[2 0 R]>>"],
        [b"<</Type/Catalog/Pages 2 0 R>>", b"[" * 5_000],
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
         b"<</Type/Page/MediaBox[0 0 9 9]/Contents 4 0 R>>", stream(zlib.compress(b"q " * 9), b"/LZWDecode")],
    ],
)  # fmt: skip
def test_a_pdf_that_leads_in_circles_is_rejected(tmp_path: Path, objects: list[bytes]) -> None:
    (tmp_path / "odd.pdf").write_bytes(raw_pdf(*objects))
    assert [one.name for one in read([str(tmp_path)], domain="polity").rejected] == [f"{tmp_path}/odd.pdf"]


def test_the_limits_are_those_that_the_messages_say() -> None:
    assert (pdf_reader.MAX_PAGES, docx.MAX_UNPACKED, docx.MAX_XML) == (2_000, 200_000_000, 40_000_000)
