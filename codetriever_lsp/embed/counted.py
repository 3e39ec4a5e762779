"""Static models in which a token counts like a power of how often it comes.

fastembed, which runs all other models, takes the mean of the tokens. Nothing of it is imported
here: that takes half a second in every process and 55 MiB, for libraries that download models and
run networks.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from codetriever_lsp.embed.folder import ModelFolder, tensor_heads
from codetriever_lsp.errors import ModelError

__all__ = ["CountedModel"]

_MOST_TOKENS = 512
"""No more of a text is read, as by fastembed."""

_TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U8": "u1",
}
"""Types of safetensors files and numpy's."""


class _Model(msgspec.Struct):
    unk_id: int | None = None
    unk_token: str | None = None


class _Tokenizer(msgspec.Struct):
    """What is read of a `tokenizer.json` besides what `tokenizers` reads."""

    model: _Model = msgspec.field(default_factory=_Model)


class CountedModel:
    """A model2vec folder: `model.safetensors` with "embeddings" and perhaps "weights" and
    "mapping", and `tokenizer.json`.

    The files of vectors stay mapped, shared between processes. Raises ModelError for what cannot be
    read.
    """

    def __init__(self, folder: ModelFolder) -> None:
        try:
            tensors = _tensors(folder.path / folder.model_file)
            self._tokenizer, self._unknown = _tokenizer(folder.path / "tokenizer.json")
        except Exception as error:
            raise ModelError(
                f"The model in {folder.path} cannot be loaded: {error}. Copy its files again."
            ) from error
        self._rows, self._weights, self._mapping = (
            tensors["embeddings"],
            tensors.get("weights"),
            tensors.get("mapping"),
        )
        self._shares = _shares(folder.count_power)

    def sums(self, texts: list[str]) -> NDArray[np.float64]:
        """Sums of the vectors of each text's tokens, shape (texts, dimension).

        Sums of up to 512 float16 numbers, or of bytes times factors and shares of few bits, are
        exact in float64, in whatever order the matrix product adds them up. That is what makes a
        text's vector independent of its batch.
        """
        lists = [
            encoding.ids
            for encoding in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        ]
        ids = np.fromiter(chain.from_iterable(lists), np.int64)
        owners = np.repeat(np.arange(len(lists)), [len(found) for found in lists])
        known = ids != self._unknown
        tokens, columns = np.unique(ids[known], return_inverse=True)
        counts = np.bincount(
            owners[known] * len(tokens) + columns, minlength=len(lists) * len(tokens)
        )
        shares = self._shares[counts.reshape(len(lists), len(tokens))]
        if self._weights is not None:
            shares *= self._weights[tokens]
        rows = tokens if self._mapping is None else self._mapping[tokens]
        sums: NDArray[np.float64] = shares @ self._rows[rows].astype(np.float64)
        return sums


def _shares(power: float) -> NDArray[np.float64]:
    """What a token counts that comes 0, 1, 2, ... times.

    In steps of 1/32: numbers of so few bits that sums of them times token vectors are exact.
    """
    rounded: NDArray[np.float64] = np.rint(np.arange(_MOST_TOKENS + 1) ** power * 32) / 32
    rounded[0] = 0.0
    return rounded


def _tokenizer(file: Path) -> tuple[Tokenizer, int]:
    """It, and the id of what it does not know, -1 where it has none: such tokens carry no
    meaning.
    """
    tokenizer: Tokenizer = Tokenizer.from_file(str(file))
    tokenizer.enable_truncation(max_length=_MOST_TOKENS)
    tokenizer.no_padding()
    model = msgspec.json.decode(file.read_bytes(), type=_Tokenizer).model
    unknown = model.unk_id if model.unk_token is None else tokenizer.token_to_id(model.unk_token)
    return tokenizer, -1 if unknown is None else unknown


def _tensors(file: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a safetensors file, mapped."""
    start, heads = tensor_heads(file)
    return {name: _tensor(file, start, head) for name, head in heads.items()}


def _tensor(file: Path, start: int, head: Mapping[str, Any]) -> NDArray[Any]:
    kind, (begin, _) = _TYPES[head["dtype"]], head["data_offsets"]
    return np.memmap(file, dtype=kind, mode="r", offset=start + begin, shape=tuple(head["shape"]))
