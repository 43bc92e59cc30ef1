"""A question through the whole of retrieval: real database, real embedded model."""

import time
from collections.abc import Sequence

import pytest
from stored_content import Text, store

from app.db import engine, search
from app.db.providers import Ceilings
from app.errors import ProviderTimeout
from app.retrieval.calls import CallLog
from app.retrieval.embedder import EmbeddedEmbedder, Embedders
from app.retrieval.fact_keys import fact_keys
from app.retrieval.minilm import MiniLM, Vectors
from app.retrieval.openai_embedder import OpenAIEmbedder
from app.retrieval.openai_provider import OpenAIProvider
from app.retrieval.passage import Retrieved
from app.retrieval.permits import SharedPermits
from app.retrieval.retriever import Retriever
from app.simulator.behaviour import Behaviour

POLITY = [
    Text(
        "Article 58. Qualifications for election as President",
        "No person is eligible for election as President unless he has completed the age of thirty-five years.",
    ),
    Text(
        "Article 360. Provisions as to financial emergency",
        "If the President is satisfied that financial stability "
        "is threatened, he may by a Proclamation declare a financial emergency.",
    ),
    Text(
        "Article 19. Protection of certain rights",
        "All citizens have the right to freedom of speech and "
        "expression, to assemble peaceably, to form associations and to move freely.",
    ),
    Text("Article 110. Definition of Money Bills", "A Bill is a Money Bill if it contains only provisions on taxes."),
]
SCIENCE = [
    Text("Thorium", "Thorium melts at 1750 degrees; its boiling point is the fifth highest of all elements."),
    Text("Superconductivity", "It was discovered in solid mercury at the temperature of liquid helium."),
]


class _Late:
    """An embedder whose provider never answers in time."""

    name = MiniLM.name
    dimensions = MiniLM.dimensions

    async def embed(self, texts: Sequence[str], log: CallLog | None = None) -> Vectors:
        raise ProviderTimeout


@pytest.fixture
async def retriever(database: str, pool: engine.Pool, model: MiniLM, embedder: EmbeddedEmbedder) -> Retriever:
    connection = await engine.connect(database, application="test")
    await store(connection, model, "polity", POLITY)
    await store(connection, model, "science", SCIENCE)
    await connection.close()
    return Retriever(pool, Embedders([embedder]))


async def ask(retriever: Retriever, question: str, log: CallLog | None = None, limit: int = 5) -> Retrieved:
    return await retriever.search(
        question,
        snapshot=await retriever.snapshot(),
        domains=["polity", "science"],
        keys=fact_keys(question),
        log=log or CallLog(),
        limit=limit,
    )


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What is the minimum age to be elected President?", "Article 58."),
        ("Who can declare a financial emergency?", "Article 360."),
        ("Which freedoms does Article 19 give?", "Article 19."),
        ("art. 110", "Article 110."),
    ],
)
async def test_the_answering_passage_is_first_and_is_evidence(retriever: Retriever, question: str, first: str) -> None:
    found = await ask(retriever, question)
    assert (found.passages[0].title.startswith(first), found.answerable, found.degraded) == (True, True, False)


@pytest.mark.parametrize(
    "question", ["What is the boiling point of mercury?", "How to cook biryani?", "What does Article 500 say?"]
)
async def test_what_the_content_does_not_answer_is_not_answerable(retriever: Retriever, question: str) -> None:
    found = await ask(retriever, question)
    assert not found.answerable
    assert 1 <= len(found.nearest) <= 3


async def test_passages_are_distinct_parents_within_the_limit(retriever: Retriever) -> None:
    found = await ask(retriever, "President", limit=2)
    assert len({passage.parent_id for passage in found.passages}) == len(found.passages) == 2


async def test_the_active_namespaces_are_named_and_one_embedding_serves_them(
    retriever: Retriever, pool: engine.Pool
) -> None:
    log = CallLog()
    found = await ask(retriever, "What is a money bill?", log)
    active = await search.namespaces(pool, ["polity", "science"])
    assert found.namespaces == tuple(namespace.id for namespace in active)
    assert [(call.node, call.model, call.outcome) for call in log.calls] == [("embed", "minilm-int8", "ok")]


@pytest.mark.parametrize("embedders", [[_Late()], []], ids=["late", "none for the model"])
async def test_without_an_embedding_words_and_keys_still_find_the_answer(
    retriever: Retriever, pool: engine.Pool, embedders: list[_Late]
) -> None:
    degraded = Retriever(pool, Embedders(embedders))
    found = await ask(degraded, "Who can declare a financial emergency?")
    assert (found.degraded, found.answerable) == (True, True)
    assert found.passages[0].title.startswith("Article 360.")


