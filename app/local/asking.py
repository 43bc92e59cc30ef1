"""`prashna ask`: a student's question from the terminal, by the same gate, worker and stream bus as over HTTP."""

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Any
from uuid import UUID

from app.db import engine, enqueue, gate, health, stream, tasks
from app.db.enqueue import Asked
from app.db.stream import Chunk, Cursor
from app.errors import Busy, DailyLimit, PrashnaError, TooManyInFlight
from app.resources import open_embedders, prompt_set
from app.retrieval import intake
from app.settings import Settings

Say = Callable[[str], None]
_POLL_SECONDS = 0.05
# After this process's own worker has nothing left to do.
_LAST_LOOK_SECONDS = 2.0
# An answer takes 90 s at the most, once a worker has begun.
_PATIENCE_SECONDS = 120.0


async def ask(settings: Settings, dsn: str, *, question: str, user: str, say: Say) -> None:
    """Ask, and say stages, sources and the answer with its citations.

    Raises:
        PrashnaError: the question was not accepted, or could not be answered; says why.
    """
    async with engine.open_pool(dsn, application="ask", size=2, settings=stream.READER_SETTINGS) as pool:
        async with open_embedders(settings) as (embedder, _):
            asked = await intake.take(
                question,
                student=user,
                ticket=secrets.token_urlsafe(32),
                prompt_set=prompt_set(settings),
                embedder=embedder,
            )
        chat = settings.chat
        gated = await gate.gate(pool, asked, session_id=None, limit=chat.daily_limit, threshold=chat.cache_threshold)
        if gated.outcome == "limited":
            raise DailyLimit
        if gated.answer is None:
            await _enqueue(pool, Asked(asked, gated.session_id, gated.asked_at))
            answer = await _answered(settings, dsn, pool, asked.task_id, say)
        else:
            answer = gated.answer
    _tell(answer, say)


async def _enqueue(pool: engine.Pool, asked: Asked) -> None:
    try:
        (done,) = await enqueue.enqueue(pool, [asked])
    except BaseException:
        await enqueue.return_units_of_lost(pool, [asked])
        raise
    if done.outcome == "too_many":
        raise TooManyInFlight
    if done.outcome == "busy":
        raise Busy


async def _answered(settings: Settings, dsn: str, pool: engine.Pool, task_id: UUID, say: Say) -> dict[str, Any]:
    if await health.live_chat_workers(pool):
        try:
            return await asyncio.wait_for(_followed(pool, task_id, say), _PATIENCE_SECONDS)
        except TimeoutError:
            raise PrashnaError("no worker has answered; is the service healthy? (GET /readyz)") from None
    from app.jobs import worker

    say("(no chat worker is alive: answering in this process)")
    following = asyncio.create_task(_followed(pool, task_id, say))
    working = asyncio.create_task(worker.run(settings, dsn, "chat", until_idle=True))
    try:
        await asyncio.wait([following, working], return_when=asyncio.FIRST_COMPLETED)
        if not following.done():
            working.result()
        return await asyncio.wait_for(following, _LAST_LOOK_SECONDS)
    except TimeoutError:
        raise PrashnaError("the question could not be answered here; its task waits for the next worker") from None
    finally:
        for task in (following, working):
            task.cancel()
        await asyncio.gather(following, working, return_exceptions=True)


async def _followed(pool: engine.Pool, task_id: UUID, say: Say) -> dict[str, Any]:
    cursor = Cursor(task_id, 0, 0)
    while True:
        for chunk in await stream.read_after(pool, [cursor]):
            cursor = Cursor(task_id, chunk.attempt, chunk.seq)
            _note(chunk, say)
        state = (await tasks.states(pool, [task_id]))[0]
        if state.answer is not None:
            return state.answer
        if state.finished_at is not None:
            raise PrashnaError(f"the question could not be answered ({state.error_code})")
        await asyncio.sleep(_POLL_SECONDS)


def _note(chunk: Chunk, say: Say) -> None:
    data = json.loads(chunk.data or "{}")
    if chunk.event == "route":
        say(f"specialist: {data['intent']} ({', '.join(data['domains'])})")
    elif chunk.event == "sources":
        say(f"sources found: {len(data)}")
    elif chunk.event == "restart":
        say(f"starting over ({data['reason']})")


def _tell(answer: dict[str, Any], say: Say) -> None:
    say("\n" + answer["text"].strip() + "\n")
    for citation in answer["citations"]:
        title, locator = citation["title"], citation["locator"]
        # A page's locator begins with its title: "Governor of a State › Discretion".
        where = locator if locator.startswith(title) else f"{title}, {locator}"
        say(f"[{citation['n']}] {where} ({citation['domain']})")
    marks = [name for name in ("cached", "is_fallback", "refused") if answer[name]]
    say(f"tier: {answer['tier']}{''.join(f', {mark}' for mark in marks)}; {answer['latency_ms']} ms")
