"""I1 to I7 (reliability, section 7), by SQL and by what the clients saw; the same after every experiment."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence

from support.stack import Service

from app.main import STREAM_CONNECTIONS
from app.settings import Settings
from app.simulator.behaviour import Call
from faults.field import Field, until
from faults.ledger import Asked, Ledger
from faults.students import text_of

END_SECONDS = 120.0
QUIET_SECONDS = 10.0
# What one process holds at most: its pools, among them SQLAlchemy's of two, and the connections beside them.
_POOL = Settings.from_env({}).database.pool_size + 2
_MOST = {
    "api": {"prashna-api": _POOL, "prashna-api-stream": STREAM_CONNECTIONS, "prashna-stream-listener": 1},
    "worker": {
        "prashna-chat-worker": _POOL,
        "prashna-leases": 1,
        "prashna-stream-writer": 1,
        "prashna-queue-chat": 4 + 1,
    },
}
_CONNECTIONS = """
SELECT application_name, count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'prashna-%' AND application_name <> 'prashna-tests'
GROUP BY 1
"""


async def check(field: Field) -> None:
    """All verdicts into the outcome."""
    await _one_end(field)
    await _texts(field)
    await _quota(field)
    await _provider(field)
    await _connections(field)
    _others(field)
    held, detail = server_errors(field.ledger)
    field.outcome.invariant("I7", held=held, detail=detail)


async def _one_end(field: Field) -> None:
    left = END_SECONDS - (time.monotonic() - field.ledger.last_fault)
    unfinished = "SELECT count(*) FROM chat.tasks WHERE user_id LIKE $1 AND finished_at IS NULL"
    crowd = f"{field.crowd}%"

    async def all_ended() -> bool:
        return await field.pool.fetchval(unfinished, crowd) == 0

    await until(all_ended, max(left, 5.0), 0.25)
    # Who is still reading sees the end within a second of it, or after the next reconnection.
    await field.all_read(max(left, 20.0))
    rows = await field.pool.fetch(
        "SELECT id, status FROM chat.tasks WHERE user_id LIKE $1 AND error_code IS DISTINCT FROM 'earlier'", crowd
    )
    found = {row["id"]: row["status"] for row in rows}
    known = {asked.task for asked in field.ledger.asked if asked.task}
    turns = await field.pool.fetchval(
        """SELECT count(*) FROM chat.tasks t WHERE user_id LIKE $1 AND status = 'done'
           AND NOT EXISTS (SELECT FROM chat.turns WHERE task_id = t.id AND role = 'assistant')""",
        crowd,
    )
    statuses = Counter(found.values())
    lost = len(known - found.keys())
    field.outcome.measure("accepted", len(found))
    held = bool(found) and not lost and not turns and set(statuses) <= {"done", "failed"}
    detail = f"{dict(statuses)}; accepted and then unknown: {lost}; done without a turn: {turns}"
    field.outcome.invariant("I1", held=held, detail=detail)
    field.outcome.check("no question failed", statuses["failed"] == 0, f"{statuses['failed']} of {len(found)}")


async def _texts(field: Field) -> None:
    asked = field.ledger.asked
    rows = await field.pool.fetch(
        "SELECT id, answer ->> 'text' AS text FROM chat.tasks WHERE id = ANY ($1::uuid[])", [one.task for one in asked]
    )
    stored = {row["id"]: row["text"] for row in rows}
    problems = [why for one in asked if one.followed for why in reading_problems(one, stored.get(one.task))]
    problems += [one.given_up for one in asked if one.given_up]
    read = sum(one.followed for one in asked)
    detail = f"{read} readers, {sum(len(one.events) for one in asked)} events; {summary(problems)}"
    field.outcome.invariant("I2", held=bool(read) and not problems, detail=detail)


def reading_problems(asked: Asked, stored: str | None) -> Iterable[str]:
    """What is wrong with what this reader saw, beside the text that is stored for its question."""
    positions = [(event.attempt, event.seq) for event in asked.events]
    if positions != sorted(set(positions)):
        yield f"{asked.task}: an event came again, or late"
    for attempt in {event.attempt for event in asked.events}:
        seqs = [event.seq for event in asked.events if event.attempt == attempt]
        if seqs != list(range(1, len(seqs) + 1)):
            yield f"{asked.task}: attempt {attempt} has gaps: {seqs[:20]}"
    if not asked.ended:
        yield f"{asked.task}: no end"
        return
    last = asked.events[-1]
    if last.name == "done":
        shown = "".join(
            event.data["text"] for event in asked.events if event.name == "token" and event.attempt == last.attempt
        )
        if not shown == last.data["answer"]["text"] == stored:
            yield f"{asked.task}: {len(shown)} characters shown, {len(stored or '')} stored"
    elif stored is not None or last.name == "gone":
        yield f"{asked.task}: it ended with {last.name}"


async def _quota(field: Field) -> None:
    rows = await field.pool.fetch(
        """SELECT c.user_id, c.used, c.day,
                  (SELECT count(*) FROM chat.tasks t WHERE t.user_id = c.user_id AND NOT t.refunded
                   AND (t.accepted_at AT TIME ZONE 'Asia/Kolkata')::date = c.day) AS accepted
           FROM chat.rate_counters c WHERE c.user_id LIKE $1""",
        f"{field.crowd}%",
    )
    wrong = [f"{row['user_id']}: counted {row['used']}, accepted {row['accepted']}" for row in rows
             if row["used"] != row["accepted"]]  # fmt: skip
    field.outcome.invariant("I3", held=not wrong, detail=f"{len(rows)} counters; {summary(wrong)}")


async def _provider(field: Field) -> None:
    row = await field.pool.fetchrow(
        """SELECT count(*) FILTER (WHERE cached IS NOT TRUE) AS uncached,
                  -- An attempt of a shared run is written in the rows of all who follow it.
                  coalesce(sum(greatest(attempt - 1, 0)) FILTER (WHERE coalesce(flight_id = id, true)), 0) AS again
           FROM chat.tasks WHERE user_id LIKE $1 AND error_code IS DISTINCT FROM 'earlier'""",
        f"{field.crowd}%",
    )
    calls = len(answer_calls(field.provider.asked("chat")))
    most = row["uncached"] * 1.1 + row["again"] + field.spare_calls
    field.outcome.measure("provider_calls", calls)
    field.outcome.measure("reruns", row["again"])
    spare = f", {field.spare_calls} by design" if field.spare_calls else ""
    detail = f"{calls} calls for {row['uncached']} questions, {row['again']} forced re-runs{spare}"
    field.outcome.invariant("I4", held=calls <= most, detail=detail)


def answer_calls(calls: Iterable[Call]) -> list[Call]:
    """Those that write an answer: they alone are streamed."""
    return [call for call in calls if call.streamed]


async def _connections(field: Field) -> None:
    await field.end_others()
    found: list[str] = []

    async def quiet() -> bool:
        nonlocal found
        found = [one async for one in unrest(field)]
        return not found

    await until(quiet, QUIET_SECONDS, 0.5)
    unanswered = await _probe(field)
    # Those that an experiment ended, ended by its signal.
    ended = [f"{one.log.name} ended with code {one.process.returncode}" for stack in (field.stack, *field.others)
             for one in stack.services if (one.process.poll() or 0) > 0]  # fmt: skip
    field.outcome.invariant(
        "I5", held=not (found or unanswered or ended), detail=summary([*found, *unanswered, *ended])
    )


async def unrest(field: Field) -> AsyncIterator[str]:
    """What a stack that has nothing to do should not have."""
    now = Counter(dict(await field.pool.fetch(_CONNECTIONS)))
    if leaked := now - most_connections(field.services):
        yield f"{dict(leaked)} connections too many: {dict(now)}"
    count = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in tr%'
               AND application_name <> 'prashna-tests'"""
    if idle := await field.pool.fetchval(count):
        yield f"{idle} idle in transaction"
    if jobs := await field.pool.fetchval("SELECT count(*) FROM queue_chat.procrastinate_jobs"):
        yield f"{jobs} jobs left"


