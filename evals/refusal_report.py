"""How often questions are refused, through the real turn without a model, by kind.

Run as `python -m evals.refusal_report [--set report|tuning] [--constitution] [--json] [--wrong]`; a database of its own
with content/ in it, with --constitution asked again with the Constitution of ../shared beside it.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass

from app.agents.ask import Ask
from app.agents.events import Finished, SourcesFound
from app.agents.turn import ChatTurn
from app.resources import open_resources, open_turn
from app.settings import Settings
from evals import refusal_set
from evals.gate.pipeline import AT_ONCE
from evals.refusal_set import Row

LEAST_REFUSED = 0.90
MOST_REFUSED = 0.05
# An embedded model works in one thread of its own, and embedding is most of what a question costs.
SIDE_BY_SIDE = 2


@dataclass(frozen=True, slots=True)
class Count:
    """The questions of one kind in one corpus, and how many of them were refused."""

    corpus: str
    answerable: bool
    kind: str
    asked: int
    refused: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to one question."""

    row: Row
    refused: bool


async def asked(dsn: str, rows: Sequence[Row]) -> list[Outcome]:
    """Every row through the turn that workers run, without a model, by two embedded models side by side."""
    shares = await asyncio.gather(*(_asked(dsn, rows[first::SIDE_BY_SIDE]) for first in range(SIDE_BY_SIDE)))
    return [outcome for share in shares for outcome in share]


async def _asked(dsn: str, rows: Sequence[Row]) -> list[Outcome]:
    settings = Settings.from_env({"PRASHNA_LLM": "extractive"})
    async with open_resources(settings, dsn, application="refusals") as resources, open_turn(resources) as turn:
        places = asyncio.Semaphore(AT_ONCE)

        async def one(row: Row) -> Outcome:
            async with places:
                return Outcome(row, await _refused(turn, row.query))

        return await asyncio.gather(*(one(row) for row in rows))


async def _refused(turn: ChatTurn, query: str) -> bool:
    """Does the turn refuse? Stopped once sources are shown: which passages answer is decided, only writing is left."""
    async with aclosing(turn.run(Ask.alone(query))) as events:
        async for event in events:
            if isinstance(event, SourcesFound) and event.sources:
                return False
            if isinstance(event, Finished):
                return event.answer.refused
    raise RuntimeError("a turn ended without Finished")


def counted(corpus: str, outcomes: Sequence[Outcome]) -> list[Count]:
    """By kind, unanswerable ones first; the sums have the kind "all"."""
    found = []
    for answerable in (False, True):
        mine = [one for one in outcomes if one.row.answerable is answerable]
        for kind in (*sorted({one.row.kind for one in mine}), "all"):
            of_kind = [one for one in mine if kind in (one.row.kind, "all")]
            refused = sum(one.refused for one in of_kind)
            found.append(Count(corpus, answerable, kind, len(of_kind), refused))
    return found


def met(counts: Sequence[Count]) -> bool:
    """Are both bars met in every corpus?"""
    sums = [one for one in counts if one.kind == "all" and one.asked]
    return all(
        one.refused <= MOST_REFUSED * one.asked if one.answerable else one.refused >= LEAST_REFUSED * one.asked
        for one in sums
    )


async def main(arguments: Sequence[str]) -> int:
    """Print the table; 0 when both bars are met, else 1."""
    parser = argparse.ArgumentParser(prog="python -m evals.refusal_report")
    parser.add_argument("--set", choices=("report", "tuning"), default="report")
    parser.add_argument("--constitution", action="store_true", help="ask again with the Constitution taken in too")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    parser.add_argument("--wrong", action="store_true", help="the questions that went wrong, after the table")
    chosen = parser.parse_args(arguments)
    rows = refusal_set.rows(chosen.set)
    counts: list[Count] = []
    wrong: list[str] = []
    async for corpus, dsn in refusal_set.databases(constitution=chosen.constitution):
        outcomes = await asked(dsn, [row for row in rows if row.askable(corpus)])
        counts += counted(corpus, outcomes)
        wrong += [f"{corpus}: {one.row.kind}: {one.row.query}" for one in outcomes if one.refused is one.row.answerable]
    print(json.dumps({"met": met(counts), "counts": [asdict(one) for one in counts]}) if chosen.json else table(counts))
    if chosen.wrong:
        print("\n".join(wrong))
    return 0 if met(counts) else 1


def table(counts: Sequence[Count]) -> str:
    """A line a kind."""
    lines = [f"{'corpus':14}{'answerable':12}{'kind':20}{'asked':>7}{'refused':>9}{'share':>8}"]
    for one in counts:
        share = one.refused / one.asked if one.asked else 0.0
        there = "yes" if one.answerable else "no"
        lines.append(f"{one.corpus:14}{there:12}{one.kind:20}{one.asked:>7}{one.refused:>9}{share:>8.1%}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
