"""Plain answers, through the real openai client."""

import asyncio
import time

import openai

from app.simulator.reply import tokens_in

SENTENCE = (
    "(1) No person shall be eligible for election as President unless he— (a) is a citizen of India, (b) has completed "
    "the age of thirty-five years, and (c) is qualified for election as a member of the House of the People"
)


async def _stream(
    client: openai.AsyncOpenAI, prompt: str, **options: object
) -> list[openai.types.chat.ChatCompletionChunk]:
    stream = await client.chat.completions.create(
        model="gpt-4.1", messages=[{"role": "user", "content": prompt}], stream=True, **options
    )
    return [chunk async for chunk in stream]


async def _answer(client: openai.AsyncOpenAI, prompt: str, **options: object) -> openai.types.chat.ChatCompletion:
    return await client.chat.completions.create(
        model="gpt-4.1", messages=[{"role": "user", "content": prompt}], **options
    )


async def test_a_stream_begins_with_the_role_and_ends_with_the_reason_and_the_usage(client, passages):
    chunks = await _stream(client, passages, stream_options={"include_usage": True})
    *body, last, usage = chunks
    assert body[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in (*body, last)] == [None] * len(body) + ["stop"]
    assert usage.choices == []
    assert usage.usage.total_tokens == usage.usage.prompt_tokens + usage.usage.completion_tokens
    assert usage.usage.prompt_tokens == tokens_in(passages)
    assert usage.usage.completion_tokens == len(body) - 1


async def test_without_being_asked_a_stream_has_no_usage(client, passages):
    assert all(chunk.usage is None for chunk in await _stream(client, passages))


async def test_streamed_or_whole_the_answer_and_its_usage_are_the_same(client, passages):
    chunks = await _stream(client, passages, stream_options={"include_usage": True})
    whole = await _answer(client, passages)
    streamed = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert (streamed, chunks[-1].usage) == (whole.choices[0].message.content, whole.usage)


async def test_the_answer_quotes_the_best_sentence_and_cites_its_passage(client, passages):
    answer = await _answer(client, passages)
    assert answer.choices[0].message.content.startswith(SENTENCE + " [1].")


async def test_the_token_limit_cuts_the_answer_and_says_so(client, passages):
    answer = await _answer(client, passages, max_completion_tokens=4)
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("(1) No", "length")


async def test_content_in_parts_is_read_like_a_string(client, passages):
    parts = [{"type": "text", "text": passages}]
    answer = await client.chat.completions.create(model="gpt-4.1", messages=[{"role": "user", "content": parts}])
    assert answer.choices[0].message.content.startswith(SENTENCE)


async def test_the_first_token_and_the_rate_are_as_set(provider, client, passages):
    provider.behaviour.first_token_ms, provider.behaviour.tokens_per_second = 120, 200
    began = time.monotonic()
    stream = await client.chat.completions.create(
        model="gpt-4.1", messages=[{"role": "user", "content": passages}], stream=True
    )
    times = [time.monotonic() - began async for _chunk in stream]
    assert times[0] >= 0.12
    # From the call on: the first chunk may be late on a busy machine, those after it are not for that.
    assert times[-1] >= 0.12 + (len(times) - 4) / 200


async def test_every_call_is_recorded_with_its_model_and_request(provider, client, passages):
    await _answer(client, passages)
    await _stream(client, passages)
    calls = provider.behaviour.asked("chat", "gpt-4.1")
    assert [(call.streamed, call.fault, call.client_left) for call in calls] == [
        (False, None, False),
        (True, None, False),
    ]
    assert provider.behaviour.requests[0]["messages"][0]["content"] == passages


async def test_a_client_that_leaves_mid_answer_is_noticed(provider, client, passages):
    provider.behaviour.tokens_per_second = 20
    stream = await client.chat.completions.create(
        model="gpt-4.1", messages=[{"role": "user", "content": passages}], stream=True
    )
    await anext(aiter(stream))
    await stream.close()
    await asyncio.to_thread(provider.behaviour.wait_idle, 2)
    assert provider.behaviour.calls[0].client_left


async def test_models_are_listed(client):
    assert "gpt-4.1" in [model.id async for model in client.models.list()]
