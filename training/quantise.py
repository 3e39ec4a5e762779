"""Token vectors as bytes: each row as integers from -127 to 127 and a factor, a quarter of
float32's size.

The product sums rows in float64 and promises that a text's vector does not depend on its batch. It
keeps that promise as long as no sum is ever rounded, so factors are cut to few enough bits and to a
narrow enough range.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.model import Rows

__all__ = ["exact_in_float64", "quantise"]

_BITS = 11
"""Significant bits of a factor, as float16 has them."""
_LARGEST_RATIO = 2.0**14
_MOST_TOKENS = 512
_SHARE_BITS = 5
"""Behind the point of what a token counts that comes several times."""


def quantise(rows: Rows) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Integers, shape (vocabulary, dimension), and factors, shape (vocabulary,): their product is
    close to the rows.
    """
    largest = np.abs(rows).max(axis=1)
    largest = np.maximum(largest, largest.max() / _LARGEST_RATIO)
    mantissa, exponent = np.frexp(largest / 127)
    weights = np.ldexp(np.ceil(mantissa * 2**_BITS) / 2**_BITS, exponent).astype(np.float32)
    integers = np.clip(np.rint(rows / weights[:, None]), -127, 127).astype(np.int8)
    return integers, weights


def exact_in_float64(weights: NDArray[Any]) -> bool:
    """Whether any sum of up to 512 products of such factors with bytes is exact: all bits of it fit
    into a float64.
    """
    mantissa, exponent = np.frexp(weights[weights > 0].astype(np.float64))
    few_bits = bool((mantissa * 2**_BITS == np.rint(mantissa * 2**_BITS)).all())
    span = (
        int(exponent.max() - exponent.min()) + _BITS + 7 + _SHARE_BITS + _MOST_TOKENS.bit_length()
    )
    # Where tokens count as they are, a text's counts are sums of factors in float32, which has 24
    # bits for the larger ones.
    return few_bits and span <= 53 and _BITS + _MOST_TOKENS.bit_length() <= 24
