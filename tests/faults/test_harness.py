"""The experiments' own judgement: a fault that did not happen, or a broken promise, does not pass."""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest
from support.event_reader import Event
from support.stack import Stack

from app.api.event_stream import RETRY_MS
from app.db import engine
from app.local.cluster import Cluster
from app.local.home import Home
from app.simulator.behaviour import Call
from faults import command, hostile, providers
from faults.black_hole import BlackHole
from faults.catalogue import EXPERIMENTS, Experiment
from faults.field import Field, Ground
from faults.invariants import mixed_up, reading_problems, server_errors, unrest
from faults.ledger import Asked, Ledger, Reply, Window
from faults.outcome import INVARIANTS, Outcome
from faults.students import crowd

ROOT = Path(__file__).resolve().parent.parent.parent


def _passed() -> Outcome:
    outcome = Outcome("C0", "nothing", seed=1)
    outcome.fault("it rained", seen=True, evidence="wet")
    outcome.check("it dried", held=True)
    for name in INVARIANTS:
        outcome.invariant(name, held=True, detail="")
    return outcome


def test_an_experiment_passes_with_its_fault_seen_and_everything_held() -> None:
    outcome = _passed()
    assert (outcome.failures, outcome.fault_observed, outcome.row()["passed"]) == ([], True, True)


def test_a_fault_that_did_not_happen_fails_its_experiment() -> None:
    outcome = _passed()
    outcome.fault("it snowed", seen=False, evidence="dry")
    assert outcome.failures == ["the fault did not happen: it snowed (dry)"]
    assert not outcome.row()["fault_observed"]


def test_an_experiment_without_a_fault_fails() -> None:
    outcome = _passed()
    outcome.faults.clear()
    assert outcome.failures == ["no fault was made"]


@pytest.mark.parametrize("name", INVARIANTS)
def test_a_broken_or_unchecked_invariant_fails(name: str) -> None:
    broken, unchecked = _passed(), _passed()
    broken.invariant(name, held=False, detail="why")
    del unchecked.invariants[name]
    assert broken.failures == [f"{name} broken: why"]
    assert unchecked.failures == [f"{name} was not checked"]


def test_a_figure_over_its_bar_and_an_error_fail() -> None:
    outcome = _passed()
    outcome.at_most("seconds", 16, 15)
    outcome.error = "ValueError"
    assert outcome.failures == ["ValueError", "not so: seconds at most 15 (16)"]


def _read(*events: tuple[int, int, str, object], task: object = None) -> Asked:
    asked = Asked("a", "What?", "key", task=task or uuid4(), followed=True)  # type: ignore[arg-type]
    asked.events = [Event(*one) for one in events]
    return asked


def _done(text: str, task: object = None) -> dict[str, object]:
    return {"answer": {"text": text, "task_id": str(task)}}


@pytest.mark.parametrize(
    ("seqs", "stored", "sound"),
    [
        ([1, 2, 3], "ab", True),
        ([1, 2, 4], "ab", False),
        ([1, 1, 3], "ab", False),
        ([2, 3, 4], "ab", False),
        ([1, 2, 3], "abc", False),
        ([1, 2, 3], None, False),
    ],
)
def test_gaps_repeats_and_other_texts_are_seen(seqs: list[int], stored: str | None, sound: bool) -> None:
    data = [("token", {"text": "a"}), ("token", {"text": "b"}), ("done", _done("ab"))]
    asked = _read(*((1, seq, *one) for seq, one in zip(seqs, data, strict=True)))
    assert (not list(reading_problems(asked, stored))) == sound


def test_a_stream_without_an_end_is_seen() -> None:
    assert list(reading_problems(_read((1, 1, "token", {"text": "a"})), "a"))


def test_a_second_attempt_that_begins_anew_is_sound() -> None:
    events = [(1, 1, "token", {"text": "a"}), (2, 1, "restart", {}), (2, 2, "token", {"text": "b"})]
    assert not list(reading_problems(_read(*events, (2, 3, "done", _done("b"))), "b"))


def test_another_students_words_and_end_are_seen() -> None:
    one, other = _read(), _read()
    one.question, other.question, other.student = "What? (asked by kx1)", "What? (asked by kx2)", "b"
    one.events = [Event(1, 1, "token", {"text": "kx2) asked"}), Event(1, 2, "done", _done("", other.task))]
    assert len(mixed_up([one, other])) == 2
    one.events = [Event(1, 1, "token", {"text": "kx1) asked"}), Event(1, 2, "done", _done("", one.task))]
    assert mixed_up([one, other]) == []


@pytest.mark.parametrize(
    ("status", "retry_after", "began", "held"),
    [
        (503, "2", 15.0, True),
        (503, "2", 5.0, False),
        (503, None, 15.0, False),
        (500, "2", 15.0, False),
        (404, None, 5.0, True),
    ],
)
def test_5xx_count_outside_the_window_and_when_they_are_rude(
    status: int, retry_after: str | None, began: float, held: bool
) -> None:
    ledger = Ledger(replies=[Reply(began, began + 1, "/chat", status, retry_after)], windows=[Window(10.0, 20.0)])
    assert server_errors(ledger)[0] is held


