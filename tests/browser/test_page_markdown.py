"""The Markdown that answers may use becomes structure, everything else stays characters, and it never takes long."""

import pytest
from playwright.async_api import Page

pytestmark = pytest.mark.browser

RENDER = """async (texts) => {
  const { MarkdownView } = await import('/page/markdown.js');
  const place = document.createElement('div');
  const view = new MarkdownView(place, (n) => (n <= 3 ? document.createTextNode('{' + n + '}') : null));
  const started = performance.now();
  for (const text of texts) view.show(text);
  return { html: place.innerHTML.replaceAll(' dir="auto"', ''), ms: performance.now() - started };
}"""


async def rendered(modules: Page, *texts: str) -> str:
    return str((await modules.evaluate(RENDER, list(texts)))["html"])


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("# Top\n### Third", "<h3>Top</h3><h5>Third</h5>"),
        ("**bold** *em* _em_ `code`", "<p><strong>bold</strong> <em>em</em> <em>em</em> <code>code</code></p>"),
        ("**bold with [1]**[2]", "<p><strong>bold with {1}</strong>{2}</p>"),
        ("2 * 3 * 4, snake_case_name, [9] [2023]", "<p>2 * 3 * 4, snake_case_name, [9] [2023]</p>"),
        ("**open and *open", "<p>**open and *open</p>"),
        ("- a\n- b\n  - c\n- d", "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>"),
        ("3. c\n4) d", '<ol start="3"><li>c</li><li>d</li></ol>'),
        ("1. a\n- b", '<ol start="1"><li>a</li></ol><ul><li>b</li></ul>'),
        ("- a\n  goes on", "<ul><li>a goes on</li></ul>"),
        ("> said\n> so [1]", "<blockquote>said<br>so {1}</blockquote>"),
        ("a\n\n---\n\nb", "<p>a</p><hr><p>b</p>"),
        ("[x](https://e.invalid) ![y](z)", "<p>[x](https://e.invalid) ![y](z)</p>"),
        ("संविधान **भाग**", '<p lang="hi">संविधान <strong>भाग</strong></p>'),
    ],
)
async def test_markdown_becomes_structure(modules: Page, text: str, html: str) -> None:
    assert await rendered(modules, text) == html


async def test_table_becomes_a_table(modules: Page) -> None:
    assert await rendered(modules, "| A | B |\n|:--|---|\n| 1 | x [2] |\nafter") == (
        '<div class="table" tabindex="0"><table><thead><tr><th scope="col">A</th><th scope="col">B</th></tr></thead>'
        "<tbody><tr><td>1</td><td>x {2}</td></tr></tbody></table></div><p>after</p>"
    )


async def test_growing_text_ends_as_the_whole_text_would(modules: Page) -> None:
    text = "Intro **bold [1]**.\n\n## Head\n\n1. one\n2. two [2]\n   - in\n\n| a | b |\n|---|---|\n| c | d |\n\nend [3]"
    prefixes = [text[:length] for length in range(len(text) + 1)]

    assert await rendered(modules, *prefixes) == await rendered(modules, text)


async def test_finished_blocks_keep_their_nodes_while_the_text_grows(modules: Page) -> None:
    kept = await modules.evaluate(
        """async () => {
          const { MarkdownView } = await import('/page/markdown.js');
          const place = document.createElement('div');
          const view = new MarkdownView(place, () => null);
          view.show('first\\n\\nsec');
          const [first, second] = place.children;
          view.show('first\\n\\nsecond');
          return [place.children[0] === first, place.children[1] === second];
        }"""
    )

    assert kept == [True, False]


@pytest.mark.parametrize(
    "text",
    [
        "*" * 20_000,
        "**a" * 7_000,
        "_a " * 7_000,
        "[" * 20_000,
        "`" * 20_001,
        "|" * 10_000 + "\n" + "|-" * 5_000,
        " " * 20_000 + "|-x",
        "a|\n" + "-" * 20_000 + "x",
        "\n".join(" " * depth + "- x" for depth in range(600)),
        "> " * 10_000,
        "#" * 20_000,
        "\n" * 20_000 + "x",
    ],
    ids=lambda text: repr(text[:4]) if len(text) < 30 else f"{text[:3]!r}x{len(text)}",
)
async def test_pathological_text_is_shown_quickly(modules: Page, text: str) -> None:
    result = await modules.evaluate(RENDER, [text])

    assert result["ms"] < 1_000
