"""A child process that parses files within limits, so that a bomb ends it and nothing else."""

import base64
import contextlib
import json
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from pydantic import TypeAdapter

from ingest.document import Document, Rejection
from ingest.files import Source
from ingest.label import Label

SECONDS = 30.0
MEMORY = 512 * 1024 * 1024
# What begins a line from the child: a document, a rejection, the end of a file, the end of a file and of the child.
DOCUMENT, REJECTION, END, LAST = b"D", b"R", b"E", b"L"
Documents: TypeAdapter[Document] = TypeAdapter(Document)
Rejections: TypeAdapter[Rejection] = TypeAdapter(Rejection)

_CHUNK = 1 << 16
_ROOT = Path(__file__).resolve().parent.parent
_CODE = "from ingest.parser_process import main; main()"
# No key and no setting of ours is for a parser of hostile files to see: LANGSMITH_API_KEY begins as LANG does.
_PASSED_ON = re.compile(r"LANG|LANGUAGE|LC_\w+|PATH|TMPDIR|COVERAGE_\w+|COV_CORE_\w+")


class Sandbox:
    """Parses one file after the other in one child; a new one takes over from one that died or was ended."""

    def __init__(self, domain: str, label: Label | None, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._job = {"domain": domain, "label": label.template if label else None}
        self._seconds = seconds
        self._memory = memory
        self._child: subprocess.Popen[bytes] | None = None
        self._read = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(kill=error is not None)

    def parse(self, source: Source) -> Iterator[Document | Rejection]:
        """The documents of a file as they come. One that takes too long, or too much memory, is rejected by name."""
        child = self._child or self._start()
        left = self._seconds
        try:
            self._send(child, source)
            while True:
                line, took = self._line(child, left)
                left -= took
                if line[:1] == DOCUMENT:
                    yield Documents.validate_json(line[1:])
                elif line[:1] == REJECTION:
                    yield Rejections.validate_json(line[1:])
                else:
                    break
            if line[:1] == LAST:
                self._end()
        except TimeoutError:
            self._end(kill=True)
            yield Rejection(source.name, f"reading it takes more than {self._seconds:g} s")
        except (EOFError, BrokenPipeError):
            yield Rejection(source.name, self._died(child))
        except GeneratorExit:
            # The rest of this file's lines would be taken for the next file's.
            self._end(kill=True)
            raise

    def _start(self) -> subprocess.Popen[bytes]:
        passed = {name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and code
            # -P: a csv.py in the folder that the command runs in is not Python's.
            [sys.executable, "-P", "-c", _CODE, str(self._memory), str(self._seconds)],
            env={**passed, "PYTHONPATH": str(_ROOT), "PYTHONUTF8": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._read.clear()
        return self._child

    def _send(self, child: subprocess.Popen[bytes], source: Source) -> None:
        job = self._job | {
            "path": str(source.path),
            "name": source.name,
            "key": source.key,
            "kind": source.kind,
            "data": base64.b64encode(source.data).decode() if source.data is not None else None,
            "given": dict(source.given),
            "given_at": source.given_at,
        }
        pipe = _pipe(child.stdin)
        pipe.write(json.dumps(job).encode() + b"\n")
        pipe.flush()

    def _line(self, child: subprocess.Popen[bytes], seconds: float) -> tuple[bytes, float]:
        """The next line and how long it was waited for; what the caller does in between does not count."""
        began = time.monotonic()
        pipe, seen = _pipe(child.stdout).fileno(), 0
        while (end := self._read.find(b"\n", seen)) < 0:
            seen = len(self._read)
            if not select.select([pipe], [], [], max(0.0, began + seconds - time.monotonic()))[0]:
                raise TimeoutError
            if not (more := os.read(pipe, _CHUNK)):
                raise EOFError
            self._read += more
        line = bytes(self._read[:end])
        del self._read[: end + 1]
        return line, time.monotonic() - began

    def _died(self, child: subprocess.Popen[bytes]) -> str:
        self._end()
        if child.returncode == -24:  # SIGXCPU: its own clock was first
            return f"reading it takes more than {self._seconds:g} s"
        return f"its parser gave up (exit status {child.returncode}): broken, or more than it can hold"

    def _end(self, *, kill: bool = False) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if kill:
            child.kill()
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(BrokenPipeError):
                _pipe(pipe).close()
        try:
            child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None, "the child has its pipes"  # noqa: S101
    return pipe
