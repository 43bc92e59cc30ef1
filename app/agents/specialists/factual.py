"""Facts: what the thing is or what was asked, in the first sentence, then the provisions, each cited."""

from collections.abc import Iterator

from app.agents import picks, quotation, quotes
from app.agents.answer import Intent
from app.agents.material import Composed, Inquiry, Material
from app.agents.quotes import Quotes
from app.agents.rung import Assignment
from app.agents.specialists import headings
from app.agents.specialists.library import Library, gathered, nearer
from app.retrieval.meaning import Closeness


class Factual:
    """Explains and looks up."""

    intent: Intent = "factual"
    max_tokens = 900

    async def gather(self, inquiry: Inquiry, library: Library) -> Material:
        """One search over all domains of facts; another over the news, which are facts too.

        The route's domains are a guess at where the answer stands, and the ranking knows better.
        """
        domains = tuple(dict.fromkeys((*inquiry.domains, *inquiry.every.get("factual", ()))))
        found, news = await library.searches(
            inquiry,
            (inquiry.question, domains),
            (inquiry.question, inquiry.every.get("current_affairs", ())),
        )
        if found.passages and not nearer(news, found):
            return gathered(found, ("main", found.passages), filters=inquiry.filters)
        return gathered(found, ("main", news.passages), others=(news,), filters=inquiry.filters)

    def compose(self, assignment: Assignment, close: Closeness) -> Iterator[str]:
        """The answering sentence, then its points."""
        yield from explained(assignment, close)


def explained(assignment: Assignment, close: Closeness) -> Iterator[str]:
    """The main passages' answer: the sentence that answers or defines, then what belongs to it as a list."""
    numbered = assignment.numbered("main") or assignment.numbered("companion")
    question = picks.asked(assignment.question, numbered, close)
    chosen = Quotes(question, numbered)
    answer = chosen.answer()
    points = chosen.points(answer, question.aim.points)
    if answer and answer[-1].unit.lines:
        # A clause of law does not name its article.
        yield Composed(f"**{quotation.title(assignment.passages[answer[-1].number - 1])}**\n\n")
    yield from quotes.paragraph(answer)
    if points:
        yield Composed(headings.bold("points", assignment.language))
        yield from quotes.listed(points)
