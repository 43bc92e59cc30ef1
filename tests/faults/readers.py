"""C17: readers that stop reading, many at once; nobody else notices, and their memory comes back."""

import asyncio
import json
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from support import running_tasks
from support.stack import SECRET

from app.api import tokens
from app.db import engine, stream
from faults.abuse import resident_mb
from faults.field import Field, until
from faults.ledger import Asked

# The kernel takes some 2.4 MB for a client that reads nothing: a few answers are longer than that, the others are not.
_PIECES, _MANY_PIECES, _LONG = 40, 900, 8
_PIECE = "घ" * 1_200
# What is not taken for 30 s ends the connection (check S6); two more to look.
_DROPPED_SECONDS = 32.0
_MOST_KB = 256.0
_ESTABLISHED = "01"
_ADOPT = """
WITH adopted AS (UPDATE chat.tasks SET user_id = $2, runs = 0 WHERE id = ANY ($1::uuid[]) RETURNING id, session_id)
INSERT INTO chat.turns (task_id, role, session_id, text) SELECT id, 'assistant', session_id, 'x' FROM adopted
"""


async def stalled(field: Field) -> None:
    """C17: SIGSTOP to a process of readers; each is dropped, the others read on."""
    count = 150 if field.short else 500
    field.outcome.rounds = count
    field.provider.tokens_per_second = 40
    student, api = field.name(), field.stack.api
    assert api
    tasks = await running_tasks.begin(field.pool, count=count)
    await field.pool.execute(_ADOPT, tasks, student)
    asking = field.start(field.asking(1.0, 10))
    async with _sleepers(field, student, tasks) as sleepers:
        before = resident_mb(api)
        sleepers.send_signal(signal.SIGSTOP)
        await _write(field, tasks)
        written = time.monotonic()
        largest = resident_mb(api)
        await asking
        await field.all_read()
        held = _untaken(field)
        dropped = await until(lambda: not _untaken(field), _DROPPED_SECONDS + 20, 0.5)
        seconds = float("inf") if dropped is None else time.monotonic() - written
        sleepers.send_signal(signal.SIGCONT)
        cut = json.loads((await asyncio.wait_for(sleepers.communicate(b""), 180))[0])["cut"]
    evidence = f"{held} of {count} connections hold what nobody takes; {cut} were cut off before their end"
    field.outcome.fault("readers stop reading", seen=held + cut >= count and cut > 0, evidence=evidence)
    field.outcome.check("each of them is cut off", cut == count, f"{cut} of {count}")
    field.outcome.at_most("dropped_after_s", seconds, _DROPPED_SECONDS)
    field.outcome.at_most("growth_kb_a_reader", (max(largest, resident_mb(api)) - before) * 1000 / count, _MOST_KB)
    for task in [*tasks[:2], *tasks[-2:]]:
        asked = Asked(student, "", key="", task=task)
        field.ledger.asked.append(asked)
        await field.students.follow(asked)


@asynccontextmanager
async def _sleepers(field: Field, student: str, tasks: list[UUID]) -> AsyncIterator[Process]:
    """One process with a reader of each task; killed at exit, asleep or not."""
    script = Path(__file__).with_name("stalled_readers.py")
    process = await asyncio.create_subprocess_exec(sys.executable, str(script), stdin=PIPE, stdout=PIPE)
    try:
        await _begin(field, process, student, tasks)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _begin(field: Field, process: Process, student: str, tasks: list[UUID]) -> None:
    assert process.stdin
    assert process.stdout
    token = tokens.issue(SECRET, student=student, audience="prashna", issuer="prashna-demo")
    told = {"port": field.stack.port, "token": token, "tasks": [str(task) for task in tasks]}
    process.stdin.write(json.dumps(told).encode() + b"\n")
    begun = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
    assert begun == {"begun": len(tasks)}, begun


async def _write(field: Field, tasks: list[UUID]) -> None:
    """Long answers for all, piece by piece, and their ends."""
    connection = await engine.connect(field.stack.dsn, application="stream-writer")
    try:
        for seq in range(1, _MANY_PIECES + 1):
            piece = _piece(seq)
            talking = tasks if seq <= _PIECES else tasks[:_LONG]
            await stream.append(connection, [running_tasks.token(task, seq, piece) for task in talking])
            await asyncio.sleep(0.01)
        for number, task in enumerate(tasks):
            last = _MANY_PIECES if number < _LONG else _PIECES
            text = "".join(_piece(seq) for seq in range(1, last + 1))
            answer = await running_tasks.finish(field.pool, task, text=text, last_seq=last + 1)
            await stream.append(connection, [running_tasks.done(task, last + 1, answer)])
    finally:
        await connection.close()


def _piece(seq: int) -> str:
    return f"{seq} {_PIECE}"


def _untaken(field: Field) -> int:
    """Connections to the API with bytes that their clients have not acknowledged."""
    count = 0
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, queues = line.split()[:5]
        port, waiting = int(local.rpartition(":")[2], 16), int(queues.partition(":")[0], 16)
        count += port == field.stack.port and state == _ESTABLISHED and waiting > 0
    return count
