"""What a person sees while Prashna runs: plain lines, so that they read the same in a log file."""

import contextlib
import sys
import time
from typing import TextIO


class Terminal:
    """Steps of ours with the seconds since the start; lines of the processes with their name."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._started

    def step(self, name: str, text: str) -> None:
        """`[ 3.2 s] database: starting`"""
        self.plain(f"[{self.seconds:5.1f} s] {name}: {text}")

    def line(self, name: str, text: str) -> None:
        """`api | a line that the process named api has printed`"""
        self.plain(f"{name} | {text}")

    def plain(self, text: str) -> None:
        """The text alone."""
        # A terminal that was closed must not stop the server, and its encoding may not know every letter.
        with contextlib.suppress(OSError, ValueError):
            print(text, file=self._stream, flush=True)
