"""The chat page in a real Chromium: ask, read, open a source, come back after a reload."""

import asyncio

import pytest
from playwright.async_api import expect
from scripted_answers import SOURCES, TEXT, answer, opening, whole, words
from scripted_api import ScriptedApi, Task
from watched_page import Watched, demo_token

pytestmark = pytest.mark.browser

# What TEXT looks like: the marks are structure, and citations are buttons that show their number.
VISIBLE_PIECES = [
    "The 73rd Amendment gave panchayats constitutional status 1. It came into force on 24 April 1993 2.",
    "What it added",
    "Part IX, Articles 243 to 243-O 1",
    "A note from [2023] stays text, and so does [9].",
]


async def test_demo_link_signs_in_and_leaves_no_token_in_the_address(watched: Watched) -> None:
    await watched.sign_in()

    assert watched.page.url == f"{watched.api.base}/"
    assert watched.api.tokens == {f"Bearer {demo_token()}"}
    assert await watched.page.evaluate("history.length") <= 2


async def test_without_a_token_the_page_asks_for_one_and_refuses_nonsense(watched: Watched) -> None:
    await watched.page.goto(watched.api.base)
    field = watched.page.get_by_label("Access token")
    await field.fill("नमस्ते not a token")
    await field.press("Enter")
    await expect(watched.page.get_by_role("alert")).to_contain_text("That is not a token")

    await field.fill(f"  {demo_token()}\n")
    await field.press("Enter")

    await expect(watched.page.get_by_label("Your question")).to_be_visible()


