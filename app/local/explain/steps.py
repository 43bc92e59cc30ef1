"""The parts of a turn that `prashna explain` can show."""

from typing import Literal, cast, get_args

from app.errors import PrashnaError

Step = Literal["route", "retrieve", "cache", "answer"]
STEPS: tuple[Step, ...] = get_args(Step)


class UnknownStep(PrashnaError):
    """There is no such step."""


def read(typed: str) -> frozenset[Step]:
    """The steps of a list with commas.

    Raises:
        UnknownStep: one of them is none, or there is none; names it and the known ones.
    """
    names = [name for part in typed.split(",") if (name := part.strip())]
    unknown = [name for name in names if name not in STEPS]
    if unknown or not names:
        raise UnknownStep(f"--steps {typed!r}: the steps are {','.join(STEPS)}")
    return frozenset(cast("list[Step]", names))
