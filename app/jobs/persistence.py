"""Database work that must not be lost to a restart of the database."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_exponential_jitter

from app.db.engine import ConnectionLost, Deadlock

T = TypeVar("T")

# Longer than an immediate restart with recovery takes (5-20 s); after that another run of the task goes on.
PATIENCE_SECONDS = 45


def _passes(error: BaseException) -> bool:
    return isinstance(error, (*ConnectionLost, Deadlock))


async def persistently(work: Callable[[], Awaitable[T]], lost: Callable[[BaseException], bool] = _passes) -> T:
    """`work`'s result, tried again with jitter while the database cannot be reached or is in a deadlock.

    `work` must be repeatable. `lost` says which errors pass by themselves.
    """
    async for trial in AsyncRetrying(
        retry=retry_if_exception(lost),
        wait=wait_exponential_jitter(multiplier=0.1, max=2),
        stop=stop_after_delay(PATIENCE_SECONDS),
        reraise=True,
    ):
        with trial:
            return await work()
    raise AssertionError("tenacity returns or raises")
