"""The page's own SSE client: odd bytes, broken connections, refusals and silence; the text is read once and whole."""

import asyncio
import itertools
import json
from typing import Any

import pytest
from playwright.async_api import Page, expect
from scripted_answers import answer, opening, whole, words
from scripted_api import Attach, ScriptedApi, Task, problem
from starlette.responses import Response
from watched_page import Watched

pytestmark = pytest.mark.browser

# Paragraphs only, so that what is seen is exactly what was sent; look-alikes of the wire format among them (S14).
PLAIN = (
    "data: a look-alike of a field, id: 9.9 and event: done.\u2028Line separator, कानून और न्याय, 😀 and \u200d joiner. "
    "The end of a long enough sentence that is cut in many places, so that every byte offset gets its turn."
)

READ_FRAMES = """async (pieces) => {
  const { EventParser } = await import('/page/sse.js');
  const frames = [], retries = [];
  const parser = new EventParser((frame) => frames.push(frame), (retry) => retries.push(retry));
  for (const piece of pieces) parser.push(piece);
  return { frames, retries };
}"""


def frame(event: str, data: str, last_id: str | None = None) -> dict[str, Any]:
    return {"event": event, "id": last_id, "data": data}


def resumed_at(attaches: list[Attach]) -> list[str | None]:
    return [attach.last_event_id for attach in attaches]


async def parsed(page: Page, *pieces: str) -> dict[str, Any]:
    result: dict[str, Any] = await page.evaluate(READ_FRAMES, list(pieces))
    return result


@pytest.mark.parametrize(
    ("wire", "frames"),
    [
        ("event: token\nid: 1.2\ndata: x\n\n", [frame("token", "x", "1.2")]),
        ("data: a\ndata: b\ndata:\n\n", [frame("message", "a\nb\n")]),
        (": ping\n\ndata:x\n\n: ping\n\n", [frame("message", "x")]),
        ("data:  two spaces, one kept\n\n", [frame("message", " two spaces, one kept")]),
        ("event: token\n\ndata: x\n\n", [frame("message", "x")]),
        ("data\n\n", [frame("message", "")]),
        ("id: a\0b\nunknown: y\ndata: x\n\n", [frame("message", "x")]),
        ("data: never finished\n", []),
    ],
)
async def test_parser_reads_the_format_whole_and_character_by_character(
    modules: Page, wire: str, frames: list[dict[str, Any]]
) -> None:
    for line_end in ["\n", "\r\n", "\r"]:
        sent = wire.replace("\n", line_end)

        assert (await parsed(modules, sent))["frames"] == frames
        assert (await parsed(modules, *sent))["frames"] == frames


async def test_parser_reports_retry_and_ignores_a_retry_that_is_no_number(modules: Page) -> None:
    assert await parsed(modules, "retry: 250\nretry: soon\n\n") == {"frames": [], "retries": [250]}


@pytest.mark.parametrize("size", [1, 3, 7])
async def test_text_is_whole_when_bytes_arrive_in_crumbs(watched: Watched, size: int) -> None:
    task = whole(text=PLAIN, size=9)
    task.bytes_at_a_time, task.line_end, task.prefix = size, "\r\n", "retry: 100\r\n: ping\r\n\r\n"
    watched.api.next_tasks = [task]
    await watched.sign_in()
    await watched.ask("q")
    await watched.page.get_by_label("Good answer").wait_for()

    assert await watched.page.locator(".text").text_content() == PLAIN


@pytest.mark.parametrize("breaks", [False, True], ids=["ended", "broken"])
async def test_cut_at_every_event_resumes_where_it_was_and_repeats_nothing(watched: Watched, breaks: bool) -> None:
    task = whole(text=PLAIN, size=30)
    total = len(task.events)
    task.opening, task.breaks, task.prefix = list(range(1, total)), breaks, "retry: 20\n\n"
    # What is read live counts, not what `done` repairs: it comes only when the test has looked.
    task.gates = {total - 1: asyncio.Event()}
    watched.api.next_tasks = [task]
    await watched.sign_in()
    await watched.ask("q")
    await expect(watched.page.locator(".text")).to_have_text(PLAIN.replace("\u2028", " "))
    live = await watched.page.locator(".text").text_content()
    task.gates[total - 1].set()
    await watched.page.get_by_label("Good answer").wait_for()

    assert live == PLAIN
    resumed = [int((attach.last_event_id or "1.0").split(".")[1]) for attach in watched.api.attaches]
    assert resumed == (sorted(resumed) if breaks else list(range(total)))
    assert len(resumed) == total


