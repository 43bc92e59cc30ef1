"""What is pruned: what came from under the paths given and is no longer there, and nothing else."""

import os
from pathlib import Path
from typing import Any

import pytest
from content_desk import Desk

from app.errors import ConfigurationError


async def _two_folders(desk: Desk) -> None:
    desk.document("acts/governor.md")
    desk.document("acts/old.md", "Old things.")
    desk.rows(
        "acts/rows.jsonl", *({"id": f"row-{n}", "title": f"Row {n}", "text": f"Row {n} says this."} for n in "12")
    )
    desk.document("news/today.md", "News of today.")
    await desk.apply(desk.folder / "acts")
    await desk.apply(desk.folder / "news")


async def test_only_with_prune_what_is_gone_is_taken_out_and_undo_brings_it_back(desk: Desk) -> None:
    await _two_folders(desk)
    everything = await desk.live()
    (desk.folder / "acts/old.md").unlink()
    desk.rows("acts/rows.jsonl", {"id": "row-1", "title": "Row 1", "text": "Row 1 says this."})
    (desk.folder / "news/today.md").unlink()
    assert (await desk.apply(desk.folder / "acts")).removed == 0
    summary = await desk.apply(desk.folder / "acts", prune=True)
    assert summary.keys["removed"] == ["old.md", "row-2"]
    assert [key for key, *_ in await desk.live()] == ["governor.md", "row-1", "today.md"]
    await desk.undo()
    assert await desk.live() == everything


async def test_a_file_that_cannot_be_read_and_a_folder_that_is_not_there_prune_nothing(desk: Desk) -> None:
    await _two_folders(desk)
    everything = await desk.live()
    desk.write("acts/governor.md", b"\0\0")
    desk.rows("acts/rows.jsonl", "{", {"id": "row-1", "title": "Row 1", "text": "Row 1 says this."})
    assert (await desk.apply(desk.folder / "acts", prune=True)).removed == 0
    assert (await desk.apply(desk.folder / "nothing", prune=True)).removed == 0
    assert await desk.live() == everything


@pytest.mark.parametrize("closed", ["acts", "acts/inner"])
async def test_a_folder_that_cannot_be_listed_prunes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    desk.document("acts/inner/governor.md")
    await desk.apply(desk.folder / "acts")
    everything = await desk.live()
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        # By the system's own call: tests may run as root, to whom every folder is open.
        if Path(path).resolve() == (desk.folder / closed).resolve():
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    summary = await desk.apply(desk.folder / "acts", prune=True)
    assert (summary.removed, len(summary.rejected)) == (0, 1)
    assert await desk.live() == everything


async def test_a_folder_that_was_emptied_is_pruned(desk: Desk) -> None:
    path = desk.document("acts/governor.md")
    await desk.apply(desk.folder / "acts")
    path.unlink()
    assert (await desk.apply(desk.folder / "acts", prune=True)).keys["removed"] == ["governor.md"]
    assert await desk.live() == []


async def test_a_single_file_that_is_gone_is_taken_out(desk: Desk) -> None:
    path = desk.document("governor.md")
    await desk.apply(path)
    path.unlink()
    summary = await desk.apply(path, prune=True)
    assert (summary.keys["removed"], summary.rejected, summary.exit_code) == (["governor.md"], [], 0)
    assert await desk.live() == []


async def test_patterns_standard_input_and_drafts_cannot_be_pruned(desk: Desk) -> None:
    for path in ("-", str(desk.folder / "*.md")):
        with pytest.raises(ConfigurationError, match="--prune needs the folders or files themselves"):
            await desk.apply(path, prune=True)
    with pytest.raises(ConfigurationError, match="do not go together"):
        await desk.apply(prune=True, draft=True)


async def test_a_file_of_the_same_name_elsewhere_is_not_taken_for_a_change_without_a_word(desk: Desk) -> None:
    first = desk.document("one/readme.md")
    await desk.apply(first.parent)
    second = desk.document("two/readme.md", "Another text altogether.")
    warnings = (await desk.apply(second.parent)).warnings
    assert [f"takes the place of the text from {first}, which is still there" in line for line in warnings] == [True]

    # A folder that was moved is none of this.
    second.rename(desk.folder / "readme.md")
    desk.document("readme.md", "Moved, and mended.")
    assert (await desk.apply(desk.folder / "readme.md")).warnings == []
