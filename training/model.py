"""A static model in the hand: texts as counts of tokens, token vectors, and the folder that the
product reads.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack  # type: ignore[import-untyped]
from tokenizers import Tokenizer

__all__ = [
    "Counts",
    "Rows",
    "StaticModel",
    "count_tokens",
    "load_tokenizer",
    "raised",
    "read_safetensors",
    "unit",
    "write_safetensors",
]

Rows = NDArray[np.float32]
"""Token vectors, shape (vocabulary, dimension); or texts, shape (texts, dimension)."""

Counts = Any
"""A scipy CSR matrix of float32, shape (texts, vocabulary): how often each token occurs. Unknown
tokens are left out."""

MAX_TOKENS = 512
_TYPES: dict[str, np.dtype[Any]] = {
    "F16": np.dtype("<f2"),
    "F32": np.dtype("<f4"),
    "I8": np.dtype("i1"),
    "I32": np.dtype("<i4"),
}
_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class StaticModel:
    """A tokenizer with a vector for each token; one that comes n times in a text counts like n to
    the power of `power`.
    """

    tokenizer: Tokenizer
    rows: Rows
    power: float

    @classmethod
    def load(cls, folder: Path) -> StaticModel:
        """From `tokenizer.json` and `model.safetensors`; the factors in the tensor "weights", if
        any, are multiplied in.
        """
        tensors = read_safetensors(folder / "model.safetensors")
        rows = tensors["embeddings"].astype(np.float32)
        if "weights" in tensors:
            rows *= tensors["weights"].astype(np.float32)[:, None]
        settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return cls(
            load_tokenizer(folder / "tokenizer.json"), rows, settings.get("count_power", 1.0)
        )

    def embed(self, texts: Sequence[str]) -> Rows:
        """Rows of length 1, shape (texts, dimension); zeros for a text without any known token."""
        return unit(raised(count_tokens(self.tokenizer, texts), self.power) @ self.rows)


def load_tokenizer(file: Path) -> Tokenizer:
    """A tokenizer that cuts as the product does and never pads."""
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.enable_truncation(max_length=MAX_TOKENS)
    tokenizer.no_padding()
    return tokenizer


def count_tokens(tokenizer: Tokenizer, texts: Sequence[str]) -> Counts:
    """The counts of the tokens of each text, as many columns as the vocabulary has tokens."""
    unknown = tokenizer.token_to_id("[UNK]")
    shape = tokenizer.get_vocab_size()
    blocks = [csr_matrix((0, shape), dtype=np.float32)]
    for start in range(0, len(texts), _AT_ONCE):
        encodings = tokenizer.encode_batch_fast(
            list(texts[start : start + _AT_ONCE]), add_special_tokens=False
        )
        lists = [encoding.ids for encoding in encodings]
        ends = np.concatenate([[0], np.cumsum([len(ids) for ids in lists])])
        ids = np.fromiter(chain.from_iterable(lists), dtype=np.int32, count=int(ends[-1]))
        block = csr_matrix(
            ((ids != unknown).astype(np.float32), ids, ends), shape=(len(lists), shape)
        )
        block.sum_duplicates()
        block.eliminate_zeros()
        blocks.append(block)
    return vstack(blocks, format="csr")


def raised(counts: Counts, power: float) -> Counts:
    """The counts to a power, as the product counts: what a body repeats says little more than the
    first time.
    """
    found = counts.copy()
    found.data = found.data ** np.float32(power)
    return found


def unit(rows: Any) -> Rows:
    """Each row divided by its length; zeros stay zeros."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Rows = (rows / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled


def read_safetensors(file: Path) -> dict[str, NDArray[Any]]:
    """All tensors of a file in the safetensors format."""
    data = file.read_bytes()
    length = int.from_bytes(data[:8], "little")
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name != "__metadata__":
            first, last = entry["data_offsets"]
            dtype: np.dtype[Any] = _TYPES[entry["dtype"]]
            tensors[name] = np.frombuffer(
                data[8 + length + first : 8 + length + last], dtype
            ).reshape(entry["shape"])
    return tensors


def write_safetensors(file: Path, tensors: dict[str, NDArray[Any]]) -> None:
    """Writes tensors in the order given. The same tensors give the same bytes."""
    names = {dtype: name for name, dtype in _TYPES.items()}
    head, blocks, place = {}, [], 0
    for name, tensor in tensors.items():
        block = np.ascontiguousarray(tensor).tobytes()
        head[name] = {
            "dtype": names[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [place, place + len(block)],
        }
        blocks.append(block)
        place += len(block)
    text = json.dumps(head, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(blocks))
