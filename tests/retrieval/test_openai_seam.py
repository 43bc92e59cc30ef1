"""The OpenAI seam through the real client against a provider that speaks the protocol, in health and in every fault."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from decimal import Decimal

import numpy as np
import pytest
from support.bad_addresses import nameless, refusing, unreachable

from app.agents import model_rung, rung, tiers
from app.errors import ProviderBusy, ProviderError, ProviderGarbage, ProviderRefused, ProviderTimeout
from app.retrieval import openai_provider, prices
from app.retrieval.calls import CallLog
from app.retrieval.openai_embedder import OpenAIEmbedder
from app.retrieval.openai_provider import Delta, OpenAIProvider, Usage
from app.simulator.behaviour import Behaviour

PROMPT = "[1] Article 110\nA Bill is a Money Bill if it contains only taxes.\n\nQuestion: What is a money bill?"


@pytest.fixture
def behaviour(simulator: tuple[Behaviour, str]) -> Behaviour:
    """Healthy, and nothing recorded."""
    simulator[0].reset()
    return simulator[0]


@pytest.fixture
async def provider(simulator: tuple[Behaviour, str], behaviour: Behaviour) -> AsyncIterator[OpenAIProvider]:
    async with OpenAIProvider("unused", simulator[1]) as made:
        yield made


def stream(provider: OpenAIProvider, **deadlines: float) -> AsyncIterator[Delta | Usage]:
    """The sample question's answer."""
    seconds = {"first_token": 3.0, "gap": 3.0, "whole": 10.0} | deadlines
    return provider.stream([{"role": "user", "content": PROMPT}], "gpt-4.1", max_tokens=200, **seconds)


async def read(items: AsyncIterator[Delta | Usage]) -> tuple[str, Usage]:
    """The whole text and the last item."""
    found = [item async for item in items]
    assert isinstance(found[-1], Usage)
    return "".join(item.text for item in found if isinstance(item, Delta)), found[-1]


async def test_an_answer_streams_in_pieces_and_ends_with_its_usage(
    provider: OpenAIProvider, behaviour: Behaviour
) -> None:
    text, usage = await read(stream(provider))
    assert "A Bill is a Money Bill if it contains only taxes" in text
    assert usage.tokens_in > 0
    assert usage.tokens_out > 0
    assert [call.streamed for call in behaviour.calls] == [True]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("rate_limited", ProviderBusy),
        ("server_error", ProviderError),
        ("unauthorized", ProviderError),
        ("html_502", ProviderError),
        ("html_200", ProviderError),
        ("reset", ProviderError),
        ("reset_mid_stream", ProviderError),
        ("truncated", ProviderError),
        ("error_event", ProviderError),
        ("garbage", ProviderGarbage),
        ("reset_mid_token", ProviderError),
        ("empty", ProviderGarbage),
        ("endless", ProviderGarbage),
        ("huge_chunk", ProviderGarbage),
        ("filtered", ProviderRefused),
    ],
)
async def test_each_fault_becomes_one_of_our_errors_without_a_retry(
    provider: OpenAIProvider, behaviour: Behaviour, fault: str, error: type[ProviderError]
) -> None:
    behaviour.fault = fault
    with pytest.raises(error) as raised:
        await read(stream(provider))
    assert type(raised.value) is error
    assert len(behaviour.calls) == 1


@pytest.mark.parametrize(
    ("fault", "seconds"), [("rate_limited", 2), ("rate_limited_long", 600), ("rate_limited_garbage", None)]
)
async def test_a_busy_provider_says_when_to_come_back(
    provider: OpenAIProvider, behaviour: Behaviour, fault: str, seconds: int | None
) -> None:
    behaviour.fault = fault
    with pytest.raises(ProviderBusy) as raised:
        await read(stream(provider))
    assert raised.value.retry_after == seconds


