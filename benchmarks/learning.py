"""What the weights of the ranking are learned with: two regressions, and the measures of how good they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "auc", "fit_lists", "fit_logistic", "matrix", "ndcg", "softmax"]

Array = NDArray[np.float64]


def fit_lists(lists: Sequence[tuple[Array, Array, float]], size: int, l2: float) -> Array:
    """Weights (size,) that minimise the cross entropy of the right ones against the softmax of the scores, plus `l2`.

    ListNet with the right ones as targets (Cao et al., 2007), by Newton's method. Each list is features (n, size), rightness
    (n,) and importance.
    """
    weights = np.zeros(size)
    before = _loss(lists, weights, l2)
    for _ in range(60):
        gradient, hessian = 2 * l2 * weights, 2 * l2 * np.eye(size)
        for features, right, importance in lists:
            chance = softmax(features @ weights)
            gradient = gradient + importance * features.T @ (chance - right / right.sum())
            centred = features - chance @ features
            hessian += importance * centred.T @ (centred * chance[:, None])
        step = np.linalg.solve(hessian, gradient)
        while (after := _loss(lists, weights - step, l2)) > before and np.abs(step).max() > 1e-9:
            step = step / 2  # a full step of Newton's method may leap over the minimum
        weights, gained, before = weights - step, before - after, after
        if gained < 1e-7:
            break
    return weights


def fit_logistic(features: Array, right: Array, l2: float = 1.0) -> Array:
    """Weights (size,) of a logistic regression of `right` (n,) on `features` (n, size); the last one, the bias, is free.

    The features are judged by their spread, so that the penalty is the same whatever they are measured in.
    """
    spread = features.std(axis=0)
    spread[spread == 0] = 1.0
    scaled, penalty = features / spread, l2 * np.eye(features.shape[1])
    penalty[-1, -1] = 1e-9
    weights = np.zeros(features.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(scaled @ weights, -30, 30)))
        hessian = scaled.T @ (scaled * (chance * (1 - chance))[:, None]) + penalty
        weights = weights - np.linalg.solve(hessian, scaled.T @ (chance - right) + penalty @ weights)
    found: Array = weights / spread
    return found


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The area under the ROC curve: the chance that a positive scores above a negative (Mann and Whitney, 1947)."""
    if not len(positive) or not len(negative):
        return float("nan")
    mine, theirs = np.asarray(positive)[:, None], np.asarray(negative)[None, :]
    return float(np.mean((mine > theirs) + 0.5 * (mine == theirs)))


def ndcg(gains: Sequence[float], targets: int) -> float:
    """NDCG@10 of an order, given whether each place of it is right, and how many right ones there are."""
    ideal = sum(1 / np.log2(rank + 2) for rank in range(min(10, targets)))
    return float(sum(gain / np.log2(rank + 2) for rank, gain in enumerate(gains[:10])) / ideal) if ideal else 0.0


def matrix(rows: Sequence[dict[str, float]], names: Sequence[str]) -> Array:
    return np.array([[row.get(name, 0.0) for name in names] for row in rows])


def softmax(scores: Array) -> Array:
    shifted: Array = np.exp(scores - scores.max())
    return shifted / shifted.sum()


def _loss(lists: Sequence[tuple[Array, Array, float]], weights: Array, l2: float) -> float:
    entropy = sum(i * -(right @ np.log(softmax(features @ weights) + 1e-300)) / right.sum() for features, right, i in lists)
    return float(entropy + l2 * weights @ weights)
