"""The `prashna ingest` commands that only look: list, status, log, diff, show. As lines for people, or as JSON."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict

from rich.console import Console

from app.amounts import amount
from app.db import content
from app.db.documents import Listed
from app.db.engine import Connection, ConnectionLost, DatabaseError
from app.db.revisions import Drafted, Logged
from app.db.standing import Standing
from app.errors import PrashnaError
from ingest import looking, report
from ingest.commands import print_json
from ingest.looking import Compared, Shown
from ingest.summary import ALL_IN, NOTHING_IN

Say = Callable[[str], None]


async def run_list(dsn: str, domain: str | None, *, everything: bool, as_json: bool) -> int:
    """The documents; the exit status."""

    async def look(desk: Connection, say: Say) -> None:
        found = await looking.listed(desk, domain, everything=everything)
        if as_json:
            print_json([{"domain": name, **asdict(one)} for name, listed in found.items() for one in listed])
            return
        for name, listed in found.items():
            for one in listed:
                say(_listed(name, one))

    return await _looked(dsn, look)


async def run_status(dsn: str, domain: str | None, *, as_json: bool) -> int:
    """How the domains stand; the exit status."""

    async def look(desk: Connection, say: Say) -> None:
        found, workers = await looking.standings(desk, domain)
        if as_json:
            print_json({"bulk_workers": workers, "domains": [asdict(one) for one in found]})
            return
        for one in found:
            for line in _standing(one):
                say(line)
        say(f"bulk workers alive: {workers}")

    return await _looked(dsn, look)


async def run_log(dsn: str, domain: str | None, *, limit: int, as_json: bool) -> int:
    """The newest revisions; the exit status."""

    async def look(desk: Connection, say: Say) -> None:
        found = await looking.logged(desk, domain, limit)
        if as_json:
            print_json([asdict(one) for one in found])
            return
        for one in found:
            say(_logged(one))

    return await _looked(dsn, look)


async def run_diff(dsn: str, number: int | None, domain: str | None, *, as_json: bool) -> int:
    """What a revision changed of the texts; the exit status."""

    async def look(desk: Connection, say: Say) -> None:
        revision, found = await looking.compared(desk, number, domain)
        if as_json:
            print_json({"revision": asdict(revision), "documents": [asdict(one) for one in found]})
            return
        say(_logged(revision))
        for one in found:
            _tell_differences(one, say)

    return await _looked(dsn, look)


async def run_show(dsn: str, domain: str, key: str, number: int | None, *, as_json: bool) -> int:
    """A version's passages; the exit status."""

    async def look(desk: Connection, say: Say) -> None:
        shown = await looking.shown(desk, domain, key, number)
        if as_json:
            print_json({"domain": domain, **asdict(shown)})
        else:
            _tell(domain, shown, say)

    return await _looked(dsn, look)


async def _looked(dsn: str, look: Callable[[Connection, Say], Awaitable[None]]) -> int:
    lines = report.choose(Console())
    try:
        async with content.open_desk(dsn) as desk, desk.transaction(readonly=True, isolation="repeatable_read"):
            await look(desk, lines.say)
    except PrashnaError as error:
        report.fail(str(error))
        return NOTHING_IN
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        raise
    except (DatabaseError, *ConnectionLost) as error:
        report.fail(f"the database gave up ({type(error).__name__}): {error}")
        return NOTHING_IN
    return ALL_IN


def _listed(domain: str, one: Listed) -> str:
    waits = f", live with revision {one.goes_live_with} once embedded" if one.goes_live_with else ""
    days = f", effective {_days(one)}" if one.effective_from or one.effective_to else ""
    return (
        f"{domain}  {one.key}  version {one.number} {one.status}{waits}{days}  {amount(one.chunks, 'chunk')}  "
        f"revision {one.revision}  {one.title}"
    )


def _days(one: Listed) -> str:
    begins, ends = one.effective_from, one.effective_to
    return " ".join([*([f"from {begins}"] if begins else []), *([f"until {ends}"] if ends else [])])


def _standing(one: Standing) -> list[str]:
    waiting = f", {one.waiting} waiting to become live" if one.waiting else ""
    jobs = f", {amount(one.jobs, 'job')}" if one.jobs else ""
    failed = f", {one.failed} failed" if one.failed else ""
    last = f", revision {one.last_revision} of {one.changed_at:%Y-%m-%d %H:%M} UTC" if one.changed_at else ""
    lines = [
        f"{one.domain}: {one.live} live, {amount(one.drafts, 'draft')}, {one.out} out{waiting}{jobs}{failed}{last}"
    ]
    for space in one.spaces:
        if space.done < space.total or space.status != "active" or space.trouble:
            lines.append(f"  {space.model} ({space.status}): {space.done:,} of {space.total:,} chunks embedded")
        if space.trouble:
            lines.append(f"  last failure at {space.trouble_at:%Y-%m-%d %H:%M} UTC: {space.trouble}")
    lines += [
        f"  refused: version {refused.number} of {refused.key!r} (revision {refused.revision}): {refused.reason}"
        for refused in one.refused
    ]
    return lines


def _logged(one: Logged) -> str:
    fate = f" of {one.undoes}" if one.undoes else ""
    fate += f", undone by {one.undone_by}" if one.undone_by else ""
    fate += f" ({_drafts(one.drafted)})" if one.drafted else ""
    return (
        f"{one.number}  {one.created_at:%Y-%m-%d %H:%M}  {one.domain}  {one.kind}{fate}  "
        f"{amount(one.documents, 'document')}  {one.author}: {one.message}"
    )


def _drafts(drafted: Drafted) -> str:
    met = {
        "published": drafted.published_by,
        "replaced": drafted.replaced_by,
        "withdrawn": drafted.withdrawn_by,
    }
    said = [f"{how} by {', '.join(map(str, by))}" for how, by in met.items() if by]
    left = [f"{drafted.waiting} left"] if drafted.waiting and said else []
    return ", ".join(["draft", *said, *left])


def _tell_differences(one: Compared, say: Say) -> None:
    before = f"version {one.before}" if one.before else "nothing"
    after = f"version {one.after}" if one.after else "nothing"
    say("")
    say(f"{one.key}: {before} -> {after}" + ("" if one.differences else ", the same text"))
    for difference in one.differences:
        say(f"  @ {difference.locator} ({difference.change})")
        for line in difference.lines():
            say(f"    {line}")


def _tell(domain: str, shown: Shown, say: Say) -> None:
    say(_listed(domain, shown.version))
    for passage in shown.passages:
        say("")
        say(f"[{passage.position + 1}] {passage.locator} ({amount(passage.tokens, 'token')})")
        for line in passage.text.splitlines():
            say(f"    {line}")
