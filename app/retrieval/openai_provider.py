"""The seam to OpenAI and every server that speaks its protocol: streamed chat and embeddings.

The only module that imports `openai`. No retries here: the tiers above are the retry. Vendor errors become ours once.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from typing import Self

import httpx
import numpy as np
import openai
from openai.types.chat import ChatCompletionMessageParam

from app.errors import ProviderError, ProviderGarbage, ProviderRefused, ProviderTimeout
from app.retrieval.event_data import EventData
from app.retrieval.minilm import Vectors
from app.retrieval.statuses import meaning

CONNECT_SECONDS = 3.0
QUESTION_SECONDS = 2.0
# Four characters a token is near enough for a server that reports no usage.
_CHARACTERS_PER_TOKEN = 4
# After the event that ends a stream a server has nothing to wait for.
_LAST_BYTES_SECONDS = 0.02
_UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")
# Ours have four to five; a server that sends more than this for each token it was allowed does not heed its limit.
_MOST_CHARACTERS_PER_TOKEN = 12


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of the answer; never empty, never with NUL or half a character."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """The last item of a stream. Estimated from the lengths where the server reports none."""

    tokens_in: int
    tokens_out: int


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds: from the call to the first words, between two pieces, and for the whole answer."""

    first_token: float
    gap: float
    whole: float


