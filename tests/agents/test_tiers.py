import asyncio
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from agent_samples import DOMAINS, FIRST, MINIMUM_AGE, Shelf, ask, assignment, passage, shown
from simulated_provider import Simulated

from app.agents import closing, refusal, tiers
from app.agents.answer import Answer
from app.agents.cache_rung import CacheRung
from app.agents.citations import sources
from app.agents.events import Restarted, RouteChosen, SourcesFound, TextShown
from app.agents.extractive import ExtractiveRung
from app.agents.ladder import Ladder, Written
from app.agents.model_rung import ModelRung
from app.agents.rung import Assignment, Rung
from app.db.cache import CacheEntry
from app.errors import ConfigurationError
from app.settings import Settings

PRIMARY, SECONDARY = "gpt-4.1", "gpt-4.1-mini"


def _models(simulated: Simulated, *, first_token: float = 1.0, gap: float = 0.4) -> list[Rung]:
    return [
        ModelRung("primary", PRIMARY, simulated.provider, first_token, gap),
        ModelRung("secondary", SECONDARY, simulated.provider, first_token, gap),
    ]


def _asked(seconds: float = 20.0) -> Assignment:
    return assignment(asyncio.get_running_loop().time() + seconds)


async def _climb(rungs: Sequence[Rung], asked: Assignment) -> tuple[list[Any], Written]:
    events = [event async for event in Ladder(rungs).climb(asked)]
    end = events[-1]
    assert isinstance(end, Written)
    assert shown(events) == end.text
    return events, end


async def test_the_primary_answers_in_whole_cited_sentences(simulated: Simulated) -> None:
    asked = _asked()
    events, end = await _climb(_models(simulated), asked)
    assert (end.tier, end.model, end.fell) == ("primary", PRIMARY, False)
    assert "thirty-five years" in end.text
    assert "[1]" in end.text
    assert all(isinstance(event, TextShown) for event in events[:-1])
    assert [(call.node, call.model, call.outcome) for call in asked.log.calls] == [("answer", PRIMARY, "ok")]
    assert asked.log.calls[0].tokens_in > 50
    assert asked.log.calls[0].cost is not None


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("server_error", "provider"),
        ("rate_limited", "provider_busy"),
        ("unauthorized", "provider"),
        ("html_502", "provider"),
        ("reset", "provider"),
        ("empty", "provider_garbage"),
        ("stall", "provider_timeout"),
        ("headers_only", "provider_timeout"),
    ],
)
async def test_a_failure_before_the_first_word_falls_silently(simulated: Simulated, fault: str, outcome: str) -> None:
    simulated.behaviour.faults = {PRIMARY: fault}
    asked = _asked()
    events, end = await _climb(_models(simulated, first_token=0.5), asked)
    assert (end.tier, end.model, end.fell) == ("secondary", SECONDARY, True)
    assert not any(isinstance(event, Restarted) for event in events)
    assert [(call.model, call.outcome) for call in asked.log.calls] == [(PRIMARY, outcome), (SECONDARY, "ok")]


@pytest.mark.parametrize("fault", ["stall_after_first", "reset_mid_stream", "garbage", "truncated"])
async def test_a_failure_within_the_first_sentence_falls_silently(simulated: Simulated, fault: str) -> None:
    simulated.behaviour.faults = {PRIMARY: fault}
    asked = _asked()
    events, end = await _climb(_models(simulated), asked)
    assert (end.tier, end.fell) == ("secondary", True)
    assert not any(isinstance(event, Restarted) for event in events)
    assert [call.model for call in asked.log.calls] == [PRIMARY, SECONDARY]
    assert asked.log.calls[0].outcome.startswith("provider")


# Its first sentence is whole after three tokens (the provider takes both for one); the faults come after five.
BRIEF = passage("Presidents", "Presidents serve… The minimum age of a President is thirty-five.")


