"""Static models (a vector for each token, the sum of them for a text), read with numpy and the tokeniser's own library.

The same numbers as from fastembed's `StaticTextEmbedding`, without fastembed: importing that takes 1.5 s of processor time,
for transformers, images and downloads that a static model has no use for, and each worker would pay it before its first file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codetriever_lsp.embed.embedder import Matrix, ModelInfo, Vector, unit_rows
from codetriever_lsp.embed.folder import ModelFolder
from codetriever_lsp.errors import ModelError

__all__ = ["StaticEmbedder"]

_BATCH = 16
"""Texts pooled in one matrix product; larger ones are slower, for the number of distinct tokens grows with them."""

_TOKENS = 512
"""What of a text counts, as in model2vec."""

_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"}


class StaticEmbedder:
    """A model2vec folder: `model.safetensors` with the tensor "embeddings", and `tokenizer.json`.

    Models with a reduced vocabulary also have "mapping" (the row of each token) and "weights" (what it counts).
    """

    def __init__(self, folder: ModelFolder, info: ModelInfo) -> None:
        self.name = info.name
        self.fingerprint = info.fingerprint
        self.source = info.source
        self.dimension = info.dimension
        self._folder = folder
        try:
            tensors = _tensors(folder.path / folder.model_file)
            self._rows = tensors["embeddings"]
            self._mapping, self._weights = tensors.get("mapping"), tensors.get("weights")
            self._tokenizer, self._unknown = _tokenizer(folder.path / "tokenizer.json")
        except Exception as error:
            raise ModelError(f"The model in {folder.path} cannot be loaded: {error}. Copy its files again.") from error

    def embed(self, texts: Sequence[str]) -> Matrix:
        return self._embed([self._folder.text_prefix + text for text in texts])

    def embed_query(self, text: str) -> Vector:
        vector: Vector = self._embed([self._folder.query_prefix + text])[0]
        return vector

    def _embed(self, texts: list[str]) -> Matrix:
        cut = [text[: self._folder.characters] for text in texts]
        sums = np.zeros((len(cut), self.dimension))
        for start in range(0, len(cut), _BATCH):
            sums[start : start + _BATCH] = self._sums(cut[start : start + _BATCH])
        return unit_rows(sums, self.dimension, self.name)

    def _sums(self, texts: list[str]) -> NDArray[np.float64]:
        """The sums of the vectors of each text's tokens, as a product of a matrix of counts with the rows that occur.

        Sums of up to 512 float16 numbers are exact in float64, in whatever order the product adds them up. That is what makes
        a text's vector independent of its batch. The file stays mapped, shared between processes.
        """
        ids, lengths = self._token_ids(texts)
        rows = ids if self._mapping is None else self._mapping[ids]
        distinct, row_of = np.unique(rows, return_inverse=True)
        places = np.repeat(np.arange(len(texts)), lengths) * len(distinct) + row_of
        weights = None if self._weights is None else self._weights[ids].astype(np.float64)
        counts = np.bincount(places, weights, minlength=len(texts) * len(distinct)).astype(np.float64)
        sums: NDArray[np.float64] = counts.reshape(len(texts), len(distinct)) @ self._rows[distinct].astype(np.float64)
        return sums

    def _token_ids(self, texts: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The tokens of all texts in a row, and how many each has; tokens that the model does not know are left out."""
        found = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        lengths = np.fromiter(map(len, found), np.int64, len(found))
        ids = np.fromiter(chain.from_iterable(found), np.int64, int(lengths.sum()))
        known = ids != self._unknown
        if not known.all():
            lengths = np.bincount(np.repeat(np.arange(len(texts)), lengths)[known], minlength=len(texts))
        return ids[known], lengths


def _tensors(file: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a safetensors file, mapped."""
    with file.open("rb") as stream:
        size = int.from_bytes(stream.read(8), "little")
        header: dict[str, Any] = json.loads(stream.read(size))
    return {
        name: np.memmap(file, _TYPES[entry["dtype"]], "r", 8 + size + entry["data_offsets"][0], tuple(entry["shape"]))
        for name, entry in header.items()
        if name in ("embeddings", "mapping", "weights")
    }


def _tokenizer(file: Path) -> tuple[Any, int]:
    """The tokeniser and the number of its token for what it does not know, -1 if it has none."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.enable_truncation(_TOKENS)
    tokenizer.no_padding()
    model = json.loads(file.read_text(encoding="utf-8"))["model"]
    if model.get("type") == "Unigram":
        unknown = model.get("unk_id")
    else:
        unknown = tokenizer.token_to_id(model["unk_token"]) if model.get("unk_token") else None
    return tokenizer, -1 if unknown is None else unknown
