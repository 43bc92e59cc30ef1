"""Each fault as the real clients meet it."""

import asyncio
import json

import cohere
import httpx
import instructor
import openai
import pytest
from instructor.core import InstructorRetryException
from pydantic import BaseModel

from app.errors import ConfigurationError
from app.simulator import faults
from app.simulator.behaviour import Behaviour

# What the client raises, streaming and not. The openai client reads a body that is no JSON only where it must.
SURFACES = {
    "rate_limited": (openai.RateLimitError, openai.RateLimitError),
    "rate_limited_long": (openai.RateLimitError, openai.RateLimitError),
    "rate_limited_garbage": (openai.RateLimitError, openai.RateLimitError),
    "server_error": (openai.InternalServerError, openai.InternalServerError),
    "unauthorized": (openai.AuthenticationError, openai.AuthenticationError),
    "html_502": (openai.InternalServerError, openai.InternalServerError),
    "stall": (openai.APITimeoutError, openai.APITimeoutError),
    "headers_only": (httpx.ReadTimeout, openai.APITimeoutError),
    "stall_after_first": (httpx.ReadTimeout, openai.APITimeoutError),
    "slow": (httpx.ReadTimeout, openai.APITimeoutError),
    "reset": (openai.APIConnectionError, openai.APIConnectionError),
    "reset_mid_stream": (httpx.ReadError, openai.APIConnectionError),
    "reset_mid_token": (httpx.ReadError, openai.APIConnectionError),
    "garbage": (json.JSONDecodeError, json.JSONDecodeError),
    "truncated": (None, json.JSONDecodeError),
    "error_event": (openai.APIError, None),
    "split_bytes": (None, None),
    "empty": (None, None),
    "nul": (None, None),
    "wrong_finish": (None, None),
    "filtered": (None, None),
    "huge_chunk": (None, None),
}

TIMEOUTS = {openai.APITimeoutError, httpx.ReadTimeout}


async def _streamed(client: openai.AsyncOpenAI, prompt: str) -> str:
    text = ""
    stream = await client.chat.completions.create(
        model="gpt-4.1", messages=[{"role": "user", "content": prompt}], stream=True
    )
    async for chunk in stream:
        text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
    return text


async def _whole(client: openai.AsyncOpenAI, prompt: str) -> str | None:
    answer = await client.chat.completions.create(model="gpt-4.1", messages=[{"role": "user", "content": prompt}])
    return answer.choices[0].message.content if answer.choices else None


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("fault", SURFACES)
async def test_a_fault_surfaces_as_the_client_says_it(provider, client, hurried, passages, fault, streamed):
    provider.behaviour.fault = fault
    read = _streamed if streamed else _whole
    expected = SURFACES[fault][0 if streamed else 1]
    if expected is None:
        await read(client, passages)
        return
    with pytest.raises(expected):
        await read(hurried if expected in TIMEOUTS else client, passages)


async def test_a_rate_limit_says_how_long_to_wait(provider, client, passages):
    provider.behaviour.fault = "rate_limited"
    with pytest.raises(openai.RateLimitError) as raised:
        await _whole(client, passages)
    assert raised.value.response.headers["retry-after"] == "2"


@pytest.mark.parametrize(
    ("fault", "count"), [("stall_after_first", 1), ("reset_mid_stream", 5), ("reset_mid_token", 5)]
)
async def test_words_before_the_break_arrive(provider, hurried, passages, fault, count):
    provider.behaviour.fault = fault
    stream = await hurried.chat.completions.create(
        model="gpt-4.1", messages=[{"role": "user", "content": passages}], stream=True
    )
    words: list[str] = []

    async def read() -> None:
        async for chunk in stream:
            words.extend([chunk.choices[0].delta.content] if chunk.choices[0].delta.content else [])

    with pytest.raises((httpx.ReadTimeout, httpx.ReadError)):
        await read()
    assert len(words) == count


async def test_split_bytes_join_to_the_same_answer(provider, client, passages):
    healthy = await _streamed(client, passages)
    provider.behaviour.fault = "split_bytes"
    assert "—" in healthy
    assert await _streamed(client, passages) == healthy


async def test_an_empty_answer_is_empty(provider, client, passages):
    provider.behaviour.fault = "empty"
    assert (await _streamed(client, passages), await _whole(client, passages)) == ("", "")


