"""The retrieval benchmark: its measures by hand, and its systems over a handful of texts on a real database."""

import json
import math
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from app.db.versions import NewVersion
from app.retrieval.minilm import MiniLM
from evals.bench.retrieval import chart, ranking, store
from evals.bench.retrieval.bm25 import BM25, K1
from evals.bench.retrieval.corpora import Asked, Corpus, version
from evals.bench.retrieval.measures import difference, ndcg, recall
from evals.bench.retrieval.store import Stored
from evals.bench.retrieval.systems import OURS, reciprocal, systems
from evals.bench.retrieval.vectors import KeptEmbedder
from ingest.document import Document

A, B, C = (UUID(int=number) for number in (1, 2, 3))
TEXTS = {
    "rain": "The south-west monsoon brings most of India's rain between June and September.",
    "rates": "The Reserve Bank of India sets the repo rate after its committee has met.",
    "fleet": "The Chola fleet crossed the Bay of Bengal in the eleventh century.",
}


def test_ndcg_is_the_discounted_share_of_the_best_ranking() -> None:
    assert ndcg(["x", "a", "y"], frozenset("a")) == 1 / math.log2(3)
    assert ndcg(["a", "b"], frozenset("ab")) == 1
    assert ndcg([], frozenset("a")) == 0


def test_recall_counts_only_as_deep_as_asked() -> None:
    assert (recall(["x", "a", "b"], frozenset("ab"), 2), recall(["a"], frozenset("ab"), 5)) == (0.5, 0.5)


def test_bm25_weighs_by_rarity_and_length() -> None:
    index = BM25({A: {"tax": 1, "gold": 1}, B: {"tax": 1}, C: {"tax": 1, "salt": 3}})
    assert [key for key, _ in index.rank(["tax"])] == [B, A, C]
    assert next(key for key, _ in index.rank(["gold", "tax"])) == A
    assert index.rank(["silver"]) == []
    # One text of average length with the word once: the idf alone.
    [(_, score)] = BM25({A: {"tax": 1}}).rank(["tax"])
    assert score == pytest.approx(math.log(1 + 0.5 / 1.5) * (K1 + 1) / (1 + K1))


def test_reciprocal_rank_fusion_prefers_what_both_lists_have() -> None:
    assert reciprocal([[A, B], [C, B]])[0] == B


def test_a_difference_of_nothing_is_not_significant_and_a_plain_one_is() -> None:
    same = difference([0.5] * 20, [0.5] * 20)
    assert (same.mean, same.significant) == (0, False)
    assert difference([0.9, 0.8] * 20, [0.1, 0.2] * 20).significant
    assert not difference([1.0, 0.0], [0.0, 1.0]).significant


def test_vectors_are_kept_between_runs(tmp_path: Path) -> None:
    model = MiniLM.load(threads=1)
    first = KeptEmbedder(model, tmp_path).embed_now(["one", "two"])
    kept = KeptEmbedder(model, tmp_path)
    assert kept.embed_now(["two"]).tolist() == first[1:].tolist()
    assert kept.embed_now([]).shape == (0, 384)


async def test_every_system_finds_what_is_asked_for_and_the_report_says_so(database: str, tmp_path: Path) -> None:
    embedder = KeptEmbedder(MiniLM.load(threads=1), tmp_path)
    corpus = _corpus(embedder.model)
    units = await store.load(database, corpus, embedder)
    async with store.searching(database) as pool:
        found = await ranking.rank(corpus, await systems(Stored(corpus, database, units), pool, embedder))
    report = {"corpora": {corpus.name: json.loads(json.dumps(found.plain()))}}
    scores = {name: one["nDCG@10"] for name, one in report["corpora"]["small"]["systems"].items()}
    assert scores == dict.fromkeys(("BM25", "BM25, whole passages", "dense", "RRF", OURS), 1.0)
    assert "small: 3 texts, 3 questions" in found.table()
    chart.draw(report, tmp_path / "chart.svg")
    assert "nDCG@10" in (tmp_path / "chart.svg").read_text()


def _corpus(model: MiniLM) -> Corpus:
    versions: list[NewVersion] = [
        version(Document(source=key, key=key, title=key.title(), text=text), model.offsets)
        for key, text in TEXTS.items()
    ]
    asked = (("monsoon rain in India", "rain"), ("repo rate of the Reserve Bank", "rates"), ("Chola fleet", "fleet"))
    corpus = Corpus("small", {"science": versions}, (), lambda domain, key, position: key)
    return replace(corpus, asked=tuple(Asked(question, frozenset({key})) for question, key in asked))
