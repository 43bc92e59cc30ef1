"""What the commands say: help, one clear line for what has to be changed, and what they did."""

import asyncio
import os
import pty
import stat
import subprocess
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from support import library, stored_answers
from support.commands import Prashna
from support.students import SECRET, KeyPair

from app.api.auth import SecretVerifier
from app.db import engine
from app.settings import child_environment

COMMANDS = [
    [], ["serve"], ["worker"], ["token"], ["ask"], ["explain"], ["simulate-provider"], ["db"], ["db", "upgrade"],
    ["domain"], ["domain", "add"], ["ingest"], ["ingest", "apply"], ["cache"], ["cache", "purge"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_says_what_it_does(prashna: Prashna, command: list[str]) -> None:
    said = prashna(*command, "--help")

    assert (said.code, said.err) == (0, "")
    assert "Usage: prashna" in said.out.replace("root", "prashna")


def test_an_unknown_command_is_refused_with_a_hint(prashna: Prashna) -> None:
    said = prashna("anwser")

    assert said.code == 2
    assert "No such command" in said.err


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"PRASHNA_PORT": "http"}, "PRASHNA_PORT"),
        ({"PRASHNA_PORT": "70000"}, "PRASHNA_PORT"),
        ({"PRASHNA_DAILY_LIMIT": "-1"}, "PRASHNA_DAILY_LIMIT"),
        ({"PRASHNA_JWT_SECRET": "too short"}, "PRASHNA_JWT_SECRET"),
        ({"PRASHNA_LLM": "gpt"}, "PRASHNA_LLM"),
        ({"PRASHNA_LLM": "openai"}, "OPENAI_API_KEY"),
        ({"PRASHNA_RERANKER": "cohere"}, "COHERE_API_KEY"),
        ({"PRASHNA_EMBEDDER": "openai"}, "OPENAI_API_KEY"),
        ({"PRASHNA_LOG_LEVEL": "LOUD"}, "PRASHNA_LOG_LEVEL"),
        ({"DATABASE_URL": "postgresql://h/d"}, "PRASHNA_JWT_SECRET"),
        ({"PRASHNA_JWT_PUBLIC_KEY": "a key"}, "PRASHNA_JWT_PUBLIC_KEY"),
    ],
)
def test_a_bad_setting_is_named_in_one_line(prashna: Prashna, environment: dict[str, str], named: str) -> None:
    said = prashna("token", "--user", "u", **environment)

    assert isinstance(said.code, str)
    assert said.code.startswith("prashna: ")
    assert named in said.code
    assert "\n" not in said.code
    assert "too short" not in said.code


@pytest.mark.parametrize(
    "command", [["ask", "Why?"], ["explain", "Why?"], ["cache", "purge", "--yes"], ["domain", "add", "law"],
                ["db", "upgrade"], ["worker", "--queue", "chat"]], ids=" ".join
)  # fmt: skip
def test_a_database_that_cannot_be_reached_is_said_in_one_line(
    prashna: Prashna, command: list[str], tmp_path: Path
) -> None:
    said = prashna(*command, DATABASE_URL=f"postgresql://u@/d?host={tmp_path}", PRASHNA_JWT_SECRET=SECRET)

    assert isinstance(said.code, str)
    assert said.code.startswith("prashna: the database cannot be reached: ")


@pytest.mark.parametrize(
    "command",
    [["ask", "Why?"], ["explain", "Why?"], ["cache", "purge", "--yes"], ["domain", "add", "law"]],
    ids=" ".join,
)
def test_a_database_without_our_tables_is_said_in_one_line(
    prashna: Prashna, command: list[str], empty_database: str
) -> None:
    said = prashna(*command, DATABASE_URL=empty_database, PRASHNA_JWT_SECRET=SECRET)

    assert "prashna db upgrade" in str(said.code)


@pytest.mark.parametrize(
    "command",
    [["cache", "stats"], ["cache", "stats", "--json"], ["cache", "purge", "--yes"], ["explain", "Why?"],
     ["ask", "Why?"], ["domain", "add", "law"], ["ingest", "apply", ".", "--domain", "polity"],
     ["worker", "--queue", "chat"]], ids=" ".join,
)  # fmt: skip
def test_without_a_database_a_command_says_how_to_get_one_and_makes_nothing(
    prashna: Prashna, command: list[str], tmp_path: Path
) -> None:
    said = prashna(*command, PRASHNA_HOME=str(tmp_path / "home"))

    # A text as the code is printed, and ends the process with 1.
    assert isinstance(said.code, str)
    assert said.code.startswith(f"prashna: there is no database in PRASHNA_HOME '{tmp_path / 'home'}' yet: `make up`")
    assert said.out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [["token"], ["ask", "Why?"]], ids=" ".join)
