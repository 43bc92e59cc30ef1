"""What the checks of one text say, and about which line or page."""

from pathlib import Path

import pytest
from made_files import lines, only, pdf

from ingest import checks
from ingest.document import Document, Rejected
from ingest.parser import read

PROSE = "The Governor is the head of the executive of a State. He is appointed by the President of India. "
FRENCH = "Le gouverneur est le chef de l'exécutif d'un État. Il est nommé par le président de la République. "
HINGLISH = "Rajyapal rajya ki karyapalika ka pramukh hai aur usko Rashtrapati ke dwara niyukt kiya jata hai. "
HINDI = "राज्यपाल राज्य की कार्यपालिका का प्रमुख होता है। "
TAMIL = "ஆளுநர் மாநிலத்தின் நிர்வாகத் தலைவர் ஆவார். அவரை குடியரசுத் தலைவர் நியமிக்கிறார். "


def _document(text: str) -> Document:
    return Document("a.txt", "a.txt", "A", text)


@pytest.mark.parametrize("text", [PROSE * 20, HINDI * 20, PROSE + HINDI, "E = mc²", "Ω", "10 km", TAMIL[:20] + PROSE])
def test_good_texts_have_no_warning(text: str) -> None:
    assert checks.check(_document(text)) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (TAMIL, "it is neither English nor Hindi: most of its letters are Tamil"),
        (
            "Губернатор является главой исполнительной власти.",
            "it is neither English nor Hindi: most of its letters are Cyrillic",
        ),
        ("\ufffd\ufffd the \ufffd", "its letters are garbled ('\ufffd\ufffd the \ufffd')"),
        (HINDI.encode().decode("cp1252", errors="ignore"), "its letters are garbled"),
        ("(cid:12)(cid:7) of (cid:9)", "its letters are garbled ('(cid:12)(cid:7) of (')"),
        ("\ue012\ue013\ue014 of", r"its letters are garbled ('\ue012\ue013\ue014 of')"),
    ],
)
def test_texts_that_nobody_can_read_are_rejected(text: str, reason: str) -> None:
    with pytest.raises(Rejected) as raised:
        checks.check(_document(text))
    assert reason in str(raised.value)


@pytest.mark.parametrize(("text", "language"), [(FRENCH, "French"), (HINGLISH, "Hindi in Latin letters")])
def test_another_language_in_latin_letters_is_warned_of(text: str, language: str) -> None:
    [warning] = checks.check(_document(text * 10))
    assert warning.startswith(f"it reads like {language}: ")


def test_a_garbled_place_is_named_by_its_line_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"---\ntitle: T\n---\n\n{PROSE}\n\n\n\nThe Rajya Sabhaâ€™s term.\n\n{PROSE}\n")
    assert only(read([str(path)], domain="polity")).warnings == (
        "line 9: 1 garbled characters, the first in 'ia. The Rajya Sabhaâ€™s term. The Gove'",
    )


def test_a_garbled_place_is_named_by_its_page() -> None:
    text = PROSE + "\n\n" + PROSE + " the \ufffd sign"
    found = Document("a.pdf", "a.pdf", "A", text, pages=(0, len(PROSE) + 2))
    assert [one.split(":")[0] for one in checks.check(found)] == ["page 2"]


def test_a_row_has_its_warnings_under_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"title,text\nT,{PROSE} \ufffd\n")
    document = only(read([str(path)], domain="polity"))
    assert document.source == f"{path}:2"
    assert [one[:22] for one in document.warnings] == ["1 garbled characters, "]


def test_warnings_do_not_change_the_hash(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(lines("One."), lambda canvas: canvas.rect(1, 1, 9, 9)))
    document = only(read([str(path)], domain="polity"))
    plain = Document(document.source, document.key, document.title, document.text, pages=document.pages)
    assert document.warnings
    assert document.content_hash == plain.content_hash
