"""Static models: a vector for each token, the sum of them for a text; where tokens simply add up,
through fastembed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codetriever_lsp.embed.counted import CountedModel
from codetriever_lsp.embed.embedder import Matrix, ModelInfo, Vector, unit_rows
from codetriever_lsp.embed.folder import ModelFolder
from codetriever_lsp.errors import ModelError

__all__ = ["StaticEmbedder", "load_static_model"]

_BATCH = 16
"""Texts pooled in one matrix product; larger ones are slower, for the number of distinct tokens
grows with them."""


class StaticEmbedder:
    """A model2vec folder: `model.safetensors` with the tensor "embeddings", and
    `tokenizer.json`.
    """

    def __init__(self, folder: ModelFolder, info: ModelInfo) -> None:
        self.name = info.name
        self.fingerprint = info.fingerprint
        self.source = info.source
        self.dimension = info.dimension
        self._folder = folder
        self._sums = (
            _mean(folder, info.name) if folder.count_power == 1 else CountedModel(folder).sums
        )

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
            rows[start : start + _BATCH] = unit_rows(self._sums(batch), self.dimension, self.name)
        return rows


class _Exact:
    """The token vectors as float64, row by row as they are asked for: see `CountedModel.sums`. The
    file stays mapped.
    """

    def __init__(self, rows: NDArray[Any]) -> None:
        self._rows = rows
        self.shape = rows.shape

    def __getitem__(self, index: NDArray[np.int64]) -> NDArray[np.float64]:
        taken: NDArray[np.float64] = self._rows[index].astype(np.float64)
        return taken


def _mean(folder: ModelFolder, name: str) -> Callable[[list[str]], NDArray[Any]]:
    """Gives for texts the sums of their tokens' vectors, which point where the means do."""
    model = load_static_model(folder, name)

    def sums(batch: list[str]) -> NDArray[Any]:
        # fastembed sums a lone text in another way, so it gets company.
        rows: NDArray[Any] = model.raw_embed(batch if len(batch) > 1 else [*batch, ""])[
            : len(batch)
        ]
        return rows

    return sums


def load_static_model(folder: ModelFolder, name: str) -> Any:
    """Fastembed's model of this folder. Raises ModelError."""
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
        model: Any = Local(
            name, cache_dir=str(folder.path), specific_model_path=str(folder.path), mmap=True
        )
    except Exception as error:
        raise ModelError(
            f"The model in {folder.path} cannot be loaded: {error}. Copy its files again."
        ) from error
    model.embeddings = _Exact(model.embeddings)
    return model
