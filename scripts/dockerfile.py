"""A Dockerfile as its stages: enough to do without an engine what an engine would do with it."""

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Copy:
    """`COPY sources… target`; `stage` where it takes from another stage."""

    sources: list[str]
    target: str
    stage: str | None


@dataclass(slots=True)
class Stage:
    """One FROM and what follows."""

    name: str
    base: str
    runs: list[str] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    user: str | None = None


def stages(path: Path) -> dict[str, Stage]:
    """The stages by name, in order; `command` is CMD alone."""
    found: dict[str, Stage] = {}
    stage = Stage("", "")
    for line in _instructions(path.read_text()):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            stage = found[name] = Stage(name, base)
        elif word == "RUN":
            stage.runs.append(rest)
        elif word == "COPY":
            stage.copies.append(_copy(rest.split()))
        elif word == "USER":
            stage.user = rest
        elif word == "CMD":
            stage.command = json.loads(rest)
    return found


def _instructions(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [" ".join(line.split()) for line in "\n".join(lines).replace("\\\n", " ").splitlines()]


def _copy(words: list[str]) -> Copy:
    stage = next((word.removeprefix("--from=") for word in words if word.startswith("--from=")), None)
    paths = [word for word in words if not word.startswith("--")]
    return Copy(paths[:-1], paths[-1], stage)
