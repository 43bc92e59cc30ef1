"""The child process of `sandbox`: takes files from standard input, gives their documents to standard output."""

import base64
import json
import math
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from ingest import reading
from ingest.document import Document, Rejection
from ingest.files import Source
from ingest.label import Label
from ingest.sandbox import DOCUMENT, END, LAST, REJECTION, Documents, Rejections


def main() -> None:
    """Parse until standard input ends, within the limits that the arguments give (bytes, seconds)."""
    memory, seconds = int(sys.argv[1]), float(sys.argv[2])
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_CORE, 0)
    # What a parser prints is no answer of ours.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        spent = resource.getrusage(resource.RUSAGE_SELF)
        # The parent's clock is the first to stop it; this one also counts where the parent is gone.
        _limit(resource.RLIMIT_CPU, math.ceil(spent.ru_utime + spent.ru_stime + seconds) + 1)
        last = _parse(json.loads(line), answers, memory)
        answers.write((LAST if last else END) + b"\n")
        answers.flush()


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _parse(job: dict[str, Any], answers: IO[bytes], memory: int) -> bool:
    """Whether this process should take no other file: it has grown, or ran out of memory."""
    try:
        for result in _results(job):
            kind, said = DOCUMENT, b""
            if isinstance(result, Document):
                said = Documents.dump_json(result)
            else:
                kind, said = REJECTION, Rejections.dump_json(result)
            answers.write(kind + said + b"\n")
    except MemoryError:
        reason = f"reading it takes more than {memory // 1_048_576} MB"
        answers.write(REJECTION + Rejections.dump_json(Rejection(job["name"], reason)) + b"\n")
        return True
    return _peak() > memory // 2


def _peak() -> int:
    """The most memory that this process has had, in bytes."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024
    # On Linux ru_maxrss survives exec: a child of a large process would begin with its parent's peak.
    return int(status.partition("VmHWM:")[2].split()[0]) * 1_024


def _results(job: dict[str, Any]) -> Iterator[Document | Rejection]:
    data = job["data"]
    source = Source(
        Path(job["path"]),
        job["name"],
        job["key"],
        job["kind"],
        base64.b64decode(data) if data is not None else None,
        job["given"],
        job["given_at"],
    )
    label = Label.parse(job["label"]) if job["label"] else None
    try:
        yield from reading.parse(source, job["domain"], label)
    except MemoryError:
        raise
    except RecursionError:
        yield Rejection(source.name, "it is nested too deeply")
    except Exception as error:  # noqa: BLE001 - parsers of others meet hostile bytes here; the next file goes on
        yield Rejection(source.name, f"it cannot be parsed as {source.kind} ({type(error).__name__})")
