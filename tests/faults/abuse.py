"""C20 and C21: hostile input from users, from documents and from models."""

import asyncio
import json
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from support.stack import Service

from app.settings import child_environment
from faults import hostile
from faults.field import Field, until
from faults.ledger import Asked

_GROWTH_MB = 100.0
# What the provider can do to the bytes and characters of an answer.
_SPOILED = ("nul", "split_bytes", "garbage", "truncated", "empty")
_PRIMARY = "gpt-4.1"
_GOOD = "# The Belpara canal\n\nThe Belpara canal was opened in 1931. It waters the fields of Belpara district.\n"
_ASKED_OF_IT = "When was the Belpara canal opened?"
_FILES = {
    "good.md": _GOOD.encode(),
    "nul.md": b"# The Nulpara canal\n\nThe Nulpara canal\0was opened in 1932.\n",
    "latin.md": "# The Latpara canal\n\nThe Latpara canal was opened for caf\xe9s in 1933.\n".encode("latin-1"),
    "cut.md": "# The Cutpara canal\n\nThe Cutpara canal was opened in 1934 by राज".encode()[:-1],
    "half.jsonl": b'{"id": "half", "title": "The Halfpara canal", "text": "Half \\ud800 a pair, opened in 1935."}\n',
    "overlong.html": b"<h1>The Overpara canal</h1><p>\xc0\x80 It was opened in 1936.</p>",
}


async def requests(field: Field) -> None:
    """C20: each hostile request, then each hostile question; never a 500, and the process is there afterwards."""
    student, api = field.name(), field.stack.api
    assert api
    await field.ask()
    before = resident_mb(api)
    found = {sent.name: await _status(field, student, sent) for sent in hostile.requests()}
    raw = {name: await _raw_status(field, sent) for name, sent in hostile.RAW.items()}
    answers = {name: await _question(field, text) for name, text in hostile.QUESTIONS.items()}
    await field.all_read()
    healthy = await field.ask()
    sent = {one.name: one.statuses for one in hostile.requests()}
    wrong = {name: status for name, status in found.items() if status not in sent[name]}
    statuses = Counter(found.values())
    field.outcome.rounds = len(found) + len(raw) + len(answers)
    field.outcome.fault(
        "hostile requests arrive",
        seen=statuses[0] == 0 and {404, 413, 422} <= set(statuses),
        evidence=f"{len(found)} requests by status {dict(statuses)}; raw: {dict(Counter(raw.values()))}; "
        f"questions: {dict(Counter(answers.values()))}",
    )
    all_statuses = (*found.values(), *raw.values(), *answers.values())
    field.outcome.check("no 5xx", all(status < 500 for status in all_statuses), f"{dict(Counter(all_statuses))}")
    odd = {name: status for name, status in answers.items() if status not in (200, 202, 413, 422)}
    field.outcome.check("each hostile question is answered or refused", not odd, f"{odd}")
    field.outcome.check("each is refused as it should be", not wrong, f"{dict(list(wrong.items())[:8])}")
    field.outcome.check("the API lives and answers", api.process.poll() is None and healthy.ended)
    field.outcome.at_most("api_growth_mb", resident_mb(api) - before, _GROWTH_MB)


async def _question(field: Field, text: str) -> int:
    """The status of this question; an accepted one is read to its end."""
    student = field.name()
    reply = await field.students.request("POST", "/chat", student, json={"query": text})
    if reply is None or reply.status_code not in (200, 202):
        return 0 if reply is None else reply.status_code
    asked = Asked(student, text, key="", task=UUID(reply.json()["task_id"]))
    field.ledger.asked.append(asked)
    await field.students.follow(asked)
    return reply.status_code


async def _status(field: Field, student: str, sent: hostile.Sent) -> int:
    """Its status, 0 where no answer came; a second try for a connection closed while the body was on its way."""
    for _ in range(2):
        parts = {"content": sent.body} if sent.body is not None else {}
        reply = await field.students.request(sent.method, sent.path, student, headers=sent.headers, **parts)
        if reply is not None:
            return reply.status_code
    return 0


