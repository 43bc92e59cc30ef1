"""`python -m tests.faults [NAME …]`, which `make faults` and `make faults-short` run."""

import sys
from pathlib import Path

# The tests' own support is imported as the tests import it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from faults.command import main

if __name__ == "__main__":
    main()
