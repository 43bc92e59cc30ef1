"""What students ask in a load run: tens of thousands of different questions, all of them answered by content/.

Each form is filled with words of one document (its title, its headings, names that it mentions) or of rows of the
collection of past questions, so that whatever is drawn has its answer in what is live.
"""

import json
import random
import re
from calendar import month_name
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Literal

Kind = Literal["factual", "pyq", "essay"]

# How many questions of each kind stand on everybody's lips in one run, and how fast the less popular ones fall off:
# Zipf's law, as in logs of search engines.
POPULAR = {"factual": 160, "pyq": 80, "essay": 40}
ZIPF = 0.9

_FRONT = re.compile(r"\A---\n(?P<front>.*?)\n---\n(?P<body>.*)\Z", re.DOTALL)
_TITLE = re.compile(r"^title: (?P<title>.+)$", re.MULTILINE)
_SECTION = re.compile(r"^## (?P<heading>.+)$", re.MULTILINE)
# Names in the running text: provisions, and words with capitals that do not begin a sentence.
_NAME = re.compile(
    r"\bArticle \d{1,3}[A-Z]{0,2}\b|(?<=[a-z,;] )(?:[A-Z][a-z]+(?: (?:of|and|the|for) (?=[A-Z])| |-))*[A-Z][a-z]{3,}\b"
)
_MONTHS = frozenset(month_name)
_FACTUAL = (
    "How is {name} connected with {title}?",
    "Why does {name} matter for {title}?",
    "{heading}: what does it say of {name} in {title}?",
    "How do {name} and {other} figure in {title}?",
    "What links {name} with {other} in {title}?",
    "Describe {name} and {other} under {title}",
    "Compare {name} with {other} in {title}",
)
_FOLLOW_UPS = (
    "And what about {name}?",
    "How is it connected with {name}?",
    "What has {name} to do with it?",
)
_THEMES = (
    "Which UPSC question was asked on {theme}?",
    "What did UPSC {paper} ask about {theme} in {year}?",
    "Show the {year} previous year question on {theme}",
    "Has UPSC asked about {theme}? Give the past question",
)
_SUBJECTS = (
    "Previous year questions on {subject} from {first} to {last}",
    "Which questions on {subject} came in UPSC between {first} and {last}?",
    "List {count} PYQs on {subject} asked from {first} to {last}",
    "How many past questions on {subject} came from {first} to {last}?",
    "Show UPSC past questions on {subject} since {first}",
)
_ESSAYS = (
    "Outline an essay on {theme} in {words} words",
    "Write an essay of {words} words on {theme}",
    "Plan an essay on {theme} with a counter-view, {words} words",
    "Give an introduction and a conclusion for a {words}-word essay on {theme}",
)
_MATERIAL = re.compile(r"^Material for essays on ")


@dataclass(frozen=True, slots=True)
class Document:
    """A text of content/: its title, its headings, the names in it."""

    title: str
    headings: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to be asked, and the document that a further one in its session would be about."""

    kind: Kind
    text: str
    about: Document | None = None
    popular: bool = False


class Questions:
    """Draws questions. Two with the same seed draw the same ones, whatever the process."""

    def __init__(self, content: Path, seed: int, popular_share: float) -> None:
        """`popular_share` of the draws come from the popular ones, which the seed chooses."""
        self._content = content
        self._popular_share = popular_share
        self._random = random.Random(seed)
        chooser = random.Random(seed)
        makers = self._makers
        self._popular = {kind: [makers[kind](chooser) for _ in range(count)] for kind, count in POPULAR.items()}
        self._weights = {
            kind: list(accumulate((rank + 1) ** -ZIPF for rank in range(count))) for kind, count in POPULAR.items()
        }

    def reseed(self, seed: int) -> None:
        """Draw what no other process of this run draws, from the same popular ones."""
        self._random = random.Random(seed)

    def draw(self, kind: Kind) -> Asked:
        """A question that begins a session."""
        if self._random.random() < self._popular_share:
            found = self._random.choices(self._popular[kind], cum_weights=self._weights[kind])[0]
            return Asked(found.kind, found.text, found.about, popular=True)
        return self._makers[kind](self._random)

    def follow_up(self, earlier: Asked) -> Asked | None:
        """A question that needs the earlier one to be understood; None where it has no document."""
        if earlier.about is None:
            return None
        name = self._random.choice(earlier.about.names)
        return Asked("factual", self._random.choice(_FOLLOW_UPS).format(name=name), earlier.about)

    @property
    def _makers(self) -> dict[Kind, Callable[[random.Random], Asked]]:
        return {"factual": self._factual, "pyq": self._past, "essay": self._essay}

    def _factual(self, chance: random.Random) -> Asked:
        document = chance.choice(self._documents)
        name, other = chance.sample(document.names, 2)
        form = chance.choice(_FACTUAL)
        heading = chance.choice(document.headings)
        return Asked("factual", form.format(name=name, other=other, title=document.title, heading=heading), document)

    def _past(self, chance: random.Random) -> Asked:
        row = chance.choice(self._rows)
        if chance.random() < 0.3:
            form = chance.choice(_THEMES)
            return Asked("pyq", form.format(theme=row["theme"], year=row["year"], paper=row["paper"]))
        # Years around a row's own, so that there is something to be found.
        first, last = row["year"] - chance.randint(0, 6), row["year"] + chance.randint(0, 3)
        form, count = chance.choice(_SUBJECTS), chance.randint(1, 5)
        return Asked(
            "pyq", form.format(subject=row["subject"], first=max(2013, first), last=min(2024, last), count=count)
        )

    def _essay(self, chance: random.Random) -> Asked:
        theme, words = chance.choice(self._themes), 10 * chance.randint(15, 120)
        return Asked("essay", chance.choice(_ESSAYS).format(theme=theme, words=words))

    @cached_property
    def _documents(self) -> list[Document]:
        found = (self._read(path) for path in self._pages())
        return [document for document in found if len(document.names) > 1 and document.headings]

    def _pages(self) -> Iterator[Path]:
        for folder in sorted(self._content.iterdir()):
            if not folder.name.startswith(("pyq", "essay")):
                yield from sorted(folder.glob("*.md"))

    def _read(self, path: Path) -> Document:
        found = _FRONT.match(path.read_text())
        assert found, path
        body = found["body"]
        return Document(_title(found["front"]), tuple(_SECTION.findall(body)), tuple(dict.fromkeys(_names(body))))

    @cached_property
    def _rows(self) -> list[dict[str, str | int]]:
        files = sorted(self._content.glob("pyq_*/questions.jsonl"))
        return [json.loads(line) for path in files for line in path.read_text().splitlines()]

    @cached_property
    def _themes(self) -> Sequence[str]:
        pages = sorted(self._content.glob("essay_content/*.md"))
        return [_MATERIAL.sub("", _title(path.read_text())) for path in pages]


def _title(front: str) -> str:
    found = _TITLE.search(front)
    assert found
    return found["title"]


def _names(body: str) -> list[str]:
    return [found[0] for found in _NAME.finditer(body) if found[0] not in _MONTHS]
