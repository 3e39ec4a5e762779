"""What ranking knows of a candidate: the features of files and of the chunks in them.

Each retrieval score is divided by the best one of its kind in this answer, so that a weight means the same for every query
and every repository. What is zero is left out of a chunk's features. The meaning of a chunk comes again, times what makes it
say more or less: the length of the query, its own length, the words it shares, the meaning of what calls it, the part of the
query that no chunk covers; and the best words count as much as they cover. What its callers score counts for a chunk too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from codetriever_lsp.search.callers import calls_among
from codetriever_lsp.search.places import is_aside, is_test_path
from codetriever_lsp.search.query import Query
from codetriever_lsp.text.terms import path_words, split, terms_of

__all__ = ["KINDS", "Candidate", "FileCandidate", "name_stems", "set_features"]

_SCORES = {name: attrgetter(name) for name in ("dense", "lexical", "prose")}
"""The best of these of its chunks is a feature of a file."""

_CALLERS = ("dense", "lexical")
"""The best of these of a chunk's callers, in its file and elsewhere, is a feature of it."""

_SUMMED = 5
"""Chunks whose lexical scores are added up."""

KINDS = ("function", "method", "class", "variable", "constant", "property", "field")
"""Kinds of definitions whose weight is learned."""

_FRONTS = frozenset({"__init__", "index", "mod", "lib", "main", "package-info"})
"""Names of files that stand for the folder around them."""


@dataclass(slots=True)
class Candidate:
    """A chunk that may answer: its retrieval scores (0 where a source did not find it)."""

    id: int
    ordinal: int
    shape: str
    names: tuple[str, ...]
    """Names that the chunk defines or is part of."""
    kind: str = ""
    lines: int = 1
    dense: float = 0.0
    lexical: float = 0.0
    prose: float = 0.0
    like: float = 0.0
    """How much a name that it defines is written like the query."""
    cover: float = 0.0
    """Its lexical score as a share of what a chunk would get that is best at every word of the query."""
    mentions: bytes = b""
    """The names that its text may use (see `text.terms.mentions`)."""
    features: dict[str, float] = field(default_factory=dict)
    score: float = 0.0
    """What it is worth among the chunks of its file."""


@dataclass(slots=True)
class FileCandidate:
    """A file that may answer, with the scores of its whole text, its path by words and by meaning, and its chunks."""

    folder: int
    path: str
    lines: int
    body: float = 0.0
    names: float = 0.0
    path_score: float = 0.0
    place: float = 0.0
    chunks: list[Candidate] = field(default_factory=list)
    features: dict[str, float] = field(default_factory=dict)
    score: float = 0.0


def set_features(files: Sequence[FileCandidate], query: Query) -> None:
    """Fill the features of all files and chunks, each retrieval score relative to the best one here."""
    chunks = [chunk for file in files for chunk in file.chunks]
    tops = {name: _top(map(get, chunks)) for name, get in _SCORES.items()}
    cover = max([chunk.cover for chunk in chunks], default=0.0)
    for chunk in chunks:
        chunk.features = _chunk_features(chunk, query, tops, cover)
    of_callers = _add_callers(files, chunks, tops)
    sums = [sum(sorted(map(_SCORES["lexical"], file.chunks), reverse=True)[:_SUMMED]) for file in files]
    top_place, top_sum = _top(file.place for file in files), _top(sums)
    for at, (file, total) in enumerate(zip(files, sums, strict=True)):
        features = _path_features(file.path, query)
        features["place"] = max(0.0, file.place) ** 2 / top_place  # next to nothing where no path is near
        features["chunk_sum"] = total / top_sum
        features["length"] = math.log1p(file.lines) / 10
        for name, get in _SCORES.items():
            features[f"best_{name}"] = max(0.0, *map(get, file.chunks)) / tops[name]
        for name, values in of_callers.items():
            features[name] = values[at]
        file.features = features


