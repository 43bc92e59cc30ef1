"""A question is searched by all the names of what it names."""

import pytest
from stored_content import Text, store

from app.db import engine, search
from app.retrieval import names, wording
from app.retrieval.minilm import MiniLM


@pytest.mark.parametrize(
    ("question", "spelled"),
    [
        ("UCC", "UCC (uniform civil code)"),
        ("rbi and the repo rate", "rbi (Reserve Bank of India) and the repo rate"),
        ("Are DPSPs binding?", "Are DPSPs (directive principles of State policy) binding?"),
        ("Seats for SC and ST", "Seats for SC and ST (Scheduled Castes and Scheduled Tribes)"),
        ("the SC on bail", "the SC (Supreme Court) on bail"),
        ("Lok Sabha polls", "Lok Sabha (House of the People) polls"),
        ("the House of the People", "the House of the People"),
        ("Who made it?", "Who made it?"),
        ("she said pm, not am", "she said pm, not am"),
        ("THE CAT AND THE SC", "THE CAT AND THE SC"),
        ("", ""),
    ],
)
def test_what_is_embedded_has_the_formal_name_beside_the_other(question: str, spelled: str) -> None:
    assert names.spelled_out(question) == spelled


def test_a_formal_name_has_its_short_ones_for_full_text() -> None:
    [naming] = names.namings("What does the Reserve Bank of India do?")
    assert "RBI" in naming.others


async def test_a_passage_with_another_name_has_the_words_of_the_question(
    pool: engine.Pool, database: str, model: MiniLM
) -> None:
    connection = await engine.connect(database, application="test")
    texts = [Text("Article 44", "The State shall secure a uniform civil code."), Text("Tax", "A code for taxes.")]
    await store(connection, model, "polity", texts)
    await connection.close()
    worded = await wording.read(pool, "UCC")
    [space] = await search.namespaces(pool, ["polity"])
    found = worded.settled(
        await search.candidates(
            pool, space, vector=None, lexemes=worded.lexemes, shares=worded.shares, provisions=[], groups=[]
        )
    )
    held = {found.parents[chunk.parent_id].title: chunk.ranks[0] > 0 for chunk in found.chunks}
    assert ([term.lexeme for term in worded.terms], held) == (["ucc"], {"Article 44": True, "Tax": False})
    assert {parent.title for parent in found.parents.values() if "ucc" in parent.lexemes} == {"Article 44"}


async def test_a_question_without_names_is_searched_as_it_is(pool: engine.Pool) -> None:
    worded = await wording.read(pool, "Which rivers flood in autumn?")
    assert worded.lexemes == tuple(term.lexeme for term in worded.terms)
    assert set(worded.shares) == {1.0}


async def test_many_names_do_not_make_an_endless_search(pool: engine.Pool) -> None:
    worded = await wording.read(pool, " ".join(["RBI SEBI GST IBC NPA FRBM MSP WTO IMF PIL"] * 40)[:4000])
    assert len(worded.lexemes) <= wording.MAX_TERMS + wording.MAX_OTHERS
