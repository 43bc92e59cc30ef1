"""Text from students, documents and models stays text: no script runs, nothing is fetched, no element appears."""

import random
import re
from typing import Any

import pytest
from hostile_text import PAYLOADS
from playwright.async_api import expect
from scripted_answers import answer, opening
from scripted_api import Event, ScriptedApi, Task, problem
from watched_page import Watched

pytestmark = pytest.mark.browser

# Everything the page may put into the conversation, and every path it may ask for.
KNOWN_TAGS = {
    *("article", "div", "p", "ol", "ul", "li", "h2", "h3", "h4", "h5", "h6", "strong", "em", "code", "blockquote"),
    *("hr", "br", "table", "thead", "tbody", "tr", "th", "td", "button", "span", "form", "input", "svg", "path"),
}
KNOWN_PATHS = re.compile(r"^/(page/[\w.]+|chat|sessions(/[\w-]+)?|(stream|tasks|passages)/[^/?]+(/[^/?]+)?)?$")
STRUCTURE = """() => [...document.querySelectorAll('#exchanges *, #sessions *, #passage *, #notice *, #quota *')]
  .map((node) => [node.localName, node.getAttributeNames().filter(
    (name) => name.startsWith('on') || ['href', 'src', 'srcset', 'action', 'xlink:href', 'srcdoc'].includes(name))])"""

SHOWS_PASSAGE = "(text) => document.getElementById('passage-text').textContent === text"


async def strange_things(watched: Watched) -> dict[str, Any]:
    """Whatever shows that a text was taken for more than text; empty lists when it was not."""
    structure = await watched.page.evaluate(STRUCTURE)
    paths = [url.removeprefix(watched.api.base) for url in watched.requests]
    found = await watched.broken_rules() | {
        "elements": [tag for tag, _ in structure if tag not in KNOWN_TAGS],
        "attributes": [names for _, names in structure if names],
        "paths": [path for path in paths if not KNOWN_PATHS.match(path)],
    }
    return {name: things for name, things in found.items() if things}


def hostile_task(number: int, payload: str) -> Task:
    """The payload in every field that reaches the page, its text cut at random places."""
    source = {"n": 1, "domain": "polity", "document_id": payload, "version": payload, "parent_id": f"p{number}"}
    source |= {"title": payload, "locator": payload, "snippet": payload, "published_on": payload}
    text = f"{payload} [1]\n\n{payload}"
    final = answer(
        f"t{number}", text, citations=[source], tier=payload, is_fallback=True, as_of=payload, intent=payload
    )
    events: list[Event] = [
        ("status", {"stage": payload}),
        ("route", {"intent": payload, "domains": [payload], "confidence": 1}),
        ("sources", [source]),
        *_random_cuts(text, random.Random(number)),
        ("done", {"answer": final}),
    ]
    return Task(f"t{number}", events, final)


def _random_cuts(text: str, chance: random.Random) -> list[Event]:
    tokens: list[Event] = []
    while text:
        size = chance.choice([1, 1, 2, 3, 5, 8])
        tokens.append(("token", {"text": text[:size]}))
        text = text[size:]
    return tokens


# Without the policy nothing but the page itself keeps a payload from running; with it, the policy must stay unneeded.
@pytest.mark.parametrize(
    ("csp", "payloads"), [(False, PAYLOADS), (True, PAYLOADS[::2])], ids=["bare", "with the policy"]
)
async def test_hostile_answer_is_shown_as_text_and_runs_nothing(
    watched: Watched, csp: bool, payloads: list[str]
) -> None:
    watched.api.csp = csp
    await watched.sign_in()
    unsafe: dict[str, Any] = {}
    for number, payload in enumerate(payloads):
        watched.api.next_tasks = [hostile_task(number, payload)]
        watched.api.passages[f"polity/p{number}"] = {"text": payload, "title": payload, "live": False}
        await watched.ask(payload)
        await watched.page.get_by_label("Good answer").nth(number).wait_for()
        await watched.page.locator(".sources button").last.click()
        await watched.page.wait_for_function(SHOWS_PASSAGE, arg=payload)
        await watched.page.keyboard.press("Escape")
        if strange := await strange_things(watched):
            unsafe[payload] = strange

    assert unsafe == {}
    assert await watched.page.locator(".asked").all_text_contents() == [payload.strip() for payload in payloads]


async def test_hostile_session_titles_are_text(watched: Watched, api: ScriptedApi) -> None:
    api.sessions = [{"session_id": f"s{n}", "title": title, "last_active_at": ""} for n, title in enumerate(PAYLOADS)]
    await watched.sign_in()
    await expect(watched.page.locator("#sessions .open")).to_have_count(len(PAYLOADS))

    assert await watched.page.locator("#sessions .open").all_text_contents() == PAYLOADS
    assert await strange_things(watched) == {}


async def test_hostile_refusals_and_errors_are_text(watched: Watched) -> None:
    await watched.sign_in()
    for number, payload in enumerate(PAYLOADS[::4]):
        watched.api.next_replies = [problem(422, payload, payload)]
        watched.api.next_tasks = [Task(f"t{number}", [*opening(), ("error", {"code": payload, "message": payload})])]
        await watched.ask("q")
        await expect(watched.page.locator("#notice")).to_have_js_property("textContent", payload)
        await watched.ask("q")
        await expect(watched.page.locator(".marks .mark").last).to_have_js_property("textContent", payload)

    assert await strange_things(watched) == {}


async def test_hostile_token_in_the_address_is_refused_and_cleared(watched: Watched) -> None:
    await watched.page.goto(f"{watched.api.base}/#token=<img src=x onerror=pwn()>")
    await watched.page.get_by_label("Access token").wait_for()

    assert watched.page.url == f"{watched.api.base}/"
    assert await strange_things(watched) == {}
    assert await watched.page.evaluate("sessionStorage.length") == 0


async def test_tripwire_sees_what_these_tests_look_for(watched: Watched) -> None:
    watched.api.csp = False
    await watched.sign_in()
    await watched.page.evaluate(
        """document.getElementById('exchanges').innerHTML =
            '<img src="https://evil.invalid/x" onerror="pwn(1)"><a href="javascript:pwn()">x</a>'"""
    )
    await watched.page.wait_for_function("__executed.length > 0")
    found = await strange_things(watched)

    assert sorted(found) == ["attributes", "elements", "executed", "outbound", "paths"]


async def test_policy_stops_what_would_slip_through(watched: Watched) -> None:
    await watched.sign_in()
    await watched.page.evaluate(
        """document.getElementById('exchanges').innerHTML =
            '<img src="https://evil.invalid/x" onerror="pwn(1)"><p style="color: red">x</p>'"""
    )
    await watched.page.wait_for_function("__violations.length >= 3")
    found = await watched.broken_rules()
    stopped = {violation.split()[0] for violation in found["violations"]}

    assert (found["executed"], stopped) == ([], {"img-src", "script-src-attr", "style-src-attr"})
