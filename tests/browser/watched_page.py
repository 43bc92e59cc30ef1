"""A page under watch: what it asked the network for, which scripts ran in it, which errors it had."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Page
from scripted_api import ScriptedApi

PATIENCE_MS = 12_000  # the machine may be busy with other tests
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
# Set before any script of the page runs: what a payload would call, and what the policy had to stop.
TRIPWIRE = """
window.__executed = []; window.__violations = [];
window.pwn = (how) => window.__executed.push(how || 'pwn');
for (const name of ['alert', 'confirm', 'prompt', 'open']) window[name] = () => window.__executed.push(name);
document.addEventListener('securitypolicyviolation', (event) =>
  window.__violations.push(event.violatedDirective + ' ' + event.blockedURI));
"""


@dataclass
class Watched:
    """A page, with everything it asked the network for and every error it had."""

    page: Page
    api: ScriptedApi
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    async def sign_in(self) -> None:
        """Opens the page with a demo token and waits until a question can be asked."""
        await self.page.goto(f"{self.api.base}/#token={demo_token()}")
        await self.page.get_by_label("Your question").wait_for()

    async def ask(self, question: str) -> None:
        """Types the question and presses Enter."""
        box = self.page.get_by_label("Your question")
        await box.fill(question)
        await box.press("Enter")

    async def text(self) -> str:
        """The last answer's visible text."""
        return await self.page.locator(".answer .text").last.inner_text()

    async def broken_rules(self) -> dict[str, Any]:
        """Scripts that ran, rules the policy had to enforce, requests to elsewhere: all empty when safe."""
        found: dict[str, Any] = await self.page.evaluate("({executed: __executed, violations: __violations})")
        return found | {"outbound": [url for url in self.requests if not url.startswith(self.api.base + "/")]}


def demo_token(subject: str = "student-1") -> str:
    """A JWT in shape only: the scripted server checks no signature."""
    parts = [{"alg": "HS256"}, {"sub": subject}]
    return ".".join(
        [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts] + ["sig"]
    )
