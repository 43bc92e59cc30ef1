"""What a prompt asks: the passages its last user message lists, and the question."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.simulator.exchange import BadRequestError

_NUMBERED = re.compile(r"^\[(\d{1,3})\] ", re.MULTILINE)
_QUESTION = re.compile(r"^Question:", re.MULTILINE)
_REFUSAL = re.compile(r"exactly this sentence\b[^:\n]*: *(.+)$", re.MULTILINE)
_QUESTION_AFTER_BLANK = re.compile(r"\n[ \t]*\n(?=Question:)")


@dataclass(frozen=True, slots=True)
class Passage:
    """A numbered passage of the prompt; `text` is what stands after its `[n] `."""

    n: int
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """The messages of a request, read as a question over passages.

    `text` is every message, for counting; `refusal` the exact sentence the system message wants as a refusal, if any.
    """

    question: str
    passages: tuple[Passage, ...]
    text: str
    refusal: str | None = None


def read(messages: object) -> Prompt:
    """Take the messages of a chat request apart.

    Raises:
        BadRequestError: not a list of messages.
    """
    if not isinstance(messages, list) or not messages or not all(isinstance(each, Mapping) for each in messages):
        raise BadRequestError("'messages' must be a list of messages")
    last = next((text_of(each) for each in reversed(messages) if each.get("role") == "user"), "")
    text = "\n".join(text_of(each) for each in messages)
    refusal = next((found[1].strip() for each in messages if (found := _refusal_in(each))), None)
    return Prompt(_question_in(last), tuple(_passages_in(last)), text, refusal)


def text_of(message: Mapping[str, Any]) -> str:
    """A message's text: its string, or the text parts of its list joined by line ends."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return ""
    parts = (part.get("text") for part in content if isinstance(part, Mapping))
    return "\n".join(part for part in parts if isinstance(part, str))


def _refusal_in(message: Mapping[str, Any]) -> re.Match[str] | None:
    return _REFUSAL.search(text_of(message)) if message.get("role") in {"system", "developer"} else None


def _question_in(message: str) -> str:
    marks = list(_QUESTION.finditer(message))
    if marks:
        return message[marks[-1].end() :].strip()
    lines = message.strip().splitlines()
    return lines[-1].strip() if lines else ""


def _passages_in(message: str) -> list[Passage]:
    ends = [match.start() for match in _QUESTION_AFTER_BLANK.finditer(message)]
    listing = message[: ends[-1]] if ends else message
    starts: list[re.Match[str]] = []
    for match in _NUMBERED.finditer(listing):
        # Numbers count up from 1; any other "[7] " at a line's start belongs to a passage's own text.
        if int(match[1]) == len(starts) + 1:
            starts.append(match)
    edges = [match.start() for match in starts] + [len(listing)]
    return [Passage(n, listing[start.end() : edges[n]].strip()) for n, start in enumerate(starts, 1)]
