"""A content editor and an operator of one domain, who do what a sequence of changes says."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from any_change import KEYS, Apply, Change, CutOver, Embed, Publish, Rollback, Undo, Withdraw
from stand_in import StandIn

from app.db import catalog, embeddings
from app.db.catalog import Namespace
from app.db.content import Revision
from app.db.engine import Connection
from app.db.revisions import NotUndoable
from app.errors import ConfigurationError
from app.jobs import worker
from ingest import changes
from ingest.apply import Models, Wish, apply
from ingest.report import SilentReport

# Words that questions share with some texts and not with others.
_SAID = (
    "the Governor holds office during the pleasure of the President",
    "a Money Bill is certified by the Speaker of the House of the People",
    "the Council of States is not subject to dissolution by the Governor",
    "the Speaker vacates office when the House is dissolved, says the President",
)


def text_of(key: str, number: int) -> str:
    """The text with this number under this key; all are different."""
    place = KEYS.index(key)
    said = _SAID[(place + number) % len(_SAID)]
    return f"Under {key} it is said in wording {number} that {said}, and that {_SAID[place % len(_SAID)]}."


@dataclass
class Editor:
    """`embedders` are stand-ins by model; `do` does one change and says which revision it made, if any."""

    dsn: str
    desk: Connection
    domain: str
    folder: Path
    models: Models
    stand_ins: dict[str, StandIn]
    _report: SilentReport = field(default_factory=SilentReport)

    async def do(self, change: Change) -> int | None:
        """One change; what cannot be done is refused with a reason and leaves things as they are."""
        if isinstance(change, CutOver):
            return await self._cut_over()
        if isinstance(change, Rollback):
            return await self._roll_back()
        if isinstance(change, Embed):
            return await self.embed()
        try:
            return await self._edit(change)
        except (NotUndoable, ConfigurationError):
            return None

    async def embed(self) -> None:
        """Work on the bulk queue until it is empty."""
        await worker.run_bulk(self.dsn, self.models.embedders, until_idle=True)

    async def revisions(self) -> list[int]:
        """The numbers of all revisions, latest first."""
        rows = await self.desk.fetch("SELECT id FROM catalog.revisions WHERE domain = $1 ORDER BY id DESC", self.domain)
        return [row["id"] for row in rows]

    async def _edit(self, change: Apply | Publish | Withdraw | Undo) -> int | None:
        if isinstance(change, Apply):
            return await self._apply(change)
        if isinstance(change, Publish):
            revision = Revision("publish", "publish", "tests")
            made = await changes.publish(
                self.dsn, None, self.domain, revision, self.models, self._report, lambda _: None
            )
        elif isinstance(change, Withdraw):
            made = await changes.withdraw(
                self.dsn, self.domain, [change.key], Revision("withdraw", "withdraw", "tests")
            )
        else:
            made = await self._undo(change)
        return made.number

    async def _apply(self, change: Apply) -> int | None:
        file = self.folder / f"{self.domain}.jsonl"
        rows = [
            {"id": key, "title": f"Title of {key}", "text": text_of(key, number)}
            | ({"effective_from": since} if since else {})
            for key, number, since in change.rows
        ]
        file.write_text("\n".join(map(json.dumps, rows)) + "\n")
        revision = Revision("apply", "apply", "tests")
        # Both at once is refused before anything is read.
        prune = change.prune and not change.draft
        wish = Wish([str(file)], self.domain, None, revision, draft=change.draft, prune=prune, wait=False)
        return (await apply(self.dsn, wish, self.models, self._report)).revision

    async def _undo(self, change: Undo) -> changes.Changed:
        number = None
        if change.back is not None:
            known = await self.revisions()
            number = known[change.back % len(known)] if known else 0
        revision = Revision("undo", "undo", "tests")
        agree: Callable[[str], None] = lambda _: None  # noqa: E731
        return await changes.undo(self.dsn, number, self.domain, revision, self.models, self._report, agree)

    async def _cut_over(self) -> None:
        active, other = await self._spaces()
        if other is None:
            [model] = set(self.stand_ins) - {active.model}
            await self.desk.execute(
                "SELECT catalog.begin_namespace($1, 'other', $2, $3)",
                self.domain,
                model,
                self.stand_ins[model].dimensions,
            )
            async with self.desk.transaction():
                wanted = await embeddings.wanted_versions(self.desk, self.domain)
                await embeddings.defer_embedding(self.desk, self.domain, wanted, embeddings.MIGRATION_PRIORITY)
            active, other = await self._spaces()
            assert other is not None
        await self.embed()
        await self.desk.execute(
            "UPDATE catalog.namespaces SET gate_report = '{\"passed\": true}' WHERE id = $1", other.id
        )
        await self.desk.execute("SELECT catalog.cut_over($1, $2, $3)", self.domain, active.name, other.name)

    async def _roll_back(self) -> None:
        active, other = await self._spaces()
        if other is not None and other.status == "retiring":
            await self.desk.execute("SELECT catalog.cut_back($1, $2, $3)", self.domain, active.name, other.name)

    async def _spaces(self) -> tuple[Namespace, Namespace | None]:
        active, *others = await catalog.live_namespaces(self.desk, self.domain)
        return active, next(iter(others), None)
