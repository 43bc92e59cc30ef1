"""What an experiment found: was the fault there, did every promise hold, what was measured."""

from dataclasses import asdict, dataclass, field
from typing import Any

INVARIANTS = {
    "I1": "every accepted question has exactly one end, within 120 s of the last fault",
    "I2": "each reader's text is the stored text; no gap and no repeat within an attempt",
    "I3": "quota counters are the accepted questions minus refunds",
    "I4": "answer calls to the provider are at most 1.1 x accepted + forced re-runs",
    "I5": "no leaked connection, no idle transaction, no orphan job",
    "I6": "nothing of one student in another's stream or in a log",
    "I7": "no 5xx outside the fault's window, and within it only 503 with Retry-After",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One claim and whether it held."""

    claim: str
    held: bool
    detail: str = ""


@dataclass
class Outcome:
    """The row of one experiment in the report."""

    name: str
    title: str
    seed: int
    lap: int = 1
    rounds: int = 0
    seconds: float = 0.0
    faults: list[Verdict] = field(default_factory=list)
    checks: list[Verdict] = field(default_factory=list)
    invariants: dict[str, Verdict] = field(default_factory=dict)
    measured: dict[str, float] = field(default_factory=dict)
    error: str = ""

    def fault(self, what: str, *, seen: bool, evidence: str) -> None:
        """Note a fault that was meant to happen, and by what it was seen."""
        self.faults.append(Verdict(what, seen, evidence))

    def check(self, claim: str, held: object, detail: str = "") -> None:
        """Note a promise of this experiment alone."""
        self.checks.append(Verdict(claim, bool(held), detail))

    def at_most(self, name: str, figure: float, most: float, *, goal: float | None = None) -> None:
        """Measure a figure that has a bar, and perhaps a goal."""
        self.measure(name, figure)
        aimed = "" if goal is None else f", goal {goal:g}"
        self.check(f"{name} at most {most:g}{aimed}", figure <= most, f"{figure:.3g}")

    def measure(self, name: str, figure: float) -> None:
        """Keep a figure for the report."""
        self.measured[name] = round(figure, 3)

    def invariant(self, name: str, *, held: bool, detail: str) -> None:
        """The verdict on one of INVARIANTS."""
        self.invariants[name] = Verdict(INVARIANTS[name], held, detail)

    @property
    def fault_observed(self) -> bool:
        """Did everything that was to go wrong go wrong?"""
        return bool(self.faults) and all(one.held for one in self.faults)

    @property
    def failures(self) -> list[str]:
        """Why this experiment fails; empty when it passes."""
        found = [self.error] if self.error else []
        if not self.faults:
            found.append("no fault was made")
        found += [f"the fault did not happen: {one.claim} ({one.detail})" for one in self.faults if not one.held]
        found += [f"{name} was not checked" for name in INVARIANTS if name not in self.invariants]
        found += [f"{name} broken: {one.detail}" for name, one in self.invariants.items() if not one.held]
        return found + [f"not so: {one.claim} ({one.detail})" for one in self.checks if not one.held]

    def row(self) -> dict[str, Any]:
        """As it stands in the report."""
        return {
            "name": self.name,
            "title": self.title,
            "lap": self.lap,
            "rounds": self.rounds,
            "seed": self.seed,
            "seconds": round(self.seconds, 1),
            "passed": not self.failures,
            "failures": self.failures,
            "fault_observed": self.fault_observed,
            "evidence": [asdict(one) for one in self.faults],
            "invariants": {name: asdict(one) for name, one in sorted(self.invariants.items())},
            "checks": [asdict(one) for one in self.checks],
            "measured": self.measured,
        }
