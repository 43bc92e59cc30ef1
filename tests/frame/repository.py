"""The repository's own files, as tests of the frame read them."""

import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_ASSIGNMENT = re.compile(r"^#? *([A-Z][A-Z_]*)=(.*)$", re.MULTILINE)


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that git has or would take; skips nothing but what .gitignore names."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def example_settings() -> dict[str, str]:
    """The variables of .env.example with their values."""
    return dict(_ASSIGNMENT.findall((ROOT / ".env.example").read_text()))


def locks() -> list[Path]:
    """requirements/*.txt."""
    return sorted((ROOT / "requirements").glob("*.txt"))