async def test_stages_sources_and_text_appear_as_they_arrive(watched: Watched) -> None:
    task = whole(size=len(TEXT) // 2)
    task.gates = {step: asyncio.Event() for step in (3, 5, 7)}
    watched.api.next_tasks = [task]
    await watched.sign_in()
    await watched.ask("What is the 73rd Constitutional Amendment?")
    answer_box = watched.page.locator(".answer")

    await expect(answer_box).to_contain_text("Factual · Polity")
    await expect(answer_box.locator(".stage")).to_have_text("Choosing the specialist")
    task.gates[3].set()
    await expect(answer_box.locator(".sources li")).to_have_count(3)
    await expect(answer_box.locator(".text")).to_be_empty()
    task.gates[5].set()
    await expect(answer_box.locator(".text")).to_contain_text("gave panchayats constitutional status")
    await expect(answer_box.locator(".text")).to_have_attribute("aria-busy", "true")
    task.gates[7].set()
    await expect(watched.page.get_by_label("Good answer")).to_be_visible()

    assert [piece for piece in VISIBLE_PIECES if piece not in await watched.text()] == []
    assert await answer_box.locator(".sources li").count() == 2


async def test_enter_sends_and_shift_enter_starts_a_new_line(watched: Watched) -> None:
    watched.api.next_tasks = [whole()]
    await watched.sign_in()
    box = watched.page.get_by_label("Your question")
    await box.press_sequentially("one")
    await box.press("Shift+Enter")
    await box.press_sequentially("two")
    await box.press("Enter")
    await watched.page.get_by_label("Good answer").wait_for()

    assert watched.api.asked == [{"query": "one\ntwo"}]
    await expect(box).to_have_value("")


async def test_limit_counts_characters_as_the_server_does(watched: Watched) -> None:
    await watched.sign_in()
    box = watched.page.get_by_label("Your question")
    send = watched.page.get_by_role("button", name="Ask", exact=True)

    await box.fill("😀" * 4000)  # two UTF-16 units each
    await expect(watched.page.locator("#count")).to_have_text("4,000 / 4,000")
    await expect(send).to_be_enabled()
    await box.fill("a" * 4001)

    await expect(send).to_be_disabled()
    await box.press("Enter")
    assert watched.api.asked == []


async def test_citation_opens_its_passage_and_escape_returns_the_focus(watched: Watched) -> None:
    watched.api.next_tasks = [whole()]
    watched.api.passages["polity/p2"] = SOURCES[1] | {
        "text": "Part IX was inserted.\n\nIt has 16 articles.",
        "effective_from": "1993-04-24",
        "effective_to": None,
        "live": False,
    }
    await watched.sign_in()
    await watched.ask("q")
    cite = watched.page.get_by_role("button", name="Source 2: 73rd Constitutional Amendment, Section 2").first
    await cite.focus()
    await watched.page.keyboard.press("Enter")
    dialog = watched.page.get_by_role("dialog")

    await expect(dialog).to_contain_text("It has 16 articles.")
    await expect(dialog).to_contain_text("Section 2 · Polity · version 2")
    await expect(dialog).to_contain_text("In force since 24 April 1993")
    await expect(dialog).to_contain_text("no longer in use")
    await watched.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(cite).to_be_focused()


@pytest.mark.parametrize(
    ("changes", "mark"),
    [
        ({"is_fallback": True, "tier": "extractive"}, "Reduced service: no model was available"),
        ({"is_fallback": True, "tier": "secondary"}, "Reduced service: the usual model was not available"),
        ({"is_fallback": True, "tier": "none", "citations": []}, "Reduced service: nothing could answer"),
        ({"refused": True, "citations": []}, "Not covered"),
        ({"stopped": True}, "Stopped by you"),
        ({"cached": True, "tier": "cache"}, "Answered before"),
    ],
)
async def test_answer_carries_its_quality_mark(watched: Watched, changes: dict[str, object], mark: str) -> None:
    watched.api.next_tasks = [whole(**changes)]
    await watched.sign_in()
    await watched.ask("q")

    await expect(watched.page.locator(".marks .mark")).to_have_count(1)
    await expect(watched.page.locator(".marks .mark")).to_contain_text(mark)


async def test_ordinary_answer_has_a_date_and_no_mark(watched: Watched) -> None:
    watched.api.next_tasks = [whole()]
    await watched.sign_in()
    await watched.ask("q")

    await expect(watched.page.locator(".as-of")).to_have_text("Study content as of 5 May 2025")
    await expect(watched.page.locator(".marks .mark")).to_have_count(0)


async def test_cache_hit_shows_at_once_without_a_stream(watched: Watched) -> None:
    watched.api.next_tasks = [Task("t1", [], answer("t1", cached=True))]
    await watched.sign_in()
    await watched.ask("q")
    await watched.page.get_by_label("Good answer").wait_for()

    assert VISIBLE_PIECES[0] in await watched.text()
    assert watched.api.attaches == []


async def test_stop_ends_the_answer_with_what_was_written(watched: Watched) -> None:
    final = answer("t1", "The first sentence [1].", stopped=True)
    task = Task("t1", [*opening(), *words("The first sentence [1].", 40), ("done", {"answer": final})], final)
    task.gates = {7: asyncio.Event()}
    watched.api.next_tasks = [task]
    await watched.sign_in()
    await watched.ask("q")
    await watched.page.get_by_text("The first sentence").wait_for()
    await watched.page.get_by_role("button", name="Stop").click()

    await expect(watched.page.locator(".marks .mark")).to_contain_text("Stopped by you")
    assert watched.api.stopped == ["t1"]
    await expect(watched.page.get_by_role("button", name="Ask", exact=True)).to_be_visible()


async def test_reload_mid_answer_reads_the_same_answer(watched: Watched) -> None:
    task = whole()
    task.pause = 0.03
    watched.api.next_tasks = [task]
    await watched.sign_in()
    await watched.ask("What is the 73rd Constitutional Amendment?")
    await watched.page.get_by_text("gave panchayats").wait_for()
    await watched.page.reload()
    await watched.page.get_by_label("Good answer").wait_for(timeout=15_000)

    assert [piece for piece in VISIBLE_PIECES if piece not in await watched.text()] == []
    assert await watched.page.locator(".asked").all_inner_texts() == ["What is the 73rd Constitutional Amendment?"]
    assert [attach.last_event_id for attach in watched.api.attaches] == [None, None]
    await watched.page.reload()
    await watched.page.get_by_label("Good answer").wait_for()
    assert VISIBLE_PIECES[0] in await watched.text()


async def test_page_works_at_360_pixels_by_keyboard_alone(watched: Watched, api: ScriptedApi) -> None:
    api.sessions = [{"session_id": "old", "title": "अनुच्छेद 21 " + "लंबा" * 40, "last_active_at": ""}]
    api.next_tasks = [whole(text=TEXT + "\n\n" + "unbroken" * 60)]
    await watched.page.set_viewport_size({"width": 360, "height": 640})
    await watched.sign_in()
    await watched.ask("w" * 300)
    await watched.page.get_by_label("Good answer").wait_for()
    menu = watched.page.get_by_role("button", name="Sessions", exact=True)
    await menu.press("Enter")

    await expect(watched.page.get_by_role("button", name="New session")).to_be_focused()
    await watched.page.keyboard.press("Escape")
    await expect(menu).to_have_attribute("aria-expanded", "false")
    assert await watched.page.evaluate("document.documentElement.scrollWidth") == 360
    assert await watched.page.locator("#sessions [lang=hi]").count() == 1


async def test_every_control_has_a_name_and_the_page_a_language(watched: Watched) -> None:
    watched.api.next_tasks = [whole()]
    await watched.sign_in()
    await watched.ask("q")
    await watched.page.get_by_label("Bad answer").click()
    nameless = await watched.page.evaluate(
        """[...document.querySelectorAll('button, input, textarea')].filter((node) =>
            !(node.textContent.trim() || node.getAttribute('aria-label') || node.labels?.length))
            .map((node) => node.outerHTML)"""
    )

    assert nameless == []
    assert await watched.page.evaluate("document.documentElement.lang") == "en"
    assert await watched.page.locator(".text").get_attribute("aria-live") == "polite"
