"""The seam to instructor: the supervisor's decision by a model, as a typed `Route`.

Whatever goes wrong (two seconds of silence, an error, something that is no route), the embedded router decides instead.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

import instructor
from instructor.core.exceptions import InstructorError, InstructorRetryException

from app.agents import filters, messages, prompts
from app.agents.exchange import Exchange
from app.agents.supervisor import STANDALONE_CHARACTERS, Domains, Route, Router, known_domains
from app.errors import InvalidText, ProviderError, ProviderGarbage, ProviderTimeout
from app.retrieval import prices
from app.retrieval.calls import Call, CallLog
from app.retrieval.openai_provider import OpenAIProvider
from app.retrieval.question import clean
from app.telemetry import get_logger

SECONDS = 2.0
MAX_TOKENS = 300

# Its log lines quote what the model said, and that quotes the student.
logging.getLogger("instructor").setLevel(logging.CRITICAL + 1)


class InstructorRouter:
    """Asks a model; falls back to `otherwise`. The call is noted in the log of the question, also when it failed."""

    def __init__(self, provider: OpenAIProvider, model: str, domains: Domains, otherwise: Router) -> None:
        self._client = instructor.from_openai(provider.client, mode=instructor.Mode.TOOLS)
        self._model = model
        self._domains = domains
        self._otherwise = otherwise
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
        began = time.monotonic()
        outcome, usage, decided = "ok", None, None
        try:
            async with asyncio.timeout(SECONDS):
                decided, completion = await self._client.create_with_completion(
                    model=self._model,
                    messages=self._messages(question, history),
                    response_model=Route,
                    max_retries=0,
                    max_tokens=MAX_TOKENS,
                )
            usage = completion.usage
        except TimeoutError:
            outcome = ProviderTimeout.code
        except InstructorRetryException as error:
            # Answered, but with no route in it; or not answered at all, then nothing was used.
            garbage = bool(error.failed_attempts) or isinstance(error.__cause__, ValueError | TypeError)
            outcome, usage = ProviderGarbage.code if garbage else ProviderError.code, error.total_usage
        except (InstructorError, AttributeError, TypeError, ValueError):
            # The SDKs hand on a reply that is not of the protocol without checking its shape.
            outcome = ProviderGarbage.code
        finally:
            tokens_in, tokens_out = _tokens(usage)
            cost = prices.cost(self._model, tokens_in, tokens_out)
            ms = round((time.monotonic() - began) * 1000)
            log.add(Call("route", self._model, tokens_in, tokens_out, cost, ms, outcome))
        if outcome != "ok":
            get_logger(__name__).warning("route.fell_back", outcome=outcome, ms=ms)
        return decided

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


def _tokens(usage: object) -> tuple[int, int]:
    counts = (getattr(usage, "prompt_tokens", 0), getattr(usage, "completion_tokens", 0))
    return tuple(count if isinstance(count, int) else 0 for count in counts)  # type: ignore[return-value]