def _add_callers(
    files: Sequence[FileCandidate], chunks: Sequence[Candidate], tops: Mapping[str, float]
) -> dict[str, list[float]]:
    """Give the chunks the features of their callers; gives those of the files, a number for each.

    `linked` is what the files score together that use this one.
    """
    home = np.repeat(np.arange(len(files)), [len(file.chunks) for file in files])
    names = [chunk.names[0] if chunk.names else "" for chunk in chunks]
    calls = calls_among(names, [chunk.mentions for chunk in chunks], [files[at].folder for at in home.tolist()])
    here = home[calls.caller] == home[calls.callee]
    worth = np.zeros(len(chunks))
    of_files = {}
    for name in _CALLERS:
        scores = np.maximum(np.fromiter(map(_SCORES[name], chunks), np.float64, len(chunks)), 0) / tops[name]
        worth += scores / len(_CALLERS)
        near, far = calls.best(scores, here), calls.best(scores, ~here)
        _set(chunks, f"caller_{name}_here", near)
        _set(chunks, f"caller_{name}_there", far)
        if name == "dense":
            _set(chunks, "dense_callers", np.maximum(near, far) * scores)
        of_files[f"best_caller_{name}"] = _best_of(np.maximum(near, far), home, len(files))
    _set(chunks, "callers", np.log1p(calls.counts()) / 4)
    best = _best_of(worth, home, len(files))
    pairs = np.unique(home[calls.caller[~here]] * len(files) + home[calls.callee[~here]])
    linked = np.bincount(pairs % len(files), best[pairs // len(files)], minlength=len(files))
    of_files["linked"] = linked / _top(linked.tolist())
    return {name: values.tolist() for name, values in of_files.items()}


def _best_of(values: NDArray[np.float64], home: NDArray[np.int64], files: int) -> NDArray[np.float64]:
    """The best of each file's chunks: (files,)."""
    best = np.zeros(files)
    np.maximum.at(best, home, values)
    return best


def _set(chunks: Sequence[Candidate], name: str, values: NDArray[np.float64]) -> None:
    for at in np.flatnonzero(values).tolist():
        chunks[at].features[name] = float(values[at])


def _chunk_features(chunk: Candidate, query: Query, tops: dict[str, float], best_cover: float) -> dict[str, float]:
    exact = cover = share = 0.0
    wanted = query.stems
    for name in chunk.names:
        if name.casefold() in query.names:
            exact = 1.0
        stems = name_stems(name)
        if common := len(stems & wanted):
            cover = max(cover, common / len(wanted))
            share = max(share, common / len(stems))
    length, dense = query.length, max(0.0, chunk.dense) / tops["dense"]
    lines = math.log1p(chunk.lines) / 5
    features = {"dense": dense, "dense_long": dense * length, "dense_lines": dense * lines, "lines": lines, chunk.shape: 1.0}
    features["dense_uncovered"] = dense * (1 - best_cover)
    if chunk.kind:
        features[f"kind_{chunk.kind}"] = 1.0
    if chunk.lexical:
        lexical = chunk.lexical / tops["lexical"]
        features["lexical"], features["lexical_squared"] = lexical * best_cover, lexical * lexical
        features["dense_lexical"] = dense * lexical
    if chunk.prose:
        features["prose"] = chunk.prose / tops["prose"]
    if chunk.like:
        features["like"] = chunk.like
    if share or exact:
        features["name_exact"], features["name_cover"], features["name_share"] = exact, cover, share
    return features


def _path_features(path: str, query: Query) -> dict[str, float]:
    around, front, whole = _path_facts(path)
    wanted = query.stems
    return {
        "stem_equal": float(whole in wanted or whole in query.joined),
        "path_cover": len(around & wanted) / len(wanted) if wanted else 0.0,
        "test": float(is_test_path(path) and not query.about_tests),
        "aside": float(is_aside(path)),
        "front": front,
    }


@lru_cache(maxsize=1 << 16)
def _path_facts(path: str) -> tuple[frozenset[str], float, str]:
    """What the path says whatever is asked: stems of its names, whether the file stands for the folder around it, and its name
    as one word. The name of a file that stands for its folder is the folder's.
    """
    pure = PurePosixPath(path)
    name = pure.name.split(".")[0]
    front = name in _FRONTS
    if front and len(pure.parts) > 1:
        name = pure.parts[-2]
    around = frozenset(term for word in path_words(path) for part in split(word) for term in terms_of(part)[:1])
    whole = "".join(split(name))
    return around, float(front), "".join(terms_of(whole)[:1])


@lru_cache(maxsize=1 << 16)
def name_stems(name: str) -> frozenset[str]:
    """The stemmed words of a name."""
    return frozenset(term for part in split(name) for term in terms_of(part)[:1])


def _top(scores: Iterable[float]) -> float:
    """The best of some scores, or 1 where none is positive, so that it can be divided by."""
    best = max(scores, default=0.0)
    return best if best > 0 else 1.0
