"""`prashna`: every command an operator, editor or student types. Each says in its help what it does."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Literal

import typer

from app import telemetry
from app.errors import ConfigurationError, PrashnaError
from app.local.home import Home
from app.local.server import check_made, database
from app.settings import Settings, common_metrics_folder

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
db = typer.Typer(no_args_is_help=True, help="The database schema.")
domain = typer.Typer(no_args_is_help=True, help="Bodies of content.")
ingest = typer.Typer(no_args_is_help=True, help="The content desk.")
cache = typer.Typer(no_args_is_help=True, help="Stored answers.")
embeddings = typer.Typer(no_args_is_help=True, help="Embedding models: migrate, look, go back.")
groups = {"db": db, "domain": domain, "ingest": ingest, "cache": cache, "embeddings": embeddings}
for name, group in groups.items():
    app.add_typer(group, name=name)

Intent = Literal["factual", "pyq", "essay", "current_affairs"]


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


def _settings(*, quiet: bool = False) -> Settings:
    """The settings; `quiet` for commands whose output is for people, who want no log lines in it but warnings."""
    settings = Settings.from_env()
    telemetry.configure("WARNING" if quiet and settings.log_level == "INFO" else settings.log_level)
    return settings


@contextmanager
def _database(settings: Settings, *, making: bool = False) -> Iterator[str]:
    """The dsn of the database; what keeps a command from using it is said in one line. Made only where `making`."""
    from app.db.engine import ConnectionLost, Refused, SchemaMissing

    if not making:
        check_made(settings)
    with database(settings) as dsn:
        try:
            yield dsn
        except SchemaMissing:
            raise ConfigurationError("this database has no tables of ours yet: run `prashna db upgrade`") from None
        except BrokenPipeError:
            raise
        except (*Refused, *ConnectionLost, TimeoutError) as error:
            raise ConfigurationError(f"the database cannot be reached: {error or type(error).__name__}") from error


def _confirmed(question: str, *, yes: bool) -> None:
    # Without a terminal there is nobody to ask.
    if not yes and sys.stdin.isatty():
        typer.confirm(question, abort=True)


def _student(typed: str) -> str:
    """A student's id that the API would accept from a token."""
    from app.api import auth

    if not typed.strip() or not typed.isprintable() or len(typed) > auth.MAX_SUBJECT:
        raise typer.BadParameter(f"a student's id has 1 to {auth.MAX_SUBJECT} printable characters, not only blanks")
    return typed


@app.command()
def serve() -> None:
    """Serve the API and the chat page on PRASHNA_HOST and PRASHNA_PORT."""
    import uvicorn

    server = _settings().server
    with common_metrics_folder() if server.processes > 1 else nullcontext():
        uvicorn.run(
            "app.main:from_environment",
            factory=True,
            host=server.host,
            port=server.port,
            workers=server.processes,
            loop="uvloop",
            http="app.api.connection:Connection",
            backlog=4096,
            access_log=False,  # a ticket in an address must not be logged
            proxy_headers=server.trusted_proxies is not None,
            forwarded_allow_ips=server.trusted_proxies,
            server_header=False,
            timeout_graceful_shutdown=5,
            log_level="warning",
        )


@app.command()
def worker(queue: Annotated[Literal["chat", "bulk"], typer.Option(help="which queue to work on")]) -> None:
    """Work on one queue until SIGTERM."""
    import uvloop

    from app.jobs import worker as process

    settings = _settings()
    with _database(settings) as dsn:
        uvloop.run(process.run(settings, dsn, queue))


@app.command()
def token(user: Annotated[str, typer.Option(help="the student's id", callback=_student)]) -> None:
    """Print a token for a student, valid 24 hours."""
    from app.api import tokens

    settings = _settings()
    if settings.auth.public_key:
        raise ConfigurationError("tokens are issued by whoever holds the private key of PRASHNA_JWT_PUBLIC_KEY")
    if settings.auth.secret:
        secret = settings.auth.secret.get_secret_value()
    elif settings.database.url:
        raise ConfigurationError("with DATABASE_URL, set PRASHNA_JWT_SECRET")
    else:
        secret = Home(settings.home).demo_secret()
    typer.echo(tokens.issue(secret, student=user, audience=settings.auth.audience, issuer=settings.auth.issuer))


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="what a student would type")],
    user: Annotated[str, typer.Option(help="the student who asks", callback=_student)] = "demo",
) -> None:
    """Ask a question and read the answer with its citations. Answers in this process when no worker is alive."""
    from app.local import asking

    settings = _settings(quiet=True)
    with _database(settings) as dsn:
        asyncio.run(asking.ask(settings, dsn, question=question, user=user, say=typer.echo))


