"""How long the stream writer gathers: a rule of what it measured, so no clock and no database is needed to test it."""

from uuid import UUID

import pytest

from app.jobs.tick import LONGEST_SECONDS, SHORTEST_SECONDS, Tick

QUICK = 0.001


def _streams(count: int) -> list[UUID]:
    return [UUID(int=number) for number in range(count)]


def _run(tick: Tick, streams: int, *, statement: float = QUICK, seconds: float = 2.0, start: float = 0.0) -> float:
    """Statements one tick after another, each with chunks of all these streams; the moment of the next one."""
    now = start
    while now < start + seconds:
        tick.flushed(_streams(streams), began=now, ended=now + statement)
        now += max(tick.seconds, statement)
    return now


@pytest.mark.parametrize(
    ("streams", "expected"), [(1, SHORTEST_SECONDS), (100, SHORTEST_SECONDS), (500, 0.02), (1_000, 0.04),
                              (2_000, 0.08), (10_000, LONGEST_SECONDS)]
)  # fmt: skip
def test_the_tick_follows_the_number_of_active_streams(streams: int, expected: float) -> None:
    tick = Tick()
    _run(tick, streams)

    assert tick.seconds == pytest.approx(expected)


@pytest.mark.parametrize(("statement", "expected"), [(0.001, SHORTEST_SECONDS), (0.03, 0.06), (0.2, LONGEST_SECONDS)])
def test_slow_statements_make_it_longer(statement: float, expected: float) -> None:
    tick = Tick()
    _run(tick, 10, statement=statement)

    assert tick.seconds == pytest.approx(expected, rel=0.01)


def test_it_becomes_short_again_when_the_load_has_gone() -> None:
    tick = Tick()
    busy = _run(tick, 5_000, statement=0.08)
    assert tick.seconds == LONGEST_SECONDS
    _run(tick, 50, start=busy)

    assert tick.seconds == SHORTEST_SECONDS


def test_a_pause_forgets_the_streams_before_it() -> None:
    tick = Tick()
    ended = _run(tick, 1_000)
    tick.flushed(_streams(3), began=ended + 60, ended=ended + 60 + QUICK)

    assert (tick.streams, tick.seconds) == (3, SHORTEST_SECONDS)


def test_streams_count_that_are_not_in_every_statement() -> None:
    tick = Tick()
    everybody = _streams(1_000)
    for number in range(400):
        part = everybody[number % 10 :: 10]
        tick.flushed(part, began=number * 0.01, ended=number * 0.01 + QUICK)

    assert tick.streams == 1_000


def test_one_slow_statement_among_quick_ones_changes_little() -> None:
    tick = Tick()
    now = _run(tick, 10)
    tick.flushed(_streams(10), began=now, ended=now + 0.05)

    assert tick.seconds < 5 * SHORTEST_SECONDS


def test_a_fixed_tick_stays_as_it_is() -> None:
    tick = Tick(0.02, 0.02)
    _run(tick, 5_000, statement=1)

    assert tick.seconds == 0.02
