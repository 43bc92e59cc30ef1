"""A provider that is down, seen by several workers at once: what it is asked, and what students get meanwhile."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from agent_samples import DOMAINS, FIRST, MINIMUM_AGE, PRESIDENT, Shelf, ask, assignment
from simulated_provider import Simulated
from support.running_tasks import begin

from app.agents import closing
from app.agents.cache_rung import CacheRung
from app.agents.citations import sources
from app.agents.embedded_router import EmbeddedRouter
from app.agents.extractive import ExtractiveRung
from app.agents.instructor_router import InstructorRouter
from app.agents.ladder import Ladder, Written
from app.agents.model_rung import ModelRung
from app.agents.rung import Assignment
from app.db import engine, providers
from app.db.cache import CacheEntry
from app.db.providers import Ceilings
from app.errors import ProviderError, ProviderResting
from app.retrieval.calls import CallLog
from app.retrieval.openai_embedder import OpenAIEmbedder
from app.retrieval.permits import Permits, SharedPermits
from app.retrieval.reranker import CohereReranker

PRIMARY, SECONDARY = "gpt-4.1", "gpt-4.1-mini"
WORKERS = 3
AT_ONCE = 30


@dataclass
class Fleet:
    """Workers with pools of their own over one database and one provider."""

    simulated: Simulated
    dsn: str
    pools: list[engine.Pool]
    permits: list[SharedPermits]

    @property
    def pool(self) -> engine.Pool:
        """The first worker's."""
        return self.pools[0]

    async def ask(self, count: int, *, first_token: float = 10.0, permits: Sequence[Permits] = ()) -> list[Written]:
        """How so many questions ended, which came as fast as they could be taken."""
        room = asyncio.Semaphore(AT_ONCE)
        tasks = await begin(self.pool, count=count)

        async def one(number: int) -> Written:
            given = (permits or self.permits)[number % WORKERS]
            async with room:
                return await self.answer(given, tasks[number], first_token=first_token)

        found = await asyncio.gather(*map(one, range(count)))
        await self.settled()
        return found

    async def answer(
        self, permits: Permits, task: UUID, *, first_token: float = 10.0, shelf: Shelf | None = None
    ) -> Written:
        """How this task ended."""
        rungs = [
            ModelRung("primary", PRIMARY, self.simulated.provider, first_token, permits=permits),
            ModelRung("secondary", SECONDARY, self.simulated.provider, first_token, permits=permits),
            CacheRung((shelf or Shelf()).lookup),
            ExtractiveRung(),
        ]
        events = [event async for event in Ladder(rungs).climb(self.asked(task))]
        end = events[-1]
        assert isinstance(end, Written)
        return end

    def asked(self, task: UUID) -> Assignment:
        """The sample question as that task's."""
        asked = assignment(asyncio.get_running_loop().time() + 60, PRESIDENT, FIRST)
        return replace(asked, log=CallLog(task))

    def calls(self, model: str | None = None) -> int:
        """What the provider was asked."""
        return len(self.simulated.behaviour.asked("chat", model))

    async def settled(self) -> None:
        """Every worker has told how its calls ended."""
        for one in self.permits:
            await one.close()

    async def rested(self) -> None:
        """The time of every rest is over."""
        await self.pool.execute("UPDATE ops.provider_breakers SET retry_at = now() WHERE retry_at IS NOT NULL")


@pytest.fixture
async def fleet(simulated: Simulated, database: str) -> AsyncIterator[Fleet]:
    async with AsyncExitStack() as stack:
        pools = [
            await stack.enter_async_context(engine.open_pool(database, application=f"worker-{n}", size=3))
            for n in range(WORKERS)
        ]
        permits = [SharedPermits(pool, Ceilings()) for pool in pools]
        yield Fleet(simulated, database, pools, permits)
        for one in permits:
            await one.close()


def _tiers(found: Sequence[Written]) -> Counter[str]:
    return Counter(one.tier for one in found)


