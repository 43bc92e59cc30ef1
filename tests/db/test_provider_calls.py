"""Leave to call providers, as all workers share it: breaker, second tries, ceilings, the switch."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from support.running_tasks import begin as begin_tasks

from app.db import engine, providers
from app.db.providers import Ceilings, Outcome, Permit, Planned, Settlement

ANSWER = Planned("openai", "gpt-4.1", 1_000, 900, Decimal("0.01"), answer=True)
ROUTE = Planned("openai", "gpt-4.1-nano", 500, 300, Decimal("0.001"))
TODAY = "(ops.now() AT TIME ZONE 'Asia/Kolkata')::date"


async def _ask(
    pool: engine.Pool, planned: Planned = ANSWER, task: UUID | None = None, known: int = 0, **ceilings: object
) -> Permit:
    return await providers.begin(pool, planned, Ceilings(**ceilings), task_id=task, known=known)  # type: ignore[arg-type]


def _ended(
    outcome: Outcome,
    planned: Planned = ANSWER,
    *,
    probe: bool = False,
    retry_after: int | None = None,
    day: date | None = None,
    fresh: bool = False,
    tokens: int = 0,
    money: str = "0",
) -> Settlement:
    given = (planned.provider, planned.model, day or date(2026, 1, 1), tokens, Decimal(money))
    return Settlement(*given, outcome, retry_after, probe, fresh)


async def _fail(pool: engine.Pool, times: int = 5) -> None:
    await providers.settle(pool, [_ended("failed")] * times)


async def _rested(pool: engine.Pool) -> None:
    """The rest is over."""
    await pool.execute("UPDATE ops.provider_breakers SET retry_at = now() - interval '1 ms' WHERE retry_at IS NOT NULL")


async def _state(pool: engine.Pool) -> str | None:
    return await pool.fetchval("SELECT state FROM ops.provider_breakers WHERE model = $1", ANSWER.model)


async def test_five_failures_in_a_row_open_the_breaker_for_every_worker(own: engine.Pool) -> None:
    await _fail(own, 4)
    before = await _ask(own)
    await providers.settle(own, [_ended("alive")])
    await _fail(own, 4)
    between = await _ask(own)
    await _fail(own, 1)

    assert (before.refused, between.refused) == (None, None)
    assert (await _ask(own)).refused == "provider_resting"
    assert (await _ask(own, ROUTE)).refused is None


async def test_a_request_that_is_not_taken_is_no_failure_of_the_provider(own: engine.Pool) -> None:
    await _fail(own, 4)
    await providers.settle(own, [_ended("unknown")] * 5)

    assert await _state(own) == "closed"


async def test_of_all_workers_one_alone_probes_a_provider_at_rest(own: engine.Pool) -> None:
    await _fail(own)
    await _rested(own)
    asked = await asyncio.gather(*(_ask(own) for _ in range(40)))

    assert Counter((one.refused, one.probe) for one in asked) == {(None, True): 1, ("provider_resting", False): 39}
    assert await _state(own) == "half_open"


async def test_two_probes_that_succeed_close_it_and_one_that_fails_opens_it_for_longer(own: engine.Pool) -> None:
    await _fail(own)
    waits = [await _wait(own)]
    await _rested(own)
    assert (await _ask(own)).probe
    await providers.settle(own, [_ended("failed", probe=True)])
    waits.append(await _wait(own))
    await _rested(own)
    for state in ("half_open", "closed"):
        assert (await _ask(own)).probe
        await providers.settle(own, [_ended("alive", probe=True)])
        assert await _state(own) == state

    assert 5 <= waits[0] <= 6 < 10 <= waits[1] <= 12
    assert [(one.refused, one.probe) for one in [await _ask(own), await _ask(own)]] == [(None, False)] * 2


async def _wait(pool: engine.Pool) -> float:
    """Seconds of rest as they were set, whenever that was."""
    return float(await pool.fetchval("SELECT extract(epoch FROM retry_at - changed_at) FROM ops.provider_breakers"))


async def test_a_late_success_of_before_the_opening_closes_nothing(own: engine.Pool) -> None:
    await _fail(own)
    await providers.settle(own, [_ended("alive")])

    assert await _state(own) == "open"


async def test_a_probe_whose_worker_died_or_whose_student_left_makes_room_for_the_next(own: engine.Pool) -> None:
    await _fail(own)
    await _rested(own)
    assert (await _ask(own)).probe
    await providers.settle(own, [_ended("unknown", probe=True)])
    assert (await _ask(own)).probe
    assert (await _ask(own)).refused == "provider_resting"
    # As 100 seconds later.
    await _rested(own)
    assert (await _ask(own)).probe


@pytest.mark.parametrize(
    ("spent", "asking", "ceilings", "refused"),
    [
        ("INSERT INTO ops.retry_budgets VALUES ('openai', 0, now())", 1, {}, "retries_spent"),
        ("SELECT ops.reserve(900, 0, NULL, NULL)", 0, {"day_tokens": 1_000}, "day_spent"),
    ],
)
async def test_a_call_that_may_not_be_made_is_no_probe_and_makes_room_for_the_next(
    own: engine.Pool, spent: str, asking: int, ceilings: dict[str, object], refused: str
) -> None:
    await _fail(own)
    await _rested(own)
    await own.execute(spent)
    first = await _ask(own, known=asking, **ceilings)
    second = await _ask(own)
    third = await _ask(own)

    assert (first.refused, first.probe, first.day) == (refused, False, None)
    assert (second.refused, second.probe) == (None, True)
    assert third.refused == "provider_resting"


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [(2, 2, 2.4), (600, 600, 720), (None, 2, 2.4), (0, 1, 1.2), (80_000, 3600, 4320)],
    ids=["seconds", "minutes", "garbage", "nothing at all", "a day"],
)
async def test_one_refusal_for_too_many_requests_is_heeded(
    own: engine.Pool, said: int | None, least: float, most: float
) -> None:
    await providers.settle(own, [_ended("busy", retry_after=said)])

    assert least <= await _wait(own) <= most
    assert (await _ask(own)).refused == "provider_resting"


async def test_rests_are_spread_by_chance_and_grow_to_a_minute(own: engine.Pool) -> None:
    rows = await own.fetch(
        "SELECT extract(epoch FROM ops.rest(0, true, 600))::float AS told, extract(epoch FROM ops.rest(9, false, NULL))"
        "::float AS failed FROM generate_series(1, 1000)"
    )
    told = sorted(row["told"] for row in rows)
    # 120 seconds of room: were they even, a tenth of a second would hold a thousandth of them.
    assert max(Counter(int(one * 10) for one in told).values()) <= 50
    assert 600 <= told[0] < 615 < 705 < told[-1] <= 720
    assert all(60 <= row["failed"] <= 72 for row in rows)


async def test_a_second_try_costs_what_ten_first_ones_bring(own: engine.Pool) -> None:
    await own.execute("INSERT INTO ops.retry_budgets VALUES ('openai', 0, now())")
    second = await _ask(own, known=1)
    first = [await _ask(own) for _ in range(10)]
    await providers.settle(own, [_ended("alive", fresh=True)] * 10)

    assert (second.refused, {one.refused for one in first}) == ("retries_spent", {None})
    assert [(await _ask(own, known=1)).refused for _ in range(2)] == [None, "retries_spent"]


async def test_ten_second_tries_are_the_most_that_are_saved_up(own: engine.Pool) -> None:
    await providers.settle(own, [_ended("alive", fresh=True)] * 1_000)

    assert [(await _ask(own, known=1)).refused for _ in range(11)] == [None] * 10 + ["retries_spent"]


async def test_a_task_has_three_answer_calls_in_all_its_runs(own: engine.Pool) -> None:
    (task,) = await begin_tasks(own)
    calls = [await _ask(own, task=task) for _ in range(4)]
    routed = await _ask(own, ROUTE, task=task)

    assert [(one.refused, one.answer_calls) for one in calls] == [(None, 1), (None, 2), (None, 3), ("task_spent", 3)]
    assert routed.refused is None
    assert await own.fetchval("SELECT answer_calls FROM chat.tasks WHERE id = $1", task) == 3


async def test_a_count_that_a_crash_of_the_database_forgot_is_told_by_the_worker(own: engine.Pool) -> None:
    (task,) = await begin_tasks(own)

    assert (await _ask(own, task=task, known=2)).answer_calls == 3
    assert (await _ask(own, task=task)).refused == "task_spent"


@pytest.mark.parametrize(
    "ceiling",
    [{"task_tokens_in": 1_999}, {"task_tokens_out": 1_799}, {"task_money": Decimal("0.019")}],
    ids=["tokens in", "tokens out", "money"],
)
async def test_a_task_stays_under_each_of_its_ceilings(own: engine.Pool, ceiling: dict[str, object]) -> None:
    (task,) = await begin_tasks(own)

    assert [(await _ask(own, task=task, **ceiling)).refused for _ in range(2)] == [None, "task_spent"]


async def test_a_task_that_has_run_for_too_long_asks_nobody_any_more(own: engine.Pool) -> None:
    (task,) = await begin_tasks(own)
    await own.execute("UPDATE chat.tasks SET started_at = ops.now() - interval '179 s' WHERE id = $1", task)
    within = await _ask(own, task=task)
    await own.execute("UPDATE chat.tasks SET started_at = ops.now() - interval '181 s' WHERE id = $1", task)

    assert (within.refused, (await _ask(own, ROUTE, task=task)).refused) == (None, "task_spent")


async def test_a_days_ceilings_hold_exactly_under_a_hundred_calls_at_once(own: engine.Pool) -> None:
    most = {"day_tokens": 37 * 1_900, "day_money": Decimal(1)}
    asked = await asyncio.gather(*(_ask(own, **most) for _ in range(100)))
    given = [one for one in asked if one.refused is None]
    # Each used less than was reserved: 1,000 tokens and half the money.
    await asyncio.gather(
        *(providers.settle(own, [_ended("alive", day=one.day, tokens=-900, money="-0.005")]) for one in given)
    )
    row = await own.fetchrow("SELECT calls, tokens, money FROM ops.model_days")

    assert Counter(one.refused for one in asked) == {None: 37, "day_spent": 63}
    assert tuple(row) == (37, 37_000, Decimal("0.185"))


async def test_a_days_money_is_a_ceiling_of_its_own(own: engine.Pool) -> None:
    asked = [await _ask(own, day_money=Decimal("0.025")) for _ in range(3)]

    assert [one.refused for one in asked] == [None, None, "day_spent"]


async def test_the_count_begins_anew_at_midnight_in_india(own: engine.Pool) -> None:
    most = {"day_tokens": 2_000}
    assert [(await _ask(own, **most)).refused for _ in range(2)] == [None, "day_spent"]
    async with own.acquire() as connection:
        await connection.execute("SET prashna.testing = 'on'")
        await connection.execute("SELECT ops.set_clock_offset('1 day')")
        await connection.execute("RESET prashna.testing")
    after = await _ask(own, **most)

    assert (after.refused, after.day) == (None, await own.fetchval(f"SELECT {TODAY}"))


async def test_a_stop_holds_for_every_call_until_it_is_lifted(own: engine.Pool) -> None:
    since = await providers.stop(own, "the bill")
    again = await providers.stop(own, "the bill, again")
    refused = [(await _ask(own, planned)).refused for planned in (ANSWER, ROUTE)]
    row = await own.fetchrow("SELECT stopped_at, stop_reason FROM ops.providers")
    lifted = [await providers.resume(own), await providers.resume(own)]

    assert (since == again, refused, tuple(row)) == (True, ["models_stopped"] * 2, (since, "the bill, again"))
    assert (lifted, (await _ask(own)).refused) == ([True, False], None)
    assert await own.fetchval("SELECT calls FROM ops.model_days") == 1


async def test_operators_see_breaker_second_tries_switch_and_the_day(own: engine.Pool) -> None:
    await _ask(own, day_tokens=10_000)
    await _ask(own, known=1, day_tokens=10_000)
    await _fail(own)
    row = await own.fetchrow(
        "SELECT provider, model, breaker, failures_in_a_row, last_failure, retries_left, stopped_at, calls, tokens,"
        " most_tokens, money, most_money FROM ops.providers"
    )

    assert 9 <= row["retries_left"] <= 10
    assert tuple(replaced for name, replaced in row.items() if name != "retries_left") == (
        *("openai", "gpt-4.1", "open", 5, "failed", None, 2, 3_800, 10_000, Decimal("0.02"), None),
    )


async def test_in_health_nothing_is_written_but_the_day(own: engine.Pool) -> None:
    permit = await _ask(own)
    await providers.settle(own, [_ended("alive", day=permit.day)])

    assert await own.fetchval("SELECT count(*) FROM ops.provider_breakers") == 0


async def test_a_connection_that_may_only_read_hears_of_switch_and_breaker_and_writes_nothing(
    own: engine.Pool, database: str
) -> None:
    async with engine.open_pool(engine.read_only(database), application="test", size=1) as reading:
        given = await _ask(reading)
        await providers.stop(own, "why not")
        refused = await _ask(reading)

    assert (given, refused.refused) == (Permit(None, None, 1, probe=False), "models_stopped")
    assert await own.fetchval("SELECT count(*) FROM ops.model_days") == 0


async def test_calls_and_ends_in_any_order_never_wait_in_a_circle(own: engine.Pool) -> None:
    tasks = await begin_tasks(own, count=4)
    models = [replace(ANSWER, model=f"model-{n}") for n in range(4)]

    async def work(n: int) -> None:
        planned = models[n % 4]
        permit = await _ask(own, planned, task=tasks[n % 4], task_calls=1_000, task_seconds=10_000)
        rows = [_ended(("failed", "alive", "busy")[n % 3], one, day=permit.day) for one in models]  # type: ignore[arg-type]
        await providers.settle(own, rows if n % 2 else rows[::-1])

    await asyncio.gather(*(work(n) for n in range(200)))
    assert uuid4()
