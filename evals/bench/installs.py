"""How big an installation is: by what the packages here have recorded, or by making one from its lock."""

import subprocess
import sys
from collections import deque
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from evals.bench.child import ROOT

PROJECT = "prashna"
_MB = 1e6


def recorded_mb(extra: str) -> tuple[float, float]:
    """Megabytes of the files of all packages that the project needs with this extra, as they lie here.

    With and without what the installer has compiled. Other packages of this environment do not count.
    """
    sizes: dict[str, tuple[float, float]] = {}
    waiting = deque([(PROJECT, extra)])
    seen = set()
    while waiting:
        name, wanted = waiting.popleft()
        if (name, wanted) in seen:
            continue
        seen.add((name, wanted))
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        if name != PROJECT:
            sizes[name] = _files_mb(found)
        waiting += _requirements(found, wanted)
    return sum(whole for whole, _ in sizes.values()), sum(source for _, source in sizes.values())


def _requirements(found: metadata.Distribution, extra: str) -> list[tuple[str, str]]:
    needed: list[tuple[str, str]] = []
    for text in found.requires or []:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            name = canonicalize_name(requirement.name)
            needed += [(name, wanted) for wanted in ("", *requirement.extras)]
    return needed


def _files_mb(found: metadata.Distribution) -> tuple[float, float]:
    whole = source = 0.0
    for file in found.files or []:
        path = Path(str(file.locate()))
        size = path.stat().st_size / _MB if path.is_file() else 0.0
        whole += size
        source += size if file.suffix != ".pyc" else 0.0
    return whole, source


def installed_mb(lock: Path, folder: Path) -> float:
    """Megabytes of site-packages after installing this lock alone into a new environment; takes minutes.

    Raises:
        subprocess.CalledProcessError: it cannot be installed; pip has said why.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--require-hashes", "-r",
         str(lock)],
        check=True, cwd=ROOT,
    )  # fmt: skip
    site_packages = next(folder.glob("lib/python*/site-packages"))
    return sum(path.stat().st_size for path in site_packages.rglob("*") if path.is_file()) / _MB
