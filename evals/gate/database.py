"""Where the gate asks: a PostgreSQL of its own with content/ in it, or, read-only, the one that students use."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from app.db import catalog, engine, migrate
from app.db.content import Revision
from app.errors import PrashnaError
from app.local.cluster import Cluster
from app.local.home import Home
from app.local.server import attached
from app.resources import open_embedders
from app.settings import Settings
from evals.gate.errors import NotRun
from evals.gate.progress import Progress
from ingest.apply import Models, Wish, apply
from ingest.report import SilentReport

CONTENT = Path(__file__).resolve().parents[2] / "content"


@asynccontextmanager
async def own(settings: Settings, progress: Progress, content: Path = CONTENT) -> AsyncIterator[str]:
    """The dsn of a new database with the folder's domains in it, gone at exit.

    Raises:
        NotRun: it could not be made or filled.
    """
    with _temporary_home() as folder:
        home = Home(folder)
        home.prepare()
        cluster = Cluster(home, durable=False)
        try:
            progress.say("starting PostgreSQL")
            await asyncio.to_thread(cluster.start)
            await migrate.upgrade(cluster.dsn())
            await _fill(cluster.dsn(), settings, content, progress)
        except (PrashnaError, engine.DatabaseError, *engine.ConnectionLost) as error:
            cluster.stop()
            raise NotRun(f"the gate's own database could not be made: {error}") from error
        try:
            yield cluster.dsn()
        finally:
            await asyncio.to_thread(cluster.stop)


@contextmanager
def live(settings: Settings) -> Iterator[str]:
    """The dsn of the configured database, in which every transaction is read-only.

    Raises:
        NotRun: it cannot be reached.
    """
    try:
        with attached(settings) as dsn:
            yield engine.read_only(dsn)
    except (PrashnaError, *engine.Refused, *engine.ConnectionLost, *engine.SchemaMissing, TimeoutError) as error:
        raise NotRun(f"the live database cannot be used: {error or type(error).__name__}") from error


@contextmanager
def _temporary_home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="prashna-eval-"))
    # As root the server's own account has to pass through.
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _fill(dsn: str, settings: Settings, content: Path, progress: Progress) -> None:
    connection = await engine.connect(dsn)
    try:
        names = [domain.name for domain in await catalog.domains(connection)]
    finally:
        await connection.close()
    async with open_embedders(settings) as (embedded, embedders):
        models = Models(embedded.model.offsets, embedders)
        for name in names:
            if not (content / name).is_dir():
                continue
            progress.say(f"taking content in: {name}")
            wish = Wish([str(content / name)], name, None, Revision("apply", "content of the gate", "gate"))
            summary = await apply(dsn, wish, models, SilentReport())
            if summary.rejected:
                raise NotRun(f"the content of {name} was not taken in whole: {summary.rejected[0]}")
