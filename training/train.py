"""Contrastive training of token vectors: each query among the texts of its batch, each text among
the queries (InfoNCE).

The model is linear up to the last normalisation (a text is the sum of its tokens' vectors), so the
gradient is written out by hand and a step is four sparse and three dense matrix products.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from training.batches import Mix, Sources, epoch
from training.model import Counts, Rows

__all__ = ["Options", "loss_and_gradient", "train", "train_all"]


@dataclass(frozen=True, slots=True)
class Options:
    """What training depends on besides the data."""

    epochs: int = 3
    size: int = 600_000
    batch: int = 4096
    rate: float = 0.006
    temperature: float = 0.06
    warm_up: float = 0.05
    seeds: tuple[int, ...] = (1, 2, 3)
    mix: Mix = field(default_factory=Mix)


def loss_and_gradient(
    rows: Rows, queries: Counts, texts: Counts, temperature: float
) -> tuple[float, Rows]:
    """The mean of the two cross entropies of a batch, and its gradient by the rows, shape
    (vocabulary, dimension).
    """
    q, q_length = _normal(queries @ rows)
    t, t_length = _normal(texts @ rows)
    scores = (q @ t.T) / np.float32(temperature)
    forth, loss_forth = _softmax(scores)
    back, loss_back = _softmax(scores.T)
    slope = (forth + back.T) / np.float32(2 * len(scores) * temperature)
    np.fill_diagonal(slope, slope.diagonal() - np.float32(1 / (len(scores) * temperature)))
    d_q = _through_normal(slope @ t, q, q_length)
    d_t = _through_normal(slope.T @ q, t, t_length)
    gradient: Rows = queries.T @ d_q
    gradient += texts.T @ d_t
    return (loss_forth + loss_back) / 2, gradient


def train_all(
    rows: Rows, sources: Sources, options: Options, after_epoch: Callable[[int, Rows], None]
) -> Rows:
    """The mean of trainings from the same start with other seeds: better than each of them
    (Wortsman et al., 2022).
    """
    trained = [train(rows, sources, options, seed, after_epoch) for seed in options.seeds]
    mean: Rows = np.mean(trained, axis=0)
    return mean


def train(
    rows: Rows,
    sources: Sources,
    options: Options,
    seed: int,
    after_epoch: Callable[[int, Rows], None],
) -> Rows:
    """Rows after Adam (Kingma and Ba, 2015) with a linear warm-up and decay; only rows of tokens in
    a batch move.
    """
    random = np.random.default_rng(seed)
    rows = rows.copy()
    first, second = np.zeros_like(rows), np.zeros_like(rows)
    total = options.epochs * max(1, options.size // options.batch)
    step = 0
    for number in range(options.epochs):
        started, losses = time.perf_counter(), []
        for queries, texts in epoch(sources, options.mix, options.size, options.batch, random):
            loss, gradient = loss_and_gradient(rows, queries, texts, options.temperature)
            step += 1
            rate = options.rate * min(
                1.0, step / (options.warm_up * total), max(0.02, (total - step) / total)
            )
            _adam(rows, gradient, first, second, rate, step)
            losses.append(loss)
        seconds = time.perf_counter() - started
        print(
            f"seed {seed}, epoch {number}: loss {np.mean(losses):.4f}, {len(losses)} steps, {seconds:.0f} s",
            flush=True,
        )
        after_epoch(number, rows)
    return rows


def _adam(rows: Rows, gradient: Rows, first: Rows, second: Rows, rate: float, step: int) -> None:
    touched = np.flatnonzero(gradient.any(axis=1))
    g = gradient[touched]
    m = first[touched] * np.float32(0.9) + g * np.float32(0.1)
    v = second[touched] * np.float32(0.999) + g * g * np.float32(0.001)
    first[touched], second[touched] = m, v
    m /= np.float32(1 - 0.9**step)
    v /= np.float32(1 - 0.999**step)
    np.sqrt(v, out=v)
    v += np.float32(1e-8)
    m /= v
    rows[touched] -= np.float32(rate) * m


def _normal(sums: Any) -> tuple[Rows, Rows]:
    lengths = np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6).astype(np.float32)
    return sums / lengths, lengths


def _through_normal(slope: Any, normal: Rows, lengths: Rows) -> Rows:
    through: Rows = (slope - normal * (slope * normal).sum(axis=1, keepdims=True)) / lengths
    return through


def _softmax(scores: Rows) -> tuple[Rows, float]:
    shifted = scores - scores.max(axis=1, keepdims=True)
    right = shifted.diagonal().copy()
    np.exp(shifted, out=shifted)
    totals = shifted.sum(axis=1, keepdims=True)
    loss = float((np.log(totals[:, 0]) - right).mean())
    shifted /= totals
    return shifted, loss
