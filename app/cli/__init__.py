"""`prashna`: every command an operator, editor or student types. One module a group of them; each says what it does."""

import os
import sys

import typer

from app.cli import cache, domains, embeddings, ingest, providers, questions, schema, serving
from app.errors import PrashnaError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
# The help shows them in this order; the commands of a group without a name stand beside the names of the others.
for group in (
    serving.group, questions.group, providers.group,
    schema.group, domains.group, ingest.group, cache.group, embeddings.group,
):  # fmt: skip
    app.add_typer(group)


def main() -> None:
    """Run a command; what the user has to change is said in one line, without a traceback."""
    try:
        app(prog_name="prashna")
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more goes there, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except PrashnaError as error:
        sys.exit(f"prashna: {error}")
