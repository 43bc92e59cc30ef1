"""`python -m app.local`, which `make up` runs."""

import sys

from app import telemetry
from app.errors import PrashnaError
from app.local.terminal import Terminal
from app.local.up import up
from app.settings import Settings


def main() -> int:
    """Run the stack; the exit code is 0 after a requested stop, 1 where something did not start."""
    if sys.argv[1:]:
        print("make up takes no arguments; its settings are in .env.example", file=sys.stderr)
        return 2
    terminal = Terminal()
    try:
        settings = Settings.from_env()
        telemetry.configure(settings.log_level)
        up(settings, terminal)
    except PrashnaError as error:
        terminal.step("prashna", str(error))
        return 1
    except KeyboardInterrupt:
        terminal.step("prashna", "stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
