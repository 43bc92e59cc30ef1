"""C4: PostgreSQL goes down in immediate mode, again and again, under requests."""

import asyncio
import time
from collections import Counter

from faults.backends import listens
from faults.field import Field, until

_ASKS, _READS = 6.0, 44.0
_LISTENING_SECONDS = 45.0
DAILY_LIMIT = 100
EARLIER = """
WITH session AS (INSERT INTO chat.sessions (id, user_id, title) VALUES (uuidv7(), $1, 'earlier') RETURNING id)
INSERT INTO chat.tasks (id, user_id, session_id, question, normalised, fact_keys, language, prompt_set, status,
                        error_code, accepted_at, finished_at)
SELECT uuidv7(), $1, session.id, 'earlier', '', '{}', 'en', '', 'failed', 'earlier', ops.now(), ops.now()
FROM session, generate_series(1, $2)
"""


async def crashed(field: Field) -> None:
    """C4: immediate restarts under 50 requests a second; who has asked 99 times can ask once more, not twice."""
    field.outcome.rounds = 2 if field.short else 10
    field.provider.tokens_per_second = 40
    reading = field.start(_read(field))
    began = time.monotonic()
    try:
        for number in range(1, field.outcome.rounds + 1):
            before, after = field.name(), field.name()
            for student in (before, after):
                await field.pool.execute(EARLIER, student, DAILY_LIMIT - 1)
            last = await _statuses(field, before, 1)
            await field.asking(_ASKS, field.rng.uniform(2, 5) if field.short else field.rng.uniform(5, 30))
            await _crash(field, number)
            again, burst = await _statuses(field, before, 1), await _statuses(field, after, 5)
            held = (last, again, burst) == ({202: 1}, {429: 1}, {202: 1, 429: 4})
            field.outcome.check(f"round {number}: the 100th question stays the last", held, f"{last}, {again}, {burst}")
        await field.asking(_ASKS, 5)
    finally:
        reading.cancel()
    field.outcome.measure("requests_per_s", len(field.ledger.replies) / (time.monotonic() - began))


async def _crash(field: Field, number: int) -> None:
    cluster, postmaster = field.ground.cluster, field.ground.home.data / "postmaster.pid"
    pid = postmaster.read_text().split("\n", 1)[0]
    asking = field.start(field.asking(_ASKS, 20))
    async with field.ledger.window():
        await asyncio.to_thread(cluster._pg_ctl, "stop", "-m", "immediate")
        await asyncio.sleep(field.rng.uniform(0, 2))
        await asyncio.to_thread(cluster.start)
        up = time.monotonic()
        ready = await until(lambda: _ready(field), 60)
        listening = await until(lambda: listens(field, "prashna-queue-chat"), _LISTENING_SECONDS + 5)
    log = (field.ground.home.data / "server.log").read_text(errors="replace")
    recovered = "automatic recovery in progress" in log
    field.outcome.fault(
        f"crash {number}: the server is ended without a checkpoint and recovers",
        seen=recovered and postmaster.read_text().split("\n", 1)[0] != pid,
        evidence=f"server {pid} ended, recovery in its successor's log: {recovered}",
    )
    figures = field.outcome.measured
    field.outcome.measure("ready_again_worst_s", max(figures.get("ready_again_worst_s", 0), ready or 60))
    worst = max(figures.get("listening_again_worst_s", 0), time.monotonic() - up if listening is not None else 99)
    field.outcome.measure("listening_again_worst_s", worst)
    field.outcome.check(
        f"crash {number}: the queue's listener is back within {_LISTENING_SECONDS:g} s", listening is not None
    )
    await asking


async def _ready(field: Field) -> bool:
    reply = await field.students.request("GET", "/readyz", field.crowd)
    return reply is not None and reply.status_code == 200


async def _statuses(field: Field, student: str, times: int) -> dict[int, int]:
    """How so many questions of one student at once were answered, those refused with 503 asked again."""

    async def one() -> int:
        for _ in range(60):
            reply = await field.students.request("POST", "/chat", student, json={"query": field.question()})
            if reply is not None and reply.status_code != 503:
                return reply.status_code
            await asyncio.sleep(0.5)
        return 503

    return dict(Counter(await asyncio.gather(*(one() for _ in range(times)))))


async def _read(field: Field) -> None:
    """Students look at their tasks, their sessions and at nothing in particular, for ever."""
    going: set[asyncio.Task[object]] = set()
    while True:
        asked = field.rng.choice(field.ledger.asked) if field.ledger.asked else None
        paths = ["/sessions", "/healthz", *([f"/tasks/{asked.task}"] if asked and asked.task else [])]
        student = asked.student if asked else field.crowd
        going.add(asyncio.create_task(field.students.request("GET", field.rng.choice(paths), student)))
        going = {one for one in going if not one.done()}
        await asyncio.sleep(field.rng.expovariate(_READS))
