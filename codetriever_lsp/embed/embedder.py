"""What every embedding model looks like from outside: texts in, one float32 matrix out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from codetriever_lsp.errors import ModelError

__all__ = ["Embedder", "Matrix", "ModelInfo", "Vector", "unit_rows"]

Matrix = NDArray[np.float32]
"""Shape (texts, dimension)."""

Vector = NDArray[np.float32]
"""Shape (dimension,)."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model it is. `dimension` is 0, and `kind` "none", without one.

    `fingerprint` names the model's bytes and the rules by which they are used: vectors of equal
    fingerprints can be compared. `source` says, for people, where the model is. A "static" model is
    a hundred times faster than an "onnx" one.
    """

    name: str
    dimension: int
    fingerprint: str
    source: str
    kind: Literal["none", "static", "onnx"]


class Embedder(Protocol):
    """A loaded model. A text's vector depends on the text alone: not on its batch, nor on what was
    embedded before.

    The properties are those of its `ModelInfo`. Instances may be used from one thread at a time.
    """

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def fingerprint(self) -> str: ...

    @property
    def source(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> Matrix:
        """One row of length 1 for each text; zeros for a text without any token. Raises ModelError
        on unusable numbers.
        """
        ...

    def embed_query(self, text: str) -> Vector:
        """The vector of what a person asks for, to be compared with those of `embed`."""
        ...


def unit_rows(rows: NDArray[np.floating], dimension: int, name: str) -> Matrix:
    """`rows` scaled to length 1, as float32; rows of zeros stay zero.

    Raises ModelError if the shape is not (n, dimension) or a number is not finite. Each row is
    worked on alone, in float64, so that equal rows give equal results wherever they stand.
    """
    wide = np.ascontiguousarray(rows, dtype=np.float64)
    if wide.ndim != 2 or wide.shape[1] != dimension:
        raise ModelError(
            f"The model {name} gave an array of shape {wide.shape} where {dimension} numbers a text were expected."
        )
    if not np.isfinite(wide).all():
        raise ModelError(
            f"The model {name} gave numbers that are not finite; its files may be damaged. Choose another model."
        )
    norms = np.sqrt((wide * wide).sum(axis=1, keepdims=True))
    unit: Matrix = np.where(norms > 1e-12, wide / np.maximum(norms, 1e-12), 0.0).astype(np.float32)
    return unit
