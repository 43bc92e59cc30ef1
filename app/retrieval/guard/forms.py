"""What a question asks for, apart from what it asks about.

The forms in which the same thing is asked ("reasons for", "what led to", "why did") become one marker `@why`; words
that only dress a question go. What no form knows stays among the words, where a difference costs a hit and never an
answer. The forms are the rows of forms.txt.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

Form = tuple[re.Pattern[str], str]

# The Constitution goes without saying where one of its provisions is named.
_PROVISION = re.compile(
    r"\b(?:article|schedule|part|amendment)#|\b(?:fundamental\s(?:rights?|dut)|directive\sprinciple)"
)
_IN_CONSTITUTION = re.compile(
    r"\b(?:in|under|of|as\sper|according\sto|given\sin|mentioned\sin|provided\sin|enshrined\sin)\s(?:the\s)?"
    r"(?:indian\s)?constitution(?:\sof\s(?:india|bharat))?(?=[\s,.?!]|$)"
)
# A direction to the writer adds nothing to a question word that follows at once.
_SAY_MORE = re.compile(r"(?:@say|@list|\bgive|\bstate)(?=[\s,;:]{1,3}(?:(?:the|about|on|of|is|are|me|us)\s){0,2}@)")


def read(text: str) -> str:
    """`text`, as `numbers.plain` made it, with its form as @markers among the words of its subject."""
    if _PROVISION.search(text):
        text = " ".join(_IN_CONSTITUTION.sub(" ", text).split())
    for pattern, instead in _forms():
        text, times = pattern.subn(instead, text)
        if times:
            text = " ".join(text.split())
    return " ".join(_SAY_MORE.sub(" ", text).split())


@cache
def _forms() -> tuple[Form, ...]:
    return tuple(_rows(files("app.retrieval.guard").joinpath("forms.txt").read_text("utf-8")))


def _rows(table: str) -> Iterator[Form]:
    parts: dict[str, str] = {}
    for line in table.splitlines():
        if not line or line.startswith("# "):
            continue
        name, defines, value = line.partition(" := ")
        if defines:
            parts[name] = value
            continue
        pattern, _, instead = line.partition(" => ")
        for part, meaning in parts.items():
            pattern = pattern.replace(f"<{part}>", meaning)
        # Spaces keep what stands beside a match apart from it; what a mark is made of is read by no later form.
        yield re.compile(f"(?<!@)(?:{pattern})"), f" {instead} "