@pytest.mark.parametrize("fault", ["embeddings_dead", "embeddings_limited", "garbage", "reset"])
async def test_a_dead_embedding_provider_leaves_words_and_numbers_and_is_not_waited_for(
    retriever: Retriever, pool: engine.Pool, simulator: tuple[Behaviour, str], fault: str
) -> None:
    behaviour, url = simulator
    behaviour.reset()
    behaviour.fault = fault
    permits = SharedPermits(pool, Ceilings())
    began = time.monotonic()
    async with OpenAIProvider("unused", url) as provider:
        degraded = Retriever(pool, Embedders([OpenAIEmbedder(provider, MiniLM.name, 384, permits)]))
        for _ in range(8):
            numbered = await ask(degraded, "Which freedoms does Article 19 give?")
            worded = await ask(degraded, "Who can declare a financial emergency?")
            await permits.close()
            found = [(one.passages[0].title[:11], one.degraded) for one in (numbered, worded)]
            assert found == [("Article 19.", True), ("Article 360", True)]

    # From then on it rests; the first "too many requests" is enough. On a slow machine a rest of 4 s may end: a probe.
    probes = (time.monotonic() - began) // 4
    assert len(behaviour.calls) <= (2 if fault == "embeddings_limited" else 6) + probes


async def test_no_domains_find_nothing(retriever: Retriever) -> None:
    snapshot = await retriever.snapshot()
    found = await retriever.search("What is a money bill?", snapshot=snapshot, domains=[], keys=(), log=CallLog())
    said = (found.passages, found.answerable, found.nearest, found.degraded, found.namespaces)
    assert said == ((), False, (), False, ())


async def test_a_question_of_four_thousand_characters_is_searched(retriever: Retriever) -> None:
    words = " ".join(f"word{number}" for number in range(450))
    assert (await ask(retriever, f"Explain money bills {words}"[:4000])).passages


async def test_past_papers_are_found_by_year_and_paper_and_nothing_by_a_wrong_year(
    retriever: Retriever, database: str, model: MiniLM
) -> None:
    connection = await engine.connect(database, application="test")
    rows = [
        Text(f"UPSC Mains {year} {paper}: courts", f"The {year} {paper} paper asked about the judiciary.", year=year)
        for year in (2021, 2022)
        for paper in ("GS2", "GS3")
    ]
    await store(connection, model, "pyq_mains", rows)
    await connection.close()
    snapshot = await retriever.snapshot()
    asked = {
        question: await retriever.search(
            question, snapshot=snapshot, domains=["pyq_mains"], keys=fact_keys(question), log=CallLog()
        )
        for question in ("UPSC 2022 GS2 questions on judiciary", "UPSC 2031 GS2 questions on judiciary")
    }
    right, wrong = asked.values()
    assert (right.answerable, right.passages[0].title) == (True, "UPSC Mains 2022 GS2: courts")
    assert [passage.structured for passage in right.passages] == [True, False, False, False]
    assert not wrong.answerable


async def test_a_scheme_that_is_named_comes_before_pages_that_say_more_about_its_subject(
    retriever: Retriever, database: str, model: MiniLM
) -> None:
    connection = await engine.connect(database, application="test")
    pages = [
        Text("Income support for farmers", "PM-KISAN and State schemes pay farmers. PM-KISAN helps small farmers." * 3),
        Text("Pradhan Mantri Kisan Samman Nidhi (PM-KISAN)", "Land-holding families get 6,000 rupees a year."),
    ]
    await store(connection, model, "science", pages)
    await connection.execute("ANALYZE science.chunks, polity.chunks")
    await connection.close()
    found = await ask(retriever, "How do farmers benefit from PM-KISAN?")
    assert (found.passages[0].title, found.passages[0].structured) == (pages[1].title, True)


async def test_a_section_of_another_act_is_not_taken_for_the_one_that_is_named(
    retriever: Retriever, database: str, model: MiniLM
) -> None:
    connection = await engine.connect(database, application="test")
    pages = [
        Text("Section 66A of the Forest Act. Grazing", "Whoever sends cattle to graze online shall be fined."),
        Text("Section 66A of the Information Technology Act. Punishment", "Offensive messages were punished."),
    ]
    await store(connection, model, "science", pages)
    await connection.close()
    found = await ask(retriever, "What did Section 66A of the IT Act punish?")
    assert next((one.title, one.structured) for one in found.passages) == (pages[1].title, True)
    assert not any(one.structured for one in found.passages[1:])


async def test_a_question_in_other_names_finds_and_accepts_what_is_written_in_the_laws_own(
    retriever: Retriever, database: str, model: MiniLM
) -> None:
    connection = await engine.connect(database, application="test")
    code = Text("Article 44", "The State shall endeavour to secure for the citizens a uniform civil code.")
    await store(connection, model, "polity", [code])
    await connection.close()
    found = await ask(retriever, "UCC")
    assert (found.passages[0].title, found.answerable) == ("Article 44", True)
