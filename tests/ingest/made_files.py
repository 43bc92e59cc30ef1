"""Files that the tests make themselves: PDFs, Word documents, and what an attacker makes of them."""

import io
import zipfile
import zlib
from collections.abc import Callable, Sequence

import docx
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from ingest.document import Document, Rejection
from ingest.files import Source
from ingest.parser import Reading
from ingest.sandbox import Sandbox

WIDTH, HEIGHT = A4
LEFT, TOP = 72, HEIGHT - 130


def pdf(*pages: Callable[[Canvas], object], encrypt: str | None = None, title: str | None = None) -> bytes:
    """A PDF with a page for each function, which draws it."""
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=A4, encrypt=encrypt, invariant=True)
    if title:
        canvas.setTitle(title)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return data.getvalue()


def lines(*texts: str, size: float = 11, left: float = LEFT, top: float = TOP) -> Callable[[Canvas], object]:
    """Lines under one another."""

    def draw(canvas: Canvas) -> None:
        for number, text in enumerate(texts):
            canvas.setFont("Helvetica", size)
            canvas.drawString(left, top - number * size * 1.2, text)

    return draw


def both(*draws: Callable[[Canvas], object]) -> Callable[[Canvas], object]:
    """Several things on one page."""

    def draw(canvas: Canvas) -> None:
        for one in draws:
            one(canvas)

    return draw


def grid(rows: Sequence[Sequence[str]], *, top: float) -> Callable[[Canvas], object]:
    """A ruled table."""

    def draw(canvas: Canvas) -> None:
        across = [LEFT + 150 * number for number in range(len(rows[0]) + 1)]
        down = [top - 20 * number for number in range(len(rows) + 1)]
        canvas.grid(across, down)
        canvas.setFont("Helvetica", 11)
        for row, y in zip(rows, down, strict=False):
            for cell, x in zip(row, across, strict=False):
                canvas.drawString(x + 4, y - 14, cell)

    return draw


def raw_pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1; the first is its catalog."""
    data, places = bytearray(b"%PDF-1.7\n"), []
    for number, one in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(data + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))


def stream(data: bytes, filters: bytes) -> bytes:
    """A stream object's body."""
    return b"<</Length %d/Filter[%b]>>stream\n%b\nendstream" % (len(data), filters, data)


def paged_pdf(count: int, content: bytes = b"<</Length 0>>stream\n\nendstream") -> bytes:
    """A PDF of many pages that all show the same content."""
    kids = b" ".join(b"%d 0 R" % (number + 4) for number in range(count))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 3 0 R/Resources<<>>>>"
    return raw_pdf(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count %d/Kids[%b]>>" % (count, kids), content, *[page] * count
    )


def nested_bomb(gigabytes: int) -> bytes:
    """Zeros, deflated twice: a megabyte becomes gigabytes."""
    packer = zlib.compressobj(1)
    once = b"".join(packer.compress(bytes(1 << 20)) for _ in range(gigabytes << 10)) + packer.flush()
    return stream(zlib.compress(once, 9), b"/FlateDecode/FlateDecode")


def word(fill: Callable[[docx.document.Document], object]) -> bytes:
    """A Word document."""
    document = docx.Document()
    document.core_properties.title = ""
    fill(document)
    data = io.BytesIO()
    document.save(data)
    return data.getvalue()


def repacked(data: bytes, changed: dict[str, bytes]) -> bytes:
    """A ZIP archive with some parts changed or added."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changed:
                new.writestr(name, old.read(name))
        for name, part in changed.items():
            new.writestr(name, part)
    return made.getvalue()


def parsed(sandbox: Sandbox, source: Source) -> Document | Rejection:
    """The one result of a file."""
    [result] = sandbox.parse(source)
    return result


def only(reading: Reading) -> Document:
    """The one document of a reading without rejections."""
    assert reading.rejected == []
    [document] = reading.documents
    return document
