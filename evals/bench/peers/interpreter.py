"""Where the packages of others are: an environment of its own, which `make bench` keeps up to date."""

from evals.bench.child import ROOT

PYTHON = ROOT / ".venv-peers" / "bin" / "python"
_HOW = "python3 scripts/environment.py .venv-peers requirements/peers.txt"


def available(what: str) -> bool:
    """Can the code of others run here? Says so where it cannot."""
    there = PYTHON.exists()
    if not there:
        print(f"{what}: skipped, .venv-peers is not there ({_HOW})", flush=True)
    return there
