"""Sentences beside a question: their cosines, remembered or not."""

import asyncio

import pytest

from app.retrieval.embedder import EmbeddedEmbedder
from app.retrieval.meaning import Meaning

RAIN = "The south-west monsoon brings rain between June and September."
RATE = "The Reserve Bank sets the repo rate."


async def test_a_remembered_sentence_is_as_near_as_one_that_is_new(embedder: EmbeddedEmbedder) -> None:
    meant = Meaning(embedder)
    first = await meant.near("When does it rain?", [RAIN, RATE])
    again = await meant.near("When does it rain?", [RATE, RAIN])

    assert [again(text) for text in (RAIN, RATE)] == [first(text) for text in (RAIN, RATE)]
    assert first(RAIN) > first(RATE) > 0
    assert first("Never given.") == 0


async def test_a_sentence_that_others_push_out_of_the_memory_meanwhile_is_still_compared(
    embedder: EmbeddedEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.retrieval.embedder.REMEMBERED", 1)
    meant = Meaning(embedder)
    expected = (await meant.near("When does it rain?", [RAIN]))(RAIN)
    # The first waits for its new question while the second fills the memory.
    mine, _ = await asyncio.gather(
        meant.near("Tell me when it rains.", [RAIN]), meant.near("When does it rain?", [RATE, "Third.", "Fourth."])
    )

    assert mine(RAIN) == pytest.approx(expected, abs=0.2)
    assert mine(RAIN) > 0
