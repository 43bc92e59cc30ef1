"""Makes a virtual environment that holds what a lock names, and does nothing where that is so already.

    python3 scripts/environment.py .venv requirements/dev.txt --project

`--project` puts this project in too, editable. The script runs before anything is installed, so it
uses the standard library alone.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
LAST_LINES = 25
PIP = ("-m", "pip", "--no-input", "--disable-pip-version-check", "install", "--progress-bar", "off")


class Progress:
    """What pip is doing, in one line a second on a terminal and one every ten seconds in a log file."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._started = time.monotonic()
        self._collected = 0
        self._now = "looking packages up"
        self._last: deque[str] = deque(maxlen=LAST_LINES)

    @property
    def last_lines(self) -> str:
        """What pip printed last, for when it fails."""
        return "\n".join(self._last)

    def read(self, line: str) -> None:
        """Take in one line of pip's."""
        self._last.append(line)
        word, _, rest = line.strip().partition(" ")
        if word == "Collecting":
            self._collected += 1
            self._now = f"fetching {self._collected} of {self._total}: {rest.split(' ')[0]}"
        elif word in ("Installing", "Building"):
            self._now = f"installing {self._total} packages"

    def show(self) -> None:
        """Print the present state."""
        line = f"[{time.monotonic() - self._started:5.1f} s] packages: {self._now}"
        if sys.stdout.isatty():
            print(f"\r\033[K{line[:100]}", end="", flush=True)
        else:
            print(line, flush=True)

    def close(self, word: str) -> None:
        """Print the end of it."""
        self._now = word
        self.show()
        if sys.stdout.isatty():
            print(flush=True)


def main() -> int:
    """Bring the environment up to date; the exit code is 0 when it is."""
    if sys.version_info < OLDEST:
        print(
            f"Prashna needs Python {OLDEST[0]}.{OLDEST[1]} or newer, this is {sys.version.split()[0]}; "
            "name another one with: make PYTHON=python3.11 …",
            file=sys.stderr,
        )
        return 1
    venv, lock = (ROOT / argument for argument in sys.argv[1:3])
    with lock.open() as held:
        # Two makes at once in one checkout: the second waits, then finds everything done.
        fcntl.flock(held, fcntl.LOCK_EX)
        return _bring_up_to_date(venv, lock)


def _bring_up_to_date(venv: Path, lock: Path) -> int:
    stamp = venv / "stamp"
    wanted = hashlib.sha256(lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    usable = _usable(venv)
    if usable and stamp.is_file() and stamp.read_text() == wanted:
        return 0
    if not usable and not _made(venv):
        return 1
    stamp.unlink(missing_ok=True)
    python = str(venv / "bin" / "python")
    progress = Progress(lock.read_text().count("=="))
    commands = [["--require-hashes", "-r", str(lock)]]
    if "--project" in sys.argv:
        commands.append(["--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    for command in commands:
        if code := _watched([python, *PIP, *command], progress):
            progress.close("pip failed; its last lines:")
            print(progress.last_lines, file=sys.stderr)
            return code
    stamp.write_text(wanted)
    progress.close(f"ready in {venv.name}")
    return 0


def _usable(venv: Path) -> bool:
    # An environment's scripts hold its path and its interpreter: one that was moved, or is another Python's, is not.
    configuration = venv / "pyvenv.cfg"
    lines = configuration.read_text().splitlines() if configuration.is_file() else []
    said = {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}
    version = ".".join(map(str, sys.version_info[:3]))
    return said.get("version") == version and said.get("command", "").endswith(f" {venv}")


def _made(venv: Path) -> bool:
    print(f"Making {venv.name} with Python {sys.version.split()[0]}", flush=True)
    code = subprocess.call([sys.executable, "-m", "venv", "--clear", str(venv)])
    if code:
        print(
            "On Debian and Ubuntu the module venv is a package of its own: apt-get install python3-venv",
            file=sys.stderr,
        )
    return code == 0


def _watched(command: list[str], progress: Progress) -> int:
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    ended = threading.Event()
    shower = threading.Thread(target=_keep_showing, args=(progress, ended))
    shower.start()
    try:
        for line in process.stdout or ():
            progress.read(line.rstrip())
        return process.wait()
    finally:
        process.terminate()
        process.wait()
        ended.set()
        shower.join()


def _keep_showing(progress: Progress, ended: threading.Event) -> None:
    while True:
        progress.show()
        if ended.wait(1 if sys.stdout.isatty() else 10):
            return


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
