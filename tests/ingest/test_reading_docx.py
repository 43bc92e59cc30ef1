"""What is read out of a Word document."""

from pathlib import Path

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from made_files import only, word

from ingest.document import Document
from ingest.parser import read


def _read(folder: Path, data: bytes) -> Document:
    (folder / "notes.docx").write_bytes(data)
    return only(read([str(folder / "notes.docx")], domain="polity"))


def test_headings_lists_and_tables_keep_their_order(tmp_path: Path) -> None:
    def fill(document: docx.document.Document) -> None:
        document.add_heading("Polity", 0)
        document.add_heading("Fundamental Rights", 1)
        document.add_paragraph("They are justiciable.")
        table = document.add_table(rows=2, cols=2)
        for cell, text in zip(
            (cell for row in table.rows for cell in row.cells), ["Article", "On", "19", "Speech"], strict=True
        ):
            cell.text = text
        document.add_heading("Article 19", 2)
        document.add_paragraph("speech", style="List Bullet")
        document.add_paragraph("movement", style="List Number")

    document = _read(tmp_path, word(fill))
    assert document.title == "Polity"
    assert document.text == (
        "# Fundamental Rights\n\nThey are justiciable.\n\nArticle | On\n19 | Speech\n\n"
        "## Article 19\n\n- speech\n\n- movement"
    )
    assert [(one.level, one.title) for one in document.headings] == [(1, "Fundamental Rights"), (2, "Article 19")]


def test_merged_cells_come_once_and_nested_tables_stay_in_their_cell(tmp_path: Path) -> None:
    def fill(document: docx.document.Document) -> None:
        table = document.add_table(rows=2, cols=2)
        table.cell(0, 0).merge(table.cell(0, 1)).text = "Union List"
        table.cell(1, 0).text = "97"
        table.cell(1, 1).add_table(rows=1, cols=1).cell(0, 0).text = "inner"

    assert _read(tmp_path, word(fill)).text == "Union List\n97 | inner"


def test_what_a_reader_sees_is_read_and_what_is_hidden_or_deleted_is_not(tmp_path: Path) -> None:
    def fill(document: docx.document.Document) -> None:
        paragraph = document.add_paragraph("Seen")
        paragraph.add_run(" hidden").font.hidden = True
        for tag, text in (("w:ins", " inserted"), ("w:moveFrom", " moved away")):
            change = OxmlElement(tag)
            run = OxmlElement("w:r")
            letters = OxmlElement("w:t")
            letters.text = text
            letters.set(qn("xml:space"), "preserve")
            run.append(letters)
            change.append(run)
            paragraph._p.append(change)

    assert _read(tmp_path, word(fill)).text == "Seen inserted"


def test_text_in_content_controls_is_read(tmp_path: Path) -> None:
    def fill(document: docx.document.Document) -> None:
        paragraph = document.add_paragraph("In a control.")
        control, content = OxmlElement("w:sdt"), OxmlElement("w:sdtContent")
        control.append(content)
        document.element.body.insert(0, control)
        content.append(paragraph._p)

    assert _read(tmp_path, word(fill)).text == "In a control."


def test_a_document_without_a_title_is_named_after_its_file(tmp_path: Path) -> None:
    assert _read(tmp_path, word(lambda document: document.add_paragraph("Text."))).title == "Notes"
