"""The seam to Cohere: reorders the fused passages by how well each answers the question.

The only module that imports `cohere`. A late or broken reranker costs order, never the answer.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import cohere
import httpx
from cohere.core import ApiError
from pydantic import ValidationError

from app.db.providers import Planned
from app.errors import CallRefused, ProviderError, ProviderGarbage, ProviderTimeout
from app.retrieval import prices
from app.retrieval.calls import CallLog
from app.retrieval.passage import Passage
from app.retrieval.permits import Permits
from app.retrieval.statuses import meaning
from app.telemetry import get_logger

SECONDS = 1.5


class Reranker(Protocol):
    """What puts the fused passages into their last order."""

    async def rerank(self, question: str, passages: Sequence[Passage], log: CallLog) -> tuple[Passage, ...]:
        """The same passages, best first."""
        ...


class FusedOrder:
    """No reranker: the fused order stands."""

    async def rerank(self, question: str, passages: Sequence[Passage], log: CallLog) -> tuple[Passage, ...]:
        """The passages as they came."""
        del question, log
        return tuple(passages)


class CohereReranker:
    """Cohere's rerank v2 with 1.5 seconds and no retries; the fused order when it fails or is late."""

    def __init__(self, api_key: str, base_url: str, model: str, permits: Permits | None = None) -> None:
        self._http = httpx.AsyncClient(timeout=SECONDS)
        # A client of our own, because the SDK's cannot be closed; one thread, because it only starts it.
        self._client = cohere.AsyncClientV2(api_key, base_url=base_url, max_retries=0, httpx_client=self._http)
        self._model = model
        self._permits = permits or Permits()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def rerank(self, question: str, passages: Sequence[Passage], log: CallLog) -> tuple[Passage, ...]:
        """See `Reranker`. Passages that the question names by number stay in front."""
        if len(passages) < 2:
            return tuple(passages)
        order: Sequence[int] = range(len(passages))
        planned = Planned("cohere", self._model, 0, 0, prices.most_search(self._model))
        try:
            async with self._permits.call("rerank", planned, log) as meter:
                try:
                    with _translated():
                        order = await self._order(question, passages)
                    meter.cost = prices.search_cost(self._model)
                except ProviderTimeout:
                    # One that is late may well be charged; one that was refused is not.
                    meter.cost = prices.search_cost(self._model)
                    raise
        except CallRefused as error:
            get_logger(__name__).info("rerank.skipped", code=error.code)
        except ProviderError as error:
            get_logger(__name__).warning("rerank.failed", code=error.code)
        return tuple(sorted((passages[row] for row in order), key=lambda passage: not passage.structured))

    async def _order(self, question: str, passages: Sequence[Passage]) -> list[int]:
        documents = [f"{passage.header}\n{passage.text}" for passage in passages]
        async with asyncio.timeout(SECONDS):
            reply = await self._client.rerank(
                model=self._model,
                query=question,
                documents=documents,
                request_options={"max_retries": 0, "timeout": SECONDS},
            )
        order = [result.index for result in reply.results]
        if len(set(order)) != len(order) or not all(0 <= row < len(passages) for row in order):
            raise ValueError("the reranker named passages that it was not given")
        # What it leaves out keeps its place behind.
        return order + [row for row in range(len(passages)) if row not in set(order)]


@contextmanager
def _translated() -> Iterator[None]:
    """The vendor's errors as ours."""
    try:
        yield
    except (TimeoutError, httpx.TimeoutException) as error:
        raise ProviderTimeout from error
    except ApiError as error:
        raise meaning(error.status_code, error.headers or {}) from error
    except httpx.HTTPError as error:
        raise ProviderError(f"the connection to the provider failed: {type(error).__name__}") from error
    except (ValidationError, ValueError, TypeError, AttributeError) as error:
        raise ProviderGarbage from error
