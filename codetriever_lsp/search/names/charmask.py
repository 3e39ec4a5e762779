"""Which characters many names have, as bits: tells of all of them at once which cannot fit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

__all__ = ["Masks", "has", "initials_of", "mask_of", "masks_of"]

Masks = NDArray[np.uint64]
Numbers = NDArray[np.int64]


def mask_of(text: str) -> int:
    """The characters of a text as 64 bits: one for each of a-z and 0-9, the rest shared by all
    other bytes of its UTF-8.
    """
    return int(
        np.bitwise_or.reduce(
            _BITS[np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)],
            initial=np.uint64(0),
        )
    )


def _bit_of(byte: int) -> int:
    char = chr(byte).lower()
    if "a" <= char <= "z":
        return ord(char) - ord("a")
    return 26 + byte - ord("0") if "0" <= char <= "9" else 36 + byte % 28


_BITS: Masks = np.array([1 << _bit_of(byte) for byte in range(256)], np.uint64)
_BREAK = np.frombuffer(b"\n", np.uint8)
_IS_CAPITAL = np.array([65 <= byte <= 90 for byte in range(256)])
_IS_ALPHANUMERIC = np.array([byte < 128 and chr(byte).isalnum() for byte in range(256)])


def has(masks: Masks, mask: int) -> NDArray[np.bool_]:
    """Which of `masks` have all bits of `mask`."""
    wanted = np.uint64(mask)
    found: NDArray[np.bool_] = (masks & wanted) == wanted
    return found


def masks_of(names: Sequence[str]) -> Masks:
    """The characters of each name."""
    text, starts = _joined(names)
    return _any_of(_BITS[text], starts)


def initials_of(names: Sequence[str]) -> Masks:
    """The characters that start a word in each name."""
    text, starts = _joined(names)
    before = np.concatenate((_BREAK, text[:-1]))
    begins = _IS_CAPITAL[text] | ~_IS_ALPHANUMERIC[before]
    return _any_of(np.where(begins, _BITS[text], np.uint64(0)), starts)


def _joined(names: Sequence[str]) -> tuple[NDArray[np.uint8], Numbers]:
    """The bytes of all names in a row, a line break behind each, and where each begins."""
    encoded = [name.encode("utf-8", "surrogatepass") for name in names]
    starts = np.fromiter(
        accumulate((len(name) + 1 for name in encoded), initial=0), np.int64, len(encoded) + 1
    )[:-1]
    return np.frombuffer(b"\n".join([*encoded, b""]), np.uint8), starts


def _any_of(bits: Masks, starts: Numbers) -> Masks:
    """The bits of each name together."""
    together: Masks = (
        np.bitwise_or.reduceat(bits, starts) if len(starts) else np.zeros(0, np.uint64)
    )
    return together
