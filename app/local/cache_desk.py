"""`prashna cache explain` and `prashna cache stats`: why an answer is served again, and what that is worth."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.db import cache, engine
from app.local import json_rows
from app.retrieval.guard.comparison import Comparison, compare
from app.retrieval.minilm import MiniLM
from app.retrieval.stored_answers import RELAXED
from app.settings import Settings

Say = Callable[[str], None]
_REPORTS = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """Two cleaned questions, and the row they came in with all its fields."""

    cached: str
    asked: str
    row: dict[str, Any]


def read_pairs(path: Path) -> list[Pair]:
    """The rows of a JSON Lines file, blank lines left out.

    Raises:
        BadRows: a line is no object with two questions; names the first such line.
    """
    return [pair(row, where) for where, row in json_rows.objects(path)]


def pair(row: dict[str, Any], where: str) -> Pair:
    """Both questions of a row, cleaned as the API cleans them.

    Raises:
        BadRows: one is no question; names `where`.
    """
    return Pair(json_rows.question(row, "cached", where), json_rows.question(row, "asked", where), row)


def explain(settings: Settings, pairs: Sequence[Pair], *, as_json: bool, say: Say, note: Say) -> None:
    """Say for each pair whether the look-up would serve it, and why not; `note` hears of progress."""
    model = MiniLM.load(settings.embedder.threads)
    threshold = settings.chat.cache_threshold
    compared = compare([(pair.cached, pair.asked) for pair in pairs], model)
    for number, (one, comparison) in enumerate(zip(pairs, compared, strict=True), 1):
        say(_as_json(one, comparison, threshold) if as_json else _for_people(one, comparison, threshold))
        if number % 250 == 0:
            note(f"{number} of {len(pairs)} pairs")


def _as_json(one: Pair, comparison: Comparison, threshold: float) -> str:
    found = {
        "similarity": round(comparison.similarity, 4),
        "cached_keys": comparison.cached_keys,
        "asked_keys": comparison.asked_keys,
        "veto": comparison.veto,
        "served": comparison.served(threshold),
        "served_relaxed": comparison.served(min(RELAXED, threshold)),
    }
    return json.dumps(one.row | found, ensure_ascii=False, separators=(",", ":"))


def _for_people(one: Pair, comparison: Comparison, threshold: float) -> str:
    relaxed = min(RELAXED, threshold)
    only_cached = sorted(set(comparison.cached_keys) - set(comparison.asked_keys))
    only_asked = sorted(set(comparison.asked_keys) - set(comparison.cached_keys))
    shared = sorted(set(comparison.cached_keys) & set(comparison.asked_keys))
    lines = [
        f"cached      {one.cached}",
        f"asked       {one.asked}",
        f"similarity  {comparison.similarity:.4f}  (served from {threshold}, relaxed from {relaxed})",
        f"keys        {' · '.join(shared) or '-'}",
        f"  cached    {' · '.join(only_cached) or '-'}",
        f"  asked     {' · '.join(only_asked) or '-'}",
        f"veto        {', '.join(comparison.veto) if comparison.veto else 'none'}",
        f"served      {_yes(comparison.served(threshold))}, relaxed: {_yes(comparison.served(relaxed))}",
        "",
    ]
    return "\n".join(lines)


def _yes(served: bool) -> str:
    return "yes" if served else "no"


async def stats(dsn: str, *, as_json: bool, say: Say) -> None:
    """Say what ops.cache_stats and ops.cache_false_hits hold."""
    connection = await engine.connect(dsn)
    try:
        counts = await cache.stats(connection)
        reports = await cache.false_hits(connection, limit=_REPORTS)
    finally:
        await connection.close()
    counts["saved_cost"] = float(counts["saved_cost"])
    if as_json:
        reports = [report | {"served_at": report["served_at"].isoformat()} for report in reports]
        say(json.dumps(counts | {"reports": reports}, ensure_ascii=False, separators=(",", ":"), default=str))
        return
    for line in _told(counts, reports):
        say(line)


def _told(counts: dict[str, Any], reports: Sequence[dict[str, Any]]) -> Iterator[str]:
    silent = f"{counts['silent']} silent while what they cite is not live"
    yield f"stored answers  {counts['entries']}: {counts['live']} live, {silent}, {counts['expired']} expired"
    yield f"hits            {counts['hits']}: {counts['exact_hits']} same wording, {counts['near_hits']} another"
    unpriced = f" ({counts['unpriced_hits']} hits of unknown price)" if counts["unpriced_hits"] else ""
    yield f"saved           ${counts['saved_cost']:.4f} and {counts['saved_calls']} calls{unpriced}"
    yield f"marked wrong    {counts['false_hit_reports']}"
    for report in reports:
        yield f"  {report['served_at']:%Y-%m-%d %H:%M}  {report['asked']!r} got the answer to {report['stored']!r}"
        if report["comment"]:
            yield f"    {report['comment']!r}"
