"""The command around the explainer: what was typed, in; lines or pages, out."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import typer

from app.local import json_rows
from app.local.explain import explainer, page, steps
from app.local.explain.explanation import Explanation, as_json
from app.local.explain.steps import Step
from app.settings import Settings

BadInput = (json_rows.BadRows, steps.UnknownStep)
_NOTE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Cleaned questions, and what to show of each."""

    questions: tuple[str, ...]
    steps: frozenset[Step]


def read(question: str | None, file: Path | None, typed_steps: str) -> Wanted:
    """What was asked for, read to its end before anything is answered.

    Raises:
        BadRows: a question is none; names the line.
        UnknownStep: see `steps.read`.
    """
    chosen = steps.read(typed_steps)
    rows = [("the command line", {"query": question})] if file is None else json_rows.objects(file)
    return Wanted(tuple(json_rows.question(row, "query", where) for where, row in rows), chosen)


async def run(settings: Settings, dsn: str, wanted: Wanted, *, as_json: bool, note: Callable[[str], None]) -> None:
    """Explain to standard output; `note` hears of progress."""
    say = _lines if as_json else _pages()
    progress = _Progress(len(wanted.questions), note)

    def said(explanation: Explanation) -> None:
        say(explanation)
        progress.advance()

    await explainer.run(settings, dsn, wanted.questions, wanted.steps, said)


def _lines(explanation: Explanation) -> None:
    typer.echo(as_json(explanation))


def _pages() -> Callable[[Explanation], None]:
    console = page.console()
    return lambda explanation: page.show(explanation, console)


class _Progress:
    """Says every few seconds how many questions are done."""

    def __init__(self, total: int, note: Callable[[str], None]) -> None:
        self._total = total
        self._note = note
        self._done = 0
        self._noted = time.monotonic()

    def advance(self) -> None:
        self._done += 1
        if self._total > 1 and time.monotonic() - self._noted >= _NOTE_SECONDS:
            self._noted = time.monotonic()
            self._note(f"{self._done} of {self._total} questions")
