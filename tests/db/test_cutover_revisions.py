"""Each domain's branch of Alembic: forward, back, lost files, other domains, the schema's own revisions."""

import asyncio
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from app.db import cutover_files, cutovers, engine, migrate
from app.db.cutover_files import Step
from app.errors import ConfigurationError, CutoverRefused

CREATION = Step("polity", "creation", "small", "text-embedding-3-small", 1536)
CUTOVER = Step("polity", "cutover", "small", "text-embedding-3-small", 1536, previous="minilm_int8")


async def test_a_cutover_and_its_way_back_move_one_pointer(database: str, tmp_path: Path) -> None:
    await _cut_over(database, tmp_path)
    over = await _states(database, "polity")
    await cutovers.back(database, "polity", revisions=tmp_path)
    back = await _states(database, "polity")
    await cutovers.advance(database, CUTOVER, revisions=tmp_path)

    assert over == {"minilm_int8": "retiring", "small": "active"}
    assert back == {"minilm_int8": "active", "small": "retiring"}
    assert await _states(database, "polity") == over
    # Forward again is the same revision again.
    assert len(_files(tmp_path)) == 3
    # Written by the flip itself, so that no command that is killed after it can leave it out.
    assert await _notices(database) == [
        ("embedding.cut_over", "polity is served by text-embedding-3-small"),
        ("embedding.rolled_back", "polity is served by minilm-int8 again"),
        ("embedding.cut_over", "polity is served by text-embedding-3-small"),
    ]


async def test_a_file_that_is_no_revision_is_named(database: str, tmp_path: Path) -> None:
    await _cut_over(database, tmp_path)
    [path, *_] = _files(tmp_path)
    (tmp_path / path).write_text("<<<<<<< HEAD\n" + (tmp_path / path).read_text())
    for act in (cutovers.back(database, "history", revisions=tmp_path), migrate.upgrade(database, revisions=tmp_path)):
        with pytest.raises(ConfigurationError, match=r"\.py, line 1, is no revision: invalid syntax"):
            await act


async def _notices(dsn: str) -> list[tuple[str, str]]:
    connection = await engine.connect(dsn)
    try:
        rows = await connection.fetch("SELECT event, message FROM ops.notices ORDER BY id")
    finally:
        await connection.close()
    return [tuple(row) for row in rows]


async def test_a_namespace_is_not_cut_over_to_before_its_gate_has_passed(database: str, tmp_path: Path) -> None:
    await cutovers.advance(database, CREATION, revisions=tmp_path)
    with pytest.raises(CutoverRefused, match="its recorded gate has not passed"):
        await cutovers.advance(database, CUTOVER, revisions=tmp_path)
    await _report(database, "polity", "small", passed=False)
    with pytest.raises(CutoverRefused, match="its recorded gate has not passed"):
        await cutovers.advance(database, CUTOVER, revisions=tmp_path)

    assert await _states(database, "polity") == {"minilm_int8": "active", "small": "building"}


async def test_a_namespace_is_not_cut_over_to_while_a_live_chunk_is_missing(database: str, tmp_path: Path) -> None:
    await _execute(
        database,
        """WITH r AS (INSERT INTO catalog.revisions (domain, kind, message, author)
                      VALUES ('polity', 'apply', 'm', 'a') RETURNING id),
                d AS (INSERT INTO polity.documents (key) VALUES ('k') RETURNING id),
                v AS (INSERT INTO polity.versions (document_id, number, content_hash, status, revision_id, title)
                      SELECT d.id, 1, 'h', 'live', r.id, 't' FROM d, r RETURNING id),
                p AS (INSERT INTO polity.parents (version_id, position, header, locator, text, tokens)
                      SELECT id, 0, 'h', 'l', 't', 1 FROM v RETURNING id)
           INSERT INTO polity.chunks (parent_id, position, header, text, tokens) SELECT id, 0, 'h', 't', 1 FROM p""",
    )
    with pytest.raises(CutoverRefused, match="it lacks 1 chunks of live documents"):
        await _cut_over(database, tmp_path)

    assert await _states(database, "polity") == {"minilm_int8": "active", "small": "building"}


async def test_the_way_back_from_a_creation_drops_it(database: str, tmp_path: Path) -> None:
    await cutovers.advance(database, CREATION, revisions=tmp_path)
    await cutovers.back(database, "polity", revisions=tmp_path)
    with pytest.raises(CutoverRefused, match="has been made before"):
        await cutovers.advance(database, CREATION, revisions=tmp_path)

    assert await _states(database, "polity") == {"minilm_int8": "active", "small": "dropped"}