@pytest.mark.parametrize("fault", ["reset_mid_stream", "truncated"])
async def test_a_failure_after_shown_words_starts_over_with_route_and_sources(simulated: Simulated, fault: str) -> None:
    simulated.behaviour.faults = {PRIMARY: fault}
    asked = assignment(asyncio.get_running_loop().time() + 20, BRIEF, question="Presidents serve minimum age?")
    events, end = await _climb(_models(simulated), asked)
    at = next(i for i, event in enumerate(events) if isinstance(event, Restarted))
    assert shown(events[:at])
    assert events[at : at + 3] == [
        Restarted("primary_failed"),
        RouteChosen("factual", DOMAINS["factual"], 1.0),
        SourcesFound(asked.sources),
    ]
    assert (end.tier, end.fell) == ("secondary", True)
    assert asked.log.calls[0].outcome == "provider"
    assert asked.log.calls[0].tokens_out > 0


async def test_without_a_living_model_the_passages_are_quoted(simulated: Simulated) -> None:
    simulated.behaviour.fault = "server_error"
    asked = _asked()
    _, end = await _climb([*_models(simulated), CacheRung(Shelf().lookup), ExtractiveRung()], asked)
    assert (end.tier, end.model, end.fell) == ("extractive", None, True)
    assert "thirty-five years" in end.text


def _entry() -> CacheEntry:
    listed = sources([FIRST])
    ask_before = ask(MINIMUM_AGE)
    answer = closing.blank(ask_before, "factual", "primary").model_copy(update={"text": "Stored text. [1]"})
    return CacheEntry(uuid4(), {}, [one.model_dump(mode="json") for one in listed], answer.model_dump(mode="json"))


async def test_the_cache_answers_before_quotes_and_brings_its_own_sources(simulated: Simulated) -> None:
    simulated.behaviour.fault = "server_error"
    asked = _asked()
    shelf = Shelf(_entry(), asked.normalised)
    events, end = await _climb([*_models(simulated), CacheRung(shelf.lookup), ExtractiveRung()], asked)
    assert (end.tier, end.fell, end.text) == ("cache", True, "Stored text. [1]")
    assert isinstance(end.stored, Answer)
    assert SourcesFound(sources([FIRST])) in events


async def test_when_nobody_answers_it_says_so(simulated: Simulated) -> None:
    simulated.behaviour.fault = "server_error"
    _, end = await _climb(_models(simulated), _asked())
    assert (end.tier, end.model, end.fell, end.text) == ("none", None, True, refusal.unavailable("en"))


async def test_the_whole_answer_has_one_deadline_over_all_rungs(simulated: Simulated) -> None:
    simulated.behaviour.faults = {"chat": "stall"}
    asked = _asked(seconds=0.6)
    began = time.monotonic()
    _, end = await _climb(_models(simulated, first_token=30), asked)
    # Without it the two rungs would wait for a minute.
    assert time.monotonic() - began < 15
    assert end.tier == "none"
    assert len(asked.log.calls) == 1


async def test_a_reader_who_leaves_ends_the_call_and_leaves_a_record(simulated: Simulated) -> None:
    simulated.behaviour.tokens_per_second = 20
    asked = assignment(asyncio.get_running_loop().time() + 20, BRIEF, question="Presidents serve minimum age?")
    climb = Ladder(_models(simulated)).climb(asked)
    assert isinstance(await anext(climb), TextShown)
    await climb.aclose()
    assert [(call.model, call.outcome) for call in asked.log.calls] == [(PRIMARY, "stopped")]
    assert asked.log.calls[0].tokens_out > 0


def _settings(**environ: str) -> Settings:
    return Settings.from_env({"PRASHNA_JWT_SECRET": "x" * 32, **environ})


def test_without_a_key_the_only_rung_is_extractive() -> None:
    assert [rung.tier for rung in tiers.rungs(_settings().models, None, Shelf().lookup)] == ["extractive"]


def test_with_a_key_there_are_four_rungs(simulated: Simulated) -> None:
    models = _settings(OPENAI_API_KEY="unused", PRASHNA_MODEL_SECONDARY="small").models
    rungs = tiers.rungs(models, simulated.provider, Shelf().lookup)
    assert [rung.tier for rung in rungs] == ["primary", "secondary", "cache", "extractive"]
    assert [rung.model for rung in rungs] == ["gpt-4.1", "small", None, None]


def test_a_model_without_a_provider_is_a_mistake() -> None:
    with pytest.raises(ConfigurationError):
        tiers.rungs(_settings(OPENAI_API_KEY="unused").models, None, Shelf().lookup)
