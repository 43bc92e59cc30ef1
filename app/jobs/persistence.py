"""Database work that must not be lost to a restart of the database."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_exponential_jitter

from app.db.engine import ConnectionLost

T = TypeVar("T")

# Longer than an immediate restart with recovery takes (5-20 s); after that another run of the task goes on.
PATIENCE_SECONDS = 45


def _connection_lost(error: BaseException) -> bool:
    return isinstance(error, ConnectionLost)


async def persistently(work: Callable[[], Awaitable[T]], lost: Callable[[BaseException], bool] = _connection_lost) -> T:
    """`work`'s result, tried again with jitter while the database cannot be reached. `work` must be repeatable.

    `lost` says whether an error means just that.
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
