"""How far an embedding is: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.amounts import amount
from app.db.embeddings import Progress as Done
from app.local.embeddings.operator import Say

_LINE_SECONDS = 5.0


class Bar:
    """A context manager; `show` takes the chunks done and wanted. Says nothing when there was nothing to do."""

    def __init__(self, title: str, say: Say) -> None:
        self._title = title
        self._say = say
        self._began = self._said = time.monotonic()
        self._first: int | None = None
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
        )
        self._task = self._bar.add_task(title, total=None, rate="")

    def show(self, done: Done) -> None:
        """It is so far."""
        if self._first is None:
            self._first = done.done
            if done.done < done.total:
                self._bar.start()
        now = time.monotonic()
        rate = (done.done - self._first) / max(now - self._began, 0.1)
        self._bar.update(self._task, completed=done.done, total=done.total, rate=f"{rate:.0f}/s")
        if self._bar.disable and done.done < done.total and now - self._said >= _LINE_SECONDS:
            self._said = now
            self._say(f"{self._title}: {done.done:,} of {done.total:,} chunks, {rate:.0f}/s")
        if done.done == done.total and self._first < done.total:
            self._say(f"{self._title}: {amount(done.total, 'chunk')}, {rate:.0f}/s")
            self._first = done.total

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()
