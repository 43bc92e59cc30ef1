"""Texts to vectors for one model, off the event loop, many callers at once."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

import numpy as np

from app.errors import ConfigurationError, ProviderError
from app.retrieval.calls import Call, CallLog
from app.retrieval.minilm import MiniLM, Vectors
from app.telemetry import get_logger

# Texts in one run of the model: a question that comes while a large text list is being embedded waits for one run.
RUN_TEXTS = 32
# Vectors of 1.5 kB: 40 MB with their texts. What is quoted is quoted again and again, and a question asked: all
# sentences of 700 passages, and of a larger content those that students ask about.
REMEMBERED = 20_000
_NO_EMBEDDER = "no embedder for the model "


class Embedder(Protocol):
    """What the retriever, the cache and ingestion embed with. `name` is the model's name in `catalog.namespaces`."""

    name: str
    dimensions: int

    async def embed(self, texts: Sequence[str], log: CallLog | None = None) -> Vectors:
        """Vectors (n, dimensions) in the order of `texts`; the call is noted in `log`.

        Raises:
            ProviderError: the model's provider failed or was late.
        """
        ...


@dataclass(eq=False, slots=True)
class _Request:
    """Distinct texts that wait for the model, and what was found of them. `started` counts those in a run or past it.

    `callers` counts who waits for it: the one that asked, and others that need some of its texts as well.
    """

    texts: Sequence[str]
    done: asyncio.Future[None]
    started: int = 0
    callers: int = 0
    found: dict[str, Vectors] = field(default_factory=dict)


class EmbeddedEmbedder:
    """MiniLM in one thread of its own. Whatever waits while a run is busy goes together in the next one.

    A batch gives each text the vector it has alone, so answers and cache hits do not depend on who else is asking.
    """

    name = MiniLM.name
    dimensions = MiniLM.dimensions

    def __init__(self, model: MiniLM) -> None:
        self.model = model
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embed")
        self._waiting: deque[_Request] = deque()
        self._coming: dict[str, _Request] = {}
        self._runner: asyncio.Task[None] | None = None
        self._remembered: OrderedDict[str, Vectors] = OrderedDict()

    async def embed(self, texts: Sequence[str], log: CallLog | None = None) -> Vectors:
        """See `Embedder`. A text that is remembered, or on its way for another caller, is not computed again."""
        began = time.monotonic()
        # Before the first wait, in which others may push them out of the memory.
        known = {text: self._recall(text) for text in texts if text in self._remembered}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        fresh = [text for text in missing if text not in self._coming]
        if fresh:
            self._begin(fresh)
        for request in await self._arrived({self._coming[text] for text in missing}):
            known |= request.found
        if log is not None and fresh:
            ms = round((time.monotonic() - began) * 1000)
            tokens = sum(self.model.count(text) for text in fresh)
            log.add(Call("embed", self.name, tokens, 0, Decimal(0), ms, "ok"))
        return np.array([known[text] for text in texts], np.float32).reshape(len(texts), self.dimensions)

    def close(self) -> None:
        """Let the thread go; a run under way ends first."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _recall(self, text: str) -> Vectors:
        self._remembered.move_to_end(text)
        return self._remembered[text]

    def _begin(self, texts: Sequence[str]) -> None:
        request = _Request(texts, asyncio.get_running_loop().create_future())
        self._coming |= dict.fromkeys(texts, request)
        self._waiting.append(request)
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run_all())

    async def _arrived(self, requests: Collection[_Request]) -> Collection[_Request]:
        """The same requests when all are done; one whose last caller leaves before that is given up."""
        for request in requests:
            request.callers += 1
        try:
            if requests:
                await asyncio.wait([request.done for request in requests])
        finally:
            for request in requests:
                request.callers -= 1
                if not request.callers:
                    request.done.cancel()
                    for text in request.texts:
                        self._coming.pop(text, None)
        errors = [error for request in requests if (error := request.done.exception())]
        if errors:
            raise errors[0]
        return requests

    async def _run_all(self) -> None:
        loop = asyncio.get_running_loop()
        while batch := self._next_run():
            texts = [request.texts[row] for request, row in batch]
            run = loop.run_in_executor(self._thread, self.model.embed_now, texts)
            await asyncio.wait([run])
            error = run.exception()
            if error is None:
                self._hand_out(batch, run.result())
            else:
                _fail(batch, error)

    def _next_run(self) -> list[tuple[_Request, int]]:
        # The caller may have gone (a stop, a timeout). Small requests first: they are questions, people wait for them.
        waiting = sorted((r for r in self._waiting if not r.done.done()), key=lambda r: len(r.texts) - r.started)
        batch: list[tuple[_Request, int]] = []
        for request in waiting:
            take = min(RUN_TEXTS - len(batch), len(request.texts) - request.started)
            batch += [(request, row) for row in range(request.started, request.started + take)]
            request.started += take
        self._waiting = deque(r for r in self._waiting if not r.done.done() and r.started < len(r.texts))
        return batch

    def _hand_out(self, batch: Sequence[tuple[_Request, int]], vectors: Vectors) -> None:
        for (request, row), vector in zip(batch, vectors, strict=True):
            # A copy: a row of the run's vectors would keep all of them.
            text, own = request.texts[row], vector.copy()
            request.found[text] = self._remembered[text] = own
            if len(request.found) == len(request.texts) and not request.done.done():
                request.done.set_result(None)
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)


def _fail(batch: Sequence[tuple[_Request, int]], error: BaseException) -> None:
    for request in {id(request): request for request, _ in batch}.values():
        if not request.done.done():
            request.done.set_exception(ProviderError(f"the embedded model failed: {type(error).__name__}"))


def at_worker(trouble: str) -> str:
    """Why embedding fails, as the queue's worker has noted it, for somebody at another terminal, who may have the key.

    Whoever waits for the queue has found an embedder, here or in a worker, before anything was begun.
    """
    if not trouble.startswith(_NO_EMBEDDER):
        return trouble
    return f"the bulk worker has {trouble}; set it where the worker runs and start the worker again"


class Embedders:
    """Every embedder of this process by its model's name: a namespace says which one serves its domain."""

    def __init__(self, embedders: Sequence[Embedder]) -> None:
        self._by_name = {embedder.name: embedder for embedder in embedders}

    def __contains__(self, model: str) -> bool:
        return model in self._by_name

    def of(self, model: str) -> Embedder:
        """The embedder for a namespace's model.

        Raises:
            ConfigurationError: this process has none of that name, for want of a key for instance.
        """
        if model not in self._by_name:
            raise ConfigurationError(
                f"{_NO_EMBEDDER}{model!r}: its provider's key is not set (OPENAI_API_KEY, and OPENAI_BASE_URL where "
                "the provider is not OpenAI itself)"
            )
        return self._by_name[model]

    async def by_model(self, text: str, models: Iterable[str], log: CallLog | None) -> dict[str, list[float] | None]:
        """The vector of `text` by each of `models`, asked at the same time; None where an embedder failed."""
        names = sorted(set(models))
        return dict(zip(names, await asyncio.gather(*(self._vector(text, name, log) for name in names)), strict=True))

    async def _vector(self, text: str, model: str, log: CallLog | None) -> list[float] | None:
        try:
            row: list[float] = (await self.of(model).embed([text], log))[0].tolist()
        except (ProviderError, ConfigurationError) as error:
            # Also without the model's key: the content is still there to be found by its words.
            get_logger(__name__).warning("question.not_embedded", model=model, outcome=error.code)
            return None
        return row
