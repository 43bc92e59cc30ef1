"""What each specialist searches, and how its parts reach the student through the ladder."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

import pytest
from agent_samples import DOMAINS, FIRST, NAMESPACE, PRESIDENT, SNAPSHOT, GivenPassages, assignment, passage
from simulated_provider import Simulated

from app.agents.events import TextShown
from app.agents.ladder import Ladder, Written
from app.agents.led import led
from app.agents.material import Composed, Inquiry, Material
from app.agents.model_rung import ModelRung
from app.agents.refusal import MODEL_REFUSES
from app.agents.rung import Draft, Rung
from app.agents.specialists import roster
from app.agents.specialists.library import Library
from app.agents.supervisor import Filters
from app.db.past_questions import Held
from app.db.snapshot import Snapshot
from app.retrieval.calls import CallLog
from app.retrieval.fact_keys import fact_keys
from app.retrieval.passage import Passage
from app.retrieval.past_questions import Listing, Narrowing
from app.retrieval.reranker import FusedOrder


def _row(year: int, paper: str, theme: str, subject: str = "judiciary") -> Passage:
    title = f"UPSC Mains {year} {paper}: {theme}"
    text = f"Paraphrase: The {year} {paper} paper asked about {theme}. The subject is {subject}."
    return passage(
        title,
        text,
        domain="pyq_mains",
        year=year,
        paper=paper,
        subject=subject,
        metadata={"theme": theme, "marks": "15"},
    )


@dataclass
class GivenRows:
    """A collection that remembers what it was asked and fits rows by year and paper."""

    rows: tuple[Passage, ...] = ()
    asked: list[Narrowing] = field(default_factory=list)

    async def held(self, snapshot: Snapshot, domains: Sequence[str]) -> Held:
        return Held(2013, 2024, ("federalism", "judiciary"))

    async def find(
        self, narrowing: Narrowing, *, snapshot: Snapshot, domains: Sequence[str], limit: int, log: CallLog
    ) -> Listing:
        self.asked.append(narrowing)
        fitting = [
            row
            for row in self.rows
            if (not narrowing.years or row.year in narrowing.years)
            and (not set(narrowing.papers) - STAGES or (row.paper or "").casefold() in narrowing.papers)
        ]
        tally: dict[tuple[int, str], int] = {}
        for row in fitting:
            key = (row.year or 0, row.paper or "")
            tally[key] = tally.get(key, 0) + 1
        return Listing(tuple(fitting[:limit]), tally, namespaces=(NAMESPACE,))


STAGES = {"prelims", "mains"}
ROWS = (_row(2022, "GS2", "ordinances"), _row(2021, "GS2", "women judges"), _row(2022, "GS3", "tribunals"))


@pytest.fixture
async def deadline() -> float:
    return asyncio.get_running_loop().time() + 60


def _inquiry(question: str, intent: str = "pyq", filters: Filters | None = None) -> Inquiry:
    return Inquiry(
        question,
        "en",
        fact_keys(question),
        filters or Filters(),
        DOMAINS[intent],
        DOMAINS,
        SNAPSHOT,
        CallLog(),  # type: ignore[index]
    )


async def _gathered(question: str, rows: GivenRows, retriever: GivenPassages | None = None) -> Material:
    library = Library(retriever or GivenPassages(answerable=False), FusedOrder(), rows)
    return await roster.of("pyq").gather(_inquiry(question), library)


async def test_past_questions_are_listed_as_rows_newest_first() -> None:
    material = await _gathered("Which judiciary questions came in mains?", GivenRows(ROWS))
    lines = [line for line in material.lead.splitlines() if line.startswith("- ")]
    assert lines == [
        "- **2022, GS2** (15 marks), judiciary: The 2022 GS2 paper asked about ordinances. [1]",
        "- **2022, GS3** (15 marks), judiciary: The 2022 GS3 paper asked about tribunals. [2]",
        "- **2021, GS2** (15 marks), judiciary: The 2021 GS2 paper asked about women judges. [3]",
    ]
    assert [one.year for one in material.passages] == [2022, 2022, 2021]
    assert set(material.roles) == {"row"}


async def test_the_question_narrows_by_years_papers_and_subject() -> None:
    rows = GivenRows(ROWS)
    await _gathered("Judiciary questions asked in GS2 between 2021 and 2022", rows)
    assert rows.asked[0] == Narrowing((2021, 2022), ("gs2",), ("judiciary",), "Judiciary")


async def test_counts_come_as_a_table_of_what_sql_counted() -> None:
    material = await _gathered("How many judiciary questions were asked from 2020 to 2022?", GivenRows(ROWS))
    assert "3 past questions fit" in material.lead
    assert "| 2022 | 1 | 1 | 2 |" in material.lead
    assert "| 2020 | 0 | 0 | 0 |" in material.lead
    assert material.lead.count("| कुल |") + material.lead.count("| Total | 2 | 1 | 3 |") == 1


async def test_a_list_says_how_many_more_there_are() -> None:
    rows = GivenRows(tuple(_row(2000 + n, "GS2", f"theme {n}") for n in range(25)))
    material = await _gathered("Judiciary questions asked in mains", rows)
    assert len(material.passages) == 20
    assert "5 more fit" in material.lead


async def test_when_no_row_fits_it_refuses_with_the_nearest_rows() -> None:
    material = await _gathered("What was asked about federalism in GS2 2011?", GivenRows(ROWS))
    assert (material.passages, material.lead) == ((), "")
    assert material.refusal == "There are no past questions of 2011 here: the collection covers 2013 to 2024."
    assert material.found.nearest[0] == "UPSC Mains 2022 GS2: ordinances"


async def test_when_no_row_fits_in_a_year_that_is_covered_the_years_are_said() -> None:
    material = await _gathered("What was asked about federalism in GS2 2019?", GivenRows(ROWS))
    assert material.passages == ()
    assert material.refusal == "No past question here fits all that was asked for; the collection covers 2013 to 2024."


@pytest.mark.parametrize("question", ["Was anything on ordinances asked in 2030?", "Judiciary questions since 2030"])
async def test_a_year_that_the_collection_does_not_reach_is_refused_whatever_other_years_have(question: str) -> None:
    rows = GivenRows(ROWS)
    material = await _gathered(question, rows)
    assert material.passages == ()
    assert material.refusal == "There are no past questions of 2030 here: the collection covers 2013 to 2024."


async def test_a_list_and_a_count_say_that_they_are_of_a_sample() -> None:
    said = "2 past questions fit (judiciary, 2022) in this sample of the papers, in paraphrase:\n\n"
    for question in ("Judiciary questions of 2022", "How many judiciary questions were asked in 2022?"):
        material = await _gathered(question, GivenRows(ROWS))
        assert material.lead.startswith(said)


async def test_both_stages_are_asked_for_and_the_one_without_rows_is_named() -> None:
    rows = GivenRows(ROWS)
    material = await _gathered("Prelims and mains questions on judiciary in 2011 and 2022", rows)
    assert rows.asked[0].papers == ("prelims", "mains")
    assert material.lead.startswith(
        "None here is of 2011, prelims.\n\n2 past questions fit (judiciary, prelims and mains, 2011, 2022) in this"
    )


async def test_what_a_question_excludes_goes_to_the_collection_and_is_said() -> None:
    rows = GivenRows(ROWS)
    material = await _gathered("Judiciary questions in mains except ordinances and 2021", rows)
    [asked, *_] = rows.asked
    assert (asked.subjects, asked.papers) == (("judiciary",), ("mains",))
    assert asked.without == (Narrowing(topic="ordinances"), Narrowing(years=(2021,)))
    assert "No entry is on what the question excludes." in material.lead


async def test_a_denial_that_is_not_understood_is_said() -> None:
    material = await _gathered("Which judiciary topics has UPSC never asked in GS2?", GivenRows(ROWS))
    assert "What the question denies was not understood, so nothing is left out for it." in material.lead


async def test_the_row_that_the_question_quotes_is_the_one_that_is_solved() -> None:
    material = await _gathered('Solve the 2022 GS3 question "tribunals"', GivenRows((ROWS[0], ROWS[2])))
    assert material.passages[0] == ROWS[2]
    several = (ROWS[0], _row(2022, "GS2", "women judges"))
    material = await _gathered('Solve the 2022 GS2 question "women judges"', GivenRows(several))
    assert material.passages[0] == several[1]


async def test_solving_one_of_several_says_that_more_fit() -> None:
    material = await _gathered("Solve the judiciary question of 2022", GivenRows(ROWS))
    assert "1 more fit" in material.lead


async def test_who_remembers_a_wrong_year_is_told_the_right_one() -> None:
    material = await _gathered("I remember a mains question on ordinances in 2019. Am I right?", GivenRows(ROWS))
    assert [one.year for one in material.passages][:1] == [2022]
    assert "None here is of 2019." in material.lead


async def test_a_question_about_the_examination_is_answered_from_its_pages() -> None:
    page = passage("How prelims is marked", "A wrong answer loses a third of a question's marks.", domain="pyq_prelims")
    rows = GivenRows(ROWS)
    material = await _gathered("How is a wrong answer in prelims marked?", rows, GivenPassages((page, ROWS[0])))
    assert (material.passages, material.roles, rows.asked) == ((page,), ("main",), [])


async def test_solving_brings_the_row_and_passages_for_its_theme() -> None:
    retriever = GivenPassages((PRESIDENT, FIRST))
    material = await _gathered("Solve the GS2 2022 question on ordinances", GivenRows(ROWS), retriever)
    assert material.roles == ("row", "companion", "companion")
    assert retriever.asked[0][:2] == ("ordinances", DOMAINS["factual"])
    given = replace(
        assignment(0.0, *material.passages, question="Solve the GS2 2022 question on ordinances", intent="pyq"),
        roles=material.roles,
        listing=material.listing,
        lead=material.lead,
    )
    text = "".join(roster.of("pyq").compose(given, lambda _: 0.0))
    assert text.index("**Question**") < text.index("[1]") < text.index("**Answer**") < text.index("[2]")


async def test_an_essay_searches_its_theme_in_essays_facts_and_news() -> None:
    retriever = GivenPassages()
    library = Library(retriever, FusedOrder(), None)
    material = await roster.of("essay").gather(_inquiry("Write an essay on lakes in 500 words", "essay"), library)
    asked = {domains for question, domains, _ in retriever.asked if question == "lakes"}
    assert asked == {DOMAINS["essay"], (*DOMAINS["factual"], *DOMAINS["current_affairs"])}
    assert len(material.passages) <= 5
    assert "Introduction 60" in material.brief


@pytest.mark.parametrize("words", ["0", "100000", "six thousand"])
async def test_an_essay_of_an_impossible_length_says_what_is_possible(words: str) -> None:
    library = Library(GivenPassages((FIRST,)), FusedOrder(), None)
    question = f"Write an essay on the first President in {words} words"
    material = await roster.of("essay").gather(_inquiry(question, "essay"), library)
    assert "is not possible here: it can be of 50 to 5,000 words. This one is laid out for 1,100" in material.lead
    possible = await roster.of("essay").gather(_inquiry(question.replace(words, "one thousand"), "essay"), library)
    assert possible.lead == ""


async def test_news_brings_the_standing_topic_behind_it() -> None:
    news = passage("The lake treaty", "The lake treaty was signed.", domain="current_affairs")
    retriever = GivenPassages((news,))
    library = Library(retriever, FusedOrder(), None)
    await roster.of("current_affairs").gather(_inquiry("What is new on the lake?", "current_affairs"), library)
    assert ("The lake treaty", DOMAINS["factual"]) in [asked[:2] for asked in retriever.asked]


async def test_the_fact_specialist_looks_into_the_news_where_facts_have_nothing() -> None:
    retriever = GivenPassages(answerable=False)
    await roster.of("factual").gather(_inquiry("When did it land?", "factual"), Library(retriever, FusedOrder(), None))
    assert [domains for _, domains, _ in retriever.asked] == [DOMAINS["factual"], DOMAINS["current_affairs"]]


async def test_composed_pieces_are_shown_as_they_are_between_checked_sentences(deadline: float) -> None:
    class Writes:
        tier, model = "extractive", None

        async def open(self, given):
            async def text():
                yield "The first President was Rajendra Prasad"
                yield Composed("\n\n| 2022 | 3 |\n\n")

            return Draft(text())

    events = [event async for event in Ladder([Writes()]).climb(assignment(deadline))]  # type: ignore[list-item]
    assert TextShown("\n\n| 2022 | 3 |\n\n") in events


async def _said(lead: str, *pieces: str) -> list[str]:
    async def text():
        for piece in pieces:
            yield piece

    async with aclosing(led(lead, text())) as told:
        return [piece async for piece in told]


async def test_what_is_ours_waits_for_the_models_first_words() -> None:
    long = "These questions all turn on how judges are appointed. [1]"
    assert await _said("LIST\n", long[:10], long[10:], " More.") == ["LIST\n", long, " More."]
    assert isinstance((await _said("LIST\n", long))[0], Composed)
    assert await _said("", "Plain", " text.") == ["Plain", " text."]


async def test_a_model_with_nothing_to_add_adds_nothing() -> None:
    assert await _said("LIST\n", MODEL_REFUSES) == ["LIST\n"]
    assert await _said("LIST\n", f"{MODEL_REFUSES} Sorry, really.") == ["LIST\n"]
    assert await _said("LIST\n", "") == ["LIST\n"]
    assert await _said("LIST\n", "Short.") == ["LIST\n", "Short."]


@pytest.mark.parametrize("intent", ["factual", "pyq", "essay", "current_affairs"])
async def test_with_a_model_each_specialist_has_its_own_prompt_and_task(
    simulated: Simulated, deadline: float, intent: str
) -> None:
    given = replace(
        assignment(deadline, intent=intent),  # type: ignore[arg-type]
        lead="**2 rows**\n\n" if intent == "pyq" else "",
        brief="Of this answer only.",
        max_tokens=roster.of(intent).max_tokens,  # type: ignore[arg-type]
    )
    rungs: Sequence[Rung] = [ModelRung("primary", "gpt-4.1", simulated.provider, 10.0)]
    events = [event async for event in Ladder(rungs).climb(given)]
    request = simulated.behaviour.requests[0]
    system = request["messages"][0]["content"]
    assert system == f"{given.prompt.text}\n\nOf this answer only."
    assert "Examples, on an invented" in system
    written = events[-1]
    assert isinstance(written, Written)
    assert written.tier == "primary"
    assert written.text.startswith("**2 rows**\n\n") is (intent == "pyq")


async def test_a_silent_model_shows_nothing_of_ours_before_the_next_rung(simulated: Simulated, deadline: float) -> None:
    simulated.behaviour.fault = "server_error"
    given = replace(assignment(deadline, intent="pyq"), lead="LIST\n\n")
    rungs: Sequence[Rung] = [ModelRung("primary", "gpt-4.1", simulated.provider, 1.0)]
    events = [event async for event in Ladder(rungs).climb(given)]
    assert TextShown("LIST\n\n") not in events
