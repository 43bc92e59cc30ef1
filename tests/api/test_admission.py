"""Who would wait for too long is told so at once, and is not charged; what is answered already is served."""

import asyncio

import pytest
from support import library, stored_answers
from support.service import client, service
from support.students import bearer

from app.api.admission import Admission
from app.db import backlog, engine
from app.db.backlog import Backlog
from app.resources import prompt_set
from app.settings import Settings

_ROWS = """
WITH session AS (INSERT INTO chat.sessions (id, user_id, title) VALUES (uuidv7(), 'many', 't') RETURNING id)
INSERT INTO chat.tasks (id, user_id, session_id, question, normalised, fact_keys, language, prompt_set, status, job_id,
                        lease_until, answer, started_at, finished_at, accepted_at)
SELECT uuidv7(), 'many', session.id, 'q', 'q', '{}', 'en', 'tests', $1, n,
       CASE WHEN $1 = 'running' THEN now() END, CASE WHEN $1 = 'done' THEN '{}'::jsonb END,
       CASE WHEN $1 <> 'queued' THEN ops.now() - make_interval(secs => $3) END,
       CASE WHEN $1 = 'done' THEN ops.now() END,
       ops.now() - make_interval(secs => $3)
FROM session, generate_series(1, $2) AS n
"""


@pytest.mark.parametrize(
    ("found", "wait"),
    [
        # Nothing queued beyond the free places: no wait, however slow answers are and whatever is stuck.
        (Backlog(0, 0, 0, 0, 0, None), 0),
        (Backlog(100, 0.2, 0, 1, 0, None), 0),
        (Backlog(28, 40, 100, 1, 1, 60), 0),
        # 128 places of 5 s each free 25.6 a second.
        (Backlog(256, 1, 128, 1, 0, None), 10),
        (Backlog(256, 1, 256, 2, 0, None), 5),
        # As long as the last ones took; or as fast as they came, when that is faster.
        (Backlog(256, 1, 128, 1, 100, 2), 4),
        (Backlog(256, 1, 128, 1, 640, 20), 4),
        # Workers that are gone or hang: what has waited says so.
        (Backlog(129, 31, 0, 0, 0, None), 31),
        (Backlog(5, 31, 128, 1, 0, None), 31),
    ],
)
async def test_the_wait_is_what_is_ahead_at_the_speed_that_places_come_free(found: Backlog, wait: float) -> None:
    admission = _admission(found)

    assert admission.wait == pytest.approx(wait)
    assert admission.open == (wait <= 30)


async def test_questions_that_came_since_the_last_look_count_too() -> None:
    admission = _admission(Backlog(0, 0, 128, 1, 0, 5))
    let_in = 0
    while admission.open:
        admission.admitted()
        let_in += 1

    # 30 s at 25.6 a second, and the one that was too many.
    assert let_in == 769


async def test_who_is_refused_is_told_when_to_come_back_each_otherwise() -> None:
    admission = _admission(Backlog(5_000, 20, 128, 1, 0, 5))
    times = {admission.busy().retry_after for _ in range(200)}

    assert len(times) > 20
    assert all(isinstance(seconds, int) and 2 <= seconds <= 90 for seconds in times)


async def test_the_backlog_is_what_the_rows_say(database: str) -> None:
    async with engine.open_pool(database, application="test", size=1) as pool:
        before = await backlog.measure(pool)
        for status, count, seconds in (("queued", 7, 12), ("running", 3, 4), ("done", 5, 8)):
            await pool.execute(_ROWS, status, count, seconds)
        # Who follows another's run waits for nothing of its own; who runs again is not in the line.
        await pool.execute("UPDATE chat.tasks SET job_id = NULL WHERE job_id = 7 AND status = 'queued'")
        await pool.execute(_ROWS, "queued", 1, 100)
        await pool.execute(
            "UPDATE chat.tasks SET started_at = accepted_at WHERE accepted_at < ops.now() - interval '90 seconds'"
        )
        found = await backlog.measure(pool)

    assert before == Backlog(0, 0, 0, 0, 0, None)
    assert (found.queued, found.running, found.workers, found.ended) == (7, 3, 0, 5)
    assert found.seconds == pytest.approx(8)
    assert 12 <= found.oldest < 60


async def test_with_too_much_waiting_a_miss_is_503_without_a_unit_and_a_hit_is_served(database: str) -> None:
    prompts = prompt_set(Settings.from_env({}))
    async with engine.open_pool(database, application="test", size=1) as pool:
        await pool.execute(_ROWS, "queued", 129, 40)
        await stored_answers.keep(pool, "Kept?", await library.place(pool), prompt_set=prompts)
        with service(database) as url:
            async with client(url, bearer("late")) as student:
                hit = await student.post("/chat", json={"query": "Kept?"})
                for _ in range(100):
                    refused = await student.post("/chat", json={"query": "Not kept?"})
                    if refused.status_code == 503:
                        break
                    await asyncio.sleep(0.05)
                again = await student.post("/chat", json={"query": "Not kept?"})
        tasks = await pool.fetchval("SELECT count(*) FROM chat.tasks WHERE user_id = 'late'")
        used = await pool.fetchval("SELECT used FROM chat.rate_counters WHERE user_id = 'late'")

    assert (hit.status_code, again.status_code, again.json()["code"]) == (200, 503, "busy")
    assert int(again.headers["retry-after"]) >= 2
    assert used == tasks


def _admission(found: Backlog) -> Admission:
    class Measured(Admission):
        """With figures of the test instead of the database's."""

        def __init__(self) -> None:
            super().__init__(None, slots=128)
            self._last = found

    return Measured()