@pytest.mark.parametrize(
    ("fault", "deadlines"),
    [
        ("stall", {"first_token": 0.3}),
        ("headers_only", {"first_token": 0.3}),
        ("stall_after_first", {"gap": 0.3}),
        ("slow", {"whole": 1.5}),
    ],
)
async def test_silence_ends_at_its_own_deadline(
    provider: OpenAIProvider, behaviour: Behaviour, fault: str, deadlines: dict[str, float]
) -> None:
    behaviour.fault = fault
    # The other deadlines are far away: no other can have ended it.
    async with asyncio.timeout(30):
        with pytest.raises(ProviderTimeout):
            await read(stream(provider, **({"first_token": 60.0, "gap": 60.0, "whole": 60.0} | deadlines)))
    await asyncio.to_thread(behaviour.wait_idle, 5)
    assert all(call.client_left for call in behaviour.calls)


async def test_a_connection_that_is_never_made_ends_at_its_own_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_provider, "CONNECT_SECONDS", 0.3)
    async with asyncio.timeout(30), unreachable() as url, OpenAIProvider("unused", url) as provider:
        with pytest.raises(ProviderTimeout):
            await read(stream(provider, first_token=60, gap=60, whole=60))


def test_the_deadlines_are_those_that_were_promised() -> None:
    assert (openai_provider.CONNECT_SECONDS, tiers.PRIMARY_FIRST_TOKEN, tiers.SECONDARY_FIRST_TOKEN) == (3, 10, 8)
    assert (model_rung.GAP_SECONDS, rung.WHOLE_SECONDS) == (15, 90)


