"""Where experiments take place: a durable PostgreSQL, one API and chat workers before a simulated provider."""

import asyncio
import contextlib
import dataclasses
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from support.postgres import temporary_home
from support.stack import Service, Stack, _free_port, alive, open_stack
from support.study_texts import store_all

from app.db import engine, migrate
from app.local.cluster import Cluster
from app.local.home import Home
from app.simulator.behaviour import Behaviour
from faults import schemes
from faults.ledger import Asked, Ledger
from faults.outcome import Outcome
from faults.students import Students, crowd

# Without this most questions would be answered from the cache after the first minutes, and no worker would be busy.
_KEEP_NOTHING = """
CREATE FUNCTION cache.keep_nothing() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN NEW.expires_at := '-infinity'; RETURN NEW; END $$;
CREATE TRIGGER keep_nothing BEFORE INSERT ON cache.entries FOR EACH ROW EXECUTE FUNCTION cache.keep_nothing();
"""
# What one experiment has taught about providers is not to be known in the next.
_FORGET = """DO $$ BEGIN IF to_regclass('ops.provider_breakers') IS NOT NULL THEN
    TRUNCATE ops.provider_breakers, ops.retry_budgets; END IF; END $$"""
_MORE = {"PRASHNA_WORKER_CONCURRENCY": "200"}


class Ground:
    """The database server, and the stack that all experiments of a run share."""

    def __init__(self, cluster: Cluster, home: Home, stack: Stack) -> None:
        self.cluster = cluster
        self.home = home
        self.stack = stack

    @asynccontextmanager
    async def field(self, outcome: Outcome, *, short: bool) -> AsyncIterator["Field"]:
        """A healthy stack with one worker, an empty ledger and students of this experiment's own."""
        await self.stack.refresh()
        await self.stack.pool.execute(_FORGET)
        ledger = Ledger()
        rng = random.Random(outcome.seed)
        async with crowd(ledger, [self.stack.base], rng) as students:
            field = Field(self, outcome, ledger, students, rng, short=short)
            try:
                yield field
            finally:
                await field.end()


@asynccontextmanager
async def open_ground() -> AsyncIterator[Ground]:
    """Everything, ended at exit."""
    with temporary_home() as folder, _cluster(folder) as (cluster, home):
        await migrate.upgrade(cluster.dsn())
        await store_all(cluster.dsn())
        await schemes.store(cluster.dsn())
        async with open_stack(cluster.dsn(), **_MORE) as stack:
            await stack.pool.execute(_KEEP_NOTHING)
            yield Ground(cluster, home, stack)


@contextmanager
def _cluster(folder: Path) -> Iterator[tuple[Cluster, Home]]:
    home = Home(folder)
    home.prepare()
    # A durable one: what was acknowledged has to be there after a crash.
    cluster = Cluster(home)
    cluster.start()
    try:
        yield cluster, home
    finally:
        cluster.stop()


@dataclasses.dataclass
class Field:
    """What one experiment works with. `spare_calls` are answer calls that its fault causes beyond one a question."""

    ground: Ground
    outcome: Outcome
    ledger: Ledger
    students: Students
    rng: random.Random
    short: bool
    asked: int = 0
    spare_calls: int = 0
    others: list[Stack] = dataclasses.field(default_factory=list)
    going: set["asyncio.Task[Asked]"] = dataclasses.field(default_factory=set)
    background: set["asyncio.Task[None]"] = dataclasses.field(default_factory=set)

    @property
    def stack(self) -> Stack:
        """The stack that all experiments share."""
        return self.ground.stack

    @property
    def pool(self) -> asyncpg.Pool:
        """The experiment's own way to the database."""
        return self.stack.pool

    @property
    def provider(self) -> Behaviour:
        """The simulated provider of all processes."""
        return self.stack.provider

    @property
    def crowd(self) -> str:
        """What the names of this experiment's students begin with."""
        return f"{self.outcome.name}-{self.outcome.lap}-{self.outcome.seed}-"

    @property
    def services(self) -> list[Service]:
        """The processes of ours that live, of this stack and the others."""
        return [one for stack in (self.stack, *self.others) for one in stack.services if alive(one)]

    def name(self) -> str:
        """A student who has not asked before."""
        self.asked += 1
        return f"{self.crowd}{self.asked:05d}"

    def question(self, text: str | None = None) -> str:
        """A question (this one, or one of a scheme) that nobody has asked before, with its asker's own word in it."""
        return f"{text or schemes.question(self.asked)} (asked by kx{self.rng.getrandbits(40):010x})"

    def ask(self, text: str | None = None, *, follow: bool = True) -> "asyncio.Task[Asked]":
        """A new student asks a new question, beside whatever else goes on."""
        return self.reading(self.students.ask(self.name(), self.question(text), follow=follow))

    def reading(self, coroutine: Coroutine[Any, Any, Asked]) -> "asyncio.Task[Asked]":
        """Somebody asks or reads, beside whatever else goes on."""
        task = asyncio.create_task(coroutine)
        self.going.add(task)
        return task

    def start(self, coroutine: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Something else goes on, no longer than the experiment."""
        task = asyncio.create_task(coroutine)
        self.background.add(task)
        return task

    async def read(self, asked: Asked) -> Asked:
        """Read a question's stream that was asked some other way."""
        await self.students.follow(asked)
        return asked

    async def asking(self, per_second: float, seconds: float) -> None:
        """New students ask at this mean rate, at random moments, for so long; some are still reading at its end."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.ask()
            await asyncio.sleep(min(self.rng.expovariate(per_second), max(0.0, end - time.monotonic())))

    async def all_read(self, seconds: float = 120.0) -> None:
        """Wait until everybody who asked has seen the end, or has given up."""
        if self.going:
            done, _ = await asyncio.wait(self.going, timeout=seconds)
            for asking in done:
                asking.result()

    def beside(self, name: str, **settings: str) -> Stack:
        """A stack over the same database with other settings and a port of its own; nothing is started yet."""
        folder = self.stack.folder / f"{name}-{len(self.others)}-{self.asked}"
        folder.mkdir()
        port = _free_port()
        changes = {"PRASHNA_PORT": str(port)} | settings
        other = Stack(
            self.stack.dsn, self.provider, folder, self.stack.environment | changes, port, self.pool
        )  # fmt: skip
        self.others.append(other)
        return other

    async def end_others(self) -> None:
        """End what `beside` has made."""
        for other in self.others:
            await other.end(*other.services)

    async def end(self) -> None:
        """Nobody asks or reads any more."""
        going = [*self.background, *self.going]
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)
        await self.end_others()


async def until(condition: Callable[[], object], seconds: float, every: float = 0.05) -> float | None:
    """Seconds until `condition` (plain or async) held, None when it did not within `seconds`.

    While the database is away nothing holds.
    """
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        with contextlib.suppress(*engine.ConnectionLost):
            found = condition()
            if await found if asyncio.iscoroutine(found) else found:
                return time.monotonic() - began
        await asyncio.sleep(every)
    return None
