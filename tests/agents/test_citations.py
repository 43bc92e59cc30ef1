from datetime import date

from agent_samples import FIRST, PRESIDENT, passage

from app.agents import citations


def test_citations_come_in_order_of_first_mention_with_the_numbers_of_the_sources() -> None:
    listed = citations.sources([PRESIDENT, FIRST])
    cited = citations.cited("Second. [2] First. [1] Second again. [2]", listed)
    assert [(one.n, one.parent_id) for one in cited] == [(2, FIRST.parent_id), (1, PRESIDENT.parent_id)]


def test_a_number_without_a_source_cites_nothing() -> None:
    assert citations.cited("Invented. [7] Zero. [0]", citations.sources([PRESIDENT])) == []


def test_a_snippet_has_at_most_200_characters_and_whole_words() -> None:
    snippet = citations.snippet("# Title\n\n" + "seventeen letters " * 40)
    assert len(snippet) <= 200
    assert snippet.startswith("seventeen letters")
    assert snippet.endswith(("seventeen…", "letters…"))


def test_a_short_text_is_its_own_snippet() -> None:
    assert citations.snippet(" One  line.\nTwo. ") == "One line. Two."


def test_news_is_as_of_the_newest_cited_publication() -> None:
    old = passage("Old", "Text.", published_on=date(2025, 1, 1))
    new = passage("New", "Text.", published_on=date(2026, 2, 3))
    assert citations.as_of([old, new], dated=True) == date(2026, 2, 3)


def test_other_answers_are_as_of_their_oldest_passage() -> None:
    undated = passage("None", "Text.", metadata={"as_of": "soon"})
    assert citations.as_of([PRESIDENT, FIRST, undated], dated=False) == date(2026, 9, 1)


def test_passages_without_a_date_give_no_date() -> None:
    assert citations.as_of([passage("None", "Text.")], dated=True) is None
