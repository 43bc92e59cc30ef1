"""A chat turn over the test's own database, without a model, and what it says to a question."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from app.agents.ask import Ask
from app.agents.embedded_router import EmbeddedRouter
from app.agents.events import Finished
from app.agents.exchange import Exchange
from app.agents.extractive import ExtractiveRung
from app.agents.inert import InertRows
from app.agents.rung import Rung
from app.agents.specialists.library import Library
from app.agents.supervisor import Domains
from app.agents.turn import ChatTurn
from app.db import engine, search
from app.retrieval.calls import CallLog
from app.retrieval.embedder import EmbeddedEmbedder, Embedders
from app.retrieval.past_questions import PastQuestions
from app.retrieval.reranker import FusedOrder
from app.retrieval.retriever import Retriever
from app.retrieval.stored_answers import StoredAnswers


@dataclass(frozen=True)
class Told:
    """The end of a turn."""

    end: Finished

    @property
    def text(self) -> str:
        """What the student reads."""
        return self.end.answer.text


async def build(pool: engine.Pool, embedder: EmbeddedEmbedder, rungs: Sequence[Rung] = (ExtractiveRung(),)) -> ChatTurn:
    """The turn as a worker without keys opens it."""
    domains = cast("Domains", await search.domains_by_intent(pool))
    embedders = Embedders([embedder])
    return ChatTurn(
        router=await EmbeddedRouter.build(embedder, domains),
        library=Library(Retriever(pool, embedders), FusedOrder(), InertRows(PastQuestions(pool, embedders))),
        rungs=rungs,
        lookup=StoredAnswers(pool, embedder, "tests", 0.92),
        domains=domains,
    )


async def ask(turn: ChatTurn, question: str, *history: Exchange) -> Told:
    """Everything to the end."""
    alone = Ask.alone(question)
    asked = Ask(
        alone.task_id,
        alone.question,
        alone.normalised,
        alone.fact_keys,
        alone.language,
        history,
        alone.accepted_at,
        CallLog(),
    )
    events = [event async for event in turn.run(asked)]
    end = events[-1]
    assert isinstance(end, Finished)
    return Told(end)
