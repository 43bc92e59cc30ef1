"""What the pipeline said to one question, as the gate keeps it: enough to score it again without the pipeline."""

import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from evals.gate.errors import NotRun


class UsedPassage(BaseModel):
    """A passage that the answer could cite as [n]. `key` is its document's key, `text` starts with its header."""

    model_config = ConfigDict(frozen=True)

    n: int
    domain: str
    key: str
    title: str
    text: str


class Output(BaseModel):
    """One turn's end. `passages` are what the answer was written from, best first; none after a refusal.

    `found` are the keys of the documents whose passages were retrieved, best first, also after a refusal.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    text: str
    refused: bool
    intent: str
    domains: tuple[str, ...]
    passages: tuple[UsedPassage, ...]
    found: tuple[str, ...] = ()
    tier: str = "extractive"
    withheld: int = 0
    ms: int = 0
    error: str | None = None


def write(path: Path, outputs: Iterable[Output]) -> None:
    """One object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{output.model_dump_json()}\n" for output in outputs))


def read(path: Path) -> dict[str, Output]:
    """Recorded outputs by item id.

    Raises:
        NotRun: the file cannot be read or is not what `write` makes.
    """
    try:
        outputs = [Output.model_validate(json.loads(line)) for line in path.read_text().splitlines() if line.strip()]
    except OSError as error:
        raise NotRun(f"the outputs {str(path)!r} cannot be read: {error.strerror}") from None
    except (ValidationError, ValueError):
        raise NotRun(f"{str(path)!r} does not hold recorded outputs") from None
    return {output.id: output for output in outputs}
