"""Everything at once on the same few students, sessions and questions: no circle of waits, and the books agree."""

import asyncio
import random
from typing import Any
from uuid import UUID, uuid4

import pytest
from support import library, stored_answers
from support.questions import asked, ending

from app.agents import closing
from app.db import engine, enqueue, gate, rescue, stops, tasks
from app.db.enqueue import Asked
from app.db.gate import PostKey
from app.errors import AttemptFenced

STUDENTS = [f"student-{n}" for n in range(6)]
TEXTS = [f"Question {n}?" for n in range(4)]
KEPT = "Kept?"
ROUNDS = 40


class Exam:
    """Actors who do what API processes and workers do, in an order that `seed` decides."""

    def __init__(self, pool: engine.Pool, seed: int) -> None:
        self.pool = pool
        self.random = random.Random(seed)
        self.sessions: dict[str, UUID] = {}

    async def post(self) -> None:
        """A batch of posts that have passed the gate, some with a key that was used before, some in one session."""
        batch = []
        for _ in range(self.random.randint(1, 6)):
            user = self.random.choice(STUDENTS)
            question = asked(user, self.random.choice([*TEXTS, KEPT]))
            key = PostKey(str(self.random.randint(0, 20)), b"body") if self.random.random() < 0.5 else None
            gated = await gate.gate(self.pool, question, session_id=self.sessions.get(user), limit=1_000_000, key=key)
            self.sessions.setdefault(user, gated.session_id)
            if gated.outcome == "miss":
                batch.append(Asked(question, gated.session_id, gated.asked_at, flies=True, key=key))
        if batch:
            await enqueue.enqueue(self.pool, batch)

    async def work(self) -> None:
        """Begin a task and end it, sometimes without an answer."""
        for row in await self.pool.fetch("SELECT id FROM chat.tasks WHERE status = 'queued' AND job_id IS NOT NULL"):
            running = await tasks.start(self.pool, row["id"])
            if running is None:
                continue
            refund = self.random.random() < 0.3
            try:
                async with self.pool.acquire() as connection:
                    await tasks.finish(connection, running, ending(running.id, refund=refund), attempt=running.attempt)
            except AttemptFenced:
                pass

    async def stop(self) -> None:
        """Leave one of the tasks under way."""
        rows = await self.pool.fetch("SELECT id, user_id FROM chat.tasks WHERE status IN ('queued', 'running') LIMIT 5")
        for row in rows:
            answer = closing.left(row["id"]).model_dump(mode="json")
            await stops.request_stop(self.pool, row["id"], owner=row["user_id"], answer=lambda _, made=answer: made)

    async def sweep(self) -> None:
        """What a worker does every few seconds."""
        await self.pool.execute("UPDATE chat.tasks SET runs = 3, lease_until = now() WHERE status = 'running'")
        await rescue.sweep(self.pool)

    async def play(self, *acts: Any) -> None:
        """Do these again and again."""
        for _ in range(ROUNDS):
            await self.random.choice(acts)()


@pytest.mark.usefixtures("settled")
async def test_nobody_waits_in_a_circle_and_the_counters_agree_with_the_tasks(own: engine.Pool) -> None:
    seed = uuid4().int % 1_000_000
    print(f"seed {seed}")
    exam = Exam(own, seed)
    await stored_answers.keep(own, KEPT, await library.place(own))
    actors = [exam.play(exam.post), exam.play(exam.post), exam.play(exam.post), exam.play(exam.work),
              exam.play(exam.work, exam.stop), exam.play(exam.work, exam.stop, exam.sweep)]  # fmt: skip
    await asyncio.gather(*actors)
    for _ in range(3):
        await exam.work()

    used = dict(await own.fetch("SELECT user_id, used FROM chat.rate_counters"))
    counted = dict(await own.fetch("SELECT user_id, count(*) FROM chat.tasks WHERE NOT refunded GROUP BY 1"))
    assert {user: used[user] for user in STUDENTS} == {user: counted.get(user, 0) for user in STUDENTS}
    assert await own.fetchval("SELECT count(*) FROM chat.tasks WHERE finished_at IS NULL") == 0
    assert await own.fetchval("SELECT count(*) FROM chat.tasks WHERE flight_id <> id AND job_id IS NOT NULL") == 0
    unanswered = await own.fetchval(
        """SELECT count(*) FROM chat.tasks t WHERE t.status = 'done' AND NOT EXISTS (
               SELECT FROM chat.turns u WHERE u.task_id = t.id AND u.role = 'assistant')"""
    )
    assert unanswered == 0
