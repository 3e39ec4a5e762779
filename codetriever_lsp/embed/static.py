"""Static models (a vector for each token, the sum of them for a text) through fastembed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codetriever_lsp.embed.embedder import Matrix, ModelInfo, Vector, unit_rows
from codetriever_lsp.embed.folder import ModelFolder
from codetriever_lsp.errors import ModelError

__all__ = ["StaticEmbedder"]

_MOST_TOKENS = 512
"""fastembed reads no more of a text."""

_BATCH = 16
"""Texts pooled in one matrix product; larger ones are slower, for the number of distinct tokens grows with them."""


class StaticEmbedder:
    """A model2vec folder: `model.safetensors` with the tensor "embeddings", and `tokenizer.json`."""

    def __init__(self, folder: ModelFolder, info: ModelInfo) -> None:
        self.name = info.name
        self.fingerprint = info.fingerprint
        self.source = info.source
        self.dimension = info.dimension
        self._folder = folder
        self._model = _load(folder, info.name)
        self._shares = _shares(folder.count_power)

    def embed(self, texts: Sequence[str]) -> Matrix:
        return self._embed([self._folder.text_prefix + text for text in texts])

    def embed_query(self, text: str) -> Vector:
        vector: Vector = self._embed([self._folder.query_prefix + text])[0]
        return vector

    def _embed(self, texts: list[str]) -> Matrix:
        cut = [text[: self._folder.characters] for text in texts]
        rows = np.zeros((len(cut), self.dimension), dtype=np.float32)
        for start in range(0, len(cut), _BATCH):
            batch = cut[start : start + _BATCH]
            rows[start : start + _BATCH] = unit_rows(self._pooled(batch), self.dimension, self.name)
        return rows

    def _pooled(self, batch: list[str]) -> NDArray[Any]:
        """Sums of the vectors of each text's tokens, shape (texts, dimension)."""
        model = self._model
        if self._folder.count_power == 1:
            # fastembed sums a lone text in another way, so it gets company.
            sums: NDArray[Any] = model.raw_embed(batch if len(batch) > 1 else [*batch, ""])[: len(batch)]
            return sums
        lists = [encoding.ids for encoding in model.tokenizer.encode_batch_fast(batch, add_special_tokens=False)]
        ids = np.fromiter(chain.from_iterable(lists), np.int64)
        texts = np.repeat(np.arange(len(lists)), [len(found) for found in lists])
        known = ids != (-1 if model.unk_token_id is None else model.unk_token_id)
        tokens, columns = np.unique(ids[known], return_inverse=True)
        counts = np.bincount(texts[known] * len(tokens) + columns, minlength=len(batch) * len(tokens))
        shares = self._shares[counts.reshape(len(batch), len(tokens))]
        if model.weights is not None:
            shares *= model.weights[tokens]
        rows = tokens if model.token_mapping is None else model.token_mapping[tokens]
        pooled: NDArray[np.float64] = shares @ model.embeddings[rows]
        return pooled


def _shares(power: float) -> NDArray[np.float64]:
    """What a token counts that comes 0, 1, 2, ... times.

    In steps of 1/32: numbers of so few bits that sums of them times token vectors are exact.
    """
    rounded: NDArray[np.float64] = np.rint(np.arange(_MOST_TOKENS + 1) ** power * 32) / 32
    rounded[0] = 0.0
    return rounded


class _Exact:
    """The token vectors as float64, row by row as they are asked for.

    Sums of up to 512 float16 numbers, or of bytes times factors and shares of few bits, are exact in float64, in whatever
    order the matrix product adds them up. That is what makes a text's vector independent of its batch. The file stays mapped,
    shared between processes.
    """

    def __init__(self, rows: NDArray[Any]) -> None:
        self._rows = rows
        self.shape = rows.shape

    def __getitem__(self, index: NDArray[np.int64]) -> NDArray[np.float64]:
        taken: NDArray[np.float64] = self._rows[index].astype(np.float64)
        return taken


def _load(folder: ModelFolder, name: str) -> Any:
    from fastembed.common.model_description import DenseModelDescription, ModelSource
    from fastembed.text.static_embedding import StaticTextEmbedding

    description = DenseModelDescription(
        model=name, dim=folder.dimension, description="", license="", size_in_GB=0.0,
        sources=ModelSource(hf=name), model_file=folder.model_file,
    )  # fmt: skip

    class Local(StaticTextEmbedding):
        """Knows this one model, so that fastembed's catalogue stays as it is."""

        @classmethod
        def _list_supported_models(cls) -> list[Any]:
            return [description]

    try:
        # `cache_dir` is created by fastembed even where nothing will be put into it.
        model: Any = Local(name, cache_dir=str(folder.path), specific_model_path=str(folder.path), mmap=True)
    except Exception as error:
        raise ModelError(f"The model in {folder.path} cannot be loaded: {error}. Copy its files again.") from error
    model.embeddings = _Exact(model.embeddings)
    return model
