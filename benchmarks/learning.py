"""What the weights of the ranking are learned with, and the measures of how good they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

__all__ = ["Answers", "Array", "auc", "fit_logistic", "fit_places", "matrix", "ndcg"]

Array = NDArray[np.float64]

_FILE_STEP, _CHUNK_STEP = 1.0, 0.5
"""How far one score has to be above another to count as before it: files are compared more gently
than chunks of one file."""


@dataclass(frozen=True)
class Answers:
    """The candidates of one query: features of its files (n, f), features of their chunks (m, c),
    file after file, how many each file has (n,), whether a file is right (n,), whether a chunk is
    (m,), and what the query counts among the files. The last features of chunks may be those that
    count inside a file alone.
    """

    files: Array
    chunks: Array
    sizes: NDArray[np.int64]
    right: Array
    right_chunks: Array
    importance: float


def fit_places(
    lists: Sequence[Answers], l2: float, approx: float, inside: int = 0
) -> tuple[Array, Array]:
    """Weights of files (f,) and of chunks (c,): a file scores w.x by its features, and log sum exp
    v.y over its chunks.

    The last `inside` features of chunks are left out of what a file scores.

    What is minimised: the cross entropy of the right files of a query against the softmax of the
    scores, and that of the right chunks of a right file (ListNet: Cao et al., 2007); `approx` times
    what misses to a NDCG of 1, for both, with ranks made smooth (ApproxNDCG: Qin, Liu and Li,
    2010); and `l2`. The second is not convex: it begins where the first ends.
    """
    problem = _Problem(lists, l2, inside)
    found = np.zeros(len(problem.penalty))
    for weight in (0.0, approx):
        found = minimize(
            problem.loss,
            found,
            args=(weight,),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 300},
        ).x
    return found[: problem.split], found[problem.split :]


class _Problem:
    def __init__(self, lists: Sequence[Answers], l2: float, inside: int) -> None:
        self._files = np.vstack([one.files for one in lists])
        self._chunks = np.vstack([one.chunks for one in lists])
        self._in_query = _Groups(np.array([len(one.files) for one in lists]))
        self._in_file = _Groups(np.concatenate([one.sizes for one in lists]))
        right, importance = (
            np.concatenate([one.right for one in lists]),
            np.array([one.importance for one in lists]),
        )
        right_chunks = np.concatenate([one.right_chunks for one in lists])
        self._importance = importance[self._in_query.of]
        self._right = self._in_query.shares(right)
        self._right_chunks = self._in_file.shares(right_chunks)
        self._chosen = self._in_file.sum(self._right_chunks)[self._in_file.of]
        """1 for the chunks among which one is right, else 0."""
        self._file_ranks = _Ranks(self._in_query, right, importance, _FILE_STEP)
        self._chunk_ranks = _Ranks(
            self._in_file, right_chunks, np.ones(len(self._in_file.starts)), _CHUNK_STEP
        )
        self.split = self._files.shape[1]
        self.penalty = np.full(self.split + self._chunks.shape[1], l2)
        self._shared = slice(0, self._chunks.shape[1] - inside)
        """The features of chunks that count in what a file scores."""

    def loss(self, weights: Array, approx: float) -> tuple[float, Array]:
        """What is minimised, and its gradient."""
        of_features = weights[self.split :]
        chunks = self._chunks @ of_features
        inside, _ = self._in_file.log_softmax(chunks)
        together, total = self._in_file.log_softmax(
            self._chunks[:, self._shared] @ of_features[self._shared]
        )
        files = self._files @ weights[: self.split] + total
        among, _ = self._in_query.log_softmax(files)
        value = -(self._importance * self._right) @ among - self._right_chunks @ inside
        of_files = self._importance * (np.exp(among) - self._right)
        of_chunks = self._chosen * np.exp(inside) - self._right_chunks
        if approx:
            missed, slope = self._file_ranks.missed(files)
            missed_inside, slope_inside = self._chunk_ranks.missed(chunks)
            value += approx * (missed + missed_inside)
            of_files, of_chunks = of_files + approx * slope, of_chunks + approx * slope_inside
        by_chunks = self._chunks.T @ of_chunks
        by_chunks[self._shared] += self._chunks[:, self._shared].T @ (
            of_files[self._in_file.of] * np.exp(together)
        )
        gradient = np.concatenate([self._files.T @ of_files, by_chunks])
        return float(value + self.penalty @ weights**2), gradient + 2 * self.penalty * weights


class _Groups:
    """Values one after another that belong together in groups of these sizes, none of them
    empty.
    """

    def __init__(self, sizes: NDArray[np.int64]) -> None:
        self.sizes, self.starts = sizes, np.cumsum(sizes) - sizes
        self.of = np.repeat(np.arange(len(sizes)), sizes)

    def sum(self, values: Array) -> Array:
        return np.add.reduceat(values, self.starts)

    def shares(self, right: Array) -> Array:
        """Each right one's part of its group, which has to have others: there is nothing to learn
        of one alone.
        """
        totals = np.where(self.sizes > 1, self.sum(right), 0)[self.of]
        return np.divide(right, totals, out=np.zeros(len(right)), where=totals > 0)

    def log_softmax(self, scores: Array) -> tuple[Array, Array]:
        """For each value, and log sum exp for each group."""
        top = np.maximum.reduceat(scores, self.starts)
        total = top + np.log(self.sum(np.exp(scores - top[self.of])))
        return scores - total[self.of], total


class _Ranks:
    """How much of an NDCG the right ones miss where they stand; the step from one rank to the next
    takes `step` of score.
    """

    def __init__(self, groups: _Groups, right: Array, importance: Array, step: float) -> None:
        mine, others, owner, gains, self._step = [], [], [], [], step
        for start, size, weight in zip(groups.starts, groups.sizes, importance, strict=True):
            found = np.flatnonzero(right[start : start + size])
            ideal = sum(1 / np.log2(rank + 2) for rank in range(len(found)))
            for at in start + found if size > 1 else ():
                rest = np.delete(np.arange(start, start + size), at - start)
                others.append(rest)
                mine.append(np.full(len(rest), at))
                owner.append(np.full(len(rest), len(gains)))
                gains.append(weight / ideal)
        self._mine, self._others, self._owner = map(np.concatenate, (mine, others, owner))
        self._gains = np.array(gains)

    def missed(self, scores: Array) -> tuple[float, Array]:
        """How much is missed, and its gradient by the scores."""
        ahead = 1 / (
            1 + np.exp(np.clip((scores[self._mine] - scores[self._others]) / self._step, -40, 40))
        )
        rank = 1 + np.bincount(self._owner, ahead, len(self._gains))
        discount = np.log2(1 + rank)
        by_rank = self._gains / (discount**2 * (1 + rank) * np.log(2))
        slope = by_rank[self._owner] * ahead * (1 - ahead) / self._step
        gradient = np.bincount(self._others, slope, len(scores)) - np.bincount(
            self._mine, slope, len(scores)
        )
        return float(self._gains @ (1 - 1 / discount)), gradient


def fit_logistic(features: Array, right: Array, l2: float = 1.0) -> Array:
    """Weights (size,) of a logistic regression of `right` (n,) on `features` (n, size); the last
    one, the bias, is free.

    The features are judged by their spread, so that the penalty is the same whatever they are
    measured in.
    """
    spread = features.std(axis=0)
    spread[spread == 0] = 1.0
    scaled, penalty = features / spread, l2 * np.eye(features.shape[1])
    penalty[-1, -1] = 1e-9
    weights = np.zeros(features.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(scaled @ weights, -30, 30)))
        hessian = scaled.T @ (scaled * (chance * (1 - chance))[:, None]) + penalty
        weights = weights - np.linalg.solve(
            hessian, scaled.T @ (chance - right) + penalty @ weights
        )
    found: Array = weights / spread
    return found


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The area under the ROC curve: the chance that a positive scores above a negative (Mann and
    Whitney, 1947).
    """
    if not len(positive) or not len(negative):
        return float("nan")
    mine, theirs = np.asarray(positive)[:, None], np.asarray(negative)[None, :]
    return float(np.mean((mine > theirs) + 0.5 * (mine == theirs)))


def ndcg(gains: Sequence[float], targets: int) -> float:
    """NDCG@10 of an order, given whether each place of it is right, and how many right ones there
    are.
    """
    ideal = sum(1 / np.log2(rank + 2) for rank in range(min(10, targets)))
    return (
        float(sum(gain / np.log2(rank + 2) for rank, gain in enumerate(gains[:10])) / ideal)
        if ideal
        else 0.0
    )


def matrix(rows: Sequence[dict[str, float]], names: Sequence[str]) -> Array:
    return np.array([[row.get(name, 0.0) for name in names] for row in rows])
