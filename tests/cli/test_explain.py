"""`prashna explain`: what is printed for people and for programs, what is refused, and that nothing is written."""

import asyncio
import dataclasses
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.commands import Prashna
from support.postgres import named, new_name, statement
from support.students import SECRET

from app.db import engine
from app.settings import Settings
from app.simulator import faults
from app.simulator.behaviour import Behaviour
from app.simulator.completion import Completion
from app.simulator.server import running
from ingest import commands

TEXTS = {
    "polity/governor.md": """---
title: "Article 155. Appointment of Governor"
as_of: 2024-01-01
---
The Governor of a State shall be appointed by the President by warrant under his hand and seal.
""",
    "polity/money.md": """---
title: "Article 110. Definition of Money Bills"
as_of: 2024-01-01
---
If any question arises whether a Bill is a Money Bill or not, the decision of the Speaker thereon shall be final.
""",
    "geography/godavari.md": """---
title: The Godavari
as_of: 2024-01-01
---
The Godavari rises near Nashik in the Western Ghats and flows east for 1,465 kilometres to the Bay of Bengal.
""",
    "pyq_mains/rows.jsonl": "\n".join(
        json.dumps(
            {
                "id": f"mains-{year}-gs2-{number}",
                "title": f"UPSC Mains {year} GS2: {theme}",
                "text": f"Paraphrase: The UPSC Mains {year} GS2 paper asked about {theme}.",
                "year": year,
                "paper": "GS2",
                "subject": "polity",
                "marks": 10,
                "theme": theme,
                "paraphrase": True,
            }
        )
        for number, (year, theme) in enumerate(
            (
                (2021, "the office of the Governor"),
                (2022, "money bills"),
                (2022, "the Governor's assent"),
            )
        )
    ),
}
GOVERNOR = "Who appoints the Governor of a State?"
MERCURY = "What is the boiling point of mercury?"
PAPERS = "UPSC mains 2022 GS2 questions"
WRITTEN = ["chat", "cache", "ops", "queue_chat", "queue_bulk"]


