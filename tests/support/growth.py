"""How the time to read a text grows with its length: hostile repetition must not make it quadratic."""

import time
from collections.abc import Callable

SHORT, LONG = 500, 4_000
# Eight times the text: linear reading takes some eight times as long, quadratic 64 times.
MOST_GROWTH = 20
# Below this many seconds of processor the noise of the machine is larger than what is measured.
_NEGLIGIBLE = 1.0


def assert_linear(read: Callable[[str], object], piece: str) -> None:
    """`read` takes 4,000 characters of repeated `piece` in no more than in proportion to 500. Processor time."""

    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        began = time.process_time()
        read(text)
        return time.process_time() - began

    seconds(SHORT)
    assert seconds(LONG) < max(_NEGLIGIBLE, MOST_GROWTH * seconds(SHORT))