@app.command()
def explain(
    question: Annotated[str | None, typer.Argument(help="what a student would type")] = None,
    file: Annotated[Path | None, typer.Option(help='JSON Lines of {"query"}; - is standard input')] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
    steps: Annotated[str, typer.Option(help="the parts to show, with commas")] = "route,retrieve,cache,answer",
) -> None:
    """Show how a question is answered: route, passages, cache, answer, what was withheld and why. Writes nothing."""
    if (question is None) == (file is None):
        raise typer.BadParameter('give a "question" or --file FILE')
    from app.local.explain import command

    settings = _settings(quiet=True)
    try:
        wanted = command.read(question, file, steps)
    except command.BadInput as error:
        typer.echo(f"prashna: {error}", err=True)
        raise typer.Exit(2) from None
    with _database(settings) as dsn:
        asyncio.run(command.run(settings, dsn, wanted, as_json=as_json, note=_progress))


@app.command("simulate-provider")
def simulate_provider(
    port: Annotated[int, typer.Option(help="where to listen on 127.0.0.1; 0 takes a free port")],
    first_token_ms: Annotated[int, typer.Option(help="milliseconds to the first token")] = 0,
    tokens_per_second: Annotated[float, typer.Option(help="0 is as fast as can be")] = 0.0,
    fault: Annotated[str | None, typer.Option(help="a fault to show; a wrong name lists them")] = None,
) -> None:
    """Serve a stand-in for a model provider and print its base URL, for OPENAI_BASE_URL and COHERE_BASE_URL."""
    from app.simulator import server

    server.run(port, first_token_ms, tokens_per_second, fault)


@app.command("stop-models")
def stop_models(
    resume: Annotated[bool, typer.Option("--resume", help="let them be called again")] = False,
    reason: Annotated[str, typer.Option(help="for whoever looks at ops.providers")] = "stopped by an operator",
) -> None:
    """Let no worker begin another call to a model provider, from now on; cached and quoted answers go on."""
    from app.local import desk

    with _database(_settings(quiet=True)) as dsn:
        typer.echo(asyncio.run(desk.switch_models(dsn, reason=None if resume else reason)))


@db.command()
def upgrade() -> None:
    """Bring the schema up to date."""
    from app.db import migrate

    settings = _settings()
    with _database(settings, making=True) as dsn:
        asyncio.run(migrate.upgrade(dsn, revisions=settings.operations.revisions))
    typer.echo("The schema is up to date.")


@domain.command("add")
def add_domain(
    name: Annotated[str, typer.Argument(help="lower-case letters, digits and _")],
    intent: Annotated[Intent, typer.Option(help="the specialist it belongs to")] = "factual",
) -> None:
    """Make a domain; its first namespace is of PRASHNA_EMBEDDER's model."""
    from app.local import desk

    settings = _settings()
    with _database(settings) as dsn:
        asyncio.run(desk.add_domain(settings, dsn, name=name, intent=intent))
    typer.echo(f"Domain {name} is there; fill it with: prashna ingest apply PATH --domain {name}")
    typer.echo("Workers that run already know it after a restart.")


Paths = Annotated[list[Path], typer.Argument(help="files, folders, patterns; - is standard input")]
Label = Annotated[str | None, typer.Option(help='names rows, such as "Article {number}"')]
InDomain = Annotated[str, typer.Option("--domain", help="the domain the documents belong to")]
Metadata = Annotated[str | None, typer.Option(help="keys for files that cannot carry any, by file: CSV, JSONL or JSON")]
FileKind = Literal["markdown", "text", "html", "pdf", "docx", "csv", "jsonl"]
Format = Annotated[FileKind | None, typer.Option("--format", help="what the files named are, whatever their suffix")]
OfDomain = Annotated[str | None, typer.Option("--domain", help="of this domain alone")]
Number = Annotated[int | None, typer.Argument(help="the revision's number")]
Message = Annotated[str | None, typer.Option(help="why; it goes into the log")]
Author = Annotated[str | None, typer.Option(help="who; by default the login name")]
Draft = Annotated[bool, typer.Option("--draft", help="stop before it is live; `publish` goes on")]
Prune = Annotated[bool, typer.Option("--prune", help="take out documents whose file under the paths is gone")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON document")]
Yes = Annotated[bool, typer.Option("--yes", help="do not ask")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="see it live, or leave that to a bulk worker")]


