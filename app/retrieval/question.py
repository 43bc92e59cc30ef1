"""Text as it comes from students and documents, made safe to store and the same for the same words."""

import re
import unicodedata
from typing import Literal

from app.errors import InvalidText

Language = Literal["en", "hi"]

# A NUL breaks PostgreSQL and the rest of C0 breaks terminals and logs; tab, line feed and carriage return are text.
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
# What the eye does not see but a search, a cache key or a model does: DEL and C1, soft hyphen, bidirectional marks and
# overrides, zero-width space, word joiner, byte order mark, tag characters and the variation selectors beside them.
# U+200C and U+200D stay: Devanagari needs them.
_INVISIBLE = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)
_NEWLINE = re.compile("\r\n?")
_ENDS = " ?.!।॥"


def clean(text: str) -> str:
    """`text` in NFC, without invisible characters, lines ended by LF. Empty text stays empty.

    Raises:
        InvalidText: it holds NUL, another C0 control or a lone surrogate.
    """
    refused = _REFUSED.search(text)
    if refused:
        raise InvalidText(f"the text holds the control character U+{ord(refused[0]):04X}")
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", _NEWLINE.sub("\n", text)))


def normalise(text: str) -> str:
    """The key under which the same question is found again: case, spacing and end marks do not count.

    Raises:
        InvalidText: as `clean`.
    """
    folded = unicodedata.normalize("NFD", clean(text)).casefold()
    return unicodedata.normalize("NFC", " ".join(folded.split()).strip(_ENDS))


def language(text: str) -> Language:
    """The language to answer in: Hindi when more than half of the letters are Devanagari."""
    letters = [character for character in text if character.isalpha()]
    devanagari = sum("\u0900" <= character <= "\u097f" for character in letters)
    return "hi" if devanagari * 2 > len(letters) else "en"
