"""Changes of a domain as values, and any sequence of them: what hypothesis draws, shrinks and prints."""

from dataclasses import dataclass

from hypothesis import strategies as st

KEYS = ("article-1", "article-2", "article-3", "article-4", "article-5")
# A row's key, the number of its text, and since when it holds.
Row = tuple[str, int, str | None]


@dataclass(frozen=True)
class Apply:
    """A file with these rows; `prune` takes out what is no longer in it."""

    rows: tuple[Row, ...]
    draft: bool = False
    prune: bool = False


@dataclass(frozen=True)
class Publish:
    """The latest drafts."""


@dataclass(frozen=True)
class Withdraw:
    """The document under this key."""

    key: str


@dataclass(frozen=True)
class Undo:
    """The latest revision in effect, or the so many-th of all, counted from the last."""

    back: int | None = None


@dataclass(frozen=True)
class CutOver:
    """To the other model, whose namespace is made where it is missing."""


@dataclass(frozen=True)
class Rollback:
    """To the namespace before the last cutover."""


@dataclass(frozen=True)
class Embed:
    """Let the bulk worker work until nothing is left; between two of these, changes pile up."""


Change = Apply | Publish | Withdraw | Undo | CutOver | Rollback | Embed

_rows = st.lists(
    st.tuples(
        st.sampled_from(KEYS),
        st.integers(0, 3),
        st.sampled_from((None, None, None, "2020-01-01", "2024-01-01", "2999-01-01")),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda row: row[0],
).map(tuple)
_applies = st.one_of(
    st.builds(Apply, _rows),
    st.builds(Apply, _rows, prune=st.booleans()),
    st.builds(Apply, _rows, draft=st.booleans()),
)
_changes: st.SearchStrategy[Change] = st.one_of(
    _applies,
    st.builds(Undo),
    st.builds(Embed),
    st.builds(Withdraw, st.sampled_from(KEYS)),
    st.builds(Publish),
    st.builds(CutOver),
    st.builds(Undo, st.integers(0, 4)),
    st.builds(Rollback),
)
# What begins with an apply has something to change.
sequences = st.tuples(_applies, st.lists(_changes, min_size=2, max_size=10)).map(lambda drawn: [drawn[0], *drawn[1]])
