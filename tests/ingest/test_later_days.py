"""A text of earlier days that would take the place of one of later days is told of before it does."""

from pathlib import Path

from content_desk import PROSE, Desk

from ingest.forecast import foresee


async def test_plan_and_apply_name_the_version_of_a_later_day_that_ends(desk: Desk) -> None:
    desk.document("levy.md", effective_from="2020-06-01")
    await desk.apply()
    desk.document("levy.md", PROSE + " So it was.", effective_from="2018-01-01")
    said = [
        f"{desk.folder}/levy.md: this text is effective from 2018-01-01 on, without an end, so it ends version 1 of "
        "'levy.md', which is effective from 2020-06-01; to keep that one, give this text effective_to: 2020-06-01"
    ]
    assert (await foresee(desk.dsn, desk.wish(), desk.models)).summary.warnings == said
    assert (await desk.apply()).warnings == said
    assert [number for _, number, _ in await desk.live()] == [2]


async def test_what_was_advised_keeps_both_and_is_not_told_of(desk: Desk) -> None:
    desk.document("levy.md", effective_from="2020-06-01")
    await desk.apply()
    desk.document("levy.md", PROSE + " So it was.", effective_from="2018-01-01", effective_to="2020-06-01")
    assert not [line for line in (await desk.apply()).warnings if "ends version" in line]
    assert [number for _, number, _ in await desk.live()] == [1, 2]


async def test_of_several_the_advice_is_the_first_day(desk: Desk) -> None:
    path: Path = desk.document("levy.md", effective_from="2020-06-01")
    await desk.apply()
    desk.document("levy.md", PROSE + " Then.", effective_from="2022-01-01")
    await desk.apply()
    desk.document("levy.md", PROSE + " Always.")
    assert (await desk.apply()).warnings == [
        f"{path}: this text is effective for all days, so it ends version {number} of 'levy.md', which is effective "
        f"from {day}; to keep that one, give this text effective_to: 2020-06-01"
        for number, day in ((1, "2020-06-01"), (2, "2022-01-01"))
    ]
