"""A few study texts put straight into the domains' tables, so that real workers have something to answer from."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from app.db import engine
from app.retrieval.fact_keys import fact_keys
from app.retrieval.minilm import MiniLM


@dataclass(frozen=True)
class StudyText:
    """One document with one passage and one chunk. Prose of the tests, true enough to be cited."""

    domain: str
    title: str
    text: str


PRESIDENT = StudyText(
    "polity",
    "Article 58. Qualifications for election as President",
    "No person shall be eligible for election as President unless he is a citizen of India. He must have completed the "
    "age of thirty-five years. He must be qualified for election as a member of the House of the People. A person "
    "who holds an office of profit under the Government of India is not eligible. The office of a Governor or of a "
    "Minister is not an office of profit for this purpose. The minimum age to be elected President is therefore thirty-five.",
)
TEXTS = (
    PRESIDENT,
    StudyText(
        "polity",
        "Article 52. The President of India",
        "There shall be a President of India. The executive power of the Union is vested in the President. The "
        "President holds office for five years from the date on which he enters upon his office. The President is "
        "elected by an electoral college. The elected members of both Houses of Parliament belong to it.",
    ),
    StudyText(
        "polity",
        "Article 84. Qualification for membership of Parliament",
        "A person is qualified for a seat in the House of the People when he is not less than twenty-five years of "
        "age. For the Council of States the minimum age is thirty years. He must be a citizen of India and make an oath.",
    ),
    StudyText(
        "polity",
        "Article 360. Provisions as to financial emergency",
        "If the President is satisfied that the financial stability of India is threatened, he may declare a financial "
        "emergency by proclamation. The proclamation ceases after two months unless both Houses approve of it.",
    ),
    StudyText(
        "polity",
        "Article 157. Qualifications for appointment as Governor",
        "No person shall be eligible for appointment as Governor unless he is a citizen of India and has completed the "
        "age of thirty-five years. The Governor is appointed by the President by warrant under his hand and seal.",
    ),
    StudyText(
        "polity",
        "Article 19. Protection of certain rights regarding freedom of speech",
        "All citizens have the right to freedom of speech and expression. They may assemble peaceably and without "
        "arms. They may form associations or unions, move freely throughout India, and reside in any part of it. They may "
        "practise any profession. The State may impose reasonable restrictions by law.",
    ),
    StudyText(
        "polity",
        "Basic structure of the Constitution",
        "The doctrine of basic structure was laid down in Kesavananda Bharati in 1973. Parliament may amend every part "
        "of the Constitution. It may not destroy its basic structure. Judicial review and federalism belong to it.",
    ),
    StudyText(
        "history",
        "The Swadeshi movement",
        "The Swadeshi movement began in 1905 against the partition of Bengal. Foreign cloth was boycotted and burnt. "
        "National schools and Indian industries were founded. The partition was annulled in 1911.",
    ),
    StudyText(
        "geography",
        "The Godavari",
        "The Godavari rises near Nashik in the Western Ghats. It flows east for 1,465 kilometres. It reaches the Bay "
        "of Bengal in Andhra Pradesh. It is the longest river of peninsular India.",
    ),
    StudyText(
        "pyq_mains",
        "Mains GS2 2022: judiciary",
        "A paraphrase of a question of 2022: discuss how the collegium system affects the independence of the "
        "judiciary.",
    ),
    StudyText(
        "essay_structure",
        "Essay structure: climate diplomacy",
        "Begin with a scene. State the thesis in one sentence. Take history, economy, equity and technology in turn. "
        "Answer the strongest objection. End with a way forward for India.",
    ),
    StudyText(
        "current_affairs",
        "Monetary policy in brief",
        "The monetary policy committee of the Reserve Bank has six members. It aims at four per cent inflation.",
    ),
)

_STORE = """
WITH revision AS (
    INSERT INTO catalog.revisions (domain, kind, message, author) VALUES ('{domain}', 'apply', 'tests', 'tests')
    RETURNING id
), document AS (
    INSERT INTO {domain}.documents (key) VALUES ($1) RETURNING id
), version AS (
    INSERT INTO {domain}.versions (document_id, number, content_hash, status, revision_id, title)
    SELECT document.id, 1, $2, 'live', revision.id, $1 FROM document, revision RETURNING id
), parent AS (
    INSERT INTO {domain}.parents (version_id, position, header, locator, text, tokens, fact_keys)
    SELECT id, 0, $1, $1, $3, 80, $4 FROM version RETURNING id
), chunk AS (
    INSERT INTO {domain}.chunks (parent_id, position, header, text, tokens)
    SELECT id, 0, $1, $3, 80 FROM parent RETURNING id
)
INSERT INTO {domain}.embeddings_minilm_int8 (chunk_id, embedding) SELECT id, $5::float4[]::vector FROM chunk
"""


@cache
def _model() -> MiniLM:
    return MiniLM.load(threads=2)


async def store_all(dsn: str, texts: Sequence[StudyText] = TEXTS) -> None:
    """Write the texts with their embeddings; live at once."""
    vectors = _model().embed_now([f"{text.title}\n{text.text}" for text in texts])
    connection = await engine.connect(dsn, application="tests")
    try:
        for text, vector in zip(texts, vectors, strict=True):
            digest = hashlib.sha256(text.text.encode()).hexdigest()
            keys = sorted(fact_keys(text.title))
            sql = _STORE.format(domain=text.domain)
            await connection.execute(sql, text.title, digest, text.text, keys, vector.tolist())
    finally:
        await connection.close()
