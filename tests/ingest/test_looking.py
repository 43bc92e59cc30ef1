"""What the content desk shows of its content and of its changes; looking writes nothing."""

import json
from typing import Any

import pytest
from content_desk import PROSE, Desk

from app.settings import Settings
from ingest import commands, views
from ingest.forecast import foresee

SETTINGS = Settings.from_env({})


async def _changed(desk: Desk) -> None:
    """Revision 1 brings two documents, revision 2 changes one."""
    desk.document("governor.md")
    desk.document("president.md", "The President is elected.")
    await desk.apply()
    desk.document("governor.md", PROSE.replace("during the pleasure of the President", "for five years"))
    await desk.apply()


def _said(capsys: pytest.CaptureFixture[str]) -> Any:
    out = capsys.readouterr().out
    # Log lines of the workers in this process stand before it.
    start = min(at for at in (out.find("\n[\n"), out.find("\n{\n"), 0 if out[:2] in ("[\n", "{\n") else -1) if at >= 0)
    return json.loads(out[start:])


async def test_a_plan_says_what_an_apply_would_do_and_writes_nothing(desk: Desk) -> None:
    await _changed(desk)
    before = await desk.counts()
    desk.document("president.md", "The President is elected by electors.")
    desk.document("speaker.md", "The Speaker presides.")
    (desk.folder / "governor.md").unlink()
    foreseen = await foresee(desk.dsn, desk.wish(prune=True), desk.models)
    assert foreseen.summary.keys == {
        "added": ["speaker.md"],
        "changed": ["president.md"],
        "removed": ["governor.md"],
    }
    assert (foreseen.summary.chunks, foreseen.summary.revision) == (2, None)
    assert sorted(change.status_after for change in foreseen.changes) == ["ended", "withdrawn"]
    assert await desk.counts() == before
    assert await desk.live() == [("governor.md", 2, None), ("president.md", 1, None)]