@contextmanager
def _desk() -> Iterator[tuple[str, Settings]]:
    """The dsn of a database that is there, and the settings, for a command of the content desk."""
    settings = _settings(quiet=True)
    check_made(settings)
    with database(settings) as dsn:
        yield dsn, settings


@ingest.command("plan")
def plan(
    paths: Paths,
    domain: InDomain,
    label: Label = None,
    metadata: Metadata = None,
    kind: Format = None,
    draft: Draft = False,
    prune: Prune = False,
    as_json: AsJson = False,
) -> None:
    """Say what an apply would do: to documents, costs, stored answers and golden questions. Writes nothing."""
    from ingest import commands

    with _desk() as (dsn, settings):
        planned = commands.run_plan(
            dsn,
            settings,
            paths,
            domain,
            label,
            draft=draft,
            prune=prune,
            metadata=metadata,
            kind=kind,
            as_json=as_json,
        )
        code = asyncio.run(planned)
    raise typer.Exit(code)


@ingest.command("apply")
def apply(
    paths: Paths,
    domain: InDomain,
    label: Label = None,
    metadata: Metadata = None,
    kind: Format = None,
    message: Annotated[str | None, typer.Option(help="why; by default the paths")] = None,
    author: Author = None,
    draft: Draft = False,
    prune: Prune = False,
    wait: Wait = True,
    as_json: AsJson = False,
) -> None:
    """Put documents in as one revision. Exit code 0: all in or unchanged; 1: nothing in or live; 3: some rejected."""
    from ingest import commands

    with _desk() as (dsn, settings):
        applied = commands.run_apply(
            dsn,
            settings,
            paths,
            domain,
            label,
            message,
            author,
            draft=draft,
            prune=prune,
            wait=wait,
            metadata=metadata,
            kind=kind,
            as_json=as_json,
        )
        code = asyncio.run(applied)
    raise typer.Exit(code)


@ingest.command()
def publish(
    revision: Number = None,
    domain: OfDomain = None,
    message: Message = None,
    author: Author = None,
    as_json: AsJson = False,
) -> None:
    """Make the drafts of a revision live, of the latest one with drafts without a number."""
    from ingest import commands

    with _desk() as (dsn, settings):
        code = asyncio.run(commands.run_publish(dsn, settings, revision, domain, message, author, as_json=as_json))
    raise typer.Exit(code)


