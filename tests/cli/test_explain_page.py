"""The page that `prashna explain` shows people, made from explanations that hold what seldom happens."""

import dataclasses
import io
from uuid import UUID

from rich.console import Console

from app.agents.answer import Answer, PromptRef, Usage
from app.agents.withheld import Withheld
from app.local.explain import page
from app.local.explain.explanation import Answered, Asked, CacheDecision, Explanation, Retrieval, Shown
from app.local.explain.watch import Search, Watch
from app.retrieval.passage import Passage, Retrieved

NOBODY = UUID(int=0)
CLIMBED = Answer(
    task_id=NOBODY,
    text="The President appoints him. [1]",
    citations=[],
    intent="factual",
    tier="secondary",
    model="gpt-4.1-mini",
    is_fallback=True,
    refused=False,
    stopped=False,
    cached=False,
    as_of=None,
    prompt=PromptRef(name="factual", sha256="0"),
    usage=Usage(),
    latency_ms=12,
)
FOUND = Passage(
    parent_id=NOBODY,
    version_id=NOBODY,
    document_id=NOBODY,
    domain="polity",
    namespace_id=NOBODY,
    version=1,
    title="The \x1b[31mGovernor",
    header="The Governor",
    locator="Tenure",
    text="",
    best_child="",
    score=0.5,
    dense=None,
    text_rank=0.25,
)
STORED = CacheDecision(
    "miss",
    0.92,
    ("term:governor",),
    entry=NOBODY,
    question="Who is the Governor?",
    similarity=0.97,
    cached_keys=("term:governor",),
    veto=("expired",),
)


def shown(**parts: object) -> str:
    """What a reader of 100 columns sees of an explanation with these parts."""
    told = io.StringIO()
    page.show(
        Explanation("Who?", **parts),  # type: ignore[arg-type]
        Console(file=told, width=100, highlight=False, markup=False, emoji=False),
    )
    return told.getvalue()


def retrieval(*passages: Passage, degraded: bool) -> Retrieval:
    searches = (
        Asked("Who?", ("polity",), False, "nothing was found", 0),
        Asked("What then?", ("ethics",), True, "near", 1),
    )
    return Retrieval(tuple(Shown(one, "governor", None) for one in passages), searches, False, ("Tenure",), degraded)


def test_a_withheld_sentence_is_shown_with_its_reason_and_who_wrote_it() -> None:
    told = shown(
        answered=Answered(CLIMBED, (Withheld("primary", " He was born in 1875. [1]", "1875 is in no source"),))
    )

    assert "answer       by secondary (gpt-4.1-mini), is_fallback, 12 ms\n" in told
    assert "withheld     He was born in 1875. [1] (1875 is in no source; by primary)\n" in told


def test_a_refusal_says_what_was_searched_and_which_topics_are_near() -> None:
    told = shown(retrieval=retrieval(degraded=True))

    assert [line.split(maxsplit=1) for line in told.splitlines()[1:]] == [
        ["passages", "none"],
        ["embedding", "failed: only words and exact keys were searched"],
        ["evidence", "none: the question is refused"],
        ["nearest", "Tenure"],
        ["searched", "polity: no evidence (nothing was found)"],
        ["searched", "ethics for 'What then?': evidence (near)"],
        [],
    ]


def test_only_what_the_question_itself_named_is_marked_as_named() -> None:
    watch = Watch()
    own, beside = dataclasses.replace(FOUND, structured=True), dataclasses.replace(FOUND, parent_id=UUID(int=1))
    by_title = dataclasses.replace(beside, structured=True)
    for question, found in (("What does Article 155 say?", (own,)), ("Tenure", (by_title,))):
        search = Search(question, ("polity",), Retrieved(found, True, (), False, ()))
        watch.searches.append(search)

    assert watch.passages == {own.parent_id: own, beside.parent_id: beside}


def test_what_a_title_holds_cannot_act_on_the_terminal() -> None:
    told = shown(retrieval=retrieval(FOUND, degraded=False))

    assert "\x1b" not in told
    assert "The \N{REPLACEMENT CHARACTER}[31mGovernor, Tenure" in told


def test_a_veto_that_is_no_key_is_named_and_keys_that_differ_are_not_named_twice() -> None:
    other = dataclasses.replace(
        STORED, cached_keys=("term:speaker",), veto=("term:governor", "term:speaker", "not_live")
    )

    assert "veto         expired\n" in shown(cache=STORED)
    assert "veto         the keys differ, not_live\n" in shown(cache=other)


def test_a_question_of_one_student_is_said_not_to_be_looked_up() -> None:
    told = shown(cache=CacheDecision("not_looked_up", 0.92, ("term:mark",), veto=("personal",)))

    assert "cache        not looked up: the question is about one student" in told
    assert "keys         term:mark\n" in told