@pytest.fixture(scope="module")
async def content(postgres: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The name of a database with facts and past questions in it."""
    folder = tmp_path_factory.mktemp("content")
    for name, text in TEXTS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    name = new_name("explain")
    await statement(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    for path in sorted(folder.iterdir()):
        code = await commands.run_apply(
            named(postgres, name), Settings.from_env({}), [path], domain=path.name, label=None, message=None, author="t"
        )
        assert code == 0
    yield name
    await statement(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def stocked(postgres: str, content: str) -> AsyncIterator[dict[str, str]]:
    """The variables of a user with a copy of that database."""
    name = new_name("explain")
    await statement(postgres, f"CREATE DATABASE {name} TEMPLATE {content}")
    yield {"DATABASE_URL": named(postgres, name), "PRASHNA_JWT_SECRET": SECRET, "PRASHNA_EMBEDDER_THREADS": "1"}
    await statement(postgres, f"DROP DATABASE {name} WITH (FORCE)")


def explained(prashna: Prashna, environment: dict[str, str], *arguments: str) -> list[dict[str, Any]]:
    """The objects that the command prints."""
    said = prashna("explain", *arguments, "--json", **environment)
    assert (said.code, said.err) == (0, "")
    return [json.loads(line) for line in said.out.splitlines()]


def questions_file(folder: Path, *queries: str) -> str:
    """The path of a file of rows with other fields beside the question, and blank lines."""
    path = folder / "questions.jsonl"
    path.write_text("\n".join(json.dumps({"id": n, "query": query}) + "\n" for n, query in enumerate(queries)))
    return str(path)


def test_a_file_of_questions_is_explained_line_by_line_and_nothing_is_written(
    prashna: Prashna, stocked: dict[str, str], tmp_path: Path
) -> None:
    assert prashna("ask", GOVERNOR, **stocked).code == 0
    before = _rows(stocked)
    path = questions_file(tmp_path, GOVERNOR, MERCURY, PAPERS)
    governor, mercury, papers = explained(prashna, stocked, "--file", path)

    assert _rows(stocked) == before
    assert [list(row) for row in (governor, mercury, papers)] == [
        ["query", "route", "passages", "evidence", "cache", "answer"]
    ] * 3
    assert [row["query"] for row in (governor, mercury, papers)] == [GOVERNOR, MERCURY, PAPERS]
    _check_answered(governor)
    assert governor["cache"]["decision"] == "exact"
    assert (mercury["evidence"]["answerable"], mercury["answer"]["refused"]) == (False, True)
    assert all(one["reason"] for row in (governor, mercury) for one in row["evidence"]["searches"])
    assert {one["used"] for one in mercury["passages"]} <= {False}
    _check_listed(papers)


def _check_answered(row: dict[str, Any]) -> None:
    first = row["passages"][0]
    assert row["route"]["intent"] == "factual"
    assert "polity" in row["route"]["domains"]
    assert (first["title"], first["domain"], first["rank"], first["n"], first["used"]) == (
        "Article 155. Appointment of Governor", "polity", 1, 1, True,
    )  # fmt: skip
    assert first["document_key"] == "governor.md"
    assert first["scores"].keys() == {"dense", "text", "fused", "structured"}
    assert 0.3 < first["scores"]["dense"] <= 1
    assert first["scores"]["text"] > 0
    assert [one["scores"]["fused"] for one in row["passages"]] == sorted(
        (one["scores"]["fused"] for one in row["passages"]), reverse=True
    )
    assert "appointed by the President" in row["answer"]["text"]
    assert [one["parent_id"] for one in row["answer"]["citations"]] == [first["parent_id"]]
    assert (row["answer"]["tier"], row["answer"]["withheld"]) == ("extractive", [])


def _check_listed(row: dict[str, Any]) -> None:
    """Rows are sources before anything that words and meaning find, and have the scores of that search."""
    used = [one for one in row["passages"] if one["used"]]
    assert row["route"]["intent"] == "pyq"
    assert row["route"]["filters"]["years"] == [2022]
    assert used == row["passages"][: len(used)]
    assert sorted(one["title"] for one in used) == [
        "UPSC Mains 2022 GS2: money bills",
        "UPSC Mains 2022 GS2: the Governor's assent",
    ]
    assert [one["n"] for one in used] == [1, 2]
    assert all(one["chunk_id"] and one["scores"]["dense"] is not None for one in used)
    assert row["passages"][len(used)]["title"] == "UPSC Mains 2021 GS2: the office of the Governor"


def test_past_questions_on_a_topic_come_best_first(prashna: Prashna, stocked: dict[str, str]) -> None:
    (row,) = explained(prashna, stocked, "Mains questions on the Governor", "--steps", "retrieve")
    used = [one for one in row["passages"] if one["used"]]

    assert used == row["passages"][:2]
    assert {one["title"] for one in used} == {
        "UPSC Mains 2021 GS2: the office of the Governor",
        "UPSC Mains 2022 GS2: the Governor's assent",
    }
    assert all(one["scores"]["structured"] for one in used)


@pytest.mark.parametrize(
    ("steps", "keys"),
    [
        ("route", {"query", "route"}),
        ("cache", {"query", "cache"}),
        ("retrieve, route", {"query", "route", "passages", "evidence"}),
        ("answer", {"query", "answer"}),
    ],
)
def test_steps_that_were_not_asked_for_are_absent(
    prashna: Prashna, stocked: dict[str, str], steps: str, keys: set[str]
) -> None:
    (row,) = explained(prashna, stocked, GOVERNOR, "--steps", steps)

    assert row.keys() == keys


def test_rows_come_from_standard_input_too_and_come_out_in_their_order(
    prashna: Prashna, stocked: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    queries = [f"What is the Godavari, number {number}?" for number in range(40)]
    lines = "\n".join(json.dumps({"query": query}) for query in queries)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))

    assert [row["query"] for row in explained(prashna, stocked, "--file", "-", "--steps", "route")] == queries


def test_the_cache_decision_names_the_stored_question_and_what_speaks_against_it(
    prashna: Prashna, stocked: dict[str, str], tmp_path: Path
) -> None:
    path = questions_file(
        tmp_path, "who appoints state governors", "Who removes the Governor of a State?", "When is my Governor coming?"
    )
    empty = explained(prashna, stocked, GOVERNOR, "--steps", "cache")[0]["cache"]
    prashna("ask", GOVERNOR, **stocked)
    near, other, personal = (row["cache"] for row in explained(prashna, stocked, "--file", path, "--steps", "cache"))

    assert (empty["decision"], empty["served"], empty["entry_id"], empty["veto"]) == ("miss", False, None, None)
    assert (near["decision"], near["served"], near["cached"], near["veto"]) == ("near", True, GOVERNOR, None)
    assert near["similarity"] >= near["threshold"]
    assert (other["decision"], other["served"], other["cached"]) == ("miss", False, GOVERNOR)
    assert set(other["veto"]) == set(other["asked_keys"]) ^ set(other["cached_keys"])
    assert (personal["decision"], personal["served"], personal["veto"]) == ("not_looked_up", False, ["personal"])


def test_an_entry_that_is_not_served_for_its_age_or_its_sources_says_so(
    prashna: Prashna, stocked: dict[str, str]
) -> None:
    prashna("ask", GOVERNOR, **stocked)
    _execute(stocked, "UPDATE cache.entries SET expires_at = created_at + interval '1 microsecond'")
    _execute(stocked, "UPDATE polity.versions SET status = 'withdrawn'")
    (row,) = explained(prashna, stocked, GOVERNOR, "--steps", "cache")

    assert (row["cache"]["decision"], row["cache"]["veto"]) == ("miss", ["expired", "not_live"])


@pytest.fixture
def inventing(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Behaviour, dict[str, str]]]:
    """A provider whose model adds a sentence that no passage supports, and the variables that point to it."""

    def add(completion: Completion) -> Completion:
        if completion.schema is not None:
            return completion
        return dataclasses.replace(completion, text=f"{completion.text} He was first elected in 1875 in London. [1]")

    monkeypatch.setitem(faults.FAULTS, "inventing", faults.Fault(content=add, kinds=faults.CHAT))
    behaviour = Behaviour(fault="inventing")
    with running(behaviour) as url:
        yield behaviour, {"OPENAI_API_KEY": "unused", "OPENAI_BASE_URL": url}


def test_a_model_is_called_for_the_answer_alone_and_what_it_invents_is_shown_with_the_reason(
    prashna: Prashna, stocked: dict[str, str], inventing: tuple[Behaviour, dict[str, str]]
) -> None:
    behaviour, provider = inventing
    environment = stocked | provider
    (found,) = explained(prashna, environment, GOVERNOR, "--steps", "route,retrieve,cache")
    unasked = list(behaviour.calls)
    (written,) = explained(prashna, environment, GOVERNOR, "--steps", "answer")
    withheld = [one for one in written["answer"]["withheld"] if "1875" in one["sentence"]]

    assert found["route"]["intent"] == "factual"
    assert unasked == []
    assert (written["answer"]["tier"], written["answer"]["model"]) == ("primary", "gpt-4.1")
    assert "1875" not in written["answer"]["text"]
    assert withheld
    assert all(one["reason"] and one["tier"] == "primary" for one in withheld)


def test_for_people_there_is_a_page_with_route_scores_cache_answer_and_what_was_withheld(
    prashna: Prashna, stocked: dict[str, str]
) -> None:
    said = prashna("explain", GOVERNOR, **stocked)

    assert (said.code, said.err) == (0, "")
    for part in (
        GOVERNOR, "factual in ", "fact keys", "dense", "fused", "[1]", "Article 155. Appointment of Governor",
        "evidence     found", "not served: nothing is stored", "appointed by the President", "withheld     nothing",
    ):  # fmt: skip
        assert part in said.out


def test_a_page_in_a_pipe_is_as_wide_as_columns_says_and_no_line_ends_in_blanks(
    prashna: Prashna, stocked: dict[str, str]
) -> None:
    said = prashna("explain", GOVERNOR, COLUMNS="90", **stocked)
    lines = said.out.splitlines()

    assert max(map(len, lines)) == 90
    assert [line for line in lines if line != line.rstrip()] == []
    assert "\x1b" not in said.out


def _rows(environment: dict[str, str]) -> dict[str, str | None]:
    """A digest of each table that a question may leave something in."""

    async def read(connection: engine.Connection) -> dict[str, str | None]:
        found = await connection.fetch(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = ANY ($1)", WRITTEN
        )
        return {
            row["name"]: await connection.fetchval(
                f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {row['name']} t"
            )
            for row in found
        }

    return asyncio.run(_connected(environment, read))


def _execute(environment: dict[str, str], sql: str) -> None:
    asyncio.run(_connected(environment, lambda connection: connection.execute(sql)))


async def _connected(environment: dict[str, str], work: Callable[[engine.Connection], Awaitable[Any]]) -> Any:
    connection = await engine.connect(environment["DATABASE_URL"])
    try:
        return await work(connection)
    finally:
        await connection.close()
