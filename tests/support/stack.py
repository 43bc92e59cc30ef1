"""The real thing for tests: API and worker processes over a database of their own, before a simulated provider."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from support.postgres import named, new_name, statement, temporary_home
from support.study_texts import store_all

from app.api import tokens
from app.db import engine
from app.settings import child_environment
from app.simulator.behaviour import Behaviour
from app.simulator.server import running

SECRET = "a secret of the tests, long enough for HS256"
_START_SECONDS = 60.0
_END_SECONDS = 30.0
# What the machine of whoever runs the tests may have set, and these processes must not see.
_OTHERS = ("PRASHNA_LLM", "PRASHNA_RERANKER", "PRASHNA_EMBEDDER", "PRASHNA_JWT_PUBLIC_KEY", "PRASHNA_HOME")


@dataclass
class Service:
    """One process of ours; everything it says goes to `log`."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        """Its log so far."""
        return self.log.read_text(errors="replace")

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    async def ended(self) -> int:
        """Its exit code, negative for a signal."""
        return await asyncio.to_thread(self.process.wait, _END_SECONDS)

    async def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.process.kill()
        await self.ended()


@dataclass
class Stack:
    """A database with content, a provider, one API and any number of chat workers; ended with the block."""

    dsn: str
    provider: Behaviour
    folder: Path
    environment: dict[str, str]
    port: int
    pool: asyncpg.Pool
    api: Service | None = None
    workers: list[Service] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)

    @property
    def base(self) -> str:
        """The API's address."""
        return f"http://127.0.0.1:{self.port}"

    async def start_api(self) -> Service:
        """Start the API on this stack's port and wait until it answers."""
        self.api = self._start("api", "serve")
        await self._until(self.api, self._answers)
        return self.api

    async def start_worker(self) -> Service:
        """Start one more chat worker and wait until it takes jobs."""
        worker = self._start("worker", "worker", "--queue", "chat")
        self.workers.append(worker)
        await self._until(worker, lambda: _says(worker, "worker.started"))
        return worker

    async def end(self, *services: Service) -> None:
        """TERM to these, all at once; KILL to one that does not listen."""
        for service in services:
            if alive(service):
                service.send(signal.SIGCONT)
                service.send(signal.SIGTERM)
        for service in services:
            try:
                await service.ended()
            except subprocess.TimeoutExpired:
                await service.kill()
            if service in self.workers:
                self.workers.remove(service)

    async def refresh(self) -> None:
        """Start what an earlier test has ended, end what it has added."""
        self.workers = [worker for worker in self.workers if alive(worker)]
        for worker in self.workers:
            worker.send(signal.SIGCONT)
        await self.end(*self.workers[1:])
        starting = [] if self.api and alive(self.api) else [self.start_api()]
        await asyncio.gather(*starting, *([] if self.workers else [self.start_worker()]))
        self.provider.reset()
        await self.pool.execute("TRUNCATE cache.entries, cache.entry_sources, cache.entry_hits")
        await self.forget_failures()

    async def forget_failures(self) -> None:
        """Providers are as if they had never failed, and may be called."""
        await self.pool.execute("TRUNCATE ops.provider_breakers, ops.retry_budgets, ops.model_switch")

    async def worker_listens(self) -> bool:
        """Whether one worker has just begun to listen for new jobs: its last statement is the LISTEN."""
        found: bool = await self.pool.fetchval(
            "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'prashna-queue-chat' AND query LIKE 'LISTEN%'"
        )
        return found

    def student(self, name: str | None = None) -> httpx.AsyncClient:
        """A client of one student, by default one who has never asked before."""
        token = tokens.issue(SECRET, student=name or f"s-{uuid4().hex[:12]}", audience="prashna", issuer="prashna-demo")
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(base_url=self.base, headers=headers, timeout=30, trust_env=False)

    def _start(self, name: str, *arguments: str) -> Service:
        log = self.folder / f"{name}-{len(self.services)}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", *arguments],
                env=self.environment,
                cwd=self.folder,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        service = Service(process, log)
        self.services.append(service)
        return service

    async def _until(self, service: Service, ready: Callable[[], object]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            found = ready()
            if await found if asyncio.iscoroutine(found) else found:
                return
            if service.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"it did not start:\n{service.said()}")
            await asyncio.sleep(0.05)

    async def _answers(self) -> bool:
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                return (await client.get(f"{self.base}/healthz", timeout=1)).status_code == 200
            except httpx.HTTPError:
                return False


def _says(service: Service, words: str) -> bool:
    return words in service.said()


@pytest.fixture(scope="session")
async def shared_stack(postgres: str, template: str) -> AsyncIterator[Stack]:
    """One stack for the whole run, since its processes take seconds to start; tests use `stack`."""
    async with database_with_content(postgres, template) as dsn, open_stack(dsn) as stack:
        yield stack


@pytest.fixture
async def stack(shared_stack: Stack) -> Stack:
    """The shared stack with an API, exactly one worker, an empty cache and a healthy provider."""
    await shared_stack.refresh()
    return shared_stack


@asynccontextmanager
async def database_with_content(postgres: str, template: str) -> AsyncIterator[str]:
    """The dsn of a clone with the study texts in it, dropped afterwards."""
    name = new_name("stack")
    await statement(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        await store_all(named(postgres, name))
        yield named(postgres, name)
    finally:
        await statement(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def open_stack(dsn: str, **settings: str) -> AsyncIterator[Stack]:
    """A stack over this database with nothing started yet. `settings` are environment variables, "" unsets one."""
    behaviour = Behaviour()
    with temporary_home() as folder, running(behaviour) as url:
        named_here = {
            "DATABASE_URL": dsn,
            "PRASHNA_JWT_SECRET": SECRET,
            "PRASHNA_EMBEDDER_THREADS": "1",
            "OPENAI_API_KEY": "unused",
            "OPENAI_BASE_URL": url,
            "COHERE_API_KEY": "unused",
            "COHERE_BASE_URL": url,
            "PYTHONUNBUFFERED": "1",
        }
        port = _free_port()
        environment = child_environment(**dict.fromkeys(_OTHERS, ""), **named_here, PRASHNA_PORT=str(port))
        async with engine.open_pool(dsn, application="tests", size=4) as pool:
            stack = Stack(dsn, behaviour, folder, environment | settings, port, pool)
            try:
                yield stack
            finally:
                await stack.end(*stack.services)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def alive(service: Service) -> bool:
    """Whether it still runs."""
    return service.process.poll() is None


async def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Wait until `condition` (plain or async) is true; fails with `what` after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if await found if asyncio.iscoroutine(found) else found:
            return
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.02)


def task_id(accepted: httpx.Response) -> UUID:
    """The id of the task that this reply of POST /chat is about."""
    return UUID(accepted.json()["task_id"])
