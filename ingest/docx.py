"""DOCX: paragraphs, headings by style, lists and tables, from an archive that is looked through before it is opened."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

import defusedxml.sax
import docx
from defusedxml.common import DefusedXmlException
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.table import Table
from docx.text.paragraph import Paragraph

from ingest.document import Rejected
from ingest.outline import Content, Outline

# Word's own parts are a few dozen; unpacked, text of a thousand pages stays below 40 MB.
MAX_PARTS = 5_000
MAX_UNPACKED = 200_000_000
MAX_XML = 40_000_000
_XML = (".xml", ".rels")
_HEADING_STYLE = re.compile(r"heading (\d)", re.IGNORECASE)
_LIST_STYLE = re.compile(r"list (bullet|number|paragraph)", re.IGNORECASE)
_SKIPPED = frozenset(
    # What an old Word would show in place of a text box that is there too.
    ("{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
     *(qn(name) for name in ("w:moveFrom", "w:del", "w:pPr", "w:instrText")))
)  # fmt: skip
_TEXT, _RUN, _VANISH = qn("w:t"), qn("w:r"), qn("w:vanish")
_BREAKS = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}


def read(data: bytes) -> Content:
    """Take the text out of a Word document: what a reader sees with all changes accepted.

    Raises:
        Rejected: the archive or its XML is broken, a bomb, encrypted, or leads outside; or there is no text.
    """
    _check_archive(data)
    try:
        document = docx.Document(io.BytesIO(data))
    except (KeyError, ValueError) as error:
        raise Rejected(f"it is not a DOCX file that can be read ({type(error).__name__})") from None
    outline = Outline()
    _add(outline, document.element.body, document)
    title = " ".join((document.core_properties.title or "").split())
    return outline.finish(title if title.lower() != "word document" and title else None)


def _check_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_parts(parts)
            if "[Content_Types].xml" not in archive.namelist():
                raise Rejected("it is a ZIP archive and no Word document")
            for part in parts:
                if part.filename.lower().endswith(_XML):
                    _check_xml(part.filename, archive.read(part))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise Rejected(f"its ZIP archive is broken ({type(error).__name__})") from None


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MAX_PARTS:
        raise Rejected(f"its ZIP archive has more than {MAX_PARTS:,} parts")
    names = set()
    for part in parts:
        name = part.filename.replace("\\", "/")
        if name.startswith("/") or ".." in PurePosixPath(name).parts or ":" in name:
            raise Rejected(f"its part {part.filename[:80]!r} points outside of the archive")
        if name in names:
            raise Rejected(f"its ZIP archive has the part {part.filename[:80]!r} twice")
        if part.flag_bits & 1:
            raise Rejected("it is encrypted")
        if name.lower().endswith(_XML) and part.file_size > MAX_XML:
            raise Rejected(f"its part {name!r} has {part.file_size:,} bytes unpacked, more than {MAX_XML:,}")
        names.add(name)
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED:
        raise Rejected(f"its ZIP archive has {unpacked:,} bytes unpacked, more than {MAX_UNPACKED:,}")


def _check_xml(name: str, data: bytes) -> None:
    """Without document types there are no entities: neither files from outside nor ones that unfold into billions."""
    try:
        defusedxml.sax.parseString(data, ContentHandler(), forbid_dtd=True)
    except DefusedXmlException:
        raise Rejected(f"its part {name!r} has a document type, which could bring in entities") from None
    except SAXException as error:
        raise Rejected(f"its part {name!r} is not XML: {error.getMessage()}") from None


def _add(outline: Outline, parent: BaseOxmlElement, document: WordDocument) -> None:
    """Paragraphs and tables in order, those in content controls too."""
    for child in parent:
        if child.tag == qn("w:p"):
            _add_paragraph(outline, child, document)
        elif child.tag == qn("w:tbl"):
            outline.table(list(_rows(child, document)))
        elif child.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:customXml")):
            _add(outline, child, document)


def _add_paragraph(outline: Outline, element: BaseOxmlElement, document: WordDocument) -> None:
    text = "".join(_text(element)).strip()
    style = Paragraph(element, document._body).style  # noqa: SLF001 - what python-docx calls a parent
    name = (style.name if style else None) or ""
    found = _HEADING_STYLE.match(name)
    if found or name.lower() == "title":
        outline.heading(int(found[1]) if found else 1, text)
    elif text and _LIST_STYLE.match(name):
        outline.paragraph(f"- {text}")
    else:
        outline.paragraph(text)


def _rows(element: BaseOxmlElement, document: WordDocument) -> Iterator[list[str]]:
    """The cells of each row; one that is merged over several columns comes once."""
    for row in Table(element, document._body).rows:  # noqa: SLF001 - what python-docx calls a parent
        cells = list(dict.fromkeys(cell._tc for cell in row.cells))  # noqa: SLF001 - merged cells are one element
        yield [" ".join("".join(_text(cell)).split()) for cell in cells]


def _text(element: BaseOxmlElement) -> Iterator[str]:
    """The text that a reader sees: insertions and text boxes in, deletions, fields' codes and hidden runs out."""
    waiting: list[BaseOxmlElement | str] = [element]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif one.tag == _TEXT:
            yield one.text or ""
        elif one.tag in _BREAKS:
            yield _BREAKS[one.tag]
        elif one.tag not in _SKIPPED and not (one.tag == _RUN and one.find(f".//{_VANISH}") is not None):
            # Cells and text boxes hold paragraphs.
            waiting += [" "] if one.tag == qn("w:p") and one is not element else []
            waiting += reversed(list(one))
