"""A hub for each test that asks for one."""

from collections.abc import AsyncIterator

import pytest
from streaming import Streaming, streaming_over


@pytest.fixture
async def streaming(database: str) -> AsyncIterator[Streaming]:
    """A running hub over this test's own database."""
    async with streaming_over(database) as found:
        yield found