async def test_no_address_no_listener_and_no_tls_are_our_errors(
    simulator: tuple[Behaviour, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nameless(monkeypatch)
    for url in ("http://provider.invalid/v1", refusing(), simulator[1].replace("http:", "https:")):
        async with OpenAIProvider("unused", url) as provider:
            with pytest.raises(ProviderError) as raised:
                await read(stream(provider))
            assert type(raised.value) is ProviderError


async def test_a_request_that_is_not_taken_is_told_from_a_broken_provider(provider: OpenAIProvider) -> None:
    with pytest.raises(ProviderRefused):
        await provider.embed([""], "text-embedding-3-small", dimensions=1536)


async def test_a_slow_reader_is_not_a_silent_provider(provider: OpenAIProvider) -> None:
    text = ""
    async for item in stream(provider, gap=0.2):
        await asyncio.sleep(0.25 if not text else 0)
        text += item.text if isinstance(item, Delta) else ""
    assert "Money Bill" in text


async def test_closing_the_stream_hangs_up(provider: OpenAIProvider, behaviour: Behaviour) -> None:
    behaviour.tokens_per_second = 20
    async with aclosing(stream(provider)) as items:  # type: ignore[type-var]
        await anext(items)
    await asyncio.to_thread(behaviour.wait_idle, 5)
    assert behaviour.calls[0].client_left


async def test_control_characters_never_come_through(provider: OpenAIProvider, behaviour: Behaviour) -> None:
    behaviour.fault = "nul"
    text, _ = await read(stream(provider))
    assert "\x00" not in text
    assert text.encode()


def test_halves_of_a_character_are_joined_across_pieces_and_lone_ones_dropped() -> None:
    answer = openai_provider._Answer([{"role": "user", "content": "q"}], 100)
    pieces = [answer.take(_chunk(text)) for text in ["a\ud83d", "\ude00b", "\udc00c", "\x00\x1bd\n", "e\ud83d", "f"]]
    assert pieces == ["a", "😀b", "c", "d\n", "e", "f"]


def test_a_server_without_usage_gets_an_estimate() -> None:
    answer = openai_provider._Answer([{"role": "user", "content": "q" * 40}], 100)
    answer.take(_chunk("a" * 20, finish="stop"))
    assert answer.usage() == Usage(10, 5)


@pytest.mark.parametrize("count", [None, -1, "7", 1.5])
def test_a_usage_that_is_no_count_gets_an_estimate(count: object) -> None:
    answer = openai_provider._Answer([{"role": "user", "content": "q" * 40}], 100)
    answer.take(_chunk("a" * 20, finish="stop", usage={"prompt_tokens": count, "completion_tokens": 3}))
    assert answer.usage() == Usage(10, 5)


@pytest.mark.parametrize(
    "event", [b'["a list"]', b'{"choices":[{"delta":{"content":["a part"]}}]}', b'{"choices":{}, "usage":"lots"}']
)
async def test_an_event_of_another_shape_is_garbage(event: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
        writer.write(head + b"data: " + event + b"\n\n")
        await writer.drain()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with OpenAIProvider("unused", f"http://127.0.0.1:{port}/v1") as provider:
            with pytest.raises(ProviderGarbage):
                await read(stream(provider))


async def test_answers_after_each_other_share_a_connection() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.readline():
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))
            events = b"data: " + _chunk("Words.", finish="stop") + b"\n\ndata: [DONE]\n\n"
            writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(events), events))
            await writer.drain()
            # The last chunk comes by itself, as behind a proxy.
            await asyncio.sleep(0.002)
            writer.write(b"0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with OpenAIProvider("unused", f"http://127.0.0.1:{port}/v1") as provider:
            assert [(await read(stream(provider)))[0] for _ in range(3)] == ["Words."] * 3
    assert connections == 1


async def test_an_error_message_repeats_nothing_the_provider_said(
    provider: OpenAIProvider, behaviour: Behaviour
) -> None:
    behaviour.fault = "unauthorized"
    with pytest.raises(ProviderError) as raised:
        await read(stream(provider))
    assert str(raised.value) == "the provider refuses the key (status 401)"


async def test_embeddings_come_in_order_with_their_call_noted(provider: OpenAIProvider, behaviour: Behaviour) -> None:
    log, embedder = CallLog(), OpenAIEmbedder(provider, "text-embedding-3-small", 1536)
    texts = ["the money bill", "the bill about money", "rivers of the Himalaya"]
    vectors = await embedder.embed(texts, log)
    assert vectors.shape == (3, 1536)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    call = log.calls[0]
    assert (call.node, call.model, call.outcome, len(log.calls)) == ("embed", "text-embedding-3-small", "ok", 1)
    assert call.cost == prices.cost("text-embedding-3-small", call.tokens_in, 0) != Decimal(0)
    assert np.allclose(vectors[2:], await embedder.embed(texts[2:]), atol=1e-6)


async def test_no_texts_cost_no_call(provider: OpenAIProvider, behaviour: Behaviour) -> None:
    assert (await OpenAIEmbedder(provider, "text-embedding-3-small", 1536).embed([])).shape == (0, 1536)
    assert not behaviour.calls


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("embeddings_dead", ProviderError),
        ("embeddings_limited", ProviderBusy),
        ("garbage", ProviderGarbage),
        ("html_200", ProviderGarbage),
        ("reset", ProviderError),
    ],
)
async def test_a_failed_embedding_is_our_error_and_leaves_its_outcome(
    provider: OpenAIProvider, behaviour: Behaviour, fault: str, error: type[ProviderError]
) -> None:
    behaviour.fault, log = fault, CallLog()
    with pytest.raises(error) as raised:
        await OpenAIEmbedder(provider, "text-embedding-3-small", 1536).embed(["question"], log)
    assert type(raised.value) is error
    assert [(call.outcome, call.tokens_in) for call in log.calls] == [(error.code, 0)]


async def test_a_silent_embedder_is_given_up(provider: OpenAIProvider, behaviour: Behaviour) -> None:
    behaviour.fault = "stall"
    with pytest.raises(ProviderTimeout):
        await provider.embed(["question"], "text-embedding-3-small", dimensions=1536, seconds=0.3)


async def test_vectors_of_another_width_are_garbage(provider: OpenAIProvider, behaviour: Behaviour) -> None:
    with pytest.raises(ProviderGarbage, match="1536"):
        await provider.embed(["question"], "text-embedding-3-small", dimensions=384)


def test_an_unknown_price_is_unknown_and_not_zero() -> None:
    assert prices.cost("a-model-of-their-own", 1000, 1000) is None
    assert prices.cost("gpt-4.1", 1_000_000, 500_000) == Decimal("6.00")
    assert prices.cost("gpt-4.1-2025-04-14", 1_000_000, 500_000) == Decimal("6.00")


def _chunk(text: str, finish: str | None = None, usage: object = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return json.dumps({"choices": [choice], "usage": usage}).encode()
