"""What a healthy provider would send for one call, in the pieces a fault can cut, slow down or spoil."""

import asyncio
import re
from dataclasses import dataclass

from app.simulator.exchange import Exchange

_PIECE = re.compile(r"\s*(?:\w+|[^\w\s]+)|\s+")

JSON = "application/json"
EVENTS = "text/event-stream; charset=utf-8"


def pieces_of(text: str) -> list[str]:
    """The text in token-sized pieces (words and runs of punctuation, about 1.3 a word); they join to the text."""
    return _PIECE.findall(text)


def tokens_in(text: str) -> int:
    """How many tokens the text counts as, in prompts and in answers alike."""
    return sum(1 for _ in _PIECE.finditer(text))


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of status 200: `opening`, then one piece a token (or one whole body), then `closing`.

    `wait` is the seconds to the first token, `gap` those between tokens; a body that is not streamed takes
    as long as its `tokens` would have.
    """

    pieces: tuple[bytes, ...]
    content_type: str = JSON
    opening: bytes = b""
    closing: bytes = b""
    tokens: int = 0
    wait: float = 0.0
    gap: float = 0.0

    @property
    def streamed(self) -> bool:
        """Whether it goes out as server-sent events."""
        return self.content_type == EVENTS

    def beginning(self, tokens: int) -> tuple[bytes, ...]:
        """What has gone out after that many tokens; of a body that is not streamed, its first half."""
        if self.streamed:
            return (self.opening, *self.pieces[:tokens])
        body = b"".join(self.pieces)
        return (body[: len(body) // 2],)

    async def wait_for_first(self) -> None:
        """Sleep until the first byte is due."""
        await asyncio.sleep(self.wait if self.streamed else self.wait + self.gap * self.tokens)


async def send_whole(exchange: Exchange, reply: Reply) -> None:
    """Deliver the reply as a healthy provider does, at its pace.

    Pieces are due at fixed times, so a busy machine delays some and catches up: the rate holds.
    """
    await reply.wait_for_first()
    await exchange.start(200, reply.content_type)
    await exchange.write(reply.opening)
    clock = asyncio.get_running_loop().time
    began = clock()
    for number, piece in enumerate(reply.pieces):
        late = clock() - began - number * reply.gap
        if late < 0:
            await asyncio.sleep(-late)
        await exchange.write(piece)
    await exchange.end(reply.closing)
