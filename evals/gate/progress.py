"""What the gate is doing, on standard error: standard output holds the result alone."""

import sys
import time


class Progress:
    """Lines with the seconds since the start."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._began = time.monotonic()
        self._quiet = quiet

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._began

    def say(self, text: str) -> None:
        """One line."""
        if not self._quiet:
            print(f"[{self.seconds:6.1f} s] {text}", file=sys.stderr, flush=True)
