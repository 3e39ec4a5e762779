"""One ranking for all kinds of candidates: a linear model over features of the file and of the
chunk.

Weights live in `weights.json`, a table for each way of searching, which says how they were made.
Chunks score by their features; a file by its own and by what its chunks score together (log sum
exp: the best one, and a little for each that is nearly as good). Some features of a chunk say where
in its file to look and nothing about the file: that it is a comment which tells all about it, or a
test. They count in the order of a file's chunks alone. The first places are one per file, so that
an answer shows where else to look; after them the best of all that is left, further places of the
same files included.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from heapq import nsmallest
from importlib import resources
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from codetriever_lsp.search.query import Query
from codetriever_lsp.search.ranking.features import (
    Candidate,
    Column,
    Features,
    FileCandidate,
    features_of,
)

__all__ = [
    "Ranked",
    "Table",
    "chance_features",
    "contributions",
    "lay_out",
    "rank",
    "score_all",
    "table_for",
]

Table = Mapping[str, Mapping[str, float]]
"""The weights of "file", "chunk" (also in what a file scores), "inside" (among the chunks of a
file), "answer" and "chance"."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One place in the answer. `score` is 0..1: of the first, the chance that what is sought is
    here or close behind.
    """

    file: FileCandidate
    chunk: Candidate
    score: float
    table: Table | None = None
    features: Features | None = None


@cache
def _tables() -> dict[str, dict[str, dict[str, float]]]:
    text = (
        resources.files("codetriever_lsp.search.ranking")
        .joinpath("weights.json")
        .read_text(encoding="utf-8")
    )
    loaded: dict[str, dict[str, dict[str, float]]] = json.loads(text)["weights"]
    return loaded


def table_for(words: bool, meaning: bool) -> Table:
    """The weights for a search by words, by meaning, or by both."""
    mode: Literal["hybrid", "lexical", "semantic"] = (
        "hybrid" if words and meaning else "semantic" if meaning else "lexical"
    )
    return _tables()[mode]


def rank(
    files: Sequence[FileCandidate], query: Query, limit: int, table: Table, missing: float = 0.0
) -> list[Ranked]:
    """The `limit` best places, best first; files without a candidate chunk are left out.

    `missing` is the share of the query's words that no text has.
    """
    files = [file for file in files if file.chunks]
    if not files:
        return []
    features = features_of(files, query)
    score_all(files, features, table)
    places = lay_out(files, table["answer"], limit)
    chances = chance_features(files, query, missing)
    logit = sum(table["chance"].get(name, 0.0) * value for name, value in chances.items())
    best, lowest, ranked = places[0][0], 1.0, []
    for raw, file, chunk in places:
        lowest = min(lowest, _squash(logit + table["answer"]["slope"] * (raw - best)))
        ranked.append(Ranked(file, chunk, lowest, table, features))
    return ranked


def score_all(files: Sequence[FileCandidate], features: Features, table: Table) -> None:
    """Set the scores of files and chunks from their features, and bring each file's chunks into
    order.
    """
    if not files:
        return
    of_chunks = _weighed(features.chunks, table["chunk"])
    of_files = _weighed(features.files, table["file"]) + _together(of_chunks, features.starts)
    scores = (of_chunks + _weighed(features.chunks, table["inside"])).tolist()
    for file, score in zip(files, of_files.tolist(), strict=True):
        file.score = score
        for chunk in file.chunks:
            chunk.score = scores[chunk.at]
        file.chunks.sort(key=lambda chunk: (-chunk.score, chunk.ordinal))


def lay_out(
    files: Sequence[FileCandidate], answer: Mapping[str, float], limit: int
) -> list[tuple[float, FileCandidate, Candidate]]:
    """The order of the places, with what each is worth: its file's score, less by how much it is
    worse than the file's best.
    """
    first = sorted(((file.score, file, file.chunks[0]) for file in files), key=_order)
    front = int(answer["front"])
    rest = first[front:]
    for file in files:
        best = file.chunks[0].score
        rest += [
            (file.score - best + chunk.score - answer["repeat"], file, chunk)
            for chunk in file.chunks[1:]
        ]
    return (first[:front] + nsmallest(limit, rest, key=_order))[:limit]


def chance_features(
    files: Sequence[FileCandidate], query: Query, missing: float
) -> dict[str, float]:
    """What tells whether an answer holds what is sought. Called after `score_all`."""
    order = sorted(files, key=lambda file: -file.score)
    top = order[0].chunks[0]
    chunks = [chunk for file in files for chunk in file.chunks]
    return {
        "score": order[0].score,
        "lead": order[0].score - order[1].score if len(order) > 1 else 0.0,
        "cover": top.cover,
        "best_cover": max([chunk.cover for chunk in chunks]),
        "missing": missing,
        "meaning": top.dense,
        "best_meaning": max([chunk.dense for chunk in chunks]),
        "best_like": max([chunk.like for chunk in chunks]),
        "words": math.log1p(len(query.stems)),
        "single": float(query.single),
        "bias": 1.0,
    }


def contributions(place: Ranked) -> dict[str, float]:
    """What each feature added to the file's score and to the chunk's. For the best chunk of a file
    they sum to its score, those "inside" aside, which only say why it is the best.
    """
    if place.table is None or place.features is None:
        return {}
    of_file, of_chunk = (
        place.features.of_file(place.file),
        place.features.of_chunk(place.file.chunks[0]),
    )
    best = sum(place.table["chunk"].get(name, 0.0) * value for name, value in of_chunk.items())
    own = sum(place.table["file"].get(name, 0.0) * value for name, value in of_file.items())
    parts = {
        f"file.{name}": place.table["file"].get(name, 0.0) * value
        for name, value in of_file.items()
    }
    for part in ("chunk", "inside"):
        weights = place.table[part]
        parts |= {
            f"{part}.{name}": weights.get(name, 0.0) * value
            for name, value in place.features.of_chunk(place.chunk).items()
        }
    parts["file.other_chunks"] = place.file.score - own - best
    # What is left of a sum may be 1e-16: rounded first, so that nothing is said of it.
    return {name: rounded for name, value in parts.items() if (rounded := round(value, 4))}


def _weighed(columns: Mapping[str, Column], weights: Mapping[str, float]) -> Column:
    """The sum of the features times their weights, (candidates,); one without a weight weighs
    nothing.
    """
    names = [name for name in columns if name in weights]
    if not names:
        return np.zeros(len(next(iter(columns.values()))))
    total: Column = np.array([weights[name] for name in names]) @ np.array(
        [columns[name] for name in names]
    )
    return total


def _together(scores: Column, starts: NDArray[np.int64]) -> Column:
    """What the chunks of each file score together, log sum exp: (files,)."""
    best = np.maximum.reduceat(scores, starts)
    sizes = np.diff(starts, append=len(scores))
    return best + np.log(np.add.reduceat(np.exp(scores - np.repeat(best, sizes)), starts))


def _order(place: tuple[float, FileCandidate, Candidate]) -> tuple[float, int, str, int]:
    return -place[0], place[1].folder, place[1].path, place[2].ordinal


def _squash(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
