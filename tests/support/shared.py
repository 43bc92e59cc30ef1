"""The real input beside the repository, for tests that want it; a fresh clone has none."""

import os
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def shared_data(*parts: str) -> Path:
    """A file or folder of ../shared/data; without it the test is skipped, or fails with PRASHNA_REQUIRE_SHARED=1."""
    path = DATA.joinpath(*parts)
    if not path.exists():
        reason = f"../shared/data/{'/'.join(parts)} is not there"
        if os.environ.get("PRASHNA_REQUIRE_SHARED") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return path