@ingest.command()
def withdraw(
    keys: Annotated[list[str], typer.Argument(help="keys of documents; `list` shows them")],
    domain: InDomain,
    message: Message = None,
    author: Author = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take documents out at once."""
    from ingest import commands

    with _desk() as (dsn, _):
        code = asyncio.run(
            commands.run_withdraw(
                dsn, domain, keys, lambda question: _confirmed(question, yes=yes), message, author, as_json=as_json
            )
        )
    raise typer.Exit(code)


@ingest.command()
def undo(
    revision: Number = None,
    domain: OfDomain = None,
    message: Message = None,
    author: Author = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Restore what was live before a revision, before the latest one without a number."""
    from ingest import commands

    with _desk() as (dsn, settings):
        code = asyncio.run(
            commands.run_undo(
                dsn,
                settings,
                revision,
                domain,
                lambda question: _confirmed(question, yes=yes),
                message,
                author,
                as_json=as_json,
            )
        )
    raise typer.Exit(code)


@ingest.command("list")
def list_documents(
    domain: OfDomain = None,
    everything: Annotated[bool, typer.Option("--all", help="old versions too")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the documents: what is live, what waits, what is a draft."""
    from ingest import views

    with _desk() as (dsn, _):
        code = asyncio.run(views.run_list(dsn, domain, everything=everything, as_json=as_json))
    raise typer.Exit(code)


@ingest.command()
def status(domain: OfDomain = None, as_json: AsJson = False) -> None:
    """Show how the domains stand: live, drafts, what waits for its embeddings and why."""
    from ingest import views

    with _desk() as (dsn, _):
        code = asyncio.run(views.run_status(dsn, domain, as_json=as_json))
    raise typer.Exit(code)


@ingest.command()
def log(
    domain: OfDomain = None,
    limit: Annotated[int, typer.Option(min=1, help="how many")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the newest revisions: what was changed, by whom, why."""
    from ingest import views

    with _desk() as (dsn, _):
        code = asyncio.run(views.run_log(dsn, domain, limit=limit, as_json=as_json))
    raise typer.Exit(code)


@ingest.command()
def diff(revision: Number = None, domain: OfDomain = None, as_json: AsJson = False) -> None:
    """Show what a revision, or the latest one, changed of the texts, passage by passage."""
    from ingest import views

    with _desk() as (dsn, _):
        code = asyncio.run(views.run_diff(dsn, revision, domain, as_json=as_json))
    raise typer.Exit(code)


@ingest.command()
def show(
    key: Annotated[str, typer.Argument(help="a document's key; `list` shows them")],
    domain: InDomain,
    version: Annotated[int | None, typer.Option(help="its number; by default the live one")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the passages of a version as students' answers cite them."""
    from ingest import views

    with _desk() as (dsn, _):
        code = asyncio.run(views.run_show(dsn, domain, key, version, as_json=as_json))
    raise typer.Exit(code)


@embeddings.command("migrate")
def migrate_embeddings(
    to: Annotated[str, typer.Option("--to", help="the model, such as text-embedding-3-small; a wrong name lists them")],
    domain: Annotated[str | None, typer.Option(help="the domain to migrate")] = None,
    every: Annotated[bool, typer.Option("--all", help="every domain, one after the other")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Embed a domain by another model beside the service, judge it, and cut over. Goes on where it was killed."""
    if every == (domain is not None):
        raise typer.BadParameter("give --domain D or --all")
    from app.local.embeddings import command

    settings = _settings(quiet=True)
    with _database(settings) as dsn:
        command.migrate(
            settings, dsn, domain, to, confirm=lambda question: _confirmed(question, yes=yes), say=typer.echo
        )


@embeddings.command("status")
def embeddings_status(as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False) -> None:
    """Every namespace: state, progress, rate, time left, what its gate said, until when it is kept."""
    from app.local.embeddings import status

    with _database(_settings(quiet=True)) as dsn:
        asyncio.run(status.status(dsn, as_json=as_json, say=typer.echo))


@embeddings.command("rollback")
def roll_back_embeddings(
    domain: Annotated[str, typer.Option(help="the domain to go back in")],
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Serve a domain with the model before its last cutover again; seconds, at any time while that one is kept."""
    from app.local.embeddings import command

    settings = _settings(quiet=True)
    with _database(settings) as dsn:
        command.roll_back(settings, dsn, domain, confirm=lambda question: _confirmed(question, yes=yes), say=typer.echo)


@cache.command("explain")
def explain_cache(
    cached: Annotated[str | None, typer.Argument(help="the question that an answer is stored for")] = None,
    asked: Annotated[str | None, typer.Argument(help="the question of another student")] = None,
    pairs: Annotated[Path | None, typer.Option(help='JSON Lines of {"cached", "asked"}; - is standard input')] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
) -> None:
    """Say whether the answer to one question would be served to another, and why. Needs no database."""
    from app.local import cache_desk, json_rows

    if (pairs is None) == (cached is None) or (cached is None) != (asked is None):
        raise typer.BadParameter('give "cached question" "asked question", or --pairs FILE')
    settings = _settings(quiet=True)
    typed = {"cached": cached, "asked": asked}
    try:
        given = cache_desk.read_pairs(pairs) if pairs else [cache_desk.pair(typed, "the command line")]
    except json_rows.BadRows as error:
        typer.echo(f"prashna: {error}", err=True)
        raise typer.Exit(2) from None
    cache_desk.explain(settings, given, as_json=as_json, say=typer.echo, note=_progress)


def _progress(said: str) -> None:
    if sys.stderr.isatty():
        typer.echo(said, err=True)


@cache.command("stats")
def cache_stats(as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False) -> None:
    """Stored answers, hits, money saved, and hits that students marked as wrong."""
    from app.local import cache_desk

    with _database(_settings(quiet=True)) as dsn:
        asyncio.run(cache_desk.stats(dsn, as_json=as_json, say=typer.echo))


@cache.command()
def purge(yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False) -> None:
    """Empty the cache of answers."""
    from app.local import desk

    settings = _settings()
    _confirmed("Remove every stored answer?", yes=yes)
    with _database(settings) as dsn:
        gone = asyncio.run(desk.purge_cache(dsn))
    typer.echo(f"{gone} stored answers removed.")


if __name__ == "__main__":
    main()
