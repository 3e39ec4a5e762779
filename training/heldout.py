"""How often the right chunk is among the first ten of a thousand, for documentation of packages
that training never saw.
"""

from __future__ import annotations

import numpy as np

from training.batches import KINDS, Corpus
from training.model import Counts, Rows, raised, unit

__all__ = ["HELD_OUT", "recall"]

HELD_OUT = 4000
_AMONG = 1000
_FIRST = 10


def recall(rows: Rows, corpus: Corpus, power: float) -> tuple[float, float]:
    """Recall@10 among 1,000 chunks, of chunks without the documentation that is asked with, and of
    whole ones.
    """
    documented = np.flatnonzero(corpus.kind == KINDS.index("doc"))
    _, firsts = np.unique(corpus.text[documented], return_index=True)
    chosen = np.random.default_rng(0).permutation(documented[firsts])
    counts = (
        corpus.queries[chosen],
        corpus.without[corpus.hidden[chosen]],
        corpus.texts[corpus.text[chosen]],
    )
    queries, hidden, full = (raised(some, power) for some in counts)
    return _recall(rows, queries, hidden), _recall(rows, queries, full)


def _recall(rows: Rows, queries: Counts, texts: Counts) -> float:
    found: list[bool] = []
    for start in range(0, queries.shape[0] - _AMONG + 1, _AMONG):
        scores = (
            unit(queries[start : start + _AMONG] @ rows)
            @ unit(texts[start : start + _AMONG] @ rows).T
        )
        better = (scores > scores.diagonal()[:, None]).sum(axis=1)
        found += list(better < _FIRST)
    return float(np.mean(found)) if found else 0.0
