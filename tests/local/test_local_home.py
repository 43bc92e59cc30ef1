"""PRASHNA_HOME: what is in it, and who may read it."""

import os
import threading
from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.local.home import Home


def test_the_demo_secret_is_made_once_and_is_ours_alone(folder: Path) -> None:
    first = Home(folder / "a home").demo_secret()
    assert (Home(folder / "a home").demo_secret(), len(first) >= 32) == (first, True)
    assert (folder / "a home" / "demo-secret").stat().st_mode & 0o777 == 0o600


def test_two_homes_have_two_secrets(folder: Path) -> None:
    assert Home(folder / "one").demo_secret() != Home(folder / "two").demo_secret()


def test_processes_that_start_together_agree_on_the_secret(folder: Path) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(Home(folder).demo_secret())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found)), sorted(p.name for p in folder.iterdir())) == (8, 1, ["demo-secret"])


def test_a_secret_that_others_can_read_is_refused(folder: Path) -> None:
    Home(folder).demo_secret()
    (folder / "demo-secret").chmod(0o644)
    with pytest.raises(ConfigurationError, match="delete it"):
        Home(folder).demo_secret()


def test_a_file_in_the_place_of_the_home_is_named(folder: Path) -> None:
    (folder / "file").touch()
    with pytest.raises(ConfigurationError, match="file"):
        Home(folder / "file").prepare()


def test_an_empty_folder_is_taken_over_and_a_full_one_left_as_it_is(folder: Path) -> None:
    wanted = 0o711 if os.geteuid() == 0 else 0o700
    full = folder / "full"
    full.mkdir(mode=0o750)
    (full / "something").touch()
    empty = folder / "empty"
    empty.mkdir(mode=0o755)
    for path in (full, empty):
        Home(path).prepare()
    assert [path.stat().st_mode & 0o777 for path in (full, empty)] == [0o750, wanted]


def test_a_lock_is_held_by_one_and_its_note_read_by_the_other(folder: Path) -> None:
    home = Home(folder)
    with home.lock("up") as mine, home.lock("up") as theirs:
        assert mine.try_take()
        mine.write("pid 1, a longer note")
        mine.write("pid 1")
        assert (theirs.try_take(), theirs.read()) == (False, "pid 1")


def test_the_last_of_several_sharers_gets_the_lock(folder: Path) -> None:
    home = Home(folder)
    with home.lock("database") as one, home.lock("database") as two:
        one.share()
        two.share()
        assert (one.try_take(), two.try_take()) == (False, True)
