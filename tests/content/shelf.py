"""One domain and what it should hold: texts put in and taken out by revisions, beside a plain dictionary of them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.db import content, embeddings, succession
from app.db.content import Revision
from app.db.engine import Connection
from app.db.versions import Details, NewChunk, NewParent, NewVersion, StoredVersion

_PIECE = 200


@dataclass
class Shelf:
    """`texts` is the source of truth: the text under each key that should be live when all is embedded."""

    desk: Connection
    domain: str
    texts: dict[str, str] = field(default_factory=dict)

    async def put(self, texts: Mapping[str, str]) -> list[UUID]:
        """Each text becomes live under its key in place of what is there, as one revision; the versions' ids."""
        async with content.changing(self.desk, self.domain):
            stored = await content.versions(self.desk, self.domain, list(texts))
            revision = await content.new_revision(self.desk, self.domain, Revision("apply", "put", "tests"))
            new = [_version(key, text, stored.get(key, ())) for key, text in texts.items()]
            ids = await content.add(self.desk, self.domain, revision, new, live=True)
            await embeddings.defer_embedding(self.desk, self.domain, ids)
        self.texts |= texts
        return ids

    async def take_out(self, keys: Sequence[str]) -> None:
        """Nothing is live under these keys any more, nor will be."""
        async with content.changing(self.desk, self.domain):
            stored = await content.versions(self.desk, self.domain, list(keys))
            revision = await content.new_revision(self.desk, self.domain, Revision("withdraw", "take out", "tests"))
            changes = [
                succession.change(one, "withdrawn", until=one.effective_to)
                for versions in stored.values()
                for one in versions
                if one.status == "live" or one.goes_live_with is not None
            ]
            await content.change(self.desk, self.domain, revision, changes)
        for key in keys:
            del self.texts[key]

    async def live(self) -> dict[str, str]:
        """The text that is live under each key; a document with two live texts would lose one here, and fail."""
        rows = await self.desk.fetch(
            f"""SELECT documents.key, string_agg(parents.text, '' ORDER BY parents.position) AS text
                FROM {self.domain}.documents JOIN {self.domain}.versions ON versions.document_id = documents.id
                JOIN {self.domain}.parents ON parents.version_id = versions.id
                WHERE versions.status = 'live' GROUP BY documents.key, versions.id"""
        )
        return {row["key"]: row["text"] for row in rows}


def _version(key: str, text: str, stored: Sequence[StoredVersion]) -> NewVersion:
    pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]
    return NewVersion(
        key=key,
        document_id=stored[0].document_id if stored else None,
        number=stored[-1].number + 1 if stored else 1,
        content_hash=hashlib.sha256(text.encode()).hexdigest(),
        title=f"Title of {key}",
        details=Details(),
        parents=tuple(NewParent(key, key, piece, 40, (), (NewChunk(key, piece, 40),)) for piece in pieces),
    )
