"""Which kinds of file there are, by name and by first bytes; a file that is two kinds at once is refused."""

import io
import zipfile

from ingest.document import Rejected

SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".text": "text",
    ".html": "html",
    ".htm": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
KINDS = tuple(dict.fromkeys(SUFFIXES.values()))
# One document a row.
ROWS = frozenset({"csv", "jsonl"})

_PDF, _ZIP, _OLE = b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SIGNATURES = {_PDF: "a PDF", _ZIP: "a ZIP archive (DOCX is one)", _OLE: "an old Office file"}
# Readers of PDF look for its header this far.
_HEADER = 1_024


def check(kind: str, data: bytes) -> None:
    """Whether `data` begins as files of its kind do, and as those of no other.

    Raises:
        Rejected: it is another kind of file, two kinds at once, or encrypted by Office.
    """
    if kind == "pdf":
        _check_pdf(data)
    elif kind == "docx":
        _check_docx(data)
    else:
        for signature, name in _SIGNATURES.items():
            if data.startswith(signature):
                raise Rejected(f"it is {name} under another name")


def guess(data: bytes) -> str:
    """The kind of a file without a name, by its first bytes; Markdown where they say nothing."""
    head = data[:_HEADER].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(_PDF):
        return "pdf"
    if head.startswith(_ZIP):
        return "docx"
    if head.startswith(b"{"):
        return "jsonl"
    return "html" if head[:9].lower().startswith((b"<!doctype", b"<html")) else "markdown"


def _check_pdf(data: bytes) -> None:
    if not data.startswith(_PDF):
        later = _PDF in data[:_HEADER]
        raise Rejected("something else comes before its PDF header" if later else "it has no PDF header")
    if zipfile.is_zipfile(io.BytesIO(data)):
        raise Rejected("it is a PDF and a ZIP archive at once")


def _check_docx(data: bytes) -> None:
    if data.startswith(_OLE):
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        raise Rejected("it is encrypted" if encrypted else "it is an old Word file; save it as .docx")
    if not data.startswith(_ZIP) or not zipfile.is_zipfile(io.BytesIO(data)):
        raise Rejected("it is not a DOCX file: no ZIP archive")
    if _PDF in data[:_HEADER]:
        raise Rejected("it is a ZIP archive and a PDF at once")
