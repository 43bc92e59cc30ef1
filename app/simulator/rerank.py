"""Answers POST /v2/rerank as Cohere does, scored by the simulator's own vectors."""

import json
import uuid

from app.simulator.completion import Change
from app.simulator.exchange import BadRequestError, Json
from app.simulator.reply import Reply
from app.simulator.vectors import embed

# Long enough that two features seldom share a place.
_DIMENSIONS = 3072


def reply(request: Json, _change: Change) -> Reply:
    """The documents' places by relevance to the query, best first, at most `top_n`.

    Raises:
        BadRequestError: no query, no documents, or a `top_n` below 1.
    """
    query, documents = request.get("query"), request.get("documents")
    top_n = request.get("top_n")
    if not isinstance(query, str) or not query.strip():
        raise BadRequestError("'query' must not be empty")
    if not isinstance(documents, list) or not documents or not all(isinstance(each, str) for each in documents):
        raise BadRequestError("'documents' must be a list of texts")
    if top_n is not None and (not isinstance(top_n, int) or top_n < 1):
        raise BadRequestError("'top_n' must be 1 or more")
    scores = _scores(query, documents)
    order = sorted(range(len(documents)), key=lambda at: (-scores[at], at))[:top_n]
    results = [{"index": at, "relevance_score": round(scores[at], 6)} for at in order]
    meta = {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}}
    return Reply((json.dumps({"id": str(uuid.uuid4()), "results": results, "meta": meta}).encode(),))


def _scores(query: str, documents: list[str]) -> list[float]:
    vectors = embed([query, *documents], _DIMENSIONS)
    return [float(score) for score in (vectors[1:] @ vectors[0]).clip(0, 1)]