def most_connections(services: Iterable[Service]) -> Counter[str]:
    """How many connections these processes may have, by application."""
    kinds = [service.log.name.partition("-")[0] for service in services]
    return sum((Counter(_MOST[kind]) for kind in kinds), start=Counter())


async def _probe(field: Field) -> list[str]:
    """A pool that has lost connections does not serve more requests at once than it has."""
    student = field.name()
    paths = ["/readyz", "/sessions", f"/tasks/{field.ledger.asked[0].task}"] * 8 if field.ledger.asked else ["/readyz"]
    replies = await asyncio.gather(*(field.students.request("GET", path, student) for path in paths))
    wrong = [path for path, one in zip(paths, replies, strict=True) if one is None or one.status_code >= 500]
    return [f"{len(wrong)} of {len(paths)} probes unanswered: {sorted(set(wrong))}"] if wrong else []


def _others(field: Field) -> None:
    asked = field.ledger.asked
    problems = mixed_up(asked)
    logs = [log.read_text(errors="replace") for stack in (field.stack, *field.others)
            for log in stack.folder.glob("*.log")]  # fmt: skip
    words = [word for one in asked for word in (one.question, one.student) if word]
    problems += [f"a log holds {word!r}" for word in words if any(word in log for log in logs)]
    detail = f"{len(asked)} students, {len(logs)} logs; {summary(problems)}"
    field.outcome.invariant("I6", held=bool(logs) and not problems, detail=detail)


def mixed_up(asked: Sequence[Asked]) -> list[str]:
    """Where a reader was shown another's name, another's words or another's end."""
    problems = []
    own_words = {one.question.rpartition("(asked by ")[2]: one for one in asked if "(asked by " in one.question}
    for one in asked:
        shown = text_of(one)
        problems += [f"{one.task} shows what {word!r} asked" for word, other in own_words.items()
                     if other.student != one.student and word in shown]  # fmt: skip
        end = one.events[-1] if one.ended else None
        if end and end.name == "done" and end.data["answer"]["task_id"] != str(one.task):
            problems.append(f"{one.task} was ended by the answer of {end.data['answer']['task_id']}")
    return problems


def server_errors(ledger: Ledger) -> tuple[bool, str]:
    """Verdict and detail: replies of 500 and above, by whether a fault explains them and whether they were polite."""
    errors = [reply for reply in ledger.replies if reply.status >= 500]
    outside = [
        f"{one.path}: {one.status}, {ledger.since_window(one):.1f} s after a window"
        for one in errors
        if not ledger.in_window(one)
    ]
    rude = [f"{one.path}: {one.status}" for one in errors if one.status != 503 or not one.retry_after]
    problems = [f"outside: {one}" for one in outside] + [f"impolite: {one}" for one in rude]
    return not problems, f"{len(errors)} of {len(ledger.replies)} replies were 5xx; {summary(problems)}"


def summary(problems: Sequence[str]) -> str:
    """The first few, and how many there are."""
    return f"{len(problems)} wrong: {'; '.join(problems[:5])}" if problems else "none wrong"
