"""A real Chromium, the scripted server, and a page that is watched while a test drives it."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect
from scripted_api import ScriptedApi, serve_scripted_api
from watched_page import ARGUMENTS, PATIENCE_MS, TRIPWIRE, Watched


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all tests of a run."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no `chromium` on PATH: apt-get install chromium (.ci/run does)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def modules(chromium: Browser) -> AsyncIterator[Page]:
    """A page whose modules a test imports and calls by themselves; it keeps no state between tests."""
    async with serve_scripted_api() as server:
        page = await chromium.new_page()
        await page.goto(server.base)
        yield page
        await page.close()


@pytest.fixture
async def api() -> AsyncIterator[ScriptedApi]:
    """A scripted server of this test's own."""
    async with serve_scripted_api() as running:
        yield running


@pytest.fixture
async def watched(chromium: Browser, api: ScriptedApi) -> AsyncIterator[Watched]:
    """A fresh profile (storage, cookies) with one page; an uncaught error in it fails the test."""
    context = await chromium.new_context(locale="en-IN", timezone_id="America/New_York")
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    await context.add_init_script(TRIPWIRE)
    page = await context.new_page()
    watch = Watched(page, api)
    context.on("request", lambda request: watch.requests.append(request.url))
    page.on("pageerror", lambda error: watch.errors.append(str(error)))
    yield watch
    await context.close()
    assert watch.errors == []