async def test_nul_puts_a_nul_and_half_a_surrogate_pair_into_the_text(provider, client, passages):
    provider.behaviour.fault = "nul"
    for text in (await _streamed(client, passages), await _whole(client, passages)):
        assert "\x00" in text
        assert "\ud800" in text


async def test_an_endless_answer_goes_on_past_its_own_length(provider, client, passages):
    length = len(await _streamed(client, passages))
    provider.behaviour.fault = "endless"
    stream = await client.chat.completions.create(
        model="gpt-4.1", messages=[{"role": "user", "content": passages}], stream=True
    )
    received = 0
    async for chunk in stream:
        received += len(chunk.choices[0].delta.content or "")
        if received > 2 * length:
            break
    await stream.close()
    assert received > 2 * length


async def test_a_filtered_answer_is_empty_and_says_why(provider, client, passages):
    provider.behaviour.fault = "filtered"
    answer = await client.chat.completions.create(model="gpt-4.1", messages=[{"role": "user", "content": passages}])
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("", "content_filter")


async def test_a_huge_chunk_is_four_megabytes_at_once(provider, client, passages):
    provider.behaviour.fault = "huge_chunk"
    assert len(await _streamed(client, passages)) > 4_000_000


async def test_a_burst_ends_by_itself(provider, client, passages):
    provider.behaviour.faults["gpt-4.1"] = "server_error"
    provider.behaviour.burst["gpt-4.1"] = 2
    for _ in range(2):
        with pytest.raises(openai.InternalServerError):
            await _whole(client, passages)
    assert await _whole(client, passages)


async def test_a_page_of_html_with_status_200_is_no_completion(provider, client, passages):
    provider.behaviour.fault = "html_200"
    with pytest.raises(AttributeError):
        await _whole(client, passages)


class _Route(BaseModel):
    intent: str
    confidence: float


async def test_arguments_against_the_schema_fail_validation(provider, client):
    provider.behaviour.fault = "invalid_schema"
    asking = instructor.from_openai(client, mode=instructor.Mode.TOOLS)
    with pytest.raises(InstructorRetryException, match="validation errors for _Route"):
        await asking.create(
            model="gpt-4.1-nano", response_model=_Route, max_retries=0, messages=[{"role": "user", "content": "Hi"}]
        )


async def test_a_fault_of_one_model_leaves_the_others_well(provider, client, passages):
    provider.behaviour.faults["gpt-4.1"] = "server_error"
    with pytest.raises(openai.InternalServerError):
        await _whole(client, passages)
    healthy = await client.chat.completions.create(
        model="gpt-4.1-mini", messages=[{"role": "user", "content": passages}]
    )
    assert healthy.choices[0].message.content


async def test_dead_embeddings_leave_chat_and_rerank_well(provider, client, reranker, passages):
    provider.behaviour.fault = "embeddings_dead"
    with pytest.raises(openai.InternalServerError):
        await client.embeddings.create(model="text-embedding-3-small", input="a question")
    assert await _whole(client, passages)
    assert (await reranker.rerank(model="rerank-v3.5", query="a", documents=["a"])).results


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("rerank_dead", cohere.InternalServerError),
        ("rerank_limited", cohere.TooManyRequestsError),
        ("unauthorized", cohere.UnauthorizedError),
        ("reset", httpx.ReadError),
    ],
)
async def test_a_dead_reranker_surfaces_in_the_cohere_client(provider, reranker, fault, error):
    provider.behaviour.fault = fault
    with pytest.raises(error):
        await reranker.rerank(
            model="rerank-v3.5", query="a", documents=["a"], request_options=cohere.core.RequestOptions(max_retries=0)
        )


async def test_a_stalled_reply_ends_when_the_client_leaves(provider, hurried, passages):
    provider.behaviour.fault = "stall"
    with pytest.raises(openai.APITimeoutError):
        await _whole(hurried, passages)
    await asyncio.to_thread(provider.behaviour.wait_idle, 2)
    assert provider.behaviour.calls[0].client_left


def test_an_unknown_fault_is_refused_with_the_known_ones():
    with pytest.raises(ConfigurationError, match="stall_after_first") as raised:
        Behaviour(fault="gremlins").check()
    assert all(name in str(raised.value) for name in faults.FAULTS)
