"""An explanation for people: what a content editor reads when an answer looks wrong."""

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from app.agents.supervisor import Filters
from app.local.explain.explanation import Answered, CacheDecision, Explanation, Retrieval, Routed, Shown

# In a pipe there is no terminal to ask how wide it is.
_PIPE_COLUMNS = 120
_LEAST_COLUMNS = 60
# What a title, an answer or a question may not do to the terminal it is read on.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_DECISIONS = {
    "exact": "served: an answer is stored for these very words",
    "near": "served: an answer is stored for the same question in other words",
    "miss": "not served",
    "not_looked_up": "not looked up: the question is about one student, about today, or leans on another one",
}


def show(one: Explanation, console: Console) -> None:
    """Print it."""
    with console.capture() as page:
        console.print(Rule(_text(one.query), align="left"))
        for part in _parts(one):
            console.print(part)
        console.print()
    # Cells are filled up with blanks, which a file or a diff has no use for.
    for line in page.get().removesuffix("\n").split("\n"):
        console.file.write(line.rstrip() + "\n")
    console.file.flush()


def console() -> Console:
    """Standard output; in a pipe without colours, and as wide as COLUMNS says or the table needs."""
    made = Console(highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        made.width = max(_LEAST_COLUMNS, shutil.get_terminal_size((_PIPE_COLUMNS, 0)).columns)
    return made


def _parts(one: Explanation) -> Iterator[RenderableType]:
    if one.routed:
        yield _pairs(_route(one.routed))
    if one.retrieval:
        yield _passages(one.retrieval.passages) if one.retrieval.passages else _pairs([("passages", "none")])
        yield _pairs(_evidence(one.query, one.retrieval))
    if one.cache:
        yield _pairs(_cache(one.cache))
    if one.answered:
        yield _pairs(_answer(one.answered))
        yield Padding(_text(one.answered.answer.text.strip()), (0, 0, 0, 2))
        yield _pairs(_citations(one.answered))


def _route(routed: Routed) -> Iterator[tuple[str, str]]:
    route = routed.route
    yield "route", f"{route.intent} in {', '.join(routed.domains)} (confidence {route.confidence:.2f})"
    yield "read as", route.standalone_question
    yield "filters", _filters(route.filters) or "none"
    yield "fact keys", ", ".join(routed.fact_keys) or "none"


def _filters(filters: Filters) -> str:
    named = filters.model_dump(exclude_defaults=True)
    return "; ".join(
        f"{name} {', '.join(map(str, value)) if isinstance(value, tuple) else value}" for name, value in named.items()
    )


def _passages(shown: Sequence[Shown]) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("source", justify="right", no_wrap=True)
    for name in ("domain", "passage"):
        table.add_column(name)
    for name in ("dense", "text", "fused"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in shown:
        passage = one.passage
        table.add_row(
            "" if one.number is None else f"[{one.number}]",
            _text(passage.domain),
            _text(_place(passage.title, passage.locator)),
            "-" if passage.dense is None else f"{passage.dense:.3f}",
            f"{passage.text_rank:.3f}",
            f"{passage.score:.3f}{'*' if passage.structured else ' '}",
        )
    return table


def _evidence(query: str, retrieval: Retrieval) -> Iterator[tuple[str, str]]:
    if any(one.passage.structured for one in retrieval.passages):
        yield "", "* named by the question: its article, year, paper or title"
    if retrieval.degraded:
        yield "embedding", "failed: only words and exact keys were searched"
    yield "evidence", "found" if retrieval.answerable else "none: the question is refused"
    if not retrieval.answerable and retrieval.nearest:
        yield "nearest", "; ".join(retrieval.nearest)
    for one in retrieval.searches:
        verdict = "evidence" if one.answerable else "no evidence"
        what = "" if one.question == query else f" for {one.question!r}"
        yield "searched", f"{', '.join(one.domains)}{what}: {verdict} ({one.reason})"


def _cache(cache: CacheDecision) -> Iterator[tuple[str, str]]:
    empty = cache.decision == "miss" and cache.entry is None
    yield "cache", "not served: nothing is stored" if empty else _DECISIONS[cache.decision]
    asked, cached = set(cache.asked_keys), set(cache.asked_keys if cache.cached_keys is None else cache.cached_keys)
    if cache.question is not None and cache.similarity is not None:
        which = "stored" if cache.served else "nearest"
        yield which, f"{cache.question} (similarity {cache.similarity:.4f}, served from {cache.threshold:g})"
    yield "keys" if cache.cached_keys is None else "same keys", _listed(asked & cached)
    if asked != cached:
        yield "asked only", _listed(asked - cached)
        yield "stored only", _listed(cached - asked)
    if cache.veto:
        # The keys that differ have just been listed.
        others = [one for one in cache.veto if one not in asked ^ cached]
        yield "veto", ", ".join([*(["the keys differ"] if len(others) < len(cache.veto) else []), *others])


def _answer(answered: Answered) -> Iterator[tuple[str, str]]:
    answer = answered.answer
    marks = [name for name in ("refused", "is_fallback") if getattr(answer, name)]
    who = f"{answer.tier} ({answer.model})" if answer.model else answer.tier
    yield "answer", ", ".join((f"by {who}", *marks, f"{answer.latency_ms} ms"))


def _citations(answered: Answered) -> Iterator[tuple[str, str]]:
    for one in answered.answer.citations:
        yield f"[{one.n}]", f"{_place(one.title, one.locator)} ({one.domain})"
    for kept in answered.withheld:
        yield "withheld", f"{kept.sentence.strip()} ({kept.reason}; by {kept.tier})"
    if not answered.withheld:
        yield "withheld", "nothing"


def _place(title: str, locator: str) -> str:
    return locator if locator.startswith(title) else f"{title}, {locator}"


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(sorted(keys)) or "none"


def _pairs(pairs: Iterable[tuple[str, str]]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(no_wrap=True, min_width=11)
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(name, _text(value))
    return table


def _text(text: str) -> Text:
    return Text(_CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text))
