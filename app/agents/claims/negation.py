"""Whether a sentence denies what its source says, or says what its source denies.

Each cue ("not", "without") is looked at with the words around it: are they in the other text, and does a cue or a word
of denial stand among them there too? The signals are weighed by a logistic model.
"""

import re
from collections.abc import Sequence

from app.agents.claims.opposites import denies, holds_negation, negates
from app.agents.claims.reading import Reading, once
from app.agents.claims.statements import Rarity, Statement

# How far a cue reaches to each side, in words; what it denies is among the next few that say something.
REACH, SCOPE, FAR = 7, 2, 30
# A statement that only adds to the best one speaks with less weight.
LATER = 0.7
# Fitted (see evals/fit_verifier.py): one for each signal, one for each times the nearness, nearness, share, and 1.
WEIGHTS = (
    0.65, -0.4, 1.56, 0.42, 1.05, 0.68, 0.25, 1.47, -0.09, -0.7, -0.09, 0.78, 1.2, 0.24,
    0.71, 0.25, 1.57, 0.72, 0.74, 0.83, 0.45, 1.12, 1.41, 0.05, 0.3, 0.59, 0.89, 0.97,
    2.04, 0.1, -4.98,
)  # fmt: skip
# Above these odds a sentence is withheld.
TURNED = 0.3
# "Not only", "no less than", "no. 5".
_HARMLESS_AFTER = re.compile(
    r"(?:only|merely|just|less|more|fewer|later|earlier|exceeding|exceed|least|simply|\.|\d.*)$"
)
# These only shade what is said.
_FAINT = frozenset(
    [
        "free",
        "out",
        "short",
        "few",
        "little",
        "though",
        "although",
        "despite",
        "voluntary",
        "nominal",
        "merely",
        "rather",
        "outside",
    ]
)
# After these the whole rest of a sentence is denied: "no person shall be punished ... or be compelled ...".
_WHOLE = frozenset(["no", "nor", "nothing", "nobody", "none", "neither", "never"])
_KEEPING = frozenset(
    [
        "keep",
        "keeps",
        "kept",
        "keeping",
        "leave",
        "leaves",
        "left",
        "leaving",
        "shut",
        "shuts",
        "rule",
        "rules",
        "ruled",
        "take",
        "takes",
    ]
)
_EXCEPT = frozenset(["except", "unless", "save", "without", "otherwise", "until"])
_MODALS = frozenset(
    ["shall", "may", "can", "will", "must", "should", "has", "have", "is", "are", "was", "were", "could", "would", "be"]
)
SIGNALS = (
    "words around a cue of the sentence are there without any", "what it denies is not denied there",
    "nor plainly", "words around a cue of the source are here without any", "what that denies is not denied here",
    "nor plainly", "only the sentence denies", "only the source denies", "odd", "cues more", "cues less",
    "the source denies all of it", "and the sentence nothing plainly", "only the source denies plainly",
)  # fmt: skip


@once
def cues(reading: Reading) -> list[int]:
    """Where the plain negations of a text are; one that an exception takes back ("no ... except by") is none."""
    words = reading.words
    plain = [
        i
        for i, word in enumerate(words)
        if _negates(word.low) and not _HARMLESS_AFTER.match(words[i + 1].low if i + 1 < len(words) else "")
    ]
    for i in plain[:]:
        back = next((j for j in range(i + 1, len(words)) if words[j].low in _EXCEPT), None)
        if back is not None and words[i].low not in _EXCEPT:
            plain = [j for j in plain if j not in (i, back)]
    return plain


@once
def denials(reading: Reading) -> list[int]:
    """Where words are that may do the work of a negation, plain ones among them."""
    plain, words = set(cues(reading)), reading.words
    return [i for i, word in enumerate(words) if i in plain or (not _negates(word.low) and _may_deny(reading, i))]


def _negates(low: str) -> bool:
    return low == "nowhere" or negates(low)


def _may_deny(reading: Reading, at: int) -> bool:
    low = reading.words[at].low
    if low in ("closed", "shut"):
        return at + 1 < len(reading.words) and reading.words[at + 1].low in ("to", "out", "for")
    if low == "out":
        return any(word.low in _KEEPING for word in reading.words[max(0, at - REACH) : at])
    if low == "free":
        return at + 1 < len(reading.words) and reading.words[at + 1].low in ("from", "of")
    return denies(low) and low not in _FAINT


def signals(reading: Reading, about: Sequence[Statement], rarity: Rarity) -> list[float]:
    """The signals (see `SIGNALS`), each 0..1, for a sentence and the statements it is about, the best first."""
    there = [statement.reading for statement in about]
    if not there:
        return [0.0] * len(SIGNALS)
    mine, own_denials = cues(reading), denials(reading)
    denied_there = any(denials(one) for one in there)
    around = scoped = scoped_plain = 0.0
    for cue in mine:
        around = max(around, _unanswered(reading, cue, there, rarity, plain=False))
        scoped = max(scoped, _scope_said(reading, cue, there, plain=False))
        scoped_plain = max(scoped_plain, _scope_said(reading, cue, there, plain=True))
    theirs = told = told_plain = matched = whole = 0.0
    number = 0
    for n, one in enumerate(there):
        for cue in cues(one):
            near = _known(one, cue, [reading], rarity)
            if n:
                near *= LATER
            matched = max(matched, near)
            number += near > 0.5
            scale = LATER if n else 1.0
            theirs = max(theirs, scale * _unanswered(one, cue, [reading], rarity, plain=False))
            told = max(told, scale * _scope_said(one, cue, [reading], plain=False))
            told_plain = max(told_plain, scale * _scope_said(one, cue, [reading], plain=True))
            if one.words[cue].low in _WHOLE and not n:
                whole = max(whole, _known_after(one, cue, reading, rarity))
    return [
        around, scoped, scoped_plain, theirs, told, told_plain,
        float(bool(mine) and not denied_there), matched if not own_denials else 0.0,
        float((len(mine) + number) % 2),
        min(2.0, max(0, len(mine) - number)) / 2, min(2.0, max(0, number - len(mine))) / 2,
        whole if not own_denials else 0.0, whole if not mine else 0.0, matched if not mine else 0.0,
    ]  # fmt: skip


