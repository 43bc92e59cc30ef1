"""The seam to instructor: the supervisor's decision by a model, as a typed `Route`.

Whatever goes wrong (two seconds of silence, an error, something that is no route), the embedded router decides instead.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import instructor
from instructor.core.exceptions import InstructorError, InstructorRetryException

from app.agents import filters, messages, prompts
from app.agents.exchange import Exchange
from app.agents.supervisor import STANDALONE_CHARACTERS, Domains, Route, Router, known_domains
from app.db.providers import Planned
from app.errors import CallRefused, InvalidText, ProviderError, ProviderGarbage
from app.retrieval import prices
from app.retrieval.calls import CallLog
from app.retrieval.openai_provider import OpenAIProvider, translated
from app.retrieval.permits import Meter, Permits, planned_tokens
from app.retrieval.question import clean
from app.telemetry import get_logger

SECONDS = 2.0
MAX_TOKENS = 300

# Its log lines quote what the model said, and that quotes the student.
logging.getLogger("instructor").setLevel(logging.CRITICAL + 1)


class InstructorRouter:
    """Asks a model; falls back to `otherwise`. The call is noted in the log of the question, also when it failed."""

    def __init__(
        self,
        provider: OpenAIProvider,
        model: str,
        domains: Domains,
        otherwise: Router,
        permits: Permits | None = None,
    ) -> None:
        self._client = instructor.from_openai(provider.client, mode=instructor.Mode.TOOLS)
        self._model = model
        self._domains = domains
        self._otherwise = otherwise
        self._permits = permits or Permits()
        listed = "\n".join(f"- {intent}: {', '.join(names)}" for intent, names in domains.items())
        self._system = f"{prompts.load('route').text}\n\nThe domains of each intent:\n{listed}"

    async def route(self, question: str, history: Sequence[Exchange], log: CallLog) -> Route:
        """The model's route, with what it must not decide corrected.

        Domains that are not of the intent are dropped, and the first question of a session stays as it was asked.
        """
        decided = await self._ask(question, history, log)
        if decided is None:
            return await self._otherwise.route(question, history, log)
        standalone = _rewritten(decided, question) if history else question
        return decided.model_copy(
            update={
                "domains": known_domains(decided.intent, decided.domains, self._domains),
                "standalone_question": standalone,
                "filters": filters.checked(decided.filters, standalone),
            }
        )

    async def _ask(self, question: str, history: Sequence[Exchange], log: CallLog) -> Route | None:
        asked = self._messages(question, history)
        tokens = sum(planned_tokens(message["content"]) for message in asked)
        planned = Planned("openai", self._model, tokens, MAX_TOKENS, prices.most(self._model, tokens, MAX_TOKENS))
        try:
            async with self._permits.call("route", planned, log) as meter:
                with translated(), self._unwrapped(meter):
                    return await self._decided(asked, meter)
        except CallRefused as error:
            get_logger(__name__).info("route.not_asked", code=error.code)
        except ProviderError as error:
            get_logger(__name__).warning("route.fell_back", code=error.code)
        return None

    async def _decided(self, asked: list[Any], meter: Meter) -> Route:
        async with asyncio.timeout(SECONDS):
            decided, completion = await self._client.create_with_completion(
                model=self._model,
                messages=asked,
                response_model=Route,
                max_retries=0,
                max_tokens=MAX_TOKENS,
            )
        self._count(meter, completion.usage)
        return decided

    @contextmanager
    def _unwrapped(self, meter: Meter) -> Iterator[None]:
        """Instructor's errors as what they hide: a reply without a route in it, or none at all."""
        try:
            yield
        except InstructorRetryException as error:
            self._count(meter, error.total_usage)
            raise (None if error.failed_attempts else error.__cause__) or ProviderGarbage from error
        except InstructorError as error:
            raise ProviderGarbage from error

    def _count(self, meter: Meter, usage: object) -> None:
        counts = (getattr(usage, name, 0) for name in ("prompt_tokens", "completion_tokens"))
        meter.tokens_in, meter.tokens_out = (count if isinstance(count, int) else 0 for count in counts)
        meter.cost = prices.cost(self._model, meter.tokens_in, meter.tokens_out)

    def _messages(self, question: str, history: Sequence[Exchange]) -> list[Any]:
        asked = messages.data(question, messages.QUESTION_TOKENS)
        return [
            {"role": "system", "content": self._system},
            *messages.past(history),
            {"role": "user", "content": f"Question: {asked}"},
        ]


def _rewritten(decided: Route, question: str) -> str:
    try:
        standalone = clean(decided.standalone_question).strip()
    except InvalidText:
        return question
    return standalone if 0 < len(standalone) <= max(STANDALONE_CHARACTERS, len(question)) else question
