"""A flood without tokens is stopped by the address it comes from, before the database; students there go on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from itertools import islice
from uuid import uuid4

import httpx
import pytest
from support.database_line import DatabaseLine
from support.service import service
from support.stack import open_stack
from support.students import bearer

from app.api import peers
from app.api.peers import BURST, PER_SECOND, Peers
from app.errors import ConfigurationError, TooManyFailures
from app.settings import Settings

FLOOD = BURST + 200


class Clock:
    """Stands still unless moved."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_so_many_may_fail_at_once_and_then_so_many_a_second() -> None:
    clock = Clock()
    watched = Peers(clock=clock)
    assert _let_in(watched, FLOOD) == BURST
    clock.now += 2
    assert _let_in(watched, FLOOD) == 2 * PER_SECOND
    clock.now += BURST / PER_SECOND
    assert _let_in(watched, FLOOD) == BURST


def test_a_refusal_says_when_to_come_back() -> None:
    watched = Peers(clock=Clock())
    _let_in(watched, BURST)
    with pytest.raises(TooManyFailures) as refused:
        watched.check("10.0.0.1")

    assert refused.value.retry_after == 1


@pytest.mark.parametrize(
    ("flooding", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
    ],
)
def test_an_address_is_what_one_caller_has(flooding: str, other: str, same: bool) -> None:
    watched = Peers(clock=Clock())
    _let_in(watched, FLOOD, flooding)

    assert (_let_in(watched, 1, other) == 0) == same


def test_however_many_addresses_call_few_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "MOST_PEERS", 100)
    watched = Peers(clock=Clock())
    for n in range(1_000):
        watched.failed(f"10.0.{n // 250}.{n % 250}")

    assert len(watched._full_at) == 100


@pytest.fixture
async def hall(database: str) -> AsyncIterator[tuple[DatabaseLine, httpx.AsyncClient]]:
    """A client of an API whose way to the database can be cut."""
    async with DatabaseLine(database).running() as line:
        # Started and ended off the loop that carries its bytes.
        serving = service(line.dsn)
        url = await asyncio.to_thread(serving.__enter__)
        async with httpx.AsyncClient(base_url=url, timeout=60) as anybody:
            yield line, anybody
        line.mend()
        await asyncio.to_thread(serving.__exit__, None, None, None)


async def test_a_flood_is_refused_before_the_database_and_students_of_its_address_are_not(
    hall: tuple[DatabaseLine, httpx.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    line, anybody = hall
    # However long the rest takes here, no more may come.
    monkeypatch.setattr(peers, "PER_SECOND", 0.001)
    statuses = await _flood(anybody, lambda n: f"10.0.{n // 250}.{n % 250}")
    statuses |= await _flooded(_with_no_ticket(anybody) for _ in range(5_000))
    students = [anybody.get(f"/tasks/{uuid4()}", headers=bearer(f"student-{n}")) for n in range(500)]
    theirs = [reply.status_code for reply in await asyncio.gather(*students)]
    line.cut()
    cut_off = [
        # Only the database would know that these are none.
        await _with_no_ticket(anybody),
        await anybody.get(f"/stream/{uuid4()}", headers={"Cookie": "prashna_stream=made-up"}),
        await anybody.get(f"/stream/{uuid4()}"),
        await _bad(anybody),
        await anybody.post("/chat", json={"query": "q"}),
    ]

    assert statuses == {401, 429}
    assert theirs == [404] * 500
    assert [reply.status_code for reply in cut_off] == [429] * 5
    assert {reply.json()["code"] for reply in cut_off} == {"too_many_failures"}
    assert all(int(reply.headers["retry-after"]) > 0 for reply in cut_off)


async def test_a_flood_with_bad_tokens_keeps_no_ticket_and_no_cookie_of_its_address_out(
    hall: tuple[DatabaseLine, httpx.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, anybody = hall
    monkeypatch.setattr(peers, "PER_SECOND", 0.001)
    asked = await anybody.post("/chat", json={"query": "q"}, headers=bearer("student"))
    flood = await _flood(anybody, lambda n: "10.0.0.1")
    opened = [await _opened(anybody, asked.json()["stream_url"])]
    # The ticket is used up: this is the cookie.
    opened.append(await _opened(anybody, asked.json()["stream_url"]))

    assert flood == {401, 429}
    assert [reply.status_code for reply in opened] == [200, 200]
    assert ["set-cookie" in reply.headers for reply in opened] == [True, False]
    assert (await _with_no_ticket(anybody)).status_code == 401


async def test_an_address_is_read_from_a_trusted_proxy_only(database: str) -> None:
    async with open_stack(database, PRASHNA_TRUSTED_PROXIES="127.0.0.1, 10.9.0.0/16") as stack:
        await stack.start_api()
        async with httpx.AsyncClient(base_url=stack.base, timeout=60) as proxy:
            # What stands before the proxies' own entries was written by whoever called.
            statuses = await _flood(proxy, lambda n: f"172.16.0.{n % 99}, 192.0.2.1, 10.9.0.7")
            other = await _bad(proxy, {"X-Forwarded-For": "192.0.2.2"})

    assert (statuses, other.status_code) == ({401, 429}, 401)


@pytest.mark.parametrize("wrong", ["*", "everybody", "10.0.0.0/40"])
def test_not_everybody_can_be_a_trusted_proxy(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match="PRASHNA_TRUSTED_PROXIES"):
        Settings.from_env({"PRASHNA_TRUSTED_PROXIES": wrong})


async def _flood(anybody: httpx.AsyncClient, forwarded: Callable[[int], str]) -> set[int]:
    """The statuses of calls with bad tokens, until one is refused for their number."""
    return await _flooded(_bad(anybody, {"X-Forwarded-For": forwarded(n)}) for n in range(5_000))


async def _flooded(calls: Iterator[Coroutine[None, None, httpx.Response]]) -> set[int]:
    """The statuses of these calls, fifty at once, until one is refused for their number."""
    statuses: set[int] = set()
    while 429 not in statuses and (fifty := list(islice(calls, 50))):
        statuses |= {reply.status_code for reply in await asyncio.gather(*fifty)}
    return statuses


async def _with_no_ticket(anybody: httpx.AsyncClient) -> httpx.Response:
    return await anybody.get(f"/stream/{uuid4()}", params={"ticket": "made-up"})


async def _opened(anybody: httpx.AsyncClient, url: str) -> httpx.Response:
    reply = await anybody.send(anybody.build_request("GET", url), stream=True)
    await reply.aclose()
    return reply


async def _bad(anybody: httpx.AsyncClient, headers: dict[str, str] | None = None) -> httpx.Response:
    return await anybody.get("/sessions", headers={"Authorization": "Bearer bad"} | (headers or {}))


def _let_in(watched: Peers, calls: int, address: str = "10.0.0.1") -> int:
    """How many of so many failing calls are looked at."""
    let_in = 0
    for _ in range(calls):
        try:
            watched.check(address)
        except TooManyFailures:
            continue
        watched.failed(address)
        let_in += 1
    return let_in