async def test_list_status_and_log_say_what_is_there(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    await _changed(desk)
    capsys.readouterr()
    assert await views.run_list(desk.dsn, "polity", everything=True, as_json=True) == 0
    listed = _said(capsys)
    assert [(one["key"], one["number"], one["status"]) for one in listed] == [
        ("governor.md", 1, "ended"),
        ("governor.md", 2, "live"),
        ("president.md", 1, "live"),
    ]
    assert await views.run_status(desk.dsn, "polity", as_json=True) == 0
    [standing] = _said(capsys)["domains"]
    assert (standing["live"], standing["waiting"], standing["last_revision"], standing["jobs"]) == (2, 0, 2, 0)
    assert (standing["spaces"][0]["done"], standing["spaces"][0]["total"]) == (3, 3)
    assert await views.run_log(desk.dsn, None, limit=1, as_json=True) == 0
    [logged] = _said(capsys)
    assert (logged["number"], logged["kind"], logged["author"], logged["documents"]) == (2, "apply", "tester", 1)


async def test_the_log_says_what_became_of_drafts(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    async def drafted(*texts: str) -> None:
        for number, text in enumerate(texts):
            desk.document(f"{number}.md", text)
        await desk.apply(draft=True)

    await drafted("One.", "Two.", "Three.")
    await drafted("One, again.")
    await desk.publish(2)
    await desk.withdraw("1.md")
    desk.document("4.md", "Four.")
    await desk.apply(desk.folder / "4.md", wait=False)
    capsys.readouterr()
    assert await _marks(desk, capsys) == [
        "apply",
        "withdraw",
        "publish",
        "apply (draft, published by 3)",
        "apply (draft, replaced by 2, withdrawn by 4, 1 left)",
    ]
    # What an undo brings back is a draft again; what it takes back never was one that anybody replaced.
    await desk.undo(4)
    await desk.undo(3)
    assert await _marks(desk, capsys) == [
        "undo of 3",
        "undo of 4",
        "apply",
        "withdraw, undone by 6",
        "publish, undone by 7",
        "apply (draft)",
        "apply (draft, replaced by 2, 2 left)",
    ]
    assert await views.run_log(desk.dsn, None, limit=1, as_json=True) == 0
    assert _said(capsys)[0]["drafted"] is None


async def _marks(desk: Desk, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Kind and fate of each revision, newest first."""
    assert await views.run_log(desk.dsn, "polity", limit=20, as_json=False) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "  polity  " in line]
    return [line.split("  polity  ")[1].split("  ")[0] for line in lines]


async def test_a_diff_shows_what_changed_passage_by_passage(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    await _changed(desk)
    capsys.readouterr()
    assert await views.run_diff(desk.dsn, 2, None, as_json=False) == 0
    assert capsys.readouterr().out.splitlines()[2:] == [
        "governor.md: version 1 -> version 2",
        "  @ The Governor (changed)",
        "     He is appointed by the President by warrant under his hand.",
        "    -He holds office during the pleasure of the President.",
        "    +He holds office for five years.",
    ]


async def test_a_draft_is_compared_with_what_students_see(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.document("governor.md")
    await desk.apply()
    for text in ("He holds office for four years.", "He holds office for five years."):
        desk.document("governor.md", f"# The Governor\n\n{text}\n")
        await desk.apply(draft=True)
    capsys.readouterr()

    for published in (False, True):
        assert await views.run_diff(desk.dsn, 3, None, as_json=True) == 0
        [document] = _said(capsys)["documents"]
        assert (document["before"], document["after"]) == (1, 3), published
        assert [one["change"] for one in document["differences"]] == ["changed"]
        if not published:
            await desk.publish()


async def test_a_diff_tells_what_students_went_through(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    said: dict[str, tuple[int | None, int | None]] = {}

    async def look(what: str) -> None:
        capsys.readouterr()
        assert await views.run_diff(desk.dsn, None, None, as_json=True) == 0
        [document] = _said(capsys)["documents"]
        said[what] = (document["before"], document["after"])

    async def write(text: str, **options: bool) -> None:
        desk.document("governor.md", f"# The Governor\n\n{text}\n")
        await desk.apply(**options)

    await write("He holds office for four years.")
    await write("He holds office for five years.", draft=True)
    await desk.publish()
    await look("publish")
    await desk.undo()
    await look("undo of the publish")
    await desk.publish(2)
    await desk.withdraw("governor.md")
    await look("withdraw")
    await desk.undo()
    await look("undo of the withdraw")
    await write("He holds office for six years.")
    await write("He holds office for seven years.", draft=True)
    await look("draft")
    await desk.withdraw("governor.md")
    await write("He holds office for seven years.", draft=True)
    await look("draft of what nobody sees")
    assert said == {
        "publish": (1, 2),
        "undo of the publish": (2, 1),
        "withdraw": (2, None),
        "undo of the withdraw": (None, 2),
        "draft": (3, 4),
        "draft of what nobody sees": (None, 4),
    }


async def test_a_line_that_looks_like_a_mark_is_shown(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("First.\n\n-- a remark\n\n---\n\n@@ at", "First.\n\n++ a remark\n\n@@ at\n\n+++"):
        desk.document("governor.md", text)
        await desk.apply()
    capsys.readouterr()
    assert await views.run_diff(desk.dsn, None, "polity", as_json=False) == 0
    lines = {line.strip() for line in capsys.readouterr().out.splitlines()}
    assert {"--- a remark", "----", "+++ a remark", "++++"} <= lines
    assert await views.run_diff(desk.dsn, 2, "history", as_json=False) == 1
    assert "there is no revision 2 of history: it is of polity" in capsys.readouterr().err


async def test_texts_of_different_days_are_compared(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.document("governor.md", effective_from="1990-01-01")
    await desk.apply()
    desk.document("governor.md", "He holds office for five years.", effective_from="2000-01-01")
    await desk.apply()
    await desk.undo()
    for number, expected in ((2, (1, 2)), (3, (2, 1))):
        capsys.readouterr()
        assert await views.run_diff(desk.dsn, number, None, as_json=True) == 0
        [document] = _said(capsys)["documents"]
        assert (document["before"], document["after"]) == expected


async def test_a_version_is_shown_with_its_passages(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    await _changed(desk)
    capsys.readouterr()
    assert await views.run_show(desk.dsn, "polity", "governor.md", 1, as_json=True) == 0
    shown = _said(capsys)
    assert (shown["version"]["number"], [one["text"] for one in shown["passages"]]) == (1, [PROSE])
    assert await views.run_show(desk.dsn, "polity", "nothing.md", None, as_json=False) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.splitlines()[-1]) == (
        "",
        "prashna: there is no document 'nothing.md' in polity; `prashna ingest list --domain polity`",
    )


async def test_an_apply_answers_in_json(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.document("governor.md")
    assert await commands.run_apply(desk.dsn, SETTINGS, [desk.folder], "polity", as_json=True) == 0
    said = _said(capsys)
    assert (said["revision"], said["documents"]["added"], said["waits"]) == (1, ["governor.md"], False)


async def test_without_waiting_nothing_is_live_and_the_jobs_are_there(desk: Desk) -> None:
    desk.document("governor.md")
    summary = await desk.apply(wait=False)
    assert (summary.revision, summary.waits, summary.exit_code) == (1, True, 0)
    assert await desk.live() == []
    assert await desk.fetch("SELECT task_name, status::text FROM queue_bulk.procrastinate_jobs") == [
        ("bulk:embed", "todo")
    ]
    # The same again sees it through.
    assert (await desk.apply()).revision is None
    assert await desk.live() == [("governor.md", 1, None)]