@pytest.mark.parametrize("student", ["", "  ", "a\nb", "x" * 201], ids=["none", "blanks", "two lines", "too long"])
def test_a_student_whom_the_api_would_not_know_is_refused(
    prashna: Prashna, command: list[str], student: str, tmp_path: Path
) -> None:
    said = prashna(*command, "--user", student, PRASHNA_HOME=str(tmp_path / "home"))

    assert (said.code, said.out) == (2, "")
    assert "--user" in said.err
    assert "1 to 200 printable characters" in " ".join(said.err.replace("│", " ").split())
    assert list(tmp_path.iterdir()) == []


def test_a_token_is_printed_alone_and_works(prashna: Prashna, server: dict[str, str]) -> None:
    said = prashna("token", "--user", "asha", **server)
    verifier = SecretVerifier(SECRET, audience="prashna", issuer="prashna-demo")

    assert (said.code, said.err) == (0, "")
    assert verifier.student(said.out.removesuffix("\n")) == "asha"


def test_with_an_identity_providers_key_no_token_is_printed(prashna: Prashna) -> None:
    said = prashna("token", "--user", "asha", PRASHNA_JWT_PUBLIC_KEY=KeyPair().public_pem)

    assert "private key" in str(said.code)
    assert said.out == ""


def test_the_demo_secret_is_made_once_and_readable_by_its_owner_alone(prashna: Prashna, tmp_path: Path) -> None:
    tokens = [prashna("token", "--user", "asha", PRASHNA_HOME=str(tmp_path / "home")).out.strip() for _ in range(2)]
    secret = tmp_path / "home" / "demo-secret"
    verifier = SecretVerifier(secret.read_text(), audience="prashna", issuer="prashna-demo")

    assert [verifier.student(token) for token in tokens] == ["asha", "asha"]
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_an_empty_database_is_brought_up_to_date_and_takes_a_domain(prashna: Prashna, empty_database: str) -> None:
    steps = [
        prashna(*command, DATABASE_URL=empty_database)
        for command in (["db", "upgrade"], ["db", "upgrade"], ["domain", "add", "law", "--intent", "essay"])
    ]
    taken = prashna("domain", "add", "law")
    bad = prashna("domain", "add", "Law and order")

    assert [step.code for step in steps] == [0, 0, 0]
    assert "prashna ingest apply PATH --domain law" in steps[-1].out
    assert "exists already" in str(taken.code)
    assert str(bad.code).startswith("prashna: ")
    assert asyncio.run(_value(empty_database, "SELECT intent FROM catalog.domains WHERE name = 'law'")) == "essay"


def test_a_new_domain_starts_with_the_configured_embedders_model(prashna: Prashna, server: dict[str, str]) -> None:
    prashna("domain", "add", "law", PRASHNA_EMBEDDER="openai", OPENAI_API_KEY="unused", **server)
    row = _value(server["DATABASE_URL"], "SELECT model || ' ' || dimensions FROM catalog.namespaces WHERE domain='law'")

    assert asyncio.run(row) == "text-embedding-3-small 1536"


@pytest.mark.parametrize("yes", [["--yes"], []], ids=["with --yes", "without a terminal"])
def test_a_purge_says_how_many_answers_went(prashna: Prashna, server: dict[str, str], yes: list[str]) -> None:
    asyncio.run(_keep_two(server["DATABASE_URL"]))
    said = prashna("cache", "purge", *yes, **server)

    assert (said.code, said.out) == (0, "2 stored answers removed.\n")


@pytest.mark.parametrize(("reply", "left"), [("n", 2), ("y", 0)])
def test_on_a_terminal_a_purge_asks_first(server: dict[str, str], reply: str, left: int) -> None:
    asyncio.run(_keep_two(server["DATABASE_URL"]))
    terminal, end = pty.openpty()
    try:
        os.write(terminal, f"{reply}\n".encode())
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", "cache", "purge"],
            stdin=end, capture_output=True, text=True, timeout=30, env=child_environment(**server),
            cwd=Path(__file__).parents[2],
        )  # fmt: skip
    finally:
        os.close(end)
        os.close(terminal)

    assert done.stderr.startswith("Remove every stored answer?")
    assert (done.returncode == 0) == (reply == "y")
    assert asyncio.run(_value(server["DATABASE_URL"], "SELECT count(*) FROM cache.entries")) == left


async def _keep_two(dsn: str) -> None:
    async with engine.open_pool(dsn, application="test", size=1) as pool:
        placed = await library.place(pool)
        for text in ("one", "two"):
            await stored_answers.keep(pool, text, placed)


def _value(dsn: str, query: str) -> Coroutine[Any, Any, Any]:
    async def fetched() -> object:
        connection = await engine.connect(dsn)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return fetched()
