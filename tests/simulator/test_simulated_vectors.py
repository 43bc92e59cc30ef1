"""Embeddings and rerank, through the real clients."""

import base64

import numpy as np
import openai
import pytest

QUESTION = "What is the minimum age to be elected President of India?"
PARAPHRASE = "How old must one be at least to stand for election as the President of India?"
UNRELATED = "Which river has the largest basin in the peninsula?"


async def test_a_paraphrase_is_closer_than_another_question(client):
    made = await client.embeddings.create(model="text-embedding-3-small", input=[QUESTION, PARAPHRASE, UNRELATED])
    question, paraphrase, unrelated = (np.array(each.embedding) for each in made.data)
    assert question @ paraphrase > 0.3 > 0.15 > question @ unrelated


@pytest.mark.parametrize(
    ("model", "options", "length"),
    [
        ("text-embedding-3-small", {}, 1536),
        ("text-embedding-3-large", {}, 3072),
        ("text-embedding-3-large", {"dimensions": 256}, 256),
        ("all-minilm", {}, 384),
    ],
)
async def test_vectors_have_the_models_length_and_are_normalised(client, model, options, length):
    made = await client.embeddings.create(model=model, input=QUESTION, **options)
    vector = np.array(made.data[0].embedding)
    assert vector.shape == (length,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


async def test_both_encodings_carry_the_same_vectors(client):
    floats = await client.embeddings.create(model="text-embedding-3-small", input=QUESTION, encoding_format="float")
    coded = await client.embeddings.create(model="text-embedding-3-small", input=QUESTION, encoding_format="base64")
    decoded = np.frombuffer(base64.b64decode(coded.data[0].embedding), "<f4")
    assert np.array_equal(np.array(floats.data[0].embedding, np.float32), decoded)


async def test_usage_counts_the_tokens_of_all_texts(client):
    made = await client.embeddings.create(model="text-embedding-3-small", input=["one two", "three."])
    assert (made.usage.prompt_tokens, made.usage.total_tokens) == (4, 4)


@pytest.mark.parametrize("wrong", [{"input": ""}, {"input": []}, {"input": "a", "dimensions": 0}])
async def test_bad_requests_are_refused_as_openai_does(client, wrong):
    with pytest.raises(openai.BadRequestError):
        await client.embeddings.create(model="text-embedding-3-small", **wrong)


async def test_rerank_puts_the_relevant_document_first_and_keeps_top_n(reranker):
    documents = [
        UNRELATED,
        "Mercury boils at 357 degrees.",
        "The President of India must have completed thirty-five years of age.",
    ]
    ranked = await reranker.rerank(model="rerank-v3.5", query=QUESTION, documents=documents, top_n=2)
    assert [each.index for each in ranked.results] == [2, 0]
    first, second = (each.relevance_score for each in ranked.results)
    assert 1 >= first > second >= 0


async def test_rerank_without_top_n_ranks_every_document(reranker):
    ranked = await reranker.rerank(model="rerank-v3.5", query="b", documents=["a", "b", "c"])
    assert ranked.results[0].index == 1
    assert sorted(each.index for each in ranked.results) == [0, 1, 2]
