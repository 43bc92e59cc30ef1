"""The one gate between what was written and what is shown: every sentence passes here with the passages it may cite.

Passing is not understanding. A sentence passes when each of its facts is in the passages it cites, stands there among
the same words, with the same polarity, on the same side of opposed words, in the same order; see `app/agents/claims`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.agents import instructions, refusal
from app.agents.claims import edits, leak, markup, presence, weighing
from app.agents.claims.alignment import aligned, together, weights
from app.agents.claims.reading import Reading, plain, read
from app.agents.claims.statements import Rarity, Source
from app.retrieval.passage import Passage

# A sentence without a citation may hold so many words that say something, and no fact.
MOST_UNCITED = 4
# A cited sentence of no more words that say something and no fact gives nothing to weigh.
FEW_WORDS = 3
# Statements that cover nearly as much as the best one are looked at too.
AS_GOOD = 0.9

_CITATION = re.compile(r"\[(\d{1,3})\]")
# Rules, bullets and full stops; other signs without words are marks that a text asked for.
_WORDLESS = re.compile(r"[\s.,;:!?*_#|=\-–—…()\"'“”‘’]*")
_UNKNOWN = re.compile(r"[^\S\n]?\[(\d{1,3})\]")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`text` is what may be shown of the sentence, None when it is withheld; `reason` says why it was.

    `frame` marks titles and lead-ins: they say nothing by themselves and are shown with what stands under them.
    """

    text: str | None
    reason: str | None = None
    frame: bool = False


def verify(sentence: str, sources: Sequence[Passage]) -> Verdict:
    """Judge one whole sentence (with its trailing white space) against the passages numbered from 1."""
    return Checker(sources).check(sentence)


class Checker:
    """Judges the sentences of one answer; each passage is read once. `secret` is text that no answer may repeat.

    `sources` are the passages as they are read, numbered from 1.
    """

    def __init__(self, passages: Sequence[Passage], *, secret: str = "") -> None:
        self.sources = [Source(number, passage) for number, passage in enumerate(passages, 1)]
        self._secret = leak.Secret(secret)
        self._rarity: Rarity | None = None

    def prepare(self) -> None:
        """Read the passages now instead of at the first check; takes some 30 ms for five, safe in a thread."""
        for source in self.sources:
            source.prepare()
        self._rarity = self._rarity or Rarity(self.sources)

    def check(self, sentence: str) -> Verdict:
        """The verdict on one sentence with its citations and trailing white space."""
        if refusal.is_refusal_alone(sentence):
            return Verdict(sentence)
        if reason := markup.acts(sentence):
            return Verdict(None, reason)
        bare = _CITATION.sub("", sentence)
        if instructions.without(bare, orders=False) != bare:
            return Verdict(None, "it gives orders")
        if self._secret.told(sentence):
            return Verdict(None, "it repeats the prompt")
        shown = self._known_citations(sentence)
        cited = [self.sources[n - 1] for n in dict.fromkeys(int(n) for n in _CITATION.findall(shown))]
        reading = read(plain(shown))
        if not any(word.low[0].isalnum() for word in reading.words):
            return Verdict(shown) if _WORDLESS.fullmatch(_CITATION.sub("", shown)) else Verdict(None, "it has no words")
        if not cited:
            return self._uncited(reading, shown)
        reason = self._unsupported(reading, cited)
        return Verdict(shown) if reason is None else Verdict(None, reason)

    def _known_citations(self, sentence: str) -> str:
        known = len(self.sources)
        return _UNKNOWN.sub(lambda found: found[0] if 1 <= int(found[1]) <= known else "", sentence)

    def _uncited(self, reading: Reading, shown: str) -> Verdict:
        """What cites nothing may only frame: a title or lead-in with facts of the passages, or a few plain words."""
        if markup.is_title(shown):
            if absent := presence.missing(reading, self.sources):
                return Verdict(None, f"{absent.kind} {absent.shown} is in no passage")
            return Verdict(shown, frame=True)
        claims = [word for word in reading.words if word.content]
        if reading.facts or len(claims) > MOST_UNCITED:
            return Verdict(None, "it makes a claim and cites nothing")
        return Verdict(shown)

    @property
    def rarity(self) -> Rarity:
        """The rarity of stems among the passages' statements."""
        if self._rarity is None:
            self._rarity = Rarity(self.sources)
        return self._rarity

    def _unsupported(self, reading: Reading, cited: Sequence[Source]) -> str | None:
        """Why the cited passages do not support a sentence; None when they do."""
        if any(source.repeats(reading) for source in cited):
            return None
        # Words alone are compared, so a sentence without one of theirs, in another language too, cannot be vouched for.
        if not any(source.stems & reading.stems.keys() for source in cited):
            return "what it cites has none of its words"
        if self._too_short(reading) and not any(source.says(_flat(reading)) for source in cited):
            return "so few words are shown only as they stand there"
        if absent := presence.missing(reading, cited):
            return f"{absent.kind} {absent.shown} is not in what it cites"
        found = weighing.weighed(reading, cited, self.about(reading, cited), self.rarity)
        return f"{found.reason} ({found.odds:.1f})" if found.odds > weighing.WRONG else None

    @staticmethod
    def _too_short(reading: Reading) -> bool:
        return not reading.facts and sum(word.content for word in reading.words) <= FEW_WORDS

    def about(self, reading: Reading, cited: Sequence[Source]) -> weighing.About:
        """The statements that a sentence is about, and how much of it they and the passages beside them say."""
        said = weights(reading, self.rarity)
        ranked = aligned(said, [statement for source in cited for statement in source.statements])
        share, best = together(said, ranked)
        ties = [one.statement for one in ranked[:4] if one.share >= AS_GOOD * ranked[0].share]
        best += [one for one in ties if one not in best]
        nearness = max((edits.in_order(reading, statement) for statement in best), default=0.0)
        if nearness >= weighing.NEAR:
            return weighing.About(best, share, nearness, 0.0, 0)
        others = (source for source in self.sources if source not in cited)
        covers = [(together(said, aligned(said, source.statements))[0], source.number) for source in others]
        more, number = max(covers, default=(0.0, 0))
        return weighing.About(best, share, nearness, more, number)


def _flat(reading: Reading) -> str:
    return " ".join(word.low for word in reading.words if word.low[0].isalnum())
