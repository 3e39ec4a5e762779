"""Which candidates use what other candidates define: what is written where a helper is called
describes it too.

A question names the circumstances of a helper more often than its body does ("give up retrying" is
said where `_expired` is called), as the text of links to a page says what is on it (Craswell,
Hawking and Robertson, 2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codetriever_lsp.text.terms import mention_of

__all__ = ["Calls", "calls_among"]

_DEFINERS = 3
"""A name that more of the candidates define says too little of which one is meant."""

_BUCKETS = 1 << 16
"""Of names by their last bits, to leave out at once what no candidate defines."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calls:
    """Pairs of candidates: `caller[i]` mentions the name that `callee[i]` defines; both (pairs,)
    positions among `size`.
    """

    caller: NDArray[np.int64]
    callee: NDArray[np.int64]
    size: int

    def best(self, scores: Numbers, among: NDArray[np.bool_]) -> Numbers:
        """For each candidate the best of its callers' `scores` (size,), counting the pairs `among`
        (pairs,); 0 without one.
        """
        best = np.zeros(self.size)
        np.maximum.at(best, self.callee[among], scores[self.caller[among]])
        return best

    def counts(self) -> Numbers:
        """How many callers each candidate has: (size,)."""
        return np.bincount(self.callee, minlength=self.size).astype(np.float64)


def calls_among(names: Sequence[str], mentions: Sequence[bytes], folders: Sequence[int]) -> Calls:
    """Who mentions whom, given for each candidate the name that it defines, what it mentions, and
    the folder it is in.

    One of the same name is not a caller: overloads and platform twins call themselves so.
    """
    size = len(names)
    target = np.array([mention_of(name) for name in names], np.int64)
    folder = np.array(folders, np.int64)
    mentioned = np.frombuffer(b"".join(mentions), "<u4")
    defined = np.zeros(_BUCKETS, np.bool_)
    defined[target % _BUCKETS] = True
    likely = np.flatnonzero(
        defined[mentioned % np.uint32(_BUCKETS)]
    )  # nearly nothing of what code mentions is defined here
    owner = np.repeat(np.arange(size), [len(found) // 4 for found in mentions])[likely]
    mentioned = mentioned[likely].astype(np.int64)
    order = np.argsort(target, kind="stable")
    first = np.searchsorted(target[order], mentioned, "left")
    definers = np.searchsorted(target[order], mentioned, "right") - first
    few = (definers > 0) & (definers <= _DEFINERS)
    first, definers = first[few], definers[few]
    within = np.arange(definers.sum()) - np.repeat(definers.cumsum() - definers, definers)
    caller, callee = np.repeat(owner[few], definers), order[np.repeat(first, definers) + within]
    real = (target[caller] != target[callee]) & (folder[caller] == folder[callee])
    return Calls(caller[real], callee[real], size)
