"""Who has which part: the one on whose advice, the one by whom, the one to whom.

It is wrong where the source gives the part to another.
"""

from collections.abc import Iterator, Sequence

from app.agents.claims.reading import Reading
from app.agents.claims.statements import Statement
from app.agents.claims.words import stem

_GIVEN_TEXT = """
advice recommendation consultation consult pleasure consent approval prior assent"""
_ROLES_TEXT = """
nominated nominate elected appointed removed addressed responsible accountable presented laid submitted report
refer referred dissolved summoned founded written led headed chaired established drafted administered
discovered built moved proposed introduced annexed defeated excavated"""
_DONE_JOINTS = {"by": "by", "with": "with", "to": "to", "before": "to"}
_GIVEN_JOINTS = {**_DONE_JOINTS, "of": "of", "from": "of"}
_GIVEN_STEMS = frozenset(stem(word) for word in _GIVEN_TEXT.split())
_ROLE_STEMS = frozenset(stem(word) for word in _ROLES_TEXT.split())


def misplaced(reading: Reading, best: Sequence[Statement]) -> tuple[str, str] | None:
    """A name in a role ("on the advice of X", "appointed by X") that the statements give to others only."""
    there: dict[str, set[str]] = {}
    for statement in best:
        for role, name in roles(statement.reading):
            there.setdefault(role, set()).update(name)
    for role, name in roles(reading):
        if there.get(role) and not there[role] & name:
            return role, " ".join(sorted(name))
    return None


def roles(reading: Reading) -> Iterator[tuple[str, frozenset[str]]]:
    """Each role that a text gives to a name: what is done or given, and the words of the name."""
    names = {i: fact for fact in reading.facts if fact.kind == "name" for i in (fact.at,)}
    for i, word in enumerate(reading.words):
        joints = _GIVEN_JOINTS if word.stem in _GIVEN_STEMS else _DONE_JOINTS if word.stem in _ROLE_STEMS else {}
        joint = next((j for j in range(i + 1, min(i + 4, len(reading.words))) if reading.words[j].low in joints), None)
        if joint is None:
            continue
        holder = next((names[j] for j in range(joint + 1, min(joint + 4, len(reading.words))) if j in names), None)
        if holder is not None:
            name = frozenset(word.stem for word in reading.words[holder.at : holder.end] if word.content)
            yield f"{word.stem} {joints[reading.words[joint].low]}", name
