"""`prashna embeddings status`: every namespace with its state, how far it is, what was proved of it, when it goes."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from app.db import content, embeddings, namespace_index, namespaces
from app.db.embeddings import Progress
from app.db.engine import Connection
from app.db.namespaces import Standing
from app.local.embeddings.operator import Say

# A rate is what was seen while looking: long enough for two batches of a slow model.
LOOK_SECONDS = 5.0
_POLL_SECONDS = 0.25
COLUMNS = ("domain", "model", "state", "embedded", "rate", "left", "recall", "accuracy", "change", "gate", "kept until")


@dataclass(frozen=True, slots=True)
class Line:
    """One namespace. `rate` is in chunks a second, None where nothing moved or nothing has to."""

    standing: Standing
    progress: Progress
    indexed: bool
    rate: float | None = None

    @property
    def seconds_left(self) -> float | None:
        """Until everything is embedded, at this rate."""
        return (self.progress.total - self.progress.done) / self.rate if self.rate else None

    @property
    def waiting(self) -> bool:
        """Whether something is still to be embedded."""
        return self.progress.done < self.progress.total

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        one = self.standing
        times = ("created_at", "activated_at", "last_used_at", "retire_after", "trouble_at")
        return {
            "domain": one.space.domain,
            "namespace": one.space.name,
            "id": str(one.space.id),
            "model": one.space.model,
            "dimensions": one.space.dimensions,
            "state": one.space.status,
            "chunks": self.progress.total,
            "embedded": self.progress.done,
            "index_valid": self.indexed,
            "rate_per_second": None if self.rate is None else round(self.rate, 2),
            "seconds_left": None if self.seconds_left is None else round(self.seconds_left),
            "gate": one.report,
            "trouble": one.trouble,
            **{name: at.isoformat() if (at := getattr(one, name)) else None for name in times},
        }


async def status(dsn: str, *, as_json: bool, say: Say) -> None:
    """Print it: a table for people, else one JSON object."""
    async with content.open_desk(dsn) as connection:
        lines = await _lines(connection)
    if as_json:
        say(json.dumps({"namespaces": [line.plain() for line in lines]}))
    else:
        _show(lines)


async def _lines(connection: Connection) -> list[Line]:
    found = []
    for one in await namespaces.standings(connection):
        progress = await embeddings.progress(connection, one.space)
        found.append(Line(one, progress, bool(await namespace_index.valid(connection, one.space))))
    rates = await _rates(connection, [line for line in found if line.waiting])
    return [Line(line.standing, line.progress, line.indexed, rates.get(line.standing.space.id)) for line in found]


async def _rates(connection: Connection, waiting: Sequence[Line]) -> dict[object, float]:
    """What each gained between its first and its last gain while we looked, by id."""
    seen: dict[object, list[tuple[float, int]]] = {line.standing.space.id: [] for line in waiting}
    began = time.monotonic()
    while waiting and (now := time.monotonic()) - began < LOOK_SECONDS:
        for line in waiting:
            done = (await embeddings.progress(connection, line.standing.space)).done
            gains = seen[line.standing.space.id]
            if not gains or gains[-1][1] != done:
                gains.append((now, done))
        if all(len(gains) > 2 for gains in seen.values()):
            break
        await asyncio.sleep(_POLL_SECONDS)
    return {key: rate for key, gains in seen.items() if (rate := _rate(gains, time.monotonic())) is not None}


def _rate(gains: Sequence[tuple[float, int]], now: float) -> float | None:
    if len(gains) < 2:
        return None
    # Between two gains it is exact; with one alone, over the whole look.
    (first, before), (last, after) = (gains[1], gains[-1]) if len(gains) > 2 else (gains[0], (now, gains[1][1]))
    return (after - before) / (last - first)


def _show(lines: Sequence[Line]) -> None:
    console = Console()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in COLUMNS:
        table.add_column(name, overflow="fold")
    for line in lines:
        table.add_row(*_cells(line))
    # Outside a terminal nobody is there to widen it.
    console.width = console.width if console.is_terminal else max(console.width, 140)
    console.print(table)
    for line in lines:
        if line.standing.trouble:
            where = f"{line.standing.space.domain}/{line.standing.space.name}"
            console.print(f"{where}: {line.standing.trouble}", markup=False, highlight=False)


def _cells(line: Line) -> tuple[str, ...]:
    one, report = line.standing, line.standing.report or {}
    recall, gate = report.get("recall") or {}, report.get("gate") or {}
    accuracy = (gate.get("whole") or gate).get("scores", {}).get("accuracy", {}).get("mean")
    change = gate.get("difference", {}).get("accuracy")
    done, total = line.progress.done, line.progress.total
    share = f"{done / total:.0%}" if total else "-"
    passed = "" if not report else "passed" if report.get("passed") else "not passed"
    return (
        one.space.domain,
        one.space.model,
        one.space.status,
        f"{done:,} / {total:,} ({share})",
        "" if line.rate is None else f"{line.rate:.1f}/s",
        "" if line.seconds_left is None else _time(line.seconds_left),
        "" if not recall else f"{recall['recall']:.3f}",
        "" if accuracy is None else f"{accuracy:.3f}",
        "" if change is None else f"{change['mean']:+.3f}",
        passed,
        "" if one.retire_after is None else f"{one.retire_after:%Y-%m-%d %H:%M}",
    )


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"
