"""Whether and how a question leans on the one before it: by an order, a pointing word, or by what it leaves out.

A question that stands by itself must never be rewritten, so each way asks for a reason; the order of the ways decides
where two would do.
"""

import re
from dataclasses import dataclass
from typing import Literal

from app.agents import asking, orders, pointers
from app.agents.mentions import mentions, same_head, without
from app.agents.subject import subject, topics

Way = Literal["years", "form", "more", "pick", "both", "compare", "pronoun", "reason", "other", "aspect", "echo"]
_FILTERS = frozenset({"year", "paper"})
_CLOSED_WORDS = 7
# With this many things of its own a question needs none from before.
_MANY_TOPICS = 4
_ALONE_WORDS = 6
_ASPECT_WORDS = 9
_FRAGMENT_WORDS = 4


@dataclass(frozen=True, slots=True)
class Leaning:
    """A question that leans, how, and what is left of it without its opening."""

    way: Way
    rest: str
    found: re.Match[str] | None = None

    @property
    def match(self) -> re.Match[str]:
        """What it leans by, of the ways that have words of their own: years, pick, both, compare, pronoun, reason.

        Raises:
            LookupError: another way.
        """
        if self.found is None:
            raise LookupError(self.way)
        return self.found


def leaning(question: str, before: str | None, answer: str = "") -> Leaning | None:
    """How `question` leans on the standalone question `before` it and its answer; None when it stands by itself."""
    asked = " ".join(question.split())
    opening = asking.MARKER.match(asked)
    rest = asking.TAIL.sub("", asked[opening.end() :] if opening else asked).strip()
    bare = asking.QUOTED.sub(lambda quoted: "x" * len(quoted[0]), rest)
    return (
        _by_request(asked, bare, rest)
        or _by_pronoun(bare, rest)
        or _by_omission(bare, rest, before)
        or _by_fragment(asked, bare, rest)
        or _by_echo(bare, rest, before, answer)
        or _by_silence(bare, rest, before)
        or (_by_opening(opening, bare, rest) if opening else None)
    )


def _by_request(asked: str, bare: str, rest: str) -> Leaning | None:
    if (
        orders.FORM_PHRASE.search(asked)
        and not topics(orders.FORM_FILLER.sub(" ", orders.FORM_PHRASE.sub(" ", asked)))
        and not _only_picks(bare)
    ):
        return Leaning("form", asked)
    whole: tuple[tuple[Way, re.Pattern[str], str], ...] = (
        ("years", orders.NEARBY_YEARS, rest or asked),
        ("other", orders.ONE_ON, orders.ONE_ON.sub("", asked)),
        ("reason", orders.REASON, rest or asked),
        ("compare", orders.COMPARE, rest),
    )
    for way, pattern, kept in whole:
        if found := pattern.match(asked):
            return Leaning(way, kept, found)
    return _by_pointing(asked, bare, rest)


def _by_pointing(asked: str, bare: str, rest: str) -> Leaning | None:
    """At the two, at one of several, at some more of what was said."""
    if (found := pointers.BOTH.search(bare)) and _aspects_only(pointers.BOTH.sub(" ", bare)):
        return Leaning("both", rest, found)
    if (found := pointers.PICK.search(bare)) and _only_picks(bare):
        return Leaning("pick", rest, found)
    if pointers.THAT_TIME.search(asked) and len(bare.split()) <= _ASPECT_WORDS:
        return Leaning("echo", rest)
    if orders.MORE.search(asked) and _aspects_only(without(orders.MORE.sub(" ", asked))):
        return Leaning("more", asked)
    return None


def _by_pronoun(bare: str, rest: str) -> Leaning | None:
    masked = pointers.HARMLESS.sub(lambda harmless: "x" * len(harmless[0]), bare)
    for found in pointers.PRONOUN.finditer(masked):
        if _points_back(masked[: found.start()], found):
            return Leaning("pronoun", rest, found)
    return None


