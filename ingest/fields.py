"""The keys of front matter and of JSONL rows that have a meaning, checked; all others become metadata."""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from app.db.versions import Details
from ingest.document import MAX_TITLE, Rejected, one_line, safe

DATES = ("published_on", "effective_from", "effective_to")
MEANT = frozenset({*DATES, "year", "paper", "subject", "marks"})
# Deeper or larger values are no description of a text.
_MAX_DEPTH = 12
_MAX_VALUES = 10_000
# No key of a text needs a longer number, and Python refuses to print one of more than 4,300 digits.
_MAX_INTEGER_BITS = 256
_MAX_MARKS = Decimal("9999.99")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def details(given: Mapping[str, object], *, apart: frozenset[str]) -> Details:
    """Read what is known about a text from its keys. Keys in `apart` are not kept as metadata.

    Raises:
        Rejected: a value is not of its key's kind; names the key.
    """
    effective_from, effective_to = _date(given, "effective_from"), _date(given, "effective_to")
    if effective_from and effective_to and effective_from >= effective_to:
        raise Rejected(f"effective_to {effective_to} is not after effective_from {effective_from}")
    budget = _Budget()
    return Details(
        effective_from=effective_from,
        effective_to=effective_to,
        year=_year(given),
        paper=line(given, "paper"),
        subject=line(given, "subject"),
        marks=_marks(given),
        published_on=_date(given, "published_on"),
        metadata={safe(key): budget.json(value) for key, value in given.items() if key not in apart | MEANT},
    )


def line(given: Mapping[str, object], key: str) -> str | None:
    """The one-line text under `key`; None where it is absent, null or blank.

    Raises:
        Rejected: it is no text or number, or too long.
    """
    value = given.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Rejected(f"{key} is not a text")
    _check_size(value)
    text = one_line(str(value))
    if len(text) > MAX_TITLE:
        raise Rejected(f"{key} has more than {MAX_TITLE} characters")
    return text or None


def _check_size(value: object) -> None:
    if isinstance(value, int) and value.bit_length() > _MAX_INTEGER_BITS:
        raise Rejected("it holds a number that is too long")


def _date(given: Mapping[str, object], key: str) -> date | None:
    value = given.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _ISO_DATE.match(value.strip()):
        try:
            return datetime.fromisoformat(value.strip()).date()
        except ValueError:
            pass
    raise Rejected(f"{key} is not a date such as 2024-01-31")


def _year(given: Mapping[str, object]) -> int | None:
    value = line(given, "year")
    if value is None:
        return None
    # isdecimal alone takes digits of other scripts, which int() reads too; five digits are no year in any of them.
    if not value.isdecimal() or len(value) > 4 or int(value) == 0:
        raise Rejected("year is not a number from 1 to 9999")
    return int(value)


def _marks(given: Mapping[str, object]) -> Decimal | None:
    value = line(given, "marks")
    if value is None:
        return None
    try:
        marks = Decimal(value)
    except InvalidOperation:
        raise Rejected("marks is not a number") from None
    if not marks.is_finite() or not 0 <= marks <= _MAX_MARKS:
        raise Rejected(f"marks is not a number from 0 to {_MAX_MARKS}")
    return marks.quantize(Decimal("0.01"))


class _Budget:
    """Turns parsed values into what jsonb can hold. Repeated references count every time."""

    def __init__(self) -> None:
        self._left = _MAX_VALUES

    def json(self, value: object, depth: int = 0) -> object:
        self._left -= 1
        if depth > _MAX_DEPTH or self._left < 0:
            raise Rejected("its metadata is nested too deeply or too large")
        if isinstance(value, str):
            return safe(value)
        if isinstance(value, float) and not math.isfinite(value):
            raise Rejected("its metadata holds a number that is not finite")
        _check_size(value)
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, list):
            return [self.json(item, depth + 1) for item in value]
        if isinstance(value, dict):
            return {safe(str(key)): self.json(item, depth + 1) for key, item in value.items()}
        raise Rejected(f"its metadata holds a {type(value).__name__}")
