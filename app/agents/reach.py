"""How far a search goes before a question is refused, and what a question about news is told."""

from dataclasses import replace

from app.agents import refusal
from app.agents.answer import Intent
from app.agents.material import Inquiry, Material
from app.agents.specialists.library import Library, gathered

# Past questions are asked for, not answered from.
_NEVER = "pyq"


async def widened(material: Material, inquiry: Inquiry, intent: Intent, library: Library) -> Material:
    """`material`, or without any what the bodies of content that were not searched have on the question.

    A question on a summit is as often asked like one on a treaty: the router's guess must not make it unanswerable.
    Essays search everywhere by themselves, and who asks for past questions wants nothing else.
    """
    if material.passages or intent == "essay" or (intent == "pyq" and _wants_rows(inquiry)):
        return material
    others = tuple(
        name
        for other, names in inquiry.every.items()
        if other != _NEVER
        for name in names
        if name not in inquiry.domains
    )
    found = await library.search(inquiry, inquiry.question, others)
    if not found.passages:
        return replace(material, found=replace(material.found, up_to=material.found.up_to or found.up_to))
    return gathered(found, ("main", found.passages), filters=inquiry.filters)


def dated(material: Material, language: str) -> Material:
    """`material`, which says up to which day the content goes where the question asks for what may be newer."""
    said = refusal.up_to(language, material.found.up_to)
    if not said or material.listing is not None:
        return material
    if material.passages:
        return replace(material, lead=f"{said}\n\n{material.lead}")
    return replace(material, refusal=" ".join(filter(None, (material.refusal, said))))


def _wants_rows(inquiry: Inquiry) -> bool:
    return any(key == "demand:past_questions" or key.startswith("paper:") for key in inquiry.fact_keys)
