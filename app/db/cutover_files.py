"""The files of the domains' Alembic branches: written once, kept in catalog.cutovers, written again where lost."""

import hashlib
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, Literal

from sqlalchemy.dialects.postgresql import insert

from app.db import tables
from app.db.engine import Connection
from app.errors import ConfigurationError

Kind = Literal["start", "creation", "cutover"]
# The schema revision whose functions the files call.
NEEDS = "0007"
_REVISION = re.compile(r'^revision = "([0-9a-z]+)"$', re.MULTILINE)
_WORD = re.compile(r"[\w.:/-]*", re.ASCII)
_FILENAME = re.compile(r"[0-9a-z_]+\.py")
_TITLES: dict[Kind, str] = {
    "start": "$domain: its embeddings as the domain was made with them.",
    "creation": "$domain, $day: make the namespace $namespace for the embeddings of $model.",
    "cutover": "$domain, $day: cut over from $previous to $namespace, the embeddings of $model.",
}
_NOTES: dict[Kind, str] = {
    "start": "Every change of its embedding model is a revision after this one.",
    "creation": "The way back drops it, unless it is the active one.",
    "cutover": "Refused while the gate recorded in catalog.namespaces has not passed. The way back is\n"
    "`prashna embeddings rollback --domain $domain`.",
}
_UPGRADES: dict[Kind, str] = {
    "start": "pass",
    "creation": "op.execute(\"SELECT catalog.begin_namespace('$domain', '$namespace', '$model', $dimensions)\")",
    "cutover": "op.execute(\"SELECT catalog.cut_over('$domain', '$previous', '$namespace')\")",
}
_DOWNGRADES: dict[Kind, str] = {
    "start": "pass",
    "creation": "op.execute(\"SELECT catalog.drop_namespace('$domain', '$namespace')\")",
    "cutover": "op.execute(\"SELECT catalog.cut_back('$domain', '$namespace', '$previous')\")",
}
_FILE = '''"""$title

Written by `prashna embeddings migrate`; it belongs in your repository.
$note
"""

from alembic import op

revision = "$revision"
down_revision = $down
branch_labels = $labels
depends_on = "$needs"

DOMAIN, KIND, NAMESPACE, PREVIOUS = "$domain", "$kind", "$namespace", "$previous"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    $upgrade


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    $downgrade
'''


@dataclass(frozen=True, slots=True)
class Step:
    """One revision of a domain's branch. `previous` is the namespace that a cutover replaces."""

    domain: str
    kind: Kind
    namespace: str = ""
    model: str = ""
    dimensions: int = 0
    previous: str = ""


def branch(domain: str) -> str:
    """The label of a domain's branch."""
    return f"ns_{domain}"


def start_revision(domain: str) -> str:
    """The id of a domain's first revision, the same in every database, so that trees of several fit together."""
    return hashlib.sha256(branch(domain).encode()).hexdigest()[:12]


def write(folder: Path, step: Step, *, revision: str, after: str | None, day: str) -> Path:
    """Write the file of `step` following the revision `after`; where it is.

    Raises:
        ConfigurationError: the folder cannot be written to.
        ValueError: a name that could mean something else inside the file.
    """
    check_writable(folder)
    if not all(_WORD.fullmatch(word) for word in (step.domain, step.namespace, step.model, step.previous)):
        raise ValueError(f"no names for a revision: {step}")
    words = {
        "domain": step.domain, "namespace": step.namespace, "model": step.model, "previous": step.previous,
        "dimensions": str(step.dimensions), "kind": step.kind, "needs": NEEDS, "revision": revision, "day": day,
        "down": "None" if after is None else f'"{after}"',
        "labels": f'("{branch(step.domain)}",)' if after is None else "None",
    }  # fmt: skip
    parts = {"title": _TITLES, "note": _NOTES, "upgrade": _UPGRADES, "downgrade": _DOWNGRADES}
    words |= {name: Template(texts[step.kind]).substitute(words) for name, texts in parts.items()}
    name = "_".join(filter(None, (day.replace("-", ""), revision, step.domain, step.kind, step.namespace)))
    path = folder / f"{name}.py"
    _write_whole(path, Template(_FILE).substitute(words))
    return path


def check_writable(folder: Path) -> None:
    """Try to make a file there, and the folder itself where it is missing.

    Raises:
        ConfigurationError: it cannot be written to; says what to change.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"the revisions' folder {str(folder)!r} cannot be written to ({error.strerror}); "
            "point PRASHNA_REVISIONS to one that can"
        ) from None


async def missing(connection: Connection, folder: Path) -> dict[str, str]:
    """The texts of applied revisions that the folder lacks, by file name. None in a database without our schema."""
    if await connection.fetchval("SELECT to_regclass('catalog.cutovers')") is None:
        return {}
    rows = await connection.fetch("SELECT revision, filename, body FROM catalog.cutovers ORDER BY created_at, revision")
    there = set(_revisions(folder))
    # A name is a path of ours only in this form; the text is run, as any file of the tree is.
    return {
        row["filename"]: row["body"]
        for row in rows
        if row["revision"] not in there and _FILENAME.fullmatch(row["filename"])
    }


def restore(folder: Path, texts: dict[str, str]) -> None:
    """Write these files, each whole or not at all.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        _write_whole(folder / name, text)


def keep_text(*, ctx: Any, step: Any, **_: object) -> None:
    """Alembic's hook after each step, in its transaction: an applied file of a branch is kept in catalog.cutovers."""
    script = step.up_revision
    domain = getattr(script.module, "DOMAIN", None) if step.is_upgrade else None
    if domain is None:
        return
    path = Path(script.path)
    values = {"domain": domain, "filename": path.name, "body": path.read_text()}
    statement = insert(tables.cutovers).values(revision=script.revision, **values)
    ctx.connection.execute(statement.on_conflict_do_update(index_elements=["revision"], set_=values))


def _revisions(folder: Path) -> Iterable[str]:
    for path in sorted(folder.glob("*.py")):
        yield from _REVISION.findall(path.read_text())


def _write_whole(path: Path, text: str) -> None:
    # Whoever reads the folder meanwhile finds the whole file or none.
    half = path.with_suffix(".half")
    half.write_text(text)
    half.replace(path)
