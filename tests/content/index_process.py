"""`python index_process.py DSN DOMAIN NAME`: builds the index of one namespace as the operator's command does."""

import asyncio
import sys

from app.db import catalog, content, namespace_index, namespaces


async def main(dsn: str, domain: str, name: str) -> None:
    """Take the domain's seat and build."""
    async with content.open_desk(dsn) as desk:
        await namespaces.claim(desk, domain)
        [space] = [one for one in await catalog.live_namespaces(desk, domain) if one.name == name]
        await namespace_index.build(desk, space, warn=print)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
