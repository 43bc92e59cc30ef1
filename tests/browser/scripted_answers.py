"""Scripted answers: the events of a whole stream, and the stored answer that they join to."""

from typing import Any

from scripted_api import Event, Task

TEXT = (
    "The **73rd Amendment** gave panchayats constitutional status [1]. It came into force on 24 April 1993 [2].\n\n"
    "## What it added\n\n"
    "- Part IX, Articles 243 to 243-O [1]\n- the Eleventh Schedule with 29 subjects [2]\n\n"
    "| Body | Level |\n|---|---|\n| Gram panchayat | village |\n| Zila parishad | district |\n\n"
    "A note from [2023] stays text, and so does [9]."
)
SOURCES = [
    {
        "n": n,
        "domain": "polity",
        "document_id": f"d{n}",
        "version": 2,
        "parent_id": f"p{n}",
        "title": title,
        "locator": locator,
        "snippet": f"Snippet of {title}",
        "published_on": None,
    }
    for n, title, locator in [
        (1, "Panchayati Raj", "Part IX"),
        (2, "73rd Constitutional Amendment", "Section 2"),
        (3, "Local government", "Overview"),
    ]
]


def answer(task_id: str, text: str = TEXT, **changes: Any) -> dict[str, Any]:
    """An `answer` object of the contract that cites sources 1 and 2."""
    return {
        "task_id": task_id,
        "text": text,
        "citations": SOURCES[:2],
        "intent": "factual",
        "tier": "extractive",
        "model": None,
        "is_fallback": False,
        "refused": False,
        "stopped": False,
        "cached": False,
        "as_of": "2025-05-05",
        "prompt": {"name": "factual", "tag": None, "sha256": "0" * 64},
        "usage": {},
        "latency_ms": 900,
    } | changes


def opening() -> list[Event]:
    """Everything before the first word."""
    return [
        ("status", {"stage": "queued"}),
        ("status", {"stage": "routing"}),
        ("route", {"intent": "factual", "domains": ["polity"], "confidence": 0.98}),
        ("status", {"stage": "retrieving"}),
        ("sources", SOURCES),
        ("status", {"stage": "writing"}),
    ]


def words(text: str, size: int = 12) -> list[Event]:
    """The text as `token` events of `size` characters."""
    return [("token", {"text": text[start : start + size]}) for start in range(0, len(text), size)]


def whole(task_id: str = "t1", text: str = TEXT, *, size: int = 12, **changes: Any) -> Task:
    """A task from its first event to `done`."""
    final = answer(task_id, text, **changes)
    return Task(task_id, [*opening(), *words(text, size), ("done", {"answer": final})], final)