@pytest.mark.parametrize(
    ("calls", "fault", "end", "seconds", "sound"),
    [
        (3, "server_error", "done", 95.0, True),
        (4, "server_error", "done", 1.0, False),
        (1, "timeout", "done", 1.0, False),
        (1, "server_error", "error", 1.0, False),
        (1, "server_error", "done", 95.1, False),
    ],
)
def test_a_provider_asked_too_often_a_fault_unmet_no_answer_and_a_late_one_are_seen(
    calls: int, fault: str, end: str, seconds: float, sound: bool
) -> None:
    outcome = Outcome("C9", "nothing", seed=1)
    made = [Call("chat", "gpt-4.1", streamed=True, fault=fault) for _ in range(calls)]
    # Choosing the specialist is no answer call.
    made.append(Call("chat", "gpt-4.1-nano", streamed=False, fault=None))
    providers.judge(outcome, "primary", ["server_error"], [_read((1, 1, end, _done("")))], made, seconds)
    assert (outcome.fault_observed and all(check.held for check in outcome.checks)) == sound


def test_every_hostile_request_expects_no_5xx_and_has_a_name_of_its_own() -> None:
    requests = hostile.requests()
    assert len({one.name for one in requests}) == len(requests)
    assert all(status < 500 for one in requests for status in one.statuses)


def test_the_short_ones_are_those_of_the_issue() -> None:
    short = {name for name, one in EXPERIMENTS.items() if one.in_short}
    assert short == {"C1", "C2", "C3", "C5", "C6", "C9", "C12", "C20", "C21", "C24"}


async def test_a_student_comes_back_when_the_stream_said_though_that_came_alone(stack: Stack) -> None:
    stack.provider.first_token_ms = 1_000
    async with crowd(Ledger(), [stack.base], random.Random(1)) as students:
        asked = await students.post("a patient student", "What is the minimum age to be elected President?")
        asked.retry = 0.0
        await students.follow(asked)
    low, high = RETRY_MS
    assert low <= asked.retry * 1000 <= high


async def test_a_connection_too_many_and_an_open_transaction_are_seen(stack: Stack, tmp_path: Path) -> None:
    home, outcome = Home(tmp_path), Outcome("C0", "nothing", seed=1)
    async with Ground(Cluster(home), home, stack).field(outcome, short=True) as field:
        before = [one async for one in unrest(field)]
        leaked = [await engine.connect(stack.dsn, application="leases") for _ in range(2)]
        await leaked[0].execute("BEGIN")
        found = [one async for one in unrest(field) if one not in before]
        for one in leaked:
            await one.close()
    assert ["too many" in one or "idle in transaction" in one for one in found] == [True, True]


async def _raises(_: Field) -> None:
    raise RuntimeError("broken")


async def _never_ends(_: Field) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(("run", "error"), [(_raises, "RuntimeError: broken"), (_never_ends, "TimeoutError")])
async def test_an_experiment_that_raises_or_never_ends_is_a_failure_and_not_the_end_of_the_run(
    stack: Stack, tmp_path: Path, monkeypatch, run: Callable[[Field], Awaitable[None]], error: str
) -> None:
    monkeypatch.setattr(command, "LOGS", tmp_path / "logs")
    home = Home(tmp_path)
    outcome = Outcome("C0", "nothing", seed=1)
    experiment = Experiment("C0", "nothing", run, most_seconds=5.0)
    await command.perform(experiment, Ground(Cluster(home), home, stack), outcome, short=True)
    assert outcome.failures[0].startswith(error)
    assert any("worker.started" in log.read_text() for log in (tmp_path / "logs" / "C0").iterdir())


async def test_the_black_hole_swallows_what_listens_and_lets_the_rest_through(tmp_path: Path) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    server = await asyncio.start_unix_server(echo, tmp_path / ".s.PGSQL.5432")
    async with server, BlackHole(f"postgresql://postgres@/x?host={tmp_path}&port=5432").running() as hole:
        port = int(hole.dsn.rpartition(":")[2].partition("/")[0])
        listener, other = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        for (reader, writer), said in ((listener, b"prashna-x LISTEN a"), (other, b"prashna-y SELECT 1")):
            writer.write(said)
            assert await asyncio.wait_for(reader.read(100), 5) == said
        assert (hole.listening(), hole.listening("prashna-x"), hole.swallow(), hole.listening()) == (1, 1, 1, 0)
        for _, writer in (listener, other):
            writer.write(b"more")
        assert await asyncio.wait_for(other[0].read(100), 5) == b"more"
        while hole.bytes_swallowed < 4:
            await asyncio.sleep(0.01)
        for _, writer in (listener, other):
            writer.close()


def test_the_command_refuses_names_that_are_none() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", "C99"], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "no experiment is named C99" in done.stderr
