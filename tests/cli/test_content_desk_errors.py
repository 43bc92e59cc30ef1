"""Why a command of the content desk failed stands on standard error; with --json, standard output is JSON or empty."""

import io
import json

import pytest
from support.commands import Prashna

UNKNOWN = "there is no domain 'nowhere'"
REVISION = "there is no revision 999"


@pytest.mark.parametrize("as_json", [["--json"], []], ids=["json", "lines"])
@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["plan", "x.md", "--domain", "nowhere"], UNKNOWN),
        (["apply", "x.md", "--domain", "nowhere"], UNKNOWN),
        (["publish"], "there are no drafts to publish"),
        (["publish", "--domain", "nowhere"], UNKNOWN),
        (["publish", "0"], "there is no revision 0; `prashna ingest log` lists them"),
        (["publish", "999"], REVISION),
        (["withdraw", "x", "--domain", "nowhere", "--yes"], UNKNOWN),
        (["withdraw", "x", "--domain", "polity", "--yes"], "nothing of 'x' is live or a draft in polity"),
        (["undo", "--yes"], "there is nothing to undo"),
        (["undo", "999", "--yes"], REVISION),
        (["list", "--domain", "nowhere"], UNKNOWN),
        (["status", "--domain", "nowhere"], UNKNOWN),
        (["log", "--domain", "nowhere"], UNKNOWN),
        (["diff"], "there is no revision yet"),
        (["diff", "999"], REVISION),
        (["diff", "9" * 30], f"there is no revision {'9' * 30}"),
        (["show", "x", "--domain", "polity"], "there is no document 'x' in polity"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_failure_is_told_on_standard_error_alone(
    prashna: Prashna, server: dict[str, str], command: list[str], reason: str, as_json: list[str]
) -> None:
    said = prashna("ingest", *command, *as_json, **server)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"prashna: {reason}")
    assert said.err.count("\n") == 1


def test_a_question_is_asked_beside_the_json(
    prashna: Prashna, server: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Keyboard("n\n"))
    said = prashna("ingest", "withdraw", "x", "--domain", "polity", "--json", **server)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("Withdraw x from polity? [y/N]:")


def test_what_was_rejected_is_one_json_document(prashna: Prashna, server: dict[str, str]) -> None:
    said = prashna("ingest", "apply", "none.md", "--domain", "polity", "--json", **server)
    [rejected] = json.loads(said.out)["rejected"]
    assert (said.code, rejected["reason"], said.err) == (1, "it cannot be read: No such file or directory", "")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["status", "--json"], "this database has no tables of ours yet: run `prashna db upgrade`"),
        (["rollback", "--domain", "polity", "--yes"], "this database has no tables of ours yet"),
        (["migrate", "--domain", "polity", "--to", "text-embedding-3-small", "--yes"], "this database has no tables"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_the_embeddings_commands_do_the_same(
    prashna: Prashna, server: dict[str, str], empty_database: str, command: list[str], reason: str
) -> None:
    said = prashna("embeddings", *command, **{**server, "DATABASE_URL": empty_database})
    assert said.out == ""
    assert isinstance(said.code, str)
    # What Python prints on standard error before it ends with 1.
    assert said.code.startswith(f"prashna: {reason}")