async def test_there_is_no_way_back_to_what_was_dropped(database: str, tmp_path: Path) -> None:
    await _cut_over(database, tmp_path)
    await _execute(database, "SELECT catalog.drop_namespace('polity', 'minilm_int8')")
    with pytest.raises(CutoverRefused, match="cannot be gone back to: it is dropped"):
        await cutovers.back(database, "polity", revisions=tmp_path)

    assert await _states(database, "polity") == {"minilm_int8": "dropped", "small": "active"}


async def test_domains_move_alone_and_the_schema_stays(database: str, tmp_path: Path) -> None:
    schema = await _heads(database)
    for domain in ("polity", "history"):
        await _cut_over(database, tmp_path, domain)
    await cutovers.back(database, "polity", revisions=tmp_path)
    assert await _states(database, "history") == {"minilm_int8": "retiring", "small": "active"}
    assert await _states(database, "polity") == {"minilm_int8": "active", "small": "retiring"}
    # Two steps back to where the branch begins: the cutover, then the creation.
    await cutovers.back(database, "history", revisions=tmp_path)
    await cutovers.back(database, "history", revisions=tmp_path)
    assert await _states(database, "history") == {"minilm_int8": "active", "small": "dropped"}
    assert (await cutovers.last(database, "history", revisions=tmp_path)) == Step("history", "start")
    assert schema <= await _applied(database, tmp_path)


async def test_another_model_after_a_way_back_leaves_the_first_where_it_was(database: str, tmp_path: Path) -> None:
    await _cut_over(database, tmp_path)
    await cutovers.back(database, "polity", revisions=tmp_path)
    await cutovers.advance(
        database, Step("polity", "creation", "large", "text-embedding-3-large", 3072), revisions=tmp_path
    )
    await _report(database, "polity", "large")
    large = Step("polity", "cutover", "large", "text-embedding-3-large", 3072, previous="minilm_int8")
    await cutovers.advance(database, large, revisions=tmp_path)
    assert await _states(database, "polity") == {"minilm_int8": "retiring", "small": "retiring", "large": "active"}
    await cutovers.back(database, "polity", revisions=tmp_path)
    assert await _states(database, "polity") == {"minilm_int8": "active", "small": "retiring", "large": "retiring"}
    await cutovers.advance(database, CUTOVER, revisions=tmp_path)
    assert await _states(database, "polity") == {"minilm_int8": "retiring", "small": "active", "large": "retiring"}


async def test_a_newer_schema_from_a_fresh_tree_leaves_the_branch_and_its_way_back(
    empty_database: str, tmp_path: Path
) -> None:
    old, fresh = tmp_path / "old", tmp_path / "fresh"
    await migrate.upgrade(empty_database, "0007", revisions=old)
    await _cut_over(empty_database, old)
    # What a new container has: the release's own files and none of ours.
    await migrate.upgrade(empty_database, revisions=fresh)
    assert await _states(empty_database, "polity") == {"minilm_int8": "retiring", "small": "active"}
    assert _files(fresh) == _files(old)
    await cutovers.back(empty_database, "polity", revisions=fresh)
    assert await _states(empty_database, "polity") == {"minilm_int8": "active", "small": "retiring"}


