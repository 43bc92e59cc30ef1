"""C3: the API process that serves all streams is killed; they are taken up at another one, byte for byte."""

import asyncio
import time
from collections import Counter

from faults.field import Field, until

# Slow enough that most answers are under way when the process goes.
_SLOWLY = 2.5
_RESUME_SECONDS = 10.0
# The busiest second may hold this many times the mean of the seconds in which readers come back (check S10).
_MOST_BUNCHED = 2.5


async def killed(field: Field) -> None:
    """C3: SIGKILL to the API with all streams attached to it; its readers go to a second one."""
    streams = 100 if field.short else 500
    field.outcome.rounds = 1
    second = field.beside("second")
    await second.start_api()
    field.students.addresses.append(second.base)
    field.provider.tokens_per_second = _SLOWLY
    for _ in range(streams):
        field.ask()
        await asyncio.sleep(0.02)
    asked = field.ledger.asked
    await until(lambda: sum(bool(one.attached) for one in asked) == streams, 90)
    await until(lambda: sum(one.talking for one in asked) >= streams // 10, 60)
    open_ones = [one for one in asked if one.attached and not one.ended]
    talking = sum(one.talking for one in open_ones)
    api = field.stack.api
    assert api
    async with field.ledger.window():
        dead = time.monotonic()
        await api.kill()
        await field.stack.start_api()
        field.provider.tokens_per_second = 0
        await until(lambda: all(_back(one.attached, dead) or one.given_up for one in open_ones), 60)
    back = [seconds for one in open_ones if (seconds := _back(one.attached, dead)) is not None]
    code = api.process.returncode
    evidence = f"exit code {code}, {len(open_ones)} streams cut, {talking} of them mid-answer"
    seen = code == -9 and len(open_ones) >= streams // 2 and talking >= streams // 10
    field.outcome.fault("the API is killed with its streams", seen=seen, evidence=evidence)
    field.outcome.check("every cut stream came back", len(back) == len(open_ones), f"{len(back)} of {len(open_ones)}")
    field.outcome.measure("streams_cut", len(open_ones))
    field.outcome.at_most("resumed_worst_s", max(back, default=float("inf")), _RESUME_SECONDS)
    _check_spread(field, back)


def _back(attached: list[float], dead: float) -> float | None:
    return next((moment - dead for moment in attached if moment > dead), None)


def _check_spread(field: Field, back: list[float]) -> None:
    seconds = Counter(int(one) for one in back)
    mean = len(back) / max(1, len(seconds))
    busiest = max(seconds.values(), default=0) / max(1.0, mean)
    field.outcome.at_most("busiest_second_times_mean", busiest, _MOST_BUNCHED)
