"""Where each domain's branch of revisions stands, and its steps forward and back.

Alembic orders and records them; the flip itself is one SQL function that such a revision calls.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from alembic.util import rev_id

from app.db import cutover_files, engine, migrate
from app.db.cutover_files import Step
from app.db.migrate import Tree
from app.errors import CutoverRefused, DomainBusy

# What plpgsql's RAISE EXCEPTION is: our own functions' refusals. And a lock that did not come in five seconds, or that
# two waited for each other's.
_RAISED, _LOCKED = "P0001", ("55P03", "40P01")


async def advance(dsn: str, step: Step, *, revisions: Path | None = None) -> Path:
    """Apply `step` after what its domain's branch stands at; the file of its revision.

    A file that was written for it before, here or for another database, is used again.

    Raises:
        CutoverRefused: the database refused it; nothing has changed.
        ConfigurationError: the database cannot be reached, or the revisions do not fit it.
    """
    async with migrate.tree(dsn, revisions) as tree:
        branch = _Branch(tree, step.domain)
        at = await branch.position()
        day = str(await tree.connection.fetchval("SELECT chat.today()"))
        return await asyncio.to_thread(branch.advance, step, at, day)


async def back(dsn: str, domain: str, *, revisions: Path | None = None) -> None:
    """Take back the last step of a domain's branch; nothing where there is none.

    Raises:
        CutoverRefused: the database refused it; nothing has changed.
        ConfigurationError: the database cannot be reached, or the revisions do not fit it.
    """
    async with migrate.tree(dsn, revisions) as tree:
        branch = _Branch(tree, domain)
        at = await branch.position()
        if at is not None:
            await asyncio.to_thread(branch.back, at)


async def last(dsn: str, domain: str, *, revisions: Path | None = None) -> Step | None:
    """The step that a domain's branch stands at; None where its embeddings were never migrated."""
    async with migrate.tree(dsn, revisions) as tree:
        branch = _Branch(tree, domain)
        at = await branch.position()
        return branch.step(at) if at else None


class _Branch:
    """One domain's revisions. What calls Alembic is synchronous."""

    def __init__(self, tree: Tree, domain: str) -> None:
        self._tree = tree
        self._domain = domain

    async def position(self) -> str | None:
        """The revision that the database stands at; the schema's own row is none of ours."""
        rows = await self._tree.connection.fetch("SELECT version_num FROM public.alembic_version")
        label = cutover_files.branch(self._domain)
        scripts = self._scripts()
        found = [row[0] for row in rows if label in scripts.get_revision(row[0]).branch_labels]
        return found[0] if found else None

    def advance(self, step: Step, at: str | None, day: str) -> Path:
        if at is None:
            at = self._start(day)
        path = self._written(step, at)
        if path is None:
            path = cutover_files.write(self._tree.folder, step, revision=rev_id(), after=at, day=day)
        self._move(command.upgrade, self._revision_of(path))
        return path

    def back(self, at: str) -> None:
        script = self._scripts().get_revision(at)
        if script.down_revision:
            self._move(command.downgrade, str(script.down_revision))

    def step(self, at: str) -> Step:
        module = self._scripts().get_revision(at).module
        return Step(module.DOMAIN, module.KIND, module.NAMESPACE, previous=getattr(module, "PREVIOUS", ""))

    def _start(self, day: str) -> str:
        first = cutover_files.start_revision(self._domain)
        if first not in {script.revision for script in self._scripts().walk_revisions()}:
            cutover_files.write(self._tree.folder, Step(self._domain, "start"), revision=first, after=None, day=day)
        self._move(command.upgrade, first)
        return first

    def _written(self, step: Step, at: str) -> Path | None:
        scripts = self._scripts()
        for revision in sorted(scripts.get_revision(at).nextrev):
            script: Script = scripts.get_revision(revision)
            if (step.kind, step.namespace) == (script.module.KIND, script.module.NAMESPACE):
                return Path(script.path)
        return None

    def _revision_of(self, path: Path) -> str:
        return next(s.revision for s in self._scripts().walk_revisions() if Path(s.path) == path.resolve())

    def _move(self, act: Callable[[Config, str], None], revision: str) -> None:
        try:
            act(self._tree.config, revision)
        except engine.DatabaseError as error:
            code = getattr(error, "sqlstate", None)
            if code in _LOCKED:
                raise DomainBusy(f"a content change holds {self._domain} for too long; try again") from None
            if code != _RAISED:
                raise
            raise CutoverRefused(str(error)) from None

    def _scripts(self) -> ScriptDirectory:
        # Read again each time: a file may have been written meanwhile.
        return ScriptDirectory.from_config(self._tree.config)
