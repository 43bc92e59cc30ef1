"""The chat page in a real Chromium on the real API and worker, with a simulated provider behind them."""

import re
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect
from support.stack import SECRET, Stack, until
from watched_page import PATIENCE_MS

from app.api import tokens

pytestmark = pytest.mark.browser

QUESTION = "What is the minimum age to be elected President?"


@pytest.fixture
async def page(chromium: Browser, stack: Stack) -> AsyncIterator[Page]:
    """A new student, signed in by the demo link; an error in the page fails the test."""
    context = await chromium.new_context(locale="en-IN")
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    opened = await context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    token = tokens.issue(SECRET, student=f"p-{uuid4().hex[:12]}", audience="prashna", issuer="prashna-demo")
    await opened.goto(f"{stack.base}/#token={token}")
    await opened.get_by_label("Your question").wait_for()
    yield opened
    await context.close()
    assert errors == []


async def _ask(page: Page, question: str = QUESTION) -> None:
    box = page.get_by_label("Your question")
    await box.fill(question)
    await box.press("Enter")


async def _finished_text(page: Page) -> str:
    await page.get_by_label("Good answer").last.wait_for(timeout=30_000)
    return await page.locator(".answer .text").last.inner_text()


async def _stored(stack: Stack) -> str:
    return await stack.pool.fetchval("SELECT answer ->> 'text' FROM chat.tasks ORDER BY accepted_at DESC LIMIT 1")


def _words(text: str) -> list[str]:
    """The words alone: on the page citations are buttons and list marks are bullets."""
    return re.findall(r"\w+", re.sub(r"\[\d+\]", " ", text))


def _shown_words(text: str) -> list[str]:
    return re.findall(r"\w+", re.sub(r"\s\d(?=\W|$)", " ", text))


async def test_a_student_asks_and_reads_the_stored_answer(stack: Stack, page: Page) -> None:
    await _ask(page)
    text = await _finished_text(page)
    assert _shown_words(text) == _words(await _stored(stack))
    await expect(page.locator(".answer").last).to_contain_text("Factual")
    await expect(page.locator("#quota")).to_contain_text("99")


async def test_a_reload_in_the_middle_reads_the_same_answer(stack: Stack, page: Page) -> None:
    stack.provider.tokens_per_second = 20
    await _ask(page)
    await expect(page.locator(".answer .text")).to_contain_text("No person shall be eligible")
    newest = "SELECT status FROM chat.tasks ORDER BY accepted_at DESC LIMIT 1"
    assert await stack.pool.fetchval(newest) == "running"
    await page.reload()
    text = await _finished_text(page)
    assert _shown_words(text) == _words(await _stored(stack))
    await page.reload()
    assert await _finished_text(page) == text


async def test_a_restarted_api_does_not_cost_the_reader_a_word(stack: Stack, page: Page) -> None:
    stack.provider.tokens_per_second = 20
    await _ask(page)
    await expect(page.locator(".answer .text")).to_contain_text("No person shall be eligible")
    assert stack.api
    await stack.api.kill()
    await stack.start_api()
    assert _shown_words(await _finished_text(page)) == _words(await _stored(stack))


async def test_a_citation_opens_its_passage(stack: Stack, page: Page) -> None:
    await _ask(page)
    await _finished_text(page)
    await page.get_by_role("button", name=re.compile("^Source 1")).first.click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Article 58. Qualifications for election as President")
    await expect(dialog).to_contain_text("He must have completed the age of thirty-five years.")


async def test_a_thumb_is_kept(stack: Stack, page: Page) -> None:
    await _ask(page)
    await _finished_text(page)
    await page.get_by_label("Good answer").click()
    newest = """SELECT f.score FROM chat.feedback f JOIN chat.tasks t ON t.id = f.task_id
                ORDER BY t.accepted_at DESC LIMIT 1"""
    await until(lambda: stack.pool.fetchval(newest), 10, "the verdict is stored")


async def test_a_fallback_says_so(stack: Stack, page: Page) -> None:
    stack.provider.faults["chat"] = "server_error"
    await _ask(page)
    await _finished_text(page)
    await expect(page.locator(".marks .mark")).to_contain_text("Reduced service: no model was available")


async def test_stop_keeps_what_was_shown(stack: Stack, page: Page) -> None:
    stack.provider.tokens_per_second = 12
    await _ask(page)
    await expect(page.locator(".answer .text")).to_contain_text("No person shall be eligible")
    await page.get_by_role("button", name="Stop").click()
    await expect(page.locator(".marks .mark")).to_contain_text("Stopped by you")
    assert _shown_words(await page.locator(".answer .text").inner_text()) == _words(await _stored(stack))