async def test_the_schema_moves_under_a_branch_without_moving_it(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = next(iter(await _heads(database)))
    newer = tmp_path / "newer" / "0999_next.py"
    newer.parent.mkdir()
    newer.write_text(
        f"from alembic import op\nrevision = '0999'\ndown_revision = '{head}'\n"
        "def upgrade(): op.execute('CREATE TABLE ops.next (id integer)')\n"
        "def downgrade(): op.execute('DROP TABLE ops.next')\n"
    )
    await _cut_over(database, tmp_path / "cutovers")
    made = migrate.config
    monkeypatch.setattr(migrate, "config", lambda dsn, folders=(): made(dsn, (*folders, newer.parent)))
    await migrate.upgrade(database, revisions=tmp_path / "other")
    assert await _states(database, "polity") == {"minilm_int8": "retiring", "small": "active"}
    await cutovers.back(database, "polity", revisions=tmp_path / "other")
    assert await _states(database, "polity") == {"minilm_int8": "active", "small": "retiring"}
    assert "0999" in await _applied(database, tmp_path / "other")


async def test_a_folder_that_cannot_be_written_costs_the_upgrade_nothing(database: str, tmp_path: Path) -> None:
    await _cut_over(database, tmp_path / "here")
    blocked = tmp_path / "file"
    blocked.write_text("")
    await migrate.upgrade(database, revisions=blocked / "below")
    with pytest.raises(ConfigurationError, match=r"cannot be written to .* PRASHNA_REVISIONS"):
        cutover_files.check_writable(blocked / "below")

    assert await _states(database, "polity") == {"minilm_int8": "retiring", "small": "active"}


async def test_a_file_that_was_written_and_never_applied_is_used(database: str, tmp_path: Path) -> None:
    await cutovers.advance(database, CREATION, revisions=tmp_path)
    with pytest.raises(CutoverRefused):
        await cutovers.advance(database, CUTOVER, revisions=tmp_path)
    before = set(_files(tmp_path))
    await _report(database, "polity", "small")
    await cutovers.advance(database, CUTOVER, revisions=tmp_path)

    assert set(_files(tmp_path)) == before
    kept = await _fetch(database, "SELECT filename FROM catalog.cutovers")
    assert set(kept) == before


async def test_the_committed_files_serve_a_database_that_has_not_been_there(
    database: str, empty_database: str, tmp_path: Path
) -> None:
    await _cut_over(database, tmp_path)
    before = set(_files(tmp_path))
    await migrate.upgrade(empty_database, revisions=tmp_path)
    assert await _states(empty_database, "polity") == {"minilm_int8": "active"}
    await _cut_over(empty_database, tmp_path)

    assert set(_files(tmp_path)) == before


async def test_what_the_catalog_holds_is_no_path_elsewhere(database: str, tmp_path: Path) -> None:
    await _execute(
        database,
        "INSERT INTO catalog.cutovers (revision, domain, filename, body)"
        " VALUES ('0a', 'polity', '../outside.py', 'revision = \"0a\"')",
    )
    await migrate.upgrade(database, revisions=tmp_path / "in")

    assert _files(tmp_path) == _files(tmp_path / "in") == {}


def _files(folder: Path) -> dict[str, str]:
    """The texts of the revisions in a folder by their names."""
    return {path.name: path.read_text() for path in folder.glob("*.py")}


async def _cut_over(dsn: str, folder: Path, domain: str = "polity") -> None:
    creation = Step(domain, "creation", "small", "text-embedding-3-small", 1536)
    cutover = Step(domain, "cutover", "small", "text-embedding-3-small", 1536, previous="minilm_int8")
    await cutovers.advance(dsn, creation, revisions=folder)
    await _report(dsn, domain, "small")
    await cutovers.advance(dsn, cutover, revisions=folder)


async def _report(dsn: str, domain: str, name: str, *, passed: bool = True) -> None:
    report = "true" if passed else "false"
    await _execute(
        dsn,
        f"UPDATE catalog.namespaces SET gate_report = '{{\"passed\": {report}}}'"
        f" WHERE domain = '{domain}' AND name = '{name}'",
    )


async def _states(dsn: str, domain: str) -> dict[str, str]:
    connection = await engine.connect(dsn)
    try:
        rows = await connection.fetch("SELECT name, status FROM catalog.namespaces WHERE domain = $1", domain)
    finally:
        await connection.close()
    return {row["name"]: row["status"] for row in rows}


async def _heads(dsn: str) -> set[str]:
    return set(await _fetch(dsn, "SELECT version_num FROM public.alembic_version"))


async def _applied(dsn: str, folder: Path) -> set[str]:
    """Every revision that the database has, those that others depend on included."""
    rows = await _heads(dsn)
    scripts = ScriptDirectory.from_config(migrate.config(dsn, (folder,)))
    return {script.revision for script in await asyncio.to_thread(_below, scripts, rows)}


def _below(scripts: ScriptDirectory, rows: set[str]) -> list[object]:
    return list(scripts.revision_map._get_ancestor_nodes(scripts.get_revisions(tuple(rows)), include_dependencies=True))


async def _fetch(dsn: str, query: str) -> list[str]:
    connection = await engine.connect(dsn)
    try:
        return [row[0] for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def _execute(dsn: str, query: str) -> None:
    connection = await engine.connect(dsn)
    try:
        await connection.execute(query)
    finally:
        await connection.close()
