"""Other countries, as questions name them: what is said of India's law or rivers is no answer about another's."""

from functools import cache
from importlib.resources import files

from app.retrieval.support.vocabulary import stems


def named(text: str) -> list[tuple[tuple[str, ...], ...]]:
    """For each other country that `text` names: all its names, as stems."""
    words = stems(text)
    joined = f" {' '.join(words)} "
    # "us" is a pronoun and "turkey" may be a bird; such names are known by their capitals.
    return [
        tuple(name for name, _ in country)
        for country in _countries()
        if any(f" {' '.join(name)} " in joined and (not written or written in text) for name, written in country)
    ]


@cache
def _countries() -> tuple[tuple[tuple[tuple[str, ...], str], ...], ...]:
    """The names of each country as (stems, how it must be written or "")."""
    found = []
    for line in files("app.retrieval.support").joinpath("places.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            names = [name.strip() for name in line.split("|")]
            found.append(tuple((tuple(stems(name)), name[:-1] if name.endswith("!") else "") for name in names))
    return tuple(found)