def _points_back(before: str, found: re.Match[str]) -> bool:
    # An office or house that acts on "it" is not what "it" is; "his" and "their" are most often its own.
    named = topics(before if found["possessive"] else without(before))
    if not named:
        return True
    if found["possessive"]:
        return False
    if len(pointers.BOUNDARY.split(before)) > 1 and pointers.BOUNDARY.split(before)[0].strip():
        return False
    return len(named) < 2


def _by_omission(bare: str, rest: str, before: str | None) -> Leaning | None:
    """A question of sides only ("the exceptions?"), or one that names no more than a year, paper or twin."""
    held = mentions(bare)
    if asking.DEFINES.match(bare):
        return None
    if topics(without(bare)):
        return Leaning("other", rest) if _is_twin(bare, before) else None
    if not held:
        return Leaning("aspect", rest) if len(bare.split()) <= _ASPECT_WORDS else None
    filters = all(mention.kind in _FILTERS for mention in held)
    alike: object = before is not None and {mention.kind for mention in mentions(before)} & {
        mention.kind for mention in held
    }
    if filters:
        about_papers = before is not None and asking.PAST_PAPERS.search(before) is not None
        return (
            Leaning("other", rest)
            if about_papers or (asking.PREPOSITION.match(bare) and not asking.ASKS.match(bare))
            else None
        )
    return (
        Leaning("other", rest) if alike and not asking.ASKS.match(bare) and len(bare.split()) <= _ALONE_WORDS else None
    )


def _by_fragment(asked: str, bare: str, rest: str) -> Leaning | None:
    """A phrase without a verb that ends as a question or opens with a preposition."""
    if asking.ASKS_ANYWHERE.search(bare) or len(bare.split()) > _ALONE_WORDS:
        return None
    if asking.PREPOSITION.match(bare):
        return Leaning("other", rest)
    side_first = bool(bare.split()) and not topics(bare.split(maxsplit=1)[0]) and not re.search(r"\bof\b", bare)
    most = _ALONE_WORDS if side_first else _FRAGMENT_WORDS
    return Leaning("other", rest) if asked.endswith("?") and len(bare.split()) <= most else None


def _by_echo(bare: str, rest: str, before: str | None, answer: str) -> Leaning | None:
    """A short question all of whose things were just spoken of, and that leaves out what they belong to."""
    named = set(topics(bare))
    if before is None or not named or len(bare.split()) > _ASPECT_WORDS or asking.NAMES_IT.match(bare):
        return None
    if any(mention.kind in _FILTERS for mention in mentions(bare)):
        # Who names a paper or a year asks for past questions anew.
        return None
    about = set(topics(subject(before)))
    return Leaning("echo", rest) if not about <= named and named <= set(topics(f"{before} {answer}")) else None


def _by_silence(bare: str, rest: str, before: str | None) -> Leaning | None:
    """A short question that names nothing: a closed one ("Is the hole closing?"), or one that runs on in lower case."""
    if before is None or asking.NAMES_IT.match(bare) or asking.GENERIC.search(bare):
        return None
    words = len(bare.split())
    closed = (
        bare[:1].isupper() and asking.CLOSED.match(bare) and not asking.NAMED.search(bare) and words <= _CLOSED_WORDS
    )
    runs_on = bare[:1].islower() and before[:1].isupper() and asking.ASKS.match(bare) and words <= _ALONE_WORDS
    return Leaning("echo", rest) if closed or (runs_on and len(topics(bare)) < _MANY_TOPICS) else None


def _is_twin(bare: str, before: str | None) -> bool:
    """Whether a bare phrase is of the kind that the question before named: black soil after alluvial soil."""
    if before is None or asking.ASKS.match(bare):
        return False
    return same_head(before, bare.rstrip("?!. ")) is not None


def _by_opening(opening: re.Match[str], bare: str, rest: str) -> Leaning | None:
    if not asking.STRONG.search(opening[0]) or len(topics(bare)) >= _MANY_TOPICS - 1:
        return None
    return Leaning("other", rest) if not asking.ASKS.match(bare) and len(bare.split()) <= _ALONE_WORDS else None


def _only_picks(bare: str) -> bool:
    return pointers.PICK.search(bare) is not None and _aspects_only(pointers.PICK.sub(" ", bare))


def _aspects_only(text: str) -> bool:
    return not topics(text)
