"""Essays: an outline fitted to the words asked for, made of what the content has on theme and on essays."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from app.agents import picks, quotes
from app.agents.answer import Intent
from app.agents.material import PASSAGES, Composed, Inquiry, Material
from app.agents.picks import Pick
from app.agents.quotes import Numbered, Quotes
from app.agents.rung import Assignment
from app.agents.specialists import essay_plan, headings
from app.agents.specialists.essay_plan import Part, Plan
from app.agents.specialists.factual import explained
from app.agents.specialists.library import Library, gathered, nearer
from app.agents.terms import terms
from app.agents.units import units
from app.retrieval.meaning import Closeness
from app.retrieval.passage import Passage

_HOW_TO_OPEN = "Ways to open an essay: types of introduction"
_HOW_TO_END = "Ways to conclude an essay: types of conclusion"
_HOW_TO_BALANCE = "The counter-view and the way forward of an essay: how to place and write them"
_HOW_TO_BUILD = f"{_HOW_TO_OPEN}; {_HOW_TO_BALANCE}; {_HOW_TO_END}"
# Advice on other lengths than the one asked for.
_A_LENGTH = re.compile(r"\b[\d,]+ words\b")
_FIGURE = re.compile(r"\b\d{1,2},?\d{3}\b|\b\d{3}\b")
# So many sentences of a plan made for this theme and length are quoted.
MOST_PLANNED = 4
# What parts of a text on a theme are called, whoever wrote it.
_HEADINGS: dict[Part, re.Pattern[str]] = {
    "dimensions": re.compile(
        r"\b(?:arguments?|dimensions?|aspects?|causes?|effects?|benefits?|impacts?|issues?|barriers?)\b", re.IGNORECASE
    ),
    "counter_view": re.compile(
        r"\b(?:counter|objections?|critic\w*|limits?|limitations?|challenges?|debate|concerns?)\b", re.IGNORECASE
    ),
    "way_forward": re.compile(
        r"\b(?:way forward|remed\w+|reforms?|solutions?|measures?|steps|recommendations?|future)\b", re.IGNORECASE
    ),
}
_FACTS = re.compile(r"\b(?:facts?|figures?|data|examples?|evidence)\b", re.IGNORECASE)
_GUIDES: dict[Part, re.Pattern[str]] = {
    "introduction": re.compile(r"\bintroduction\b", re.IGNORECASE),
    "counter_view": re.compile(r"\bcounter-?view\b", re.IGNORECASE),
    "way_forward": re.compile(r"\bway forward\b", re.IGNORECASE),
    "conclusion": re.compile(r"\bconclusion\b", re.IGNORECASE),
}
# A second document is of the same theme when the search liked it this much in comparison.
SAME_THEME = 0.8
# One quote carries about this many words of an essay; a part has at least one and at most so many.
_WORDS_A_QUOTE = 90
_MOST: dict[Part, int] = {"introduction": 2, "dimensions": 6, "counter_view": 2, "way_forward": 2, "conclusion": 1}

_NOT_POSSIBLE = {
    "en": "An outline of {:,} words is not possible here: it can be of {:,} to {:,} words. This one is laid out for "
    "{:,}, by the 1,000 to 1,200 words that the Essay paper asks for.",
    "hi": "यहाँ {:,} शब्दों की रूपरेखा संभव नहीं है: वह {:,} से {:,} शब्दों की हो सकती है। यह {:,} शब्दों की है, निबंध के "
    "प्रश्नपत्र में माँगे जाने वाले 1,000 से 1,200 शब्दों के अनुसार।",
}


class Essay:
    """Plans essays; answers questions about essays by quoting."""

    intent: Intent = "essay"
    max_tokens = 1_800

    async def gather(self, inquiry: Inquiry, library: Library) -> Material:
        """The theme in the essay domains, how essays are built, and the theme in the domains of facts and news."""
        plan = essay_plan.read(inquiry.question)
        if plan is None:
            found = await library.search(inquiry, inquiry.question, inquiry.domains)
            return gathered(found, ("main", found.passages), filters=inquiry.filters)
        return await self._on_theme(plan, inquiry, library)

    def compose(self, assignment: Assignment, close: Closeness) -> Iterator[str]:
        """The parts of the plan under their headings; a question about essays is answered like a fact."""
        plan = essay_plan.read(assignment.question)
        if plan is None or not assignment.roles:
            yield from explained(assignment, close)
            return
        yield from _Outline(plan, assignment, close).parts()

    async def _on_theme(self, plan: Plan, inquiry: Inquiry, library: Library) -> Material:
        essays = inquiry.every.get("essay", inquiry.domains)
        advice = tuple(name for name in essays if _is_structure(name)) or essays
        facts = (*inquiry.every.get("factual", ()), *inquiry.every.get("current_affairs", ()))
        theme, beside, *building = await library.searches(
            inquiry,
            (plan.theme, essays),
            (plan.theme, facts),
            *((how, advice) for how in (_HOW_TO_OPEN, _HOW_TO_BALANCE, _HOW_TO_END)),
        )
        essays_on_it = replace(theme, passages=tuple(one for one in theme.passages if not _is_structure(one.domain)))
        # A page on the very thing is better material than an essay on something like it.
        on_theme = [] if nearer(beside, essays_on_it) else _same_theme(essays_on_it.passages)
        if not on_theme and not beside.passages:
            return gathered(theme, others=(beside,), filters=inquiry.filters)
        themed = [one for one in theme.passages if _is_structure(one.domain) and _is_on(plan.theme, one)]
        # An outline of this very theme says how to build each part; else there is advice on opening, balance and end.
        support = themed[:1] or _each_once(page for found in building for page in found.passages[:1])
        room = PASSAGES - len(support)
        main = (on_theme or _same_theme(beside.passages))[: room - bool(on_theme and beside.passages)]
        return gathered(
            theme,
            ("main", main),
            ("companion", [*support, *beside.passages[: room - len(main)]]),
            others=(beside, *building),
            filters=inquiry.filters,
            lead=_other_length(inquiry, plan),
            brief=_brief(plan, inquiry.language),
        )


class _Outline:
    """One outline being written; no sentence of the passages is quoted twice."""

    def __init__(self, plan: Plan, assignment: Assignment, close: Closeness) -> None:
        every = assignment.numbered("main", "companion")
        building = [(n, one) for n, one in every if _is_structure(one.domain)]
        material = [(n, one) for n, one in every if not _is_structure(one.domain)]
        self._plan = plan
        self._language = assignment.language
        self._theme = _quotes(f"{plan.theme}: {assignment.question}", material, close)
        self._main = {n for n, _ in assignment.numbered("main")}
        self._themed = any(_is_on(plan.theme, one) for _, one in building)
        self._beside = {n for n, _ in material} - self._main
        self._length = _of_length(sum(plan.words.values()), [one.text for _, one in building])
        self._building = _quotes(_HOW_TO_BUILD, building, lambda _: 0.0)

    def parts(self) -> Iterator[str]:
        found = {part: self._material(part, self._quota(part)) for part in self._order()}
        guides = {part: self._guide(part, bool(found[part])) for part in self._plan.words}
        for part, words in self._plan.words.items():
            # Each part's share of the words asked for; together they are all of them.
            yield Composed(headings.bold(part, self._language, f" ({words:,} {_words(self._language)})"))
            yield from quotes.listed([*found[part], *guides[part]] or self._theme.best(1))
            yield "\n"

    def _order(self) -> list[Part]:
        """The dimensions take what the other parts leave."""
        return sorted(self._plan.words, key=lambda part: part == "dimensions")

    def _guide(self, part: Part, has_material: bool) -> list[Pick]:
        """How an outline of this theme writes the part; what is said of all essays, only where nothing else is."""
        if part == "dimensions":
            return self._building.under(self._length, MOST_PLANNED, first=True) if self._themed and self._length else []
        if has_material and not self._themed:
            return []
        return self._building.saying(_GUIDES[part], 1, without=_A_LENGTH)

    def _quota(self, part: Part) -> int:
        return max(1, min(_MOST[part], round(self._plan.words[part] / _WORDS_A_QUOTE)))

    def _material(self, part: Part, most: int) -> list[Pick]:
        match part:
            case "introduction":
                return self._theme.opening(1) + (self._theme.under(_FACTS, most - 1) if most > 1 else [])
            case "dimensions":
                argued = self._theme.under(_HEADINGS[part], max(1, most // 2), first=True)
                beside = self._theme.best(1, among=self._beside) if most > 1 and self._beside else []
                facts = self._theme.under(_FACTS, max(0, most - len(argued) - len(beside)))
                rest = self._theme.best(most - len(argued) - len(beside) - len(facts), among=self._main)
                return [*argued, *facts, *rest, *beside]
            case "counter_view" | "way_forward":
                return self._theme.under(_HEADINGS[part], most, first=True)
            case "conclusion":
                return []


def _each_once(passages: Iterable[Passage]) -> list[Passage]:
    return list({one.parent_id: one for one in passages}.values())


def _same_theme(passages: Sequence[Passage]) -> list[Passage]:
    """The best passage's document, and others that the search liked nearly as much."""
    return [
        one
        for one in passages
        if one.document_id == passages[0].document_id or one.score >= SAME_THEME * passages[0].score
    ]


