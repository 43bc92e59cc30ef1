"""C11 and C12: ten thousand posts at once, many of them repeats; one question of five hundred students."""

import asyncio
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from uuid import UUID

from faults.field import Field, until
from faults.invariants import answer_calls
from faults.ledger import Asked

_POPULAR = "What is the minimum age to be elected President?"
_STUDENTS, _WITHIN_SECONDS = 500, 2.0
# Words come slowly enough for the last to ask while the first is being answered.
_SLOWLY = 4.0
_MOST_RUNS = 2
_TAKE_OVER_SECONDS = 15.0
_AT_ONCE = 64
_DUPLICATES = 0.4
_READ_EACH = 100


async def popular(field: Field) -> None:
    """C12: the same new question from five hundred students is answered by at most two runs."""
    field.outcome.rounds = 1 if field.short else 2
    await _one_flight(field, _POPULAR)
    if not field.short:
        await _leader_killed(field, "Which freedoms does Article 19 give?")


async def _one_flight(field: Field, question: str) -> None:
    field.provider.tokens_per_second = _SLOWLY
    began = time.monotonic()
    asked = field.ledger.asked
    async with field.ledger.window():
        await _all_ask(field, question)
        await until(lambda: sum(one.task is not None or bool(one.given_up) for one in asked) == _STUDENTS, 120)
    field.outcome.measure("refused_for_now", sum(reply.status == 503 for reply in field.ledger.replies))
    seconds = time.monotonic() - began
    field.provider.tokens_per_second = 0
    await field.all_read()
    runs = len(answer_calls(field.provider.asked("chat")))
    flights = await _flights(field, [one.task for one in asked if one.task])
    evidence = f"{_STUDENTS} asked within {seconds:.1f} s; the sizes of their flights: {flights}"
    field.outcome.fault("one question from all at once", seen=bool(flights) and flights[0] > 100, evidence=evidence)
    field.outcome.check(f"at most {_MOST_RUNS} model runs", 1 <= runs <= _MOST_RUNS, f"{runs}")
    field.outcome.measure("model_runs", runs)
    field.outcome.measure("asked_within_s", seconds)


async def _leader_killed(field: Field, question: str) -> None:
    """The worker that writes for all is killed half-way: one run takes over, and nobody waits for long."""
    field.provider.tokens_per_second = _SLOWLY
    before, first = len(answer_calls(field.provider.asked("chat"))), len(field.ledger.asked)
    other = await field.stack.start_worker()
    async with field.ledger.window():
        await _all_ask(field, question)
        await until(lambda: sum(one.talking for one in field.ledger.asked[first:]) >= 50, 90)
    asked = field.ledger.asked[first:]
    told = [one for one in asked if one.talking]
    dead = time.monotonic()
    async with field.ledger.window():
        # Whichever of the two writes: killing both one after the other hits it, and its successor starts fresh.
        for worker in [one for one in field.stack.workers if one is not other]:
            await worker.kill()
            field.stack.workers.remove(worker)
        field.provider.tokens_per_second = 0
        await until(lambda: all(one.first_after(dead) or one.ended for one in told), 60)
    await field.all_read()
    runs = len(answer_calls(field.provider.asked("chat"))) - before
    gaps = [gap for one in told if (gap := one.first_after(dead, "restart")) is not None]
    evidence = f"{len(told)} followers mid-answer, {len(gaps)} of them restarted, {runs} runs"
    field.outcome.fault("the leader's worker is killed half-way", seen=len(gaps) > 0, evidence=evidence)
    field.outcome.check("one more run took over", runs <= _MOST_RUNS + 1, f"{runs}")
    field.outcome.at_most("taken_over_worst_s", max(gaps, default=float("inf")), _TAKE_OVER_SECONDS)


async def _all_ask(field: Field, question: str) -> None:
    """All within two seconds, whatever the machine makes of it; who is refused for now asks again."""
    for _ in range(_STUDENTS):
        field.reading(field.students.ask(field.name(), question))
        await asyncio.sleep(_WITHIN_SECONDS / _STUDENTS)


async def _flights(field: Field, tasks: list[UUID]) -> list[int]:
    rows = await field.pool.fetch(
        "SELECT count(*) AS size FROM chat.tasks WHERE id = ANY ($1::uuid[]) GROUP BY flight_id ORDER BY 1 DESC", tasks
    )
    return [row["size"] for row in rows]


@dataclass(frozen=True)
class _Post:
    """What one student posts, perhaps more than once."""

    student: str
    question: str
    key: str


async def flooded(field: Field) -> None:
    """C11: 10,000 posts as fast as they go, 40 % of them repeats; each distinct one is accepted once or refused."""
    count = 1_000 if field.short else 10_000
    field.outcome.rounds = count
    distinct = [
        _Post(field.name(), field.question(), f"key-{number}") for number in range(round(count * (1 - _DUPLICATES)))
    ]
    posts = distinct + field.rng.choices(distinct, k=count - len(distinct))
    field.rng.shuffle(posts)
    found: dict[_Post, list[tuple[int, str | None]]] = defaultdict(list)
    began = time.monotonic()
    async with field.ledger.window(), asyncio.TaskGroup() as group:
        waiting = iter(posts)
        for _ in range(_AT_ONCE):
            group.create_task(_post_all(field, waiting, found))
    seconds = time.monotonic() - began
    statuses = Counter(status for replies in found.values() for status, _ in replies)
    sent = sum(statuses.values())
    field.outcome.fault(
        "a flood with duplicates",
        seen=sent == count and statuses[0] == 0 and statuses[202] > 0,
        evidence=f"{sent} posts in {seconds:.0f} s, {count - len(distinct)} of them again; by status {dict(statuses)}",
    )
    field.outcome.measure("posts_per_s", sent / seconds)
    field.outcome.measure("refused", statuses[503] + statuses[429])
    await _check_once(field, found)


async def _post_all(field: Field, waiting, found: dict[_Post, list[tuple[int, str | None]]]) -> None:
    for post in waiting:
        reply = await field.students.request(
            "POST", "/chat", post.student, json={"query": post.question}, headers={"Idempotency-Key": post.key}
        )
        accepted = reply is not None and reply.status_code in (200, 202)
        found[post].append((0 if reply is None else reply.status_code, reply.json()["task_id"] if accepted else None))


async def _check_once(field: Field, found: dict[_Post, list[tuple[int, str | None]]]) -> None:
    """Every distinct post has at most one task, the same in all its replies, and all of them are there."""
    tasks = {post: {task for _, task in replies if task} for post, replies in found.items()}
    twice = [post.key for post, ids in tasks.items() if len(ids) > 1]
    field.outcome.check("a post that comes again gets the first one's task", not twice, f"{twice[:3]}")
    rude = Counter(
        status for replies in found.values() for status, _ in replies if status not in (200, 202, 409, 429, 503)
    )
    field.outcome.check("the rest is refused politely", not rude, f"{dict(rude)}")
    accepted = {post: UUID(next(iter(ids))) for post, ids in tasks.items() if ids}
    rows = await field.pool.fetchval("SELECT count(*) FROM chat.tasks WHERE user_id LIKE $1", f"{field.crowd}%")
    field.outcome.check("as many tasks as posts accepted", rows == len(accepted), f"{rows} for {len(accepted)}")
    for post in field.rng.sample(sorted(accepted, key=lambda post: post.key), min(_READ_EACH, len(accepted))):
        asked = Asked(post.student, post.question, post.key, task=accepted[post])
        field.ledger.asked.append(asked)
        field.reading(field.read(asked))
