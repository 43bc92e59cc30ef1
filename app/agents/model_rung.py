"""The rung of one model: its specialist's prompt, the passages and the question, streamed back as text."""

import math
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, Literal, cast

from app.agents import messages
from app.agents.led import led
from app.agents.rung import Assignment, Draft, seconds_left
from app.agents.withheld import Withheld
from app.errors import ProviderError
from app.retrieval import prices
from app.retrieval.calls import Call
from app.retrieval.openai_provider import Delta, OpenAIProvider, Usage

GAP_SECONDS = 15.0
# For the withheld sentences, asked for once more at the end: the student is reading by then, but is not done waiting.
AGAIN_SECONDS = 8.0
AGAIN_TOKENS = 400


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
        asked = messages.build(
            assignment.prompt, assignment.question, assignment.passages, assignment.history, brief=assignment.brief
        )
        text = self._text(assignment, asked, assignment.max_tokens, self._first_token)
        return Draft(led(assignment.lead, text), again=partial(self._again, assignment, asked))

    async def _again(
        self, assignment: Assignment, asked: Sequence[messages.Message], shown: str, withheld: Sequence[Withheld]
    ) -> AsyncGenerator[str, None]:
        """The withheld sentences, asked for once more with the reasons; nothing when the time is nearly up."""
        if seconds_left(assignment) < AGAIN_SECONDS:
            return
        more = messages.again(asked, shown, withheld)
        text = self._text(assignment, more, AGAIN_TOKENS, min(self._first_token, AGAIN_SECONDS), AGAIN_SECONDS)
        async with aclosing(text) as pieces:
            async for piece in pieces:
                yield piece

    async def _text(
        self,
        assignment: Assignment,
        asked: list[messages.Message],
        max_tokens: int,
        first_token: float,
        longest: float = math.inf,
    ) -> AsyncGenerator[str, None]:
        began, said = time.monotonic(), 0
        usage: Usage | None = None
        # What stays if the reader hangs up: the student's stop, or a cancelled task.
        outcome = "stopped"
        stream = self._provider.stream(
            cast("Any", asked),
            self.model,
            max_tokens=max_tokens,
            first_token=first_token,
            gap=self._gap,
            whole=min(seconds_left(assignment), longest),
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