def _quotes(question: str, numbered: Numbered, close: Closeness) -> Quotes:
    return Quotes(picks.asked(question, numbered, close), numbered)


def _is_on(theme: str, passage: Passage) -> bool:
    asked = set(terms(theme))
    return len(asked & set(terms(passage.title))) * 2 >= len(asked)


def _is_structure(domain: str) -> bool:
    return "structure" in domain


def _words(language: str) -> str:
    return "शब्द" if language == "hi" else "words"


def _of_length(words: int, texts: Iterable[str]) -> re.Pattern[str] | None:
    """The headings that name this length: "Structure for 250 words", "Budget for 1,000 to 1,200 words"."""
    every = {unit.heading for text in texts for unit in units(text)}
    named = {name: [int(found.replace(",", "")) for found in _FIGURE.findall(name)] for name in every}
    fitting = [re.escape(name) for name, said in named.items() if said and min(said) <= words <= max(said)]
    return re.compile("|".join(sorted(fitting))) if fitting else None


def _other_length(inquiry: Inquiry, plan: Plan) -> str:
    """What lengths are possible, where the request names one that is not."""
    asked = essay_plan.asked_words(inquiry.question)
    if asked is None or essay_plan.is_possible(asked):
        return ""
    said = _NOT_POSSIBLE.get(inquiry.language, _NOT_POSSIBLE["en"])
    return f"{said.format(asked, essay_plan.LEAST_WORDS, essay_plan.MOST_WORDS, sum(plan.words.values()))}\n\n"


def _brief(plan: Plan, language: str) -> str:
    shares = "; ".join(f"{headings.of(part, language)} {words}" for part, words in plan.words.items())
    return f"Parts and their words: {shares}."