async def _raw_status(field: Field, sent: bytes) -> int:
    """The status that these bytes got, 0 where the connection was closed without one or nothing came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", field.stack.port)
    try:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(3):
                writer.write(sent)
                await writer.drain()
                line = (await reader.readline()).split()
                return int(line[1]) if len(line) > 1 and line[1].isdigit() else 0
    finally:
        writer.close()
    return 0


def resident_mb(service: Service) -> float:
    """Memory of the process, in MB of 10^6 bytes."""
    pages = int(Path(f"/proc/{service.process.pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


async def spoiled(field: Field) -> None:
    """C21: NUL and broken UTF-8 from users, from documents and from models."""
    field.outcome.rounds = 2 + len(_SPOILED)
    await _from_users(field)
    await _from_documents(field)
    for fault in _SPOILED:
        await _from_a_model(field, fault)
    nul = await field.pool.fetchval(
        "SELECT count(*) FROM chat.tasks WHERE user_id LIKE $1 AND (answer::text LIKE '%\\u0000%'"
        " OR answer::text LIKE '%\\ud800%')",
        f"{field.crowd}%",
    )
    field.outcome.check("no answer is stored with a NUL or half a character", nul == 0, f"{nul}")


async def _from_users(field: Field) -> None:
    broken = [one for one in hostile.requests() if any(word in one.name for word in ("NUL", "surrogate", "UTF-8"))]
    statuses = [await _status(field, field.name(), one) for one in broken]
    field.outcome.fault("NUL and broken UTF-8 from users", seen=0 not in statuses, evidence=f"{statuses}")
    field.outcome.check("users' broken text is refused", set(statuses) <= {400, 422}, f"{statuses}")


async def _from_documents(field: Field) -> None:
    folder = field.stack.folder / f"documents-{field.outcome.lap}"
    folder.mkdir(exist_ok=True)
    for name, content in _FILES.items():
        (folder / name).write_bytes(content)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli", "ingest", "apply", str(folder), "--domain", "economy",
        cwd=field.stack.folder, env=child_environment(**field.stack.environment),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said = (await asyncio.wait_for(process.communicate(), 120))[0].decode(errors="replace")
    # A second lap finds the good one there already.
    rejected = [line for line in said.splitlines() if line.startswith("rejected: ")]
    field.outcome.fault(
        "NUL and broken UTF-8 from documents", seen=len(rejected) >= 1, evidence=f"{len(rejected)} rejected by name"
    )
    field.outcome.check("the good one went in, the broken ones not", process.returncode == 3, f"{said[-300:]}")
    broken = await field.pool.fetchval("SELECT count(*) FROM economy.parents WHERE text ~ '[\\u0001-\\u0008]|nul'")
    field.outcome.check("no passage holds control characters", broken == 0, f"{broken}")
    asked = await field.students.ask(field.name(), _ASKED_OF_IT)
    text = asked.events[-1].data["answer"]["text"] if asked.ended else ""
    field.outcome.check("the good one is answered from", "1931" in text, json.dumps(text[:100]))


async def _from_a_model(field: Field, fault: str) -> None:
    field.provider.faults[_PRIMARY] = fault
    field.spare_calls += 6
    asked = [await field.ask() for _ in range(2)]
    seen = [call for call in field.provider.asked("chat", _PRIMARY) if call.fault == fault]
    field.provider.faults.clear()
    field.outcome.fault(f"{fault} from a model", seen=len(seen) >= 1, evidence=f"{len(seen)} calls answered so")
    ends = [one.events[-1].name if one.ended else "nothing" for one in asked]
    field.outcome.check(f"{fault}: the stream ends with an answer", ends == ["done"] * len(asked), f"{ends}")
    await until(lambda: all(call.seconds is not None for call in field.provider.asked("chat")), 5)
