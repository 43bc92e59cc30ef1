"""How a simulated provider behaves, and what it was asked: the two things a test sets and reads."""

import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from app.errors import ConfigurationError
from app.simulator import faults

Kind = Literal["chat", "embeddings", "rerank"]

# A load run makes tens of thousands of calls; their bodies are 10 kB each, so only the last ones are kept.
CALLS_KEPT = 100_000
REQUESTS_KEPT = 200


@dataclass(slots=True)
class Call:
    """One call as the provider saw it. `began` is Unix time, `seconds` how long it lasted (None: still running)."""

    kind: Kind
    model: str
    streamed: bool
    fault: str | None
    began: float = field(default_factory=time.time)
    seconds: float | None = None
    client_left: bool = False


@dataclass(slots=True)
class Behaviour:
    """Plain attributes that may be changed while the server runs; the next call sees the change.

    `tokens_per_second` 0 means as fast as it can. `faults` names a fault for one model ("gpt-4.1") or one kind
    of call ("chat", "embeddings", "rerank") and wins over `fault`, which holds for every call; a None there
    keeps that model or kind healthy. `burst` bounds how many calls of a name in `faults` get its fault: then it is well
    again. `script` writes plain answers instead of the simulator: it is given all that the
    model was told, and its None leaves the answer as it is. `meaning` gives embeddings as good as a real model's for a
    hundred times the work.
    """

    first_token_ms: int = 0
    tokens_per_second: float = 0.0
    fault: str | None = None
    faults: dict[str, str | None] = field(default_factory=dict)
    burst: dict[str, int] = field(default_factory=dict)
    script: Callable[[str], str | None] | None = None
    meaning: bool = False
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))
    requests: deque[Mapping[str, Any]] = field(default_factory=lambda: deque(maxlen=REQUESTS_KEPT))

    def check(self) -> None:
        """Raises ConfigurationError when a figure is out of range or a fault is unknown."""
        if self.first_token_ms < 0:
            raise ConfigurationError("--first-token-ms must be 0 or more")
        if not (math.isfinite(self.tokens_per_second) and self.tokens_per_second >= 0):
            raise ConfigurationError("--tokens-per-second must be 0 (no pacing) or more")
        for name in (self.fault, *self.faults.values()):
            faults.named(name)

    def fault_for(self, kind: Kind, model: str) -> str | None:
        """The name of the fault that this call gets: its model's, else its kind's, else everyone's; counts bursts."""
        for key in (model, kind):
            if key in self.faults:
                return self.faults[key] if self._lasts(key) else None
        return self.fault

    def _lasts(self, key: str) -> bool:
        if key not in self.burst:
            return True
        self.burst[key] -= 1
        return self.burst[key] >= 0

    def reset(self) -> None:
        """Healthy, unpaced, and nothing recorded: the state a new one starts in."""
        self.first_token_ms, self.tokens_per_second, self.fault = 0, 0.0, None
        self.faults.clear()
        self.burst.clear()
        self.script = None
        self.calls.clear()
        self.requests.clear()

    def wait_idle(self, seconds: float) -> None:
        """Block until no call is running. Raises TimeoutError when one still is after that many seconds."""
        deadline = time.monotonic() + seconds
        while any(call.seconds is None for call in list(self.calls)):
            if time.monotonic() > deadline:
                raise TimeoutError("a call to the simulated provider is still running")
            time.sleep(0.005)

    def asked(self, kind: Kind, model: str | None = None) -> list[Call]:
        """The calls of one kind (to one model), oldest first."""
        return [call for call in list(self.calls) if call.kind == kind and model in (None, call.model)]