async def test_repeated_and_stale_events_are_dropped(watched: Watched) -> None:
    task = whole(text="One. Two.", size=5)
    repeats = 'event: token\nid: 1.7\ndata: {"text": "One. "}\n\nevent: token\nid: 0.99\ndata: {"text": "old"}\n\n'
    task.prefix = "retry: 20\n\n"
    task.opening = [8, Response(repeats, media_type="text/event-stream")]
    task.gates = {8: asyncio.Event()}
    watched.api.next_tasks = [task]
    await watched.sign_in()
    await watched.ask("q")
    while len(watched.api.attaches) < 3:
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)

    assert await watched.page.locator(".text").text_content() == "One. Two."
    task.gates[8].set()
    await watched.page.get_by_label("Good answer").wait_for()
    assert resumed_at(watched.api.attaches) == [None, "1.8", "1.8"]


async def test_restart_clears_the_text_and_the_new_attempt_is_read_from_its_start(watched: Watched) -> None:
    first = [*opening(), *words("From the first attempt.", 40)]
    second = [("restart", {"attempt": 2, "reason": "worker lost"}), *opening(), *words("From the second.", 40)]
    final = answer("t1", "From the second.")
    task = Task("t1", first)
    watched.api.next_tasks = [task]
    await watched.sign_in()
    await watched.ask("q")
    await expect(watched.page.locator(".text")).to_have_text("From the first attempt.")

    gate = asyncio.Event()
    watched.api.tasks["t1"] = Task(
        "t1", [*second, ("done", {"answer": final})], final, attempt=2, gates={len(second): gate}
    )
    await watched.page.evaluate("window.dispatchEvent(new Event('online'))")
    await expect(watched.page.locator(".text")).to_have_text("From the second.")
    gate.set()
    await watched.page.get_by_label("Good answer").wait_for()

    assert resumed_at(watched.api.attaches) == [None, "1.7"]


@pytest.mark.parametrize("refusal", [429, 503])
async def test_refused_reconnect_waits_as_long_as_the_server_asks(watched: Watched, refusal: int) -> None:
    task = whole(text=PLAIN)
    task.opening = [8, problem(refusal, "busy", "busy", Retry_After="2")]
    watched.api.next_tasks = [task]
    await watched.sign_in()
    await watched.ask("q")
    await expect(watched.page.locator(".stage")).to_have_text("Connection lost. Reconnecting…")
    await watched.page.wait_for_timeout(1_200)  # past the first back-off, within the Retry-After
    await watched.page.evaluate("window.dispatchEvent(new Event('online'))")  # does not overrule the server
    await watched.page.get_by_label("Good answer").wait_for()

    cut, refused, accepted = watched.api.attaches
    assert accepted.at - refused.at >= 2
    assert (cut.last_event_id, refused.last_event_id, accepted.last_event_id) == (None, "1.8", "1.8")
    assert await watched.page.locator(".text").text_content() == PLAIN


async def test_failures_in_a_row_are_asked_ever_more_rarely(watched: Watched) -> None:
    task = whole(text=PLAIN)
    task.prefix = "retry: 200\n\n"
    task.opening = [8, *[problem(502, "bad_gateway", "broken") for _ in range(4)]]
    watched.api.next_tasks = [task]
    await watched.sign_in()
    await watched.ask("q")
    await watched.page.get_by_label("Good answer").wait_for()
    times = [attach.at for attach in watched.api.attaches]
    waits = [later - earlier for earlier, later in itertools.pairwise(times)]

    # Back-off n is 200 ms x 2^n, jittered down to its half at most.
    assert [wait >= 0.1 * 2**n for n, wait in enumerate(waits)] == [True] * 5


async def test_lost_network_shows_and_coming_online_reconnects_at_once(watched: Watched) -> None:
    task = whole(text=PLAIN)
    task.prefix = "retry: 20000\n\n"  # without the online event the wait would be 10 s or more
    task.opening = [8]
    watched.api.next_tasks = [task]
    await watched.sign_in()
    await watched.ask("q")
    await expect(watched.page.locator(".stage")).to_have_text("Connection lost. Reconnecting…")
    await watched.page.context.set_offline(True)
    await watched.page.context.set_offline(False)
    await watched.page.get_by_label("Good answer").wait_for(timeout=5_000)

    assert resumed_at(watched.api.attaches)[-1] == "1.8"


