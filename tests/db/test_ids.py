"""Public ids."""

import time

from app.db.ids import uuid7


def test_an_id_is_of_version_7_and_begins_with_its_time() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    after = time.time_ns() // 1_000_000

    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before <= made.int >> 80 <= after


def test_ids_differ() -> None:
    assert len({uuid7() for _ in range(1_000)}) == 1_000
