"""The evaluation gate. `python evals/run_ragas.py --help` says how; `make eval` makes its environment and runs it.

RAGAS lives in an environment of its own, .venv-evals. Started by an interpreter without it, this goes on there.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv-evals" / "bin" / "python"
NOT_RUN = 2


def main() -> int:
    """The gate's exit code."""
    if find_spec("ragas") is None:
        return _elsewhere()
    # As a script only this folder is on the path; the gate asks the app and the content desk.
    sys.path.insert(0, str(ROOT))
    from evals.gate import command

    return command.main()


def _elsewhere() -> int:
    # Not its resolved path: an environment's interpreter is a link to another's.
    if ENVIRONMENT.is_file() and Path(sys.executable) != ENVIRONMENT:
        os.execv(ENVIRONMENT, [str(ENVIRONMENT), *sys.argv])
    print(
        "not run: RAGAS is not installed here, and there is no .venv-evals; `make eval` makes it and runs the gate",
        file=sys.stderr,
    )
    return NOT_RUN


if __name__ == "__main__":
    sys.exit(main())
