"""GPTCache over sqlite and a flat faiss index, as its documentation sets it up. Runs under .venv-peers only."""

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from evals.bench.child import answer, messages

_BATCH = 1_000


async def main() -> None:
    """`{"folder", "answer"}`, then each `{"ask", "report"}` is answered with the seconds of each and the hits.

    `stored.json`, `asked.json` (texts) and `vectors.npy` (of the stored, then of the asked) are in `folder`.
    """
    told = messages()
    setup = await anext(told)
    # It leaves files where it runs.
    os.chdir(setup["folder"])
    stored, asked = _texts("stored"), _texts("asked")
    caches = _caches(stored, asked, np.load("vectors.npy"), setup["answer"])
    answer({"entries": len(stored)})
    from gptcache.adapter.api import get

    async for message in told:
        answer(_ask(get, caches[message["report"]], [asked[place] for place in message["ask"]]))


def _texts(name: str) -> list[str]:
    texts: list[str] = json.loads(Path(f"{name}.json").read_text())
    return texts


def _caches(stored: list[str], asked: list[str], vectors: Any, text: str) -> dict[bool, Any]:
    """One store and two caches over it: with a row of statistics for each hit, which is its default, and without."""
    from gptcache import Cache, Config
    from gptcache.manager import CacheBase, VectorBase, get_data_manager
    from gptcache.processor.pre import get_prompt
    from gptcache.similarity_evaluation import SearchDistanceEvaluation

    known = dict(zip([*stored, *asked], vectors, strict=True))
    # By default the oldest of over a thousand entries go.
    data = get_data_manager(
        CacheBase("sqlite", sql_url="sqlite:///./cache.db"),
        VectorBase("faiss", dimension=vectors.shape[1], index_path="./faiss.index"),
        max_size=10 * len(stored),
    )
    for start in range(0, len(stored), _BATCH):
        batch = stored[start : start + _BATCH]
        data.import_data(batch, [text] * len(batch), [known[one] for one in batch], [None] * len(batch))
    data.flush()
    caches = {}
    for report in (True, False):
        caches[report] = Cache()
        caches[report].init(
            pre_embedding_func=get_prompt,
            embedding_func=lambda one, **_: known[one],
            data_manager=data,
            similarity_evaluation=SearchDistanceEvaluation(),
            # Its counter of tokens asks the network for a vocabulary.
            config=Config(disable_report=not report, enable_token_counter=False),
        )
    return caches


def _ask(get: Any, cache: Any, questions: list[str]) -> dict[str, Any]:
    seconds, hits = [], 0
    for question in questions:
        began = time.perf_counter()
        found = get(question, cache_obj=cache)
        seconds.append(time.perf_counter() - began)
        hits += found is not None
    return {"seconds": seconds, "hits": hits}


if __name__ == "__main__":
    asyncio.run(main())
