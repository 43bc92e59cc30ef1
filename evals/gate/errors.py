"""Why a gate gave no verdict."""


class NotRun(Exception):
    """The gate could not run; the text says what to change. Exit code 2."""
