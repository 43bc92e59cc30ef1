"""What passes by itself is tried again, and nothing else."""

import asyncpg
import pytest

from app.jobs.persistence import persistently


@pytest.mark.parametrize("passing", [asyncpg.DeadlockDetectedError, asyncpg.AdminShutdownError, ConnectionResetError])
async def test_what_passes_by_itself_is_tried_again(passing: type[Exception]) -> None:
    errors = [passing("first"), passing("second")]

    async def work() -> str:
        if errors:
            raise errors.pop()
        return "done"

    assert await persistently(work) == "done"


async def test_a_mistake_is_made_once() -> None:
    errors = [asyncpg.UniqueViolationError("first"), asyncpg.UniqueViolationError("second")]

    async def work() -> None:
        raise errors.pop()

    with pytest.raises(asyncpg.UniqueViolationError):
        await persistently(work)
    assert len(errors) == 1