@pytest.mark.parametrize(
    ("seconds", "attaches"), [(10, [None]), (25, [None, "1.8"])], ids=["a fresh one stays", "a stale one is renewed"]
)
async def test_tab_coming_to_the_front_renews_only_a_connection_that_missed_a_ping(
    watched: Watched, seconds: int, attaches: list[str | None]
) -> None:
    task = whole(text=PLAIN)
    task.gates = {8: asyncio.Event()}
    watched.api.next_tasks = [task]
    await watched.page.clock.install()
    await watched.sign_in()
    await watched.ask("q")
    await expect(watched.page.locator(".text")).not_to_be_empty()
    await watched.page.clock.fast_forward(seconds * 1000)
    await watched.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await asyncio.sleep(0.3)

    assert resumed_at(watched.api.attaches) == attaches
    task.gates[8].set()
    await watched.page.get_by_label("Good answer").wait_for()
    assert await watched.page.locator(".text").text_content() == PLAIN


async def test_silence_of_forty_seconds_is_a_dead_connection(watched: Watched) -> None:
    task = whole(text=PLAIN)
    task.gates = {8: asyncio.Event()}
    watched.api.next_tasks = [task]
    await watched.page.clock.install()
    await watched.sign_in()
    await watched.ask("q")
    await expect(watched.page.locator(".text")).not_to_be_empty()
    await watched.page.clock.fast_forward(35_000)
    assert resumed_at(watched.api.attaches) == [None]
    await watched.page.clock.fast_forward(7_000)
    await expect(watched.page.locator(".stage")).to_have_text("Connection lost. Reconnecting…")
    task.gates[8].set()
    await watched.page.clock.fast_forward(2_000)
    await watched.page.get_by_label("Good answer").wait_for()

    assert resumed_at(watched.api.attaches) == [None, "1.8"]


@pytest.mark.parametrize(
    ("ending", "expected"),
    [(Response(status_code=204), 204), (problem(404, "not_found", "gone"), 404)],
    ids=["204", "404"],
)
async def test_stream_that_is_over_is_read_from_the_stored_answer(
    watched: Watched, ending: Response, expected: int
) -> None:
    task = whole(text=PLAIN)
    task.prefix, task.opening = "retry: 50\n\n", [8, ending]
    watched.api.next_tasks = [task]
    await watched.sign_in()
    await watched.ask("q")
    await watched.page.get_by_label("Good answer").wait_for()

    assert await watched.page.locator(".text").text_content() == PLAIN
    assert len(watched.api.attaches) == 2


@pytest.mark.parametrize(
    ("last", "words_shown"),
    [
        (("gone", {}), "This answer can no longer be found"),
        (("error", {"code": "failed", "message": "No worker took this question."}), "No worker took this question."),
    ],
    ids=["gone", "error"],
)
async def test_terminal_event_ends_the_stream_for_good_and_offers_to_ask_again(
    watched: Watched, api: ScriptedApi, last: tuple[str, dict[str, Any]], words_shown: str
) -> None:
    api.next_tasks = [Task("t1", [*opening(), last]), whole("t2")]
    await watched.sign_in()
    if last[0] == "gone":
        await watched.page.route(
            "**/tasks/t1", lambda route: route.fulfill(status=404, body=json.dumps({"status": 404}))
        )
    await watched.ask("A question")
    await expect(watched.page.locator(".marks .mark")).to_contain_text(words_shown)
    await asyncio.sleep(1.5)  # a client that came back would do it now
    assert len(api.attaches) == 1
    await watched.page.get_by_role("button", name="Ask again").click()
    await watched.page.get_by_label("Good answer").wait_for()

    assert [asked["query"] for asked in api.asked] == ["A question", "A question"]


async def test_closing_the_session_lets_go_of_the_stream_and_opening_it_follows_again(
    watched: Watched, api: ScriptedApi
) -> None:
    task = whole(text=PLAIN)
    task.gates = {8: asyncio.Event()}
    api.next_tasks = [task]
    await watched.sign_in()
    await watched.ask("A long one")
    await expect(watched.page.locator(".text")).not_to_be_empty()
    await watched.page.get_by_role("button", name="New session").click()
    await expect(watched.page.get_by_role("button", name="Stop")).to_be_hidden()
    await watched.page.get_by_role("button", name="A long one", exact=True).click()
    await expect(watched.page.get_by_role("button", name="Stop")).to_be_visible()
    task.gates[8].set()
    await watched.page.get_by_label("Good answer").wait_for()

    assert await watched.page.locator(".text").text_content() == PLAIN
