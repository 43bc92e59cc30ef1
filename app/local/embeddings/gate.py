"""The evaluation gate as a child process: the product never imports evals, and RAGAS has an environment of its own."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.db.catalog import Namespace
from app.errors import ConfigurationError, CutoverRefused
from app.local.child import Child, Command, ending
from app.local.embeddings.operator import Say
from app.settings import Settings, child_environment

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "evals" / "run_ragas.py"
GOLDEN = ROOT / "evals" / "golden_set.json"
# What a deploy is held to, of all that the judge says; the rest must not be worse than the active namespace's.
THRESHOLDS = {"accuracy": 0.93}
# evals.gate.golden.FEWEST: with fewer a score says nothing.
FEWEST = 20
# The whole set twice, with a judge that is a model: an hour is an outage.
GATE_SECONDS = 3_600.0
_GRACE_SECONDS = 10.0
_INSTALL = "`make eval` makes .venv-evals; or install the evals extra and name its interpreter in PRASHNA_EVALS_PYTHON"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate said. `passed` is its exit code 0; `result` its JSON."""

    passed: bool
    result: Mapping[str, Any]

    @property
    def reason(self) -> str:
        """Why it is not passed, in a line."""
        failures = self.result.get("failures") or [self.result.get("reason") or "it did not say why"]
        return "; ".join(map(str, failures))


def interpreter(settings: Settings) -> Path:
    """What the gate is run by: PRASHNA_EVALS_PYTHON, else .venv-evals where it is, else this very interpreter."""
    ours = ROOT / ".venv-evals" / "bin" / "python"
    return settings.operations.evals_python or (ours if ours.is_file() else Path(sys.executable))


async def check_ready(settings: Settings) -> None:
    """See that the gate could be run.

    Raises:
        ConfigurationError: its script, its interpreter or RAGAS is not there; says what to install.
    """
    if not SCRIPT.is_file():
        raise ConfigurationError(f"the evaluation gate {str(SCRIPT)!r} is not there: run this from a checkout")
    python = interpreter(settings)
    look = [str(python), "-c", "import sys, importlib.util as u; sys.exit(u.find_spec('ragas') is None)"]
    try:
        done = await asyncio.to_thread(subprocess.run, look, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigurationError(
            f"the gate's interpreter {str(python)!r} cannot be run ({error}): {_INSTALL}"
        ) from None
    if done.returncode:
        raise ConfigurationError(f"the gate needs RAGAS, which {str(python)!r} does not have: {_INSTALL}")


def check_questions(settings: Settings, domain: str) -> None:
    """See that the golden set has questions enough of the domain.

    Raises:
        ConfigurationError: it has too few, or cannot be read; says what to do.
    """
    golden = settings.operations.golden or GOLDEN
    try:
        asked = sum(one["domain"] == domain for one in json.loads(golden.read_bytes())["items"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"the golden set {str(golden)!r} cannot be read: {error!r}") from None
    if asked < FEWEST:
        raise ConfigurationError(
            f"{golden.name} has {asked} questions of {domain}, and a verdict needs {FEWEST}: add some, or name "
            "another set in PRASHNA_GOLDEN"
        )


async def run(settings: Settings, dsn: str, space: Namespace, say: Say) -> Verdict:
    """Ask the golden questions of the namespace and of its domain's active one, and judge.

    Raises:
        ConfigurationError: it could not be begun; says what to change.
        CutoverRefused: it came to no verdict in time.
    """
    await check_ready(settings)
    heard: list[str] = []

    def line(text: str) -> None:
        if text.startswith('{"'):
            heard.append(text)
        else:
            say(f"  {text}")

    child = await Child.start(_command(settings, dsn, space), line)
    try:
        code = await asyncio.wait_for(child.wait(), GATE_SECONDS)
    except TimeoutError:
        raise CutoverRefused(f"the gate came to no verdict in {GATE_SECONDS / 60:.0f} minutes") from None
    finally:
        await child.end(_GRACE_SECONDS)
    return _verdict(code, heard)


def _command(settings: Settings, dsn: str, space: Namespace) -> Command:
    golden = settings.operations.golden or GOLDEN
    arguments = ("--namespace", str(space.id), "--json", "--dataset", str(golden))
    thresholds = ("--thresholds", json.dumps(THRESHOLDS))
    environment = child_environment(DATABASE_URL=dsn)
    return Command("gate", [str(interpreter(settings)), str(SCRIPT), *arguments, *thresholds], environment)


def _verdict(code: int, heard: list[str]) -> Verdict:
    try:
        result = json.loads(heard[-1])
    except (IndexError, ValueError):
        result = {"verdict": "not run", "reason": f"the gate {ending(code)} without a result"}
    return Verdict(code == 0 and result.get("passed") is True, result)
