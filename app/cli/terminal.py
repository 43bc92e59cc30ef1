"""The person at the terminal: asked before something is removed, told how far a command is."""

import contextlib
import sys

import typer


def confirmed(question: str, *, yes: bool) -> None:
    """Go on after a yes, given on the terminal or as `yes`; a no ends the command with exit code 1."""
    # Without a terminal there is nobody to ask.
    if not yes and sys.stdin.isatty():
        # Standard output is for what the command finds: --json is one document. `err` alone leaves a blank in it.
        with contextlib.redirect_stdout(sys.stderr):
            typer.confirm(question, abort=True)


def progress(said: str) -> None:
    """Show how far a long command is to whoever looks on; a file gets none of it."""
    if sys.stderr.isatty():
        typer.echo(said, err=True)
