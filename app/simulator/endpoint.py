"""One endpoint of the provider: read the call, record it, and answer it as the behaviour says."""

import asyncio
import dataclasses
import time
from collections.abc import Callable

from starlette.types import Receive, Scope, Send

from app.simulator import deliveries, faults, prompt
from app.simulator.behaviour import Behaviour, Call, Kind
from app.simulator.completion import Change
from app.simulator.exchange import BadRequestError, Exchange, Json
from app.simulator.reply import JSON, Reply

Answer = Callable[[Json, Change], Reply]


class Endpoint:
    """An ASGI application. `answer` makes the healthy reply; the fault that is on decides how it goes out."""

    def __init__(self, kind: Kind, behaviour: Behaviour, answer: Answer) -> None:
        self._kind = kind
        self._behaviour = behaviour
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send)
        try:
            request = await exchange.read()
            await self._serve(exchange, request, self._record(request))
        except BadRequestError as error:
            await exchange.start(400, JSON)
            await exchange.end(deliveries.error_body(str(error), "invalid_request_error"))

    async def _serve(self, exchange: Exchange, request: Json, call: Call) -> None:
        began = time.monotonic()
        try:
            fault = self._fault(call)
            # Hashing a hundred texts takes a tenth of a second; streams under way must keep their pace.
            reply = await asyncio.to_thread(self._answer, request, self._scripted(request, fault.content))
            call.client_left = await exchange.deliver(fault.deliver(exchange, self._paced(reply)))
        finally:
            call.seconds = time.monotonic() - began

    def _record(self, request: Json) -> Call:
        model = str(request.get("model", ""))
        name = self._behaviour.fault_for(self._kind, model)
        call = Call(self._kind, model, streamed=bool(request.get("stream")), fault=name)
        self._behaviour.calls.append(call)
        self._behaviour.requests.append(request)
        return call

    def _fault(self, call: Call) -> faults.Fault:
        fault = faults.named(call.fault)
        return fault if self._kind in fault.kinds else faults.HEALTHY

    def _scripted(self, request: Json, change: Change) -> Change:
        """`change` after the script's words have taken the place of a plain answer's."""
        script = self._behaviour.script
        told = prompt.read(request["messages"]).text if script and self._kind == "chat" else ""
        text = script(told) if script and told else None
        if text is None:
            return change
        return lambda made: change(made if made.tool or made.schema else dataclasses.replace(made, text=text))

    def _paced(self, reply: Reply) -> Reply:
        # First token and tokens a second are a chat model's; the other kinds answer at once.
        if self._kind != "chat":
            return reply
        per_second = self._behaviour.tokens_per_second
        return dataclasses.replace(
            reply, wait=self._behaviour.first_token_ms / 1000, gap=1 / per_second if per_second else 0.0
        )
