"""The golden set: questions with what a right answer says. Read by path and checked whole before anything runs."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from app.agents.answer import Intent
from evals.gate.errors import NotRun

# With fewer a score says nothing; the issue calls such a domain unmeasured.
FEWEST = 20
_MOST_REPORTED = 5

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Alternatives = Annotated[list[Text], Field(min_length=1)]


class Item(BaseModel):
    """One question. `must_have` are facts, each by its wordings, of which one has to occur; `sources` document keys."""

    model_config = ConfigDict(frozen=True)

    id: Text
    question: Text
    intent: Intent
    domain: Text
    difficulty: Literal["plain", "tricky"] = "plain"
    answerable: bool
    reference: str = ""
    must_have: list[Alternatives] = []
    must_not: list[Text] = []
    sources: list[Text] = []

    @property
    def fingerprint(self) -> str:
        """Changes when anything about the item does: a changed item is not compared with its old score."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


class _File(BaseModel):
    version: Literal[1]
    items: Annotated[list[Item], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """The items to run, in the file's order; `sha256` of the whole file names it in reports."""

    name: str
    sha256: str
    items: tuple[Item, ...]

    @property
    def domains(self) -> Mapping[str, int]:
        """How many items each domain has, by name."""
        return dict(sorted(Counter(item.domain for item in self.items).items()))

    def only(self, *, intent: str | None = None, domain: str | None = None) -> "GoldenSet":
        """The items of one specialist, of one domain, or both.

        Raises:
            NotRun: none are left.
        """
        left = tuple(item for item in self.items if intent in (None, item.intent) and domain in (None, item.domain))
        if not left:
            raise NotRun(f"{self.name} has no items of {intent or domain}")
        return GoldenSet(self.name, self.sha256, left)


def read(path: Path) -> GoldenSet:
    """The golden set in this file.

    Raises:
        NotRun: it cannot be read or breaks the format; says where.
    """
    try:
        data = path.read_bytes()
        file = _File.model_validate(json.loads(data))
    except OSError as error:
        raise NotRun(f"the dataset {str(path)!r} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        raise NotRun(f"the dataset {str(path)!r} breaks the format: {'; '.join(_said(error))}") from None
    except ValueError as error:
        raise NotRun(f"the dataset {str(path)!r} is not JSON: {error}") from None
    if problems := list(_problems(file.items)):
        raise NotRun(f"the dataset {str(path)!r} is not usable: {'; '.join(problems[:_MOST_REPORTED])}")
    return GoldenSet(path.name, hashlib.sha256(data).hexdigest(), tuple(file.items))


def _said(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_input=False, include_url=False)[:_MOST_REPORTED]:
        yield f"{'.'.join(map(str, problem['loc'])) or 'the file'}: {problem['msg']}"


def _problems(items: list[Item]) -> Iterator[str]:
    for name, count in Counter(item.id for item in items).items():
        if count > 1:
            yield f"{count} items are called {name!r}"
    for item in items:
        if item.answerable and not item.reference.strip():
            yield f"{item.id}: answerable, but without a reference answer"
