"""C20 at length: schemathesis makes requests out of the OpenAPI file, alone and in sequences, to break the API."""

import asyncio
import re
import sys
from pathlib import Path

from support.stack import SECRET

from app.api import tokens
from faults.field import Field

# Refusals are application/problem+json, which the OpenAPI file does not say; a text that is allowed by its type may be
# refused for its length.
_LEFT_OUT = "content_type_conformance,positive_data_acceptance"
_GENERATED = re.compile(r"(\d+) generated")
_FEWEST = 500


async def fuzzed(field: Field) -> None:
    """Thousands of requests that follow the schema or break it in one place; none gets a 5xx."""
    program = Path(sys.executable).with_name("st")
    if not program.exists():
        raise FileNotFoundError("schemathesis is not installed here; `make venv` does it")
    await field.ask()
    token = tokens.issue(SECRET, student=field.name(), audience="prashna", issuer="prashna-demo")
    seconds = 60 if field.short else 300
    process = await asyncio.create_subprocess_exec(
        str(program), "run", f"{field.stack.base}/openapi.json", "--header", f"Authorization: Bearer {token}",
        "--seed", str(field.outcome.seed), "--max-time", str(seconds), "--request-timeout", "20",
        "--max-examples", "20" if field.short else "200", "--checks", "all", "--exclude-checks", _LEFT_OUT,
        cwd=field.stack.folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said = (await asyncio.wait_for(process.communicate(), seconds + 120))[0].decode(errors="replace")
    (field.stack.folder / "schemathesis.txt").write_text(said)
    found = _GENERATED.search(said)
    field.outcome.rounds = int(found[1]) if found else 0
    seen = field.outcome.rounds >= _FEWEST
    field.outcome.fault("the API is fuzzed", seen=seen, evidence=f"{field.outcome.rounds} requests generated")
    summary = said.rpartition("Failures:")[2].strip() if process.returncode else "none"
    field.outcome.check("schemathesis finds nothing", process.returncode == 0, summary[:600])
    healthy = await field.ask()
    field.outcome.check("the API answers afterwards", healthy.ended)
