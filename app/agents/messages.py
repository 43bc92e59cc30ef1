"""The messages a specialist's model gets: its prompt, the last exchanges, then passages and question.

Everything but the prompt is hostile. Passages and questions cannot start a line that reads as another passage or as
the question, and hold no control characters.
"""

import re
from collections.abc import Sequence
from typing import TypedDict

from app.agents import prompts
from app.agents.exchange import Exchange
from app.agents.prompts import Prompt
from app.agents.withheld import Withheld
from app.retrieval.passage import Passage

# Budgets in tokens; a token is taken as four characters, which English prose exceeds a little.
PASSAGE_TOKENS = 800
HISTORY_TOKENS = 600
HISTORY_ANSWER_TOKENS = 200
# Of the withheld sentences, the first so many are asked for again.
AGAIN_SENTENCES = 8
QUESTION_TOKENS = 1_000
_CHARACTERS_PER_TOKEN = 4

# Cc but tab and newline, the line and paragraph separators, bidi overrides, tag characters, zero-width space and BOM.
_CONTROL = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f\ud800-\udfff]"
)
_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_FORGED_NUMBER = re.compile(r"^(\s*)[\[［](\s*\d+\s*)[\]］]", re.MULTILINE)
_FORGED_QUESTION = re.compile(r"^(\s*question\s*)[:：]", re.MULTILINE | re.IGNORECASE)
_CITATION = re.compile(r"\s?\[\d{1,3}\]")


class Message(TypedDict):
    """One chat message as the provider takes it."""

    role: str
    content: str


def build(
    prompt: Prompt, question: str, passages: Sequence[Passage], history: Sequence[Exchange], *, brief: str = ""
) -> list[Message]:
    """The messages for one answer; passages are numbered from 1 in their order, history is oldest first.

    `brief` is ours: what this one answer needs beside its prompt.
    """
    numbered = "\n".join(f"[{number}] {_passage(passage)}" for number, passage in enumerate(passages, 1))
    asked = f"{numbered}\n\nQuestion: {data(question, QUESTION_TOKENS)}"
    return [
        Message(role="system", content="\n\n".join(filter(None, (prompt.text, brief)))),
        *past(history),
        Message(role="user", content=asked),
    ]


def again(asked: Sequence[Message], shown: str, withheld: Sequence[Withheld]) -> list[Message]:
    """The messages that ask once more for withheld sentences: what was asked, what was shown, what failed and why."""
    failed = "\n".join(f"- {_one_line(one.sentence)} ({_one_line(one.reason)})" for one in withheld[:AGAIN_SENTENCES])
    return [
        *asked,
        Message(role="assistant", content=data(shown, QUESTION_TOKENS) or "-"),
        Message(role="user", content=f"{prompts.load('again').text}\n\n{failed}"),
    ]


def _one_line(text: str) -> str:
    return " ".join(data(text, HISTORY_ANSWER_TOKENS).split())


def past(history: Sequence[Exchange]) -> list[Message]:
    """The last exchanges that fit the budget, oldest first; without citation numbers, those were of other passages."""
    kept: list[Message] = []
    room = HISTORY_TOKENS * _CHARACTERS_PER_TOKEN
    for exchange in reversed(history):
        question = data(exchange.question, HISTORY_ANSWER_TOKENS)
        answer = data(_CITATION.sub("", exchange.answer), HISTORY_ANSWER_TOKENS)
        room -= len(question) + len(answer)
        if room < 0:
            break
        kept[:0] = [Message(role="user", content=question), Message(role="assistant", content=answer)]
    return kept


def data(text: str, tokens: int) -> str:
    """Text of others as harmless data, cut to a budget between words."""
    text = _CONTROL.sub("", _LINE_BREAK.sub("\n", text)).strip()
    text = _FORGED_NUMBER.sub(r"\1(\2)", text)
    text = _FORGED_QUESTION.sub(r"\1 -", text)
    limit = tokens * _CHARACTERS_PER_TOKEN
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(maxsplit=1)[0] + " …"


def estimated_tokens(characters: int) -> int:
    """About how many tokens that many characters are, for calls whose provider did not say."""
    return -(-characters // _CHARACTERS_PER_TOKEN)


def _passage(passage: Passage) -> str:
    header = " ".join(data(passage.header, QUESTION_TOKENS).split())
    if passage.published_on:
        header += f" (published {passage.published_on:%-d %B %Y})"
    return f"{header}\n{data(passage.text, PASSAGE_TOKENS)}"
