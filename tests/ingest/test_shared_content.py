"""Real texts go in as they are."""

import pytest
from content_desk import Desk
from support.shared import shared_data

pytestmark = pytest.mark.shared


async def test_articles_of_the_constitution_are_found_by_their_number(desk: Desk) -> None:
    lines = shared_data("constitution", "articles.jsonl").read_text().splitlines()[:60]
    path = desk.write("articles.jsonl", "\n".join(lines))
    summary = await desk.apply(path, label="Article {number}")
    assert (summary.added, summary.rejected, summary.exit_code) == (60, [], 0)
    found = await desk.fetch(
        "SELECT DISTINCT p.locator, p.header FROM polity.parents p WHERE p.fact_keys && ARRAY['article:19']"
    )
    assert found == [("Article 19", "Article 19. Protection of certain rights regarding freedom of speech, etc")]
    assert (await desk.apply(path, label="Article {number}")).revision is None


async def test_encyclopedia_pages_are_cut_within_the_limits(desk: Desk) -> None:
    paths = sorted(shared_data("encyclopedia", "economy").glob("*.md"))[:3]
    summary = await desk.apply(*paths)
    assert (summary.added, summary.exit_code) == (3, 0)
    [longest] = await desk.fetch(
        "SELECT max(p.tokens), max(c.tokens), count(DISTINCT c.id) = count(DISTINCT e.chunk_id)"
        " FROM polity.parents p JOIN polity.chunks c ON c.parent_id = p.id"
        " LEFT JOIN polity.embeddings_minilm_int8 e ON e.chunk_id = c.id"
    )
    assert int(str(longest[0])) <= 512
    assert int(str(longest[1])) <= 128
    assert longest[2] is True
