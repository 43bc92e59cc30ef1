"""The rung of one model: its specialist's prompt, the passages and the question, streamed back as text."""

import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, Literal, cast

from app.agents import messages
from app.agents.led import led
from app.agents.rung import Assignment, Draft, seconds_left
from app.agents.withheld import Withheld
from app.db.providers import Planned
from app.retrieval import prices
from app.retrieval.openai_provider import Delta, OpenAIProvider, Usage
from app.retrieval.permits import Permits, planned_tokens

GAP_SECONDS = 15.0
# For the withheld sentences, asked for once more at the end: the student is reading by then, but is not done waiting.
AGAIN_SECONDS = 8.0
AGAIN_TOKENS = 400


class ModelRung:
    """Asks one model of the provider. Leave is asked for each call, and each is noted in the assignment's log."""

    def __init__(
        self,
        tier: Literal["primary", "secondary"],
        model: str,
        provider: OpenAIProvider,
        first_token: float,
        gap: float = GAP_SECONDS,
        permits: Permits | None = None,
    ) -> None:
        self.tier = tier
        self.model = model
        self._provider = provider
        self._first_token = first_token
        self._gap = gap
        self._permits = permits or Permits()

    async def open(self, assignment: Assignment) -> Draft:
        """The model's answer; the call begins when its text is first asked for."""
        asked = messages.build(
            assignment.prompt, assignment.question, assignment.passages, assignment.history, brief=assignment.brief
        )
        planned = self._planned(asked, assignment.max_tokens, answer=True)
        text = self._text(assignment, asked, planned, self._first_token)
        return Draft(led(assignment.lead, text), again=partial(self._again, assignment, asked))

    async def _again(
        self, assignment: Assignment, asked: Sequence[messages.Message], shown: str, withheld: Sequence[Withheld]
    ) -> AsyncGenerator[str, None]:
        """The withheld sentences, asked for once more with the reasons; nothing when the time is nearly up."""
        if seconds_left(assignment) < AGAIN_SECONDS:
            return
        more = messages.again(asked, shown, withheld)
        planned = self._planned(more, AGAIN_TOKENS, answer=False)
        text = self._text(assignment, more, planned, min(self._first_token, AGAIN_SECONDS), AGAIN_SECONDS)
        async with aclosing(text) as pieces:
            async for piece in pieces:
                yield piece

    def _planned(self, asked: Sequence[messages.Message], max_tokens: int, *, answer: bool) -> Planned:
        tokens_in = sum(planned_tokens(message["content"]) for message in asked)
        money = prices.most(self.model, tokens_in, max_tokens)
        return Planned("openai", self.model, tokens_in, max_tokens, money, answer)

    async def _text(
        self,
        assignment: Assignment,
        asked: list[messages.Message],
        planned: Planned,
        first_token: float,
        longest: float = math.inf,
    ) -> AsyncGenerator[str, None]:
        whole = min(seconds_left(assignment), longest)
        said, usage = 0, None
        async with self._permits.call("answer", planned, assignment.log) as meter:
            stream = self._provider.stream(
                cast("Any", asked),
                self.model,
                max_tokens=planned.tokens_out,
                first_token=first_token,
                gap=self._gap,
                whole=whole,
            )
            try:
                async with aclosing(cast("AsyncGenerator[Delta | Usage, None]", stream)) as parts:
                    async for part in parts:
                        if isinstance(part, Usage):
                            usage = part
                        else:
                            said += len(part.text)
                            yield part.text
            finally:
                used = usage or _estimate(asked, said)
                meter.tokens_in, meter.tokens_out = used.tokens_in, used.tokens_out
                meter.cost = prices.cost(self.model, used.tokens_in, used.tokens_out)


def _estimate(asked: list[messages.Message], said: int) -> Usage:
    # A provider that began to answer has read the prompt and will charge for it; one that did not, has not.
    if not said:
        return Usage(0, 0)
    read = sum(len(message["content"]) for message in asked)
    return Usage(messages.estimated_tokens(read), messages.estimated_tokens(said))
