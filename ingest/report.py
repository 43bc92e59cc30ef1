"""What a person sees of an apply: a bar on a terminal, plain lines in a pipe, and a summary in both."""

import time
from collections.abc import Sequence
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.amounts import amount
from ingest.summary import Summary

LINE_SECONDS = 3.0
# A file of broken rows should not push the rest off the screen.
MOST_LINES = 50


class Report(Protocol):
    """Where an apply says what it is doing."""

    def say(self, line: str) -> None:
        """One line of text."""
        ...

    def start(self, total: int) -> None:
        """`total` chunks are about to be embedded."""
        ...

    def advance(self, chunks: int) -> None:
        """So many more are embedded."""
        ...

    def stop(self) -> None:
        """No more will come, whether all are embedded or not."""
        ...


class SilentReport:
    """Nothing, for a caller that says itself what it is doing."""

    def say(self, line: str) -> None:
        """See Report."""

    def start(self, total: int) -> None:
        """See Report."""

    def advance(self, chunks: int) -> None:
        """See Report."""

    def stop(self) -> None:
        """See Report."""


class LineReport:
    """Plain lines, the progress every few seconds."""

    def __init__(self, console: Console, *, every: float = LINE_SECONDS) -> None:
        self._console = console
        self._every = every
        self._total = self._done = 0
        self._began = self._said = 0.0

    def say(self, line: str) -> None:
        """See Report."""
        _print(self._console, line)

    def start(self, total: int) -> None:
        """See Report."""
        self._total, self._done = total, 0
        self._began = self._said = time.monotonic()
        self.say(f"embedding {amount(total, 'chunk')}")

    def advance(self, chunks: int) -> None:
        """See Report."""
        self._done += chunks
        now = time.monotonic()
        if now - self._said >= self._every:
            self._said = now
            rate = self._done / (now - self._began)
            self.say(f"embedded {self._done:,}/{self._total:,} chunks, {rate:.1f} chunks/s")

    def stop(self) -> None:
        """See Report."""


class BarReport:
    """A progress bar that redraws itself; lines go above it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = 0.0
        self._bar = Progress(
            TextColumn("embedding"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]:.1f} chunks/s"),
            TimeRemainingColumn(),
            console=console,
        )
        self._task = self._bar.add_task("embedding", visible=False, rate=0.0)

    def say(self, line: str) -> None:
        """See Report."""
        _print(self._console, line)

    def start(self, total: int) -> None:
        """See Report."""
        self._began = time.monotonic()
        self._bar.update(self._task, total=total, visible=True)
        self._bar.start()

    def advance(self, chunks: int) -> None:
        """See Report."""
        done = self._bar.tasks[0].completed + chunks
        self._bar.update(self._task, completed=done, rate=done / max(time.monotonic() - self._began, 0.001))

    def stop(self) -> None:
        """See Report."""
        self._bar.stop()


def choose(console: Console) -> Report:
    """A bar where somebody watches, lines where something collects."""
    return BarReport(console) if console.is_terminal else LineReport(console)


def summarise(report: Report, summary: Summary) -> None:
    """What went in, what did not and why, what it cost, and which revision it is."""
    found(report, summary)
    if summary.chunks:
        rate = f" ({summary.rate:.1f} chunks/s)" if summary.embedding_seconds else ""
        report.say(
            f"{amount(summary.chunks, 'chunk')}, {amount(summary.tokens, 'token')} in {summary.seconds:.1f} s{rate}"
        )
    if summary.revision is None and not summary.waits and not summary.refused:
        report.say(f"nothing {'changed' if summary.unchanged else 'went in'}: no revision was made")
        return
    refused = [f"version {one.number} of {one.key!r} is not live: {one.reason}" for one in summary.refused]
    some(report, "refused", refused)
    report.say(_standing(summary))


def found(report: Report, summary: Summary) -> None:
    """What was read, what was not and why, and what has become, or would become, of it."""
    some(report, "skipped", summary.skipped)
    some(report, "warning", summary.warnings)
    some(report, "rejected", [f"{one.name}: {one.reason}" for one in summary.rejected])
    removed = f"{summary.removed} removed, " if summary.removed else ""
    report.say(
        f"{summary.domain}: {summary.added} added, {summary.changed} changed, {summary.revived} revived, "
        f"{summary.unchanged} unchanged, {removed}{len(summary.rejected)} rejected"
    )


def _standing(summary: Summary) -> str:
    name = "what was there before" if summary.revision is None else f"revision {summary.revision}"
    if summary.waits:
        return f"{name} is not embedded yet, and becomes live document by document: prashna ingest status"
    if summary.draft:
        return f"{name} is a draft; to make it live: prashna ingest publish {summary.revision}"
    refused = len(summary.refused)
    return f"{name} is live" + (f", but for {refused} {'version' if refused == 1 else 'versions'}" if refused else "")


def some(report: Report, word: str, lines: Sequence[str]) -> None:
    """Each line after the word; of a great many the first ones, and how many more there are."""
    for line in lines[:MOST_LINES]:
        report.say(f"{word}: {line}")
    if len(lines) > MOST_LINES:
        report.say(f"{word}: {len(lines) - MOST_LINES} more")


def fail(reason: str) -> None:
    """Why the command has not done what it was asked to, on standard error and as every other command says it."""
    _print(Console(stderr=True), f"prashna: {reason}")


def _print(console: Console, line: str) -> None:
    # File names and reasons are not ours: no markup, no control characters, no wrapping.
    shown = "".join(character if character.isprintable() else "?" for character in line)
    console.print(shown, markup=False, highlight=False, emoji=False, soft_wrap=True)
