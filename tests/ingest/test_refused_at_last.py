"""A version that cannot become live when its embeddings are there is told of, and is not counted as live."""

import json

import pytest
from content_desk import PROSE, Desk
from rich.console import Console

from app.db import content, standing
from app.db.going_live import Refused
from ingest import report, views
from ingest.summary import Summary

_REASON = "the live version 2 is effective from 2019-01-01 to 2021-01-01"


async def _refused(desk: Desk) -> int:
    """A text of 2020 to 2022 waits, and meanwhile another session makes one of 2019 to 2021 live; its revision."""
    desk.document("levy.md", effective_from="2010-01-01", effective_to="2011-01-01")
    await desk.apply()
    desk.document("levy.md", PROSE + " Across.", effective_from="2019-01-01", effective_to="2021-01-01")
    await desk.apply(draft=True)
    desk.document("levy.md", PROSE + " Before.", effective_from="2018-01-01", effective_to="2020-01-01")
    waiting = await desk.apply(wait=False)
    await desk.fetch("UPDATE polity.versions SET status = 'live', live_at = now() WHERE number = 2")
    assert waiting.revision is not None
    return waiting.revision


async def test_an_apply_names_it_and_its_exit_status_is_not_0(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    revision = await _refused(desk)
    summary = await desk.apply()
    assert [(one.key, one.number, one.revision, one.reason) for one in summary.refused] == [
        ("levy.md", 3, revision, _REASON)
    ]
    assert (summary.exit_code, summary.waits) == (1, False)
    assert summary.as_json()["refused"] == [{"key": "levy.md", "number": 3, "revision": revision, "reason": _REASON}]
    report.summarise(report.LineReport(Console()), summary)
    said = capsys.readouterr().out.splitlines()
    assert f"refused: version 3 of 'levy.md' is not live: {_REASON}" in said
    assert said[-1] != "what was there before is live"


async def test_with_others_that_are_live_the_exit_status_is_3(desk: Desk) -> None:
    await _refused(desk)
    desk.document("governor.md")
    assert (await desk.apply()).exit_code == 3


def test_two_refused_versions_of_one_document_do_not_hide_that_another_is_live() -> None:
    summary = Summary("polity", refused=[Refused("levy.md", number, 2, _REASON) for number in (3, 4)])
    summary.count("changed", "levy.md")
    assert summary.exit_code == 1
    summary.count("added", "governor.md")
    assert summary.exit_code == 3


async def test_status_shows_the_reason_until_a_revision_touches_it(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    revision = await _refused(desk)
    await desk.apply()
    capsys.readouterr()
    assert await views.run_status(desk.dsn, "polity", as_json=False) == 0
    assert f"  refused: version 3 of 'levy.md' (revision {revision}): {_REASON}\n" in capsys.readouterr().out
    await views.run_status(desk.dsn, "polity", as_json=True)
    [polity] = json.loads(capsys.readouterr().out)["domains"]
    assert [one["key"] for one in polity["refused"]] == ["levy.md"]
    await desk.withdraw("levy.md")
    async with content.open_desk(desk.dsn) as connection:
        assert (await standing.of(connection, "polity")).refused == ()