async def test_a_provider_that_is_down_is_left_alone(fleet: Fleet) -> None:
    fleet.simulated.behaviour.fault = "server_error"
    found = await fleet.ask(300)

    assert _tiers(found) == {"extractive": 300}
    # Until five have failed, as many are under way as there are workers' places: that is all it is asked.
    assert fleet.calls() <= 2 * (5 + AT_ONCE)


async def test_without_shared_leave_it_would_be_asked_twice_for_each_question(fleet: Fleet) -> None:
    fleet.simulated.behaviour.fault = "server_error"
    await fleet.ask(100, permits=[Permits()] * WORKERS)

    assert fleet.calls() == 200


async def test_questions_that_all_hang_at_once_are_not_all_asked_a_second_time(fleet: Fleet) -> None:
    fleet.simulated.behaviour.fault = "headers_only"
    rooms = 60
    tasks = await begin(fleet.pool, count=rooms)
    found = await asyncio.gather(
        *(fleet.answer(fleet.permits[n % WORKERS], task, first_token=2.5) for n, task in enumerate(tasks))
    )

    assert _tiers(found) == {"extractive": rooms}
    # One call for each, a second try for one in ten, and those that a quiet time has saved up and these seconds add.
    assert rooms < fleet.calls() <= rooms + rooms // 10 + 10 + 2


async def test_when_only_the_primary_is_down_the_secondary_answers_at_the_normal_rate(fleet: Fleet) -> None:
    fleet.simulated.behaviour.faults[PRIMARY] = "server_error"
    await fleet.ask(30)
    await fleet.pool.execute("UPDATE ops.provider_breakers SET retry_at = now() + interval '1 hour'")
    before = fleet.calls()
    found = await fleet.ask(60)

    assert _tiers(found) == {"secondary": 60}
    assert all(one.fell for one in found)
    assert fleet.calls() - before == 60


async def test_one_probe_at_a_time_and_no_surge_after_it(fleet: Fleet) -> None:
    fleet.simulated.behaviour.faults[PRIMARY] = "server_error"
    await fleet.ask(20)
    fleet.simulated.behaviour.faults.clear()
    fleet.simulated.behaviour.tokens_per_second = 100
    await fleet.rested()
    before = fleet.calls(PRIMARY), fleet.calls()
    found = await fleet.ask(30)

    # All are asked while the first probe speaks: it is the only one.
    assert (fleet.calls(PRIMARY) - before[0], _tiers(found)) == (1, {"primary": 1, "secondary": 29})
    await fleet.ask(1)
    after = fleet.calls()
    assert _tiers(await fleet.ask(60)) == {"primary": 60}
    assert fleet.calls() - after == 60


async def test_a_retry_after_is_the_rest_of_all_workers(fleet: Fleet) -> None:
    fleet.simulated.behaviour.faults[PRIMARY] = "rate_limited_long"
    await fleet.ask(1)
    seconds = await fleet.pool.fetchval("SELECT extract(epoch FROM retry_at - changed_at) FROM ops.provider_breakers")
    before = fleet.calls(PRIMARY)

    assert 600 <= seconds <= 720
    assert _tiers(await fleet.ask(30)) == {"secondary": 30}
    assert fleet.calls(PRIMARY) == before


async def test_calls_of_workers_that_were_killed_count_and_then_the_task_is_quoted(fleet: Fleet) -> None:
    (task,) = await begin(fleet.pool)
    fleet.simulated.behaviour.fault = "headers_only"
    for worker in fleet.permits:
        running = asyncio.create_task(fleet.answer(worker, task))
        while fleet.calls() < fleet.permits.index(worker) + 1:
            await asyncio.sleep(0.01)
        # What a kill leaves: nothing said, nothing settled.
        running.cancel()
        await asyncio.wait([running])
    fleet.simulated.behaviour.fault = None
    end = await fleet.answer(fleet.permits[0], task)

    assert (end.tier, end.fell, fleet.calls()) == ("extractive", True, 3)


