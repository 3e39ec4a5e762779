"""ONNX transformers through fastembed, from a folder that is already on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from codetriever_lsp.embed.embedder import Matrix, ModelInfo, Vector, unit_rows
from codetriever_lsp.embed.folder import ModelFolder
from codetriever_lsp.errors import ModelError

__all__ = ["OnnxEmbedder"]


class OnnxEmbedder:
    """A transformer.

    Texts are run one at a time. Dynamic int8 quantisation scales activations over the whole batch,
    and padding shifts them a little, so in a batch a vector would depend on its neighbours. On
    processors a batch gains next to nothing anyway. With `catalogue` the name is one of fastembed's
    and its own rules for pooling apply instead of the folder's.
    """

    def __init__(
        self, folder: ModelFolder, info: ModelInfo, *, threads: int, catalogue: bool
    ) -> None:
        self.name = info.name
        self.fingerprint = info.fingerprint
        self.source = info.source
        self._folder = folder
        self._model = _load(
            folder, info.name if catalogue else f"local/{info.fingerprint}", threads, catalogue
        )
        given = int(self._run("dimension").shape[-1])
        self.dimension = info.dimension or given
        if given != self.dimension:
            raise ModelError(
                f"The model {info.name} gives {given} numbers a text, its files in {folder.path} say {self.dimension}. "
                "Correct hidden_size in config.json, or word_embedding_dimension in 1_Pooling/config.json."
            )

    def embed(self, texts: Sequence[str]) -> Matrix:
        return self._embed(
            [self._folder.text_prefix + text if text.strip() else "" for text in texts]
        )

    def embed_query(self, text: str) -> Vector:
        vector: Vector = self._embed([self._folder.query_prefix + text if text.strip() else ""])[0]
        return vector

    def _embed(self, texts: list[str]) -> Matrix:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for place, text in enumerate(texts):
            if text:
                rows[place] = unit_rows(
                    self._run(text[: self._folder.characters]), self.dimension, self.name
                )[0]
        return rows

    def _run(self, text: str) -> Any:
        try:
            return np.asarray(list(self._model.embed([text], batch_size=1)))
        except Exception as error:
            raise ModelError(f"The model {self.name} failed: {error}") from error


def _load(folder: ModelFolder, name: str, threads: int, catalogue: bool) -> Any:
    from fastembed import TextEmbedding

    options: dict[str, Any] = {
        "cache_dir": str(folder.path),
        "specific_model_path": str(folder.path),
        "threads": max(1, threads),
    }
    try:
        if catalogue:
            return TextEmbedding(name, local_files_only=True, **options)
        _register(folder, name, folder.pooling)
        model: Any = TextEmbedding(name, **options)
        if len(model.model.model.get_outputs()[0].shape) == 2:  # the graph pools by itself
            _register(folder, f"{name}/pooled", None)
            model = TextEmbedding(f"{name}/pooled", **options)
    except Exception as error:
        raise ModelError(f"The model in {folder.path} cannot be loaded: {error}") from error
    return model


def _register(folder: ModelFolder, name: str, pooling: str | None) -> None:
    """Tell fastembed about the folder; twice is an error there, so ask first."""
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    if any(known["model"] == name for known in TextEmbedding.list_supported_models()):
        return
    kinds = {"mean": PoolingType.MEAN, "cls": PoolingType.CLS, "last": PoolingType.LAST_TOKEN}
    TextEmbedding.add_custom_model(
        model=name,
        pooling=kinds[pooling] if pooling else PoolingType.DISABLED,
        normalization=True,
        sources=ModelSource(hf=name),
        dim=folder.dimension or 1,
        model_file=folder.model_file,
    )
