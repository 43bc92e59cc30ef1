"""Lets whole, verified sentences of a draft through, and remembers what was shown and what was not."""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from app.agents import citations
from app.agents.answer import Tier
from app.agents.material import Composed
from app.agents.rung import Draft
from app.agents.sentences import Splitter
from app.agents.verifier import Checker, Verdict
from app.agents.withheld import Withheld
from app.errors import ProviderError
from app.retrieval.passage import Passage
from app.telemetry import get_logger

# Rows of ours that answer by themselves. A question that is to be solved stands under a heading: it is no answer.
_ROWS = re.compile(r"(?!\*\*)[^\n].*^- [^\n]{1,4000}\[\d{1,3}\]", re.MULTILINE | re.DOTALL)


class NothingSupportedError(ProviderError):
    """The passages support nothing of what was written."""

    code = "nothing_supported"


class Showing:
    """One rung's draft on its way to the student: `text` was shown, `kept` of its sentences cite."""

    def __init__(self, tier: Tier, checker: Checker, passages: Sequence[Passage]) -> None:
        self._tier = tier
        self._checker = checker
        self._passages = passages
        self._held = ""
        self.text = ""
        self.kept = 0
        self.withheld: list[Withheld] = []
        # A stored answer passed the verifier when it was written, with passages of its own.
        self.verified = False

    async def sentences(self, draft: Draft) -> AsyncGenerator[str, None]:
        """The texts to show, in order; what was withheld is asked for once more where the draft's writer can.

        Raises:
            NothingSupportedError: no cited sentence is left of what was withheld, or nothing at all was written.
        """
        async with aclosing(self._checked(draft.text)) as passed:
            async for text in passed:
                yield text
        if draft.again is not None and self.withheld:
            async with aclosing(self._once_more(draft)) as passed:
                async for text in passed:
                    yield text
        if not self.kept and (self.withheld or not self.text.strip()):
            raise NothingSupportedError

    async def _checked(self, pieces: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
        splitter = Splitter()
        async with aclosing(pieces) as arriving:
            async for piece in arriving:
                own = isinstance(piece, Composed)
                for sentence in splitter.finish() if own else splitter.feed(piece):
                    if passed := self._pass(sentence):
                        yield passed
                if own:
                    self.kept += bool(_ROWS.match(piece))
                    yield self._show(str(piece))
        for sentence in splitter.finish():
            if passed := self._pass(sentence):
                yield passed

    async def _once_more(self, draft: Draft) -> AsyncGenerator[str, None]:
        """The rewritten sentences that pass now. Whatever happens here, the answer stands without them."""
        if draft.again is None:
            return
        splitter = Splitter()
        asked = draft.again(self.text, tuple(self.withheld))
        try:
            async with aclosing(asked) as pieces:
                async for piece in pieces:
                    for sentence in splitter.feed(piece):
                        if passed := self._rewritten(sentence):
                            yield passed
            for sentence in splitter.finish():
                if passed := self._rewritten(sentence):
                    yield passed
        except ProviderError as error:
            get_logger(__name__).warning("rewrite.failed", tier=self._tier, code=error.code)

    def _pass(self, sentence: str) -> str:
        verdict = Verdict(sentence) if self.verified else self._checker.check(sentence)
        if verdict.text is None:
            self.withheld.append(self._left_out(sentence, verdict))
            return ""
        if verdict.frame:
            # A title waits for something to stand under it.
            self._held += verdict.text
            return ""
        self.kept += bool(citations.mentioned(verdict.text))
        return self._show(verdict.text)

    def _rewritten(self, sentence: str) -> str:
        if not citations.mentioned(sentence):
            return ""
        self._held = "" if not self.text or self.text.endswith("\n") else "\n\n"
        return self._pass(sentence)

    def _show(self, text: str) -> str:
        shown, self._held = self._held + text, ""
        self.text += shown
        return shown

    def _left_out(self, sentence: str, verdict: Verdict) -> Withheld:
        cited = tuple(passage.parent_id for passage in citations.cited_passages(sentence, self._passages))
        return Withheld(self._tier, sentence.strip(), verdict.reason or "", cited)
