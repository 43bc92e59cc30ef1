"""What running a command of ours leaves behind."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    """What a command left behind. A text as the exit code is what Python prints before it ends with 1."""

    code: int | str | None
    out: str
    err: str


Prashna = Callable[..., Said]
