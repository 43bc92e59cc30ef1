"""The rung of one model: its specialist's prompt, the passages and the question, streamed back as text."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Literal, cast

from app.agents import messages
from app.agents.answer import Intent
from app.agents.rung import Assignment, Draft, seconds_left
from app.errors import ProviderError
from app.retrieval import prices
from app.retrieval.calls import Call
from app.retrieval.openai_provider import Delta, OpenAIProvider, Usage

GAP_SECONDS = 15.0
MAX_TOKENS: dict[Intent, int] = {"factual": 900, "pyq": 900, "essay": 1_800, "current_affairs": 900}


class ModelRung:
    """Asks one model of the provider. Every call is noted in the assignment's log, whatever became of it."""

    def __init__(
        self,
        tier: Literal["primary", "secondary"],
        model: str,
        provider: OpenAIProvider,
        first_token: float,
        gap: float = GAP_SECONDS,
    ) -> None:
        self.tier = tier
        self.model = model
        self._provider = provider
        self._first_token = first_token
        self._gap = gap

    async def open(self, assignment: Assignment) -> Draft:
        """The model's answer; the call begins when its text is first asked for."""
        return Draft(self._text(assignment))

    async def _text(self, assignment: Assignment) -> AsyncGenerator[str, None]:
        asked = messages.build(assignment.prompt, assignment.question, assignment.passages, assignment.history)
        began, said = time.monotonic(), 0
        usage: Usage | None = None
        # What stays if the reader hangs up: the student's stop, or a cancelled task.
        outcome = "stopped"
        stream = self._provider.stream(
            cast("Any", asked),
            self.model,
            max_tokens=MAX_TOKENS[assignment.intent],
            first_token=self._first_token,
            gap=self._gap,
            whole=seconds_left(assignment),
        )
        try:
            async with aclosing(cast("AsyncGenerator[Delta | Usage, None]", stream)) as parts:
                async for part in parts:
                    if isinstance(part, Usage):
                        usage = part
                    else:
                        said += len(part.text)
                        yield part.text
            outcome = "ok"
        except ProviderError as error:
            outcome = error.code
            raise
        finally:
            used = usage or _estimate(asked, said)
            cost = prices.cost(self.model, used.tokens_in, used.tokens_out)
            ms = round((time.monotonic() - began) * 1000)
            assignment.log.add(Call("answer", self.model, used.tokens_in, used.tokens_out, cost, ms, outcome))


def _estimate(asked: list[messages.Message], said: int) -> Usage:
    # A provider that began to answer has read the prompt and will charge for it; one that did not, has not.
    if not said:
        return Usage(0, 0)
    read = sum(len(message["content"]) for message in asked)
    return Usage(messages.estimated_tokens(read), messages.estimated_tokens(said))