class OpenAIProvider:
    """One provider: a base URL and a key. `client` is also what instructor is built on."""

    def __init__(self, api_key: str, base_url: str) -> None:
        self.client = openai.AsyncOpenAI(
            api_key=api_key,
            base_url=base_url,
            max_retries=0,
            timeout=openai.Timeout(60, connect=CONNECT_SECONDS),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self.client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def embed(
        self, texts: Sequence[str], model: str, *, dimensions: int, seconds: float = QUESTION_SECONDS
    ) -> tuple[Vectors, int]:
        """Vectors (n, dimensions) in the order of `texts`, and the tokens they cost.

        Raises:
            ProviderError: or one of its kinds; ProviderGarbage when the vectors are not what was asked for.
        """
        with translated():
            async with asyncio.timeout(seconds):
                reply = await self.client.embeddings.create(model=model, input=list(texts))
            rows = [row.embedding for row in sorted(reply.data or [], key=lambda row: row.index)]
            vectors = np.array(rows, np.float32)
            tokens = _counted(reply.usage.prompt_tokens) if reply.usage else None
        if vectors.shape != (len(texts), dimensions) or not np.isfinite(vectors).all():
            raise ProviderGarbage(f"{model} sent vectors of shape {vectors.shape}, not {(len(texts), dimensions)}")
        return vectors, tokens or 0

    async def stream(
        self,
        messages: Sequence[ChatCompletionMessageParam],
        model: str,
        *,
        max_tokens: int,
        first_token: float,
        gap: float,
        whole: float,
    ) -> AsyncIterator[Delta | Usage]:
        """The answer piece by piece, then its usage. Close the iterator to hang up.

        Only waiting for the provider counts against `gap`; `first_token` and `whole` count from the call.

        Raises:
            ProviderTimeout: a deadline passed.
            ProviderBusy: too many requests; `retry_after` in seconds where the provider says so.
            ProviderGarbage: an empty answer, one without end, or no valid reply.
            ProviderRefused: this request is not taken; another one would be.
            ProviderError: anything else, a connection lost in the middle included.
        """
        answer = _Answer(messages, max_tokens)
        deadlines = Deadlines(first_token, gap, whole)
        async with aclosing(self._texts(messages, model, max_tokens, deadlines, answer)) as texts:
            async for text in texts:
                yield Delta(text)
        yield answer.usage()

    async def _texts(
        self,
        messages: Sequence[ChatCompletionMessageParam],
        model: str,
        max_tokens: int,
        deadlines: Deadlines,
        answer: "_Answer",
    ) -> AsyncGenerator[str, None]:
        """What each read from the network brought. The SDK asks and connects; its models of every event are left out,
        which took half of the time that a worker spends on a stream."""
        now = asyncio.get_running_loop().time
        end = now() + deadlines.whole
        first = min(now() + deadlines.first_token, end)
        with translated():
            async with asyncio.timeout_at(first):
                reply = await self.client.chat.completions.with_raw_response.create(
                    model=model,
                    messages=list(messages),
                    max_completion_tokens=max_tokens,
                    stream=True,
                    stream_options={"include_usage": True},
                    # All waiting is timed here; a second clock for each read would only cost.
                    timeout=openai.Timeout(None, connect=CONNECT_SECONDS),
                )
        response, events = reply.http_response, EventData()
        reads = response.aiter_bytes()
        try:
            while not answer.ended:
                # The timeout is around one wait, never around a yield: it must not run while the reader works.
                with translated():
                    async with asyncio.timeout_at(min(now() + deadlines.gap, end) if answer.begun else first):
                        received = await anext(reads, None)
                    if received is None:
                        return
                    text = "".join([answer.take(event) for event in events.feed(received)])
                if text:
                    yield text
            await _read_out(reads)
        finally:
            await response.aclose()


async def _read_out(reads: AsyncIterator[bytes]) -> None:
    """Read what ends the reply after its last event, so that its connection serves the next one."""
    with suppress(TimeoutError, openai.OpenAIError, httpx.HTTPError, httpx.StreamError):
        async with asyncio.timeout(_LAST_BYTES_SECONDS):
            async for _ in reads:
                pass


class _Answer:
    """Collects what a stream says about itself: whether it began and ended, its usage, half of a surrogate pair."""

    def __init__(self, messages: Sequence[ChatCompletionMessageParam], max_tokens: int) -> None:
        self._asked = sum(len(str(message.get("content"))) for message in messages)
        self._most = max_tokens * _MOST_CHARACTERS_PER_TOKEN
        self._told = 0
        self.ended = False
        self._finished = False
        self._filtered = False
        self._half = ""
        self._usage: Usage | None = None

    @property
    def begun(self) -> bool:
        """Whether words have come."""
        return self._told > 0

    def take(self, event: bytes) -> str:
        """The text of one event's data, "" for those that carry none.

        Raises:
            ProviderError: the provider says that it has failed.
            ProviderGarbage: the answer goes on long after it should have ended.
            ValueError, TypeError, AttributeError, KeyError: it is no event of the protocol.
        """
        if self.ended or event.startswith(b"[DONE]"):
            self.ended = True
            return ""
        chunk = json.loads(event)
        if chunk.get("error"):
            raise ProviderError("the provider sent an error in its stream")
        if (usage := chunk.get("usage")) is not None:
            told = _counted(usage.get("prompt_tokens")), _counted(usage.get("completion_tokens"))
            self._usage = None if told[0] is None or told[1] is None else Usage(told[0], told[1])
        choices = chunk.get("choices")
        if not choices:
            return ""
        choice = choices[0]
        reason, delta = choice.get("finish_reason"), choice.get("delta")
        self._finished = self._finished or reason is not None
        self._filtered = self._filtered or reason == "content_filter"
        text = self._whole_characters((delta.get("content") or "") if delta else "")
        self._told += len(text)
        if self._told > self._most:
            raise ProviderGarbage("the provider does not stop")
        return text

    def usage(self) -> Usage:
        """What the finished answer used.

        Raises:
            ProviderError: the connection ended before the answer did.
            ProviderGarbage: it ended without a word.
            ProviderRefused: it was filtered to nothing.
        """
        if not self._finished:
            raise ProviderError("the provider's stream broke off")
        if not self.begun and self._filtered:
            raise ProviderRefused("the provider filtered its answer")
        if not self.begun:
            raise ProviderGarbage("the provider sent an empty answer")
        estimate = Usage(self._asked // _CHARACTERS_PER_TOKEN, self._told // _CHARACTERS_PER_TOKEN)
        return self._usage or estimate

    def _whole_characters(self, text: str) -> str:
        # Some servers cut between the two halves of a surrogate pair; a half that stays alone is dropped, as are the
        # control characters that PostgreSQL and JSON readers choke on.
        text = self._half + text
        if not _UNSTORABLE.search(text):
            self._half = ""
            return text
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        text = text.removesuffix(self._half).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
        return "".join(character for character in text if character >= " " or character in "\n\t")


@contextmanager
def translated() -> Iterator[None]:
    """Vendor errors as ours. Messages carry no text of the provider: it may quote the prompt or the key."""
    try:
        yield
    except (openai.APITimeoutError, TimeoutError) as error:
        raise ProviderTimeout from error
    except openai.APIStatusError as error:
        raise meaning(error.status_code, error.response.headers) from error
    except (openai.APIResponseValidationError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ProviderGarbage from error
    except (AttributeError, TypeError, KeyError, ValueError) as error:
        # The SDK hands on a reply that is not of the protocol without checking its shape.
        raise ProviderGarbage from error
    except (openai.OpenAIError, httpx.HTTPError, httpx.StreamError) as error:
        raise ProviderError(f"the connection to the provider failed: {type(error).__name__}") from error


def _counted(value: object) -> int | None:
    """A count of tokens; None for what is none: the SDK checks no types."""
    return value if type(value) is int and value >= 0 else None
