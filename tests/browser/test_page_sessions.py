"""Around the answers on the page: logins, the daily quota, sessions and votes."""

import asyncio

import pytest
from playwright.async_api import expect
from scripted_answers import SOURCES, TEXT, whole
from scripted_api import ScriptedApi, problem
from watched_page import Watched, demo_token

pytestmark = pytest.mark.browser

FIRST_SENTENCE = "The 73rd Amendment gave panchayats constitutional status 1."


async def test_quota_is_shown_in_indian_time_and_survives_a_reload(watched: Watched) -> None:
    watched.api.next_tasks = [whole()]
    await watched.sign_in()
    await watched.ask("q")
    line = watched.page.locator("#quota")

    await expect(line).to_have_text("99 of 100 left today · resets 12:00 am IST")
    await watched.page.reload()
    await expect(line).to_have_text("99 of 100 left today · resets 12:00 am IST")


async def test_daily_limit_names_the_reset_time_and_keeps_the_question(watched: Watched) -> None:
    refusal = problem(429, "daily_limit", "no more", Retry_After="7200", Date="Tue, 06 May 2025 16:30:00 GMT")
    watched.api.next_replies = [refusal]
    await watched.sign_in()
    await watched.ask("One more question")

    # The server's clock counts, not the phone's: 16:30 UTC and two hours is midnight in India.
    await expect(watched.page.locator("#notice")).to_contain_text("from 12:00 am IST on Wednesday, 7 May")
    await expect(watched.page.get_by_label("Your question")).to_have_value("One more question")


async def test_busy_server_keeps_the_question_and_says_when(watched: Watched) -> None:
    watched.api.next_replies = [problem(503, "busy", "busy", Retry_After="12")]
    await watched.sign_in()
    await watched.ask("q")

    await expect(watched.page.locator("#notice")).to_contain_text("ask again in 12 s")


async def test_question_asked_again_after_a_lost_reply_keeps_its_idempotency_key(watched: Watched) -> None:
    watched.api.next_replies = [problem(500, "internal", "broken"), problem(500, "internal", "broken")]
    watched.api.next_tasks = [whole()]
    await watched.sign_in()
    await watched.ask("same")
    await expect(watched.page.locator("#notice")).to_contain_text("broken")
    await watched.ask("same")
    await expect(watched.page.locator("#notice")).to_be_visible()
    await watched.ask("another")
    await watched.page.get_by_label("Good answer").wait_for()

    first, second, third = watched.api.keys
    assert first == second != third


async def test_expired_token_asks_again_and_the_running_answer_goes_on(watched: Watched) -> None:
    task = whole()
    task.opening = [8]
    watched.api.next_tasks = [task]
    await watched.sign_in()
    task.gates[7] = asyncio.Event()
    await watched.ask("q")
    await watched.page.locator(".sources li").first.wait_for()
    watched.api.unauthorized = True
    task.gates[7].set()
    await watched.page.get_by_label("Access token").wait_for()
    watched.api.unauthorized = False
    await watched.page.get_by_label("Access token").fill(demo_token())
    await watched.page.get_by_role("button", name="Continue").click()
    await watched.page.get_by_label("Good answer").wait_for()

    assert FIRST_SENTENCE in await watched.text()
    assert await watched.page.locator(".exchange").count() == 1


async def test_another_students_token_shows_nothing_of_the_first_student(watched: Watched) -> None:
    watched.api.next_tasks = [whole()]
    await watched.sign_in()
    await watched.ask("private question")
    await watched.page.get_by_label("Good answer").wait_for()
    watched.api.sessions, watched.api.turns = [], {}
    async with watched.page.expect_navigation():
        await watched.page.goto(f"{watched.api.base}/#token={demo_token('student-2')}")
    await watched.page.get_by_text("What shall we study?").wait_for()

    assert "private question" not in await watched.page.content()
    assert await watched.page.evaluate("Object.keys(sessionStorage).sort()") == ["prashna.token"]


async def test_thumbs_and_comment_reach_the_server(watched: Watched) -> None:
    watched.api.next_tasks = [whole()]
    await watched.sign_in()
    await watched.ask("q")
    await watched.page.get_by_label("Good answer").click()
    await expect(watched.page.get_by_label("Good answer")).to_have_attribute("aria-pressed", "true")
    await watched.page.get_by_label("Bad answer").click()
    await watched.page.get_by_label("What was wrong? Optional").fill("wrong year")
    await watched.page.keyboard.press("Enter")
    await expect(watched.page.locator(".feedback [role=status]")).to_have_text("Thank you.")

    assert watched.api.votes == [
        {"task_id": "t1", "score": 1},
        {"task_id": "t1", "score": 0},
        {"task_id": "t1", "score": 0, "comment": "wrong year"},
    ]


async def test_follow_up_stays_in_the_session_and_a_new_session_starts_without_one(watched: Watched) -> None:
    watched.api.next_tasks = [whole("t1"), whole("t2"), whole("t3")]
    await watched.sign_in()
    for count, question in enumerate(["first", "second"], start=1):
        await watched.ask(question)
        await expect(watched.page.get_by_label("Good answer")).to_have_count(count)
    await watched.page.get_by_role("button", name="New session").click()
    await watched.ask("third")
    await expect(watched.page.get_by_label("Good answer")).to_have_count(1)

    assert watched.api.asked == [{"query": "first"}, {"query": "second", "session_id": "s-t1"}, {"query": "third"}]


async def test_stored_session_opens_with_its_marks_and_can_be_deleted(watched: Watched, api: ScriptedApi) -> None:
    api.sessions = [{"session_id": "old", "title": "An old question", "last_active_at": "2025-05-05T10:00:00Z"}]
    api.turns["old"] = [
        {"task_id": "t1", "role": "user", "text": "An old question", "created_at": ""},
        {"task_id": "t1", "role": "assistant", "text": TEXT, "created_at": "", "citations": SOURCES[:2]},
    ]
    api.tasks["t1"] = whole(is_fallback=True)
    await watched.sign_in()
    await watched.page.get_by_role("button", name="An old question", exact=True).click()
    await expect(watched.page.locator(".marks .mark")).to_contain_text("Reduced service")
    assert FIRST_SENTENCE in await watched.text()

    await watched.page.get_by_label("Delete session: An old question").click()
    await watched.page.get_by_label("Press again to delete session: An old question").click()

    await expect(watched.page.locator(".exchange")).to_have_count(0)
    await expect(watched.page.locator("#sessions li")).to_have_count(0)
    assert api.turns == {}
