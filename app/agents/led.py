"""A model's text behind something of ours that stands before it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from app.agents import refusal
from app.agents.material import Composed


async def led(lead: str, text: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
    """`lead`, then the text; the text alone without a lead.

    The lead waits for the model's first words, so that a model that never begins is passed over before anything is
    shown. A model that has nothing to add says so in its refusal's words, which are left out here.
    """
    async with aclosing(text):
        begun, held = not lead, ""
        async for piece in text:
            if begun:
                yield piece
                continue
            held += piece
            if len(held.lstrip()) >= len(refusal.MODEL_REFUSES):
                begun = True
                yield Composed(lead)
                if refusal.is_refusal(held):
                    return
                yield held
    if not begun:
        yield Composed(lead)
        if held.strip() and not refusal.is_refusal(held):
            yield held