def _known_after(reading: Reading, at: int, other: Reading, rarity: Rarity) -> float:
    after = {word.stem for word in reading.words[at + 1 :] if word.content}
    known = sum(rarity[stem] for stem in after if stem in other.stems)
    return known / (sum(rarity[stem] for stem in other.stems) or 1.0)


def _window(reading: Reading, at: int) -> set[str]:
    clause = reading.words[at].clause
    return {
        word.stem
        for word in reading.words[max(0, at - REACH) : at + REACH + 1]
        if word.content and abs(word.clause - clause) <= 2
    }


def _known(reading: Reading, at: int, others: Sequence[Reading], rarity: Rarity) -> float:
    """The share of the words around a place that other texts have."""
    window = _window(reading, at)
    known = {stem for stem in window if any(stem in other.stems for other in others)}
    return sum(rarity[stem] for stem in known) / (sum(rarity[stem] for stem in window) or 1.0)


def _unanswered(reading: Reading, cue: int, others: Sequence[Reading], rarity: Rarity, *, plain: bool) -> float:
    """How much of the words around a cue stands in the other texts away from any cue or denial of theirs."""
    window = _window(reading, cue)
    known = {stem for stem in window if any(stem in other.stems for other in others)}
    answered: float = 0.0
    weight = sum(rarity[stem] for stem in known) or 1.0
    for other in others:
        for at in cues(other) if plain else denials(other):
            answered = max(answered, sum(rarity[stem] for stem in known & _window(other, at)) / weight)
    total = sum(rarity[stem] for stem in window) or 1.0
    return weight / total * (1 - answered) if known else 0.0


def _scope(reading: Reading, cue: int) -> list[int]:
    words = reading.words
    begin = cue + 1
    if begin < len(words) and words[begin].low == "longer":
        begin += 1
    if begin < len(words) and words[begin].low == ",":
        # "shall not, by virtue of this article, be entitled": what stands between the commas is not what is denied.
        begin = next((i + 1 for i in range(begin + 1, len(words)) if words[i].low == ","), begin)
    if all(not word.low[0].isalnum() for word in words[begin:]):
        # "... but others do not": of what, only the reader knows.
        return []
    whole = words[cue].low in _WHOLE
    if whole and (modal := next((i for i in range(begin, min(len(words), begin + FAR)) if words[i].low in _MODALS), 0)):
        first = [i for i in range(begin, modal) if words[i].content][:1] if modal - begin < REACH else []
        return first + [i for i in range(modal + 1, min(len(words), modal + REACH)) if words[i].content][:SCOPE]
    clause = words[min(begin, len(words) - 1)].clause
    after = [i for i in range(begin, min(len(words), begin + REACH)) if words[i].content]
    near = [i for i in after if words[i].clause - clause <= 1][:SCOPE]
    return near or [i for i in range(cue - 1, max(-1, cue - REACH), -1) if words[i].content][:1]


def _scope_said(reading: Reading, cue: int, others: Sequence[Reading], *, plain: bool) -> float:
    """The share of what a cue denies that the other texts have and do not deny anywhere."""
    scope = _scope(reading, cue)
    said = 0
    for i in scope:
        stem = reading.words[i].stem
        found = [(other, place) for other in others for place in other.stems.get(stem, ())]
        said += bool(found) and not any(_denied(other, place, plain=plain) for other, place in found)
    return said / len(scope) if scope else 0.0


def _denied(reading: Reading, place: int, *, plain: bool) -> bool:
    words = reading.words
    if holds_negation(words[place].low):
        return True
    negations = set(cues(reading))
    for at in negations:
        if place > at and words[at].low in _WHOLE:
            return True
        if 0 < place - at <= REACH and words[place].clause - words[at].clause <= 2:
            return True
        if -REACH <= place - at < 0 and place in _scope(reading, at):
            return True
    if plain:
        return False
    return any(
        -5 <= place - at <= REACH and abs(words[at].clause - words[place].clause) <= 2
        for at in denials(reading)
        if at not in negations
    )


def told(reading: Reading, about: Sequence[Statement], rarity: Rarity, *, nearness: float, share: float) -> list[float]:
    """What `WEIGHTS` weighs: see there."""
    found = signals(reading, about, rarity)
    return [*found, *(one * nearness for one in found), nearness, share, 1.0]


def odds(reading: Reading, about: Sequence[Statement], rarity: Rarity, *, nearness: float, share: float) -> float:
    """The log-odds that a sentence is turned against the statements it is about.

    `nearness` is the share of its items that they have in order, `share` how much of it they say.
    """
    found = told(reading, about, rarity, nearness=nearness, share=share)
    return sum(weight * one for weight, one in zip(WEIGHTS, found, strict=True))
