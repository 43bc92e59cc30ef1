"""C9 and C10: everything that can go wrong at a provider, in turn; and a provider that is gone for minutes."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext

from app.simulator.behaviour import Call
from app.simulator.faults import FAULTS
from faults import schemes
from faults.field import Field, until
from faults.invariants import answer_calls
from faults.ledger import Asked
from faults.outcome import Outcome

_PRIMARY, _SECONDARY, _ROUTER = "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano"
_EMBEDDINGS = "text-embedding-3-small"
_TIERS = {
    "primary": _PRIMARY,
    "secondary": _SECONDARY,
    "router": _ROUTER,
    "rerank": "rerank",
    "embeddings": _EMBEDDINGS,
}
# One passage has no order: a scheme's question never meets the reranker, this one does.
_OF_SEVERAL = "What is the minimum age to be elected President?"
_KINDS = {"rerank": "rerank", "embeddings": "embeddings"}
# Those that a deadline ends, not the provider: all at once, since each takes its ten seconds and more.
_SLOW = ("stall", "headers_only", "stall_after_first", "slow", "endless")
# Whole answer 90 s, and the ways around it.
_END_SECONDS = 95.0
_MOST_CALLS = 3
# Questions with a strange word in them are refused now and then: so often in a row is taken for a fault of ours.
_MOST_REFUSED = 3
_REST = "TRUNCATE ops.provider_breakers, ops.retry_budgets"


class InTurn(dict[str, str | None]):
    """Gives each call of one model (or kind) the next of these faults, then none; others get what `always` says."""

    def __init__(self, key: str, names: tuple[str, ...], always: Mapping[str, str]) -> None:
        super().__init__()
        self._key = key
        self._left = list(names)
        self._always = always

    @property
    def left(self) -> int:
        """How many faults have met no call yet."""
        return len(self._left)

    def __contains__(self, key: object) -> bool:
        return key in self._always or (key == self._key and bool(self._left))

    def __getitem__(self, key: str) -> str | None:
        return self._always[key] if key in self._always else self._left.pop(0)


async def matrix(field: Field) -> None:
    """C9: each fault meets a question; the question has its answer in time, whole, and without a 5xx."""
    tiers = ("primary",) if field.short else tuple(_TIERS)
    for tier in tiers:
        key, kind = _TIERS[tier], _KINDS.get(tier, "chat")
        # A text is spoiled otherwise than a choice under a schema.
        without = "nul" if tier == "router" else "invalid_schema"
        names = tuple(name for name, fault in FAULTS.items() if kind in fault.kinds and name != without)
        slow = tuple(name for name in _SLOW if name in names)
        async with schemes.embedded_by(field.pool, _EMBEDDINGS) if tier == "embeddings" else nullcontext():
            await _meet(field, tier, key, slow)
            for name in names:
                if name not in slow:
                    await _meet(field, tier, key, (name,))


async def _meet(field: Field, tier: str, key: str, names: tuple[str, ...]) -> None:
    """As many questions as faults, at the same time; one more for each that was refused before any model was asked."""
    field.outcome.rounds += len(names)
    field.spare_calls += _MOST_CALLS * len(names)
    await field.pool.execute(_REST)
    # Only a primary that refuses has the secondary asked.
    faults = InTurn(key, names, {_PRIMARY: "server_error"} if tier == "secondary" else {})
    field.provider.faults = faults
    began, calls = time.monotonic(), len(field.provider.calls)
    question = _OF_SEVERAL if tier == "rerank" else None
    asked: list[Asked] = await asyncio.gather(*(field.ask(question) for _ in names))
    for _ in range(_MOST_REFUSED):
        asked += await asyncio.gather(*(field.ask(question) for _ in range(faults.left)))
    seconds = time.monotonic() - began
    field.provider.faults = {}
    made = list(field.provider.calls)[calls:]
    judge(field.outcome, f"{tier}: {', '.join(names)}", names, asked, made, seconds)
    worst = max(field.outcome.measured.get(f"{tier}_worst_s", 0.0), seconds)
    field.outcome.measure(f"{tier}_worst_s", worst)


def judge(
    outcome: Outcome, what: str, names: Sequence[str], asked: Sequence[Asked], made: Sequence[Call], seconds: float
) -> None:
    """The verdicts on these faults: `asked` met them within `seconds`, and the provider saw `made` meanwhile."""
    seen = Counter(call.fault for call in made if call.fault in names)
    outcome.fault(what, seen=all(seen[name] for name in names), evidence=json.dumps(seen))
    ends = [one.events[-1].name if one.ended else "nothing" for one in asked]
    outcome.check(f"{what}: an answer", set(ends) == {"done"}, f"{ends}")
    outcome.check(f"{what}: in time", seconds <= _END_SECONDS, f"{seconds:.0f} s")
    # As the provider saw them, not as they were counted here.
    most, writing = _MOST_CALLS * len(names), len(answer_calls(made))
    outcome.check(f"{what}: at most {most} answer calls", writing <= most, f"{writing}")


async def gone(field: Field) -> None:
    """C10: the provider refuses everything for a while under questions; it is not asked more often for that."""
    seconds, rate = (40.0 if field.short else 300.0), 2.0
    field.outcome.rounds = 1
    field.provider.tokens_per_second = 60
    await field.pool.execute(_REST)
    field.provider.faults["chat"] = "server_error"
    await field.asking(rate, seconds)
    refused = answer_calls(field.provider.asked("chat"))
    asked = len(field.ledger.asked)
    healed = time.time()
    field.provider.faults.clear()
    again = await until(lambda: _answered_by_primary(field, healed), 90, 1.0)
    await field.asking(rate, 15)
    await field.all_read()
    after = [call for call in answer_calls(field.provider.asked("chat")) if call.began >= healed]
    tiers = Counter(one.events[-1].data["answer"]["tier"] for one in field.ledger.asked[:asked] if one.ended)
    evidence = f"{len(refused)} answer calls refused; {asked} questions answered meanwhile by {dict(tiers)}"
    field.outcome.fault("the provider refuses everything", seen=len(refused) > 0, evidence=evidence)
    field.outcome.at_most("calls_a_question_while_gone", len(refused) / max(1, asked), 1.1)
    field.outcome.check("it is asked again when it is back", again is not None, f"{again} s")
    busiest = max(Counter(int(call.began) for call in after).values(), default=0)
    field.outcome.measure("busiest_second_after", busiest)


async def _answered_by_primary(field: Field, since: float) -> bool:
    await field.ask()
    return any(call.began > since and call.fault is None for call in answer_calls(field.provider.asked("chat")))