async def test_a_stop_is_heard_by_all_workers_and_leaves_cache_and_quotes(fleet: Fleet) -> None:
    tasks = await begin(fleet.pool, count=3)
    asked = assignment(0.0)
    answer = closing.blank(ask(MINIMUM_AGE), "factual", "primary").model_copy(update={"text": "Stored text. [1]"})
    listed = [one.model_dump(mode="json") for one in sources([FIRST])]
    shelf = Shelf(CacheEntry(FIRST.parent_id, {}, listed, answer.model_dump(mode="json")), asked.normalised)
    await providers.stop(fleet.pool, "the bill")
    found = [await fleet.answer(one, task) for one, task in zip(fleet.permits, tasks, strict=True)]
    stored = await fleet.answer(fleet.permits[1], tasks[1], shelf=shelf)

    assert (_tiers(found), stored.tier, fleet.calls()) == ({"extractive": 3}, "cache", 0)
    await providers.resume(fleet.pool)
    assert (await fleet.answer(fleet.permits[2], tasks[2])).tier == "primary"


async def test_an_answer_under_way_is_finished_after_a_stop(fleet: Fleet) -> None:
    (task,) = await begin(fleet.pool)
    fleet.simulated.behaviour.tokens_per_second = 40
    running = asyncio.create_task(fleet.answer(fleet.permits[0], task))
    while not fleet.calls():
        await asyncio.sleep(0.01)
    await providers.stop(fleet.pool, "the bill")

    assert (await running).tier == "primary"


async def test_a_dead_embedder_is_not_waited_for(fleet: Fleet) -> None:
    fleet.simulated.behaviour.fault = "embeddings_dead"
    made = [OpenAIEmbedder(fleet.simulated.provider, "text-embedding-3-small", 1536, one) for one in fleet.permits]
    for n in range(5):
        with pytest.raises(ProviderError):
            await made[n % WORKERS].embed(["a question"])
        await fleet.settled()
    with pytest.raises(ProviderResting):
        await made[0].embed(["a question"])

    assert len(fleet.simulated.behaviour.asked("embeddings")) == 5


async def test_a_dead_reranker_and_a_dead_router_are_not_waited_for(
    fleet: Fleet, embedded_router: EmbeddedRouter
) -> None:
    fleet.simulated.behaviour.fault = "server_error"
    url = str(fleet.simulated.provider.client.base_url).removesuffix("/v1/")
    for n in range(7):
        permits, log = fleet.permits[n % WORKERS], CallLog()
        reranker = CohereReranker("unused", url, "rerank-v3.5", permits)
        router = InstructorRouter(fleet.simulated.provider, "gpt-4.1-nano", DOMAINS, embedded_router, permits)
        assert await reranker.rerank("age", [PRESIDENT, FIRST], log) == (PRESIDENT, FIRST)
        assert (await router.route(MINIMUM_AGE, (), log)).intent == "factual"
        await reranker.close()
        await fleet.settled()

    asked = Counter(call.kind for call in fleet.simulated.behaviour.calls)
    assert asked == {"rerank": 5, "chat": 5}


async def test_what_a_day_may_cost_is_kept_by_all_workers_together(fleet: Fleet) -> None:
    most = Ceilings(day_tokens=12_000)
    permits = [SharedPermits(pool, most) for pool in fleet.pools]
    found = await fleet.ask(40, permits=permits)
    for one in permits:
        await one.close()
    row = await fleet.pool.fetchrow("SELECT tokens, money, most_tokens FROM ops.model_days")

    assert set(_tiers(found)) >= {"primary", "extractive"}
    assert (row["tokens"] <= 12_000, row["most_tokens"]) == (True, 12_000)
    assert row["money"] > 0


async def test_a_database_that_is_gone_leaves_quotes(fleet: Fleet) -> None:
    (task,) = await begin(fleet.pool)
    async with engine.open_pool(fleet.dsn, application="gone", size=1) as pool:
        permits = SharedPermits(pool, Ceilings())
    end = await fleet.answer(permits, task)

    assert (end.tier, fleet.calls()) == ("extractive", 0)
