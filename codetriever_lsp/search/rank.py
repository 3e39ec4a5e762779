"""One ranking for all kinds of candidates: a linear model over features of the file and of the chunk.

Each retrieval score is divided by the best one of its kind in this answer, so that weights mean the same for every query
and every repository. Weights live in `weights.json`, which says how they were made. A file is ranked by its features, its
chunks among themselves by theirs: one place per file comes first, further places of a file after.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from pathlib import PurePosixPath

from codetriever_lsp.search.places import is_aside, is_test_path
from codetriever_lsp.search.query import Query
from codetriever_lsp.text.terms import path_words, split, terms_of

__all__ = ["Candidate", "FileCandidate", "Ranked", "contributions", "name_stems", "rank", "set_features"]

_BEST = {f"best_{name}": name for name in ("lexical", "dense", "name_cover", "name_exact", "name_share")}
"""Features of a file that are the best of a feature of its chunks."""

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
    dense: float = 0.0
    lexical: float = 0.0
    features: dict[str, float] = field(default_factory=dict)
    score: float = 0.0
    """What it is worth among the chunks of its file."""


@dataclass(slots=True)
class FileCandidate:
    """A file that may answer, with the scores of its whole text, names and path, and its candidate chunks."""

    folder: int
    path: str
    lines: int
    body: float = 0.0
    names: float = 0.0
    path_score: float = 0.0
    chunks: list[Candidate] = field(default_factory=list)
    features: dict[str, float] = field(default_factory=dict)
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """One place in the answer. `score` is 0..1."""

    file: FileCandidate
    chunk: Candidate
    score: float


@cache
def weights() -> dict[str, dict[str, float]]:
    """The weights of the features: {"file": …, "chunk": …, "answer": …}."""
    text = resources.files("codetriever_lsp.search").joinpath("weights.json").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, float]] = json.loads(text)["weights"]
    return loaded


def rank(
    files: Sequence[FileCandidate], query: Query, limit: int, table: Mapping[str, Mapping[str, float]] | None = None
) -> list[Ranked]:
    """The `limit` best places, best first; files without a candidate chunk are left out."""
    table = table or weights()
    files = [file for file in files if file.chunks]
    set_features(files, query)
    for file in files:
        file.score = _dot(table["file"], file.features)
        for chunk in file.chunks:
            chunk.score = _dot(table["chunk"], chunk.features)
        file.chunks.sort(key=lambda chunk: (-chunk.score, chunk.ordinal))
    places = [place for file in files for place in _places(file, table["answer"])]
    places.sort(key=lambda place: (-place[0], place[1].folder, place[1].path, place[2].ordinal))
    return [Ranked(file, chunk, _squash(raw, table["answer"])) for raw, file, chunk in places[:limit]]


def contributions(place: Ranked) -> dict[str, float]:
    """What each feature added to the file's score and to the chunk's."""
    table = weights()
    parts = {f"file.{name}": table["file"].get(name, 0.0) * value for name, value in place.file.features.items()}
    parts |= {f"chunk.{name}": table["chunk"].get(name, 0.0) * value for name, value in place.chunk.features.items()}
    return {name: round(value, 4) for name, value in parts.items() if value}


def set_features(files: Sequence[FileCandidate], query: Query) -> None:
    """Fill the features of all files and chunks, each retrieval score relative to the best one here."""
    chunks = [chunk for file in files for chunk in file.chunks]
    top_dense, top_lexical = _top(chunk.dense for chunk in chunks), _top(chunk.lexical for chunk in chunks)
    for chunk in chunks:
        chunk.features = _chunk_features(chunk, query, top_dense, top_lexical)
    sums = {id(file): sum(sorted((chunk.lexical for chunk in file.chunks), reverse=True)[:5]) for file in files}
    top_sum = _top(sums.values())
    tops = (_top(file.body for file in files), _top(file.names for file in files), _top(file.path_score for file in files))
    for file in files:
        features = _path_features(file.path, query)
        features["path"] = file.path_score / tops[2]
        features["body"] = file.body / tops[0]
        features["names"] = file.names / tops[1]
        features["chunk_sum"] = sums[id(file)] / top_sum
        features["length"] = math.log1p(file.lines) / 10
        for best, name in _BEST.items():
            features[best] = max([chunk.features[name] for chunk in file.chunks])
        file.features = features


def _chunk_features(chunk: Candidate, query: Query, top_dense: float, top_lexical: float) -> dict[str, float]:
    exact = cover = share = 0.0
    for name in chunk.names:
        exact = max(exact, float(name.casefold() in query.names))
        stems = name_stems(name)
        if stems and query.stems:
            common = len(stems & query.stems)
            cover = max(cover, common / len(query.stems))
            share = max(share, common / len(stems))
    return {
        "lexical": chunk.lexical / top_lexical,
        "dense": max(0.0, chunk.dense) / top_dense,
        "name_exact": exact,
        "name_cover": cover,
        "name_share": share,
        "definition": float(chunk.shape == "definition"),
        "outline": float(chunk.shape == "outline"),
        "text": float(chunk.shape == "text"),
    }


def _path_features(path: str, query: Query) -> dict[str, float]:
    stem, around, depth, init = _path_facts(path)
    wanted = query.stems
    return {
        "stem_cover": len(stem & wanted) / len(wanted) if wanted else 0.0,
        "stem_share": len(stem & wanted) / len(stem) if stem else 0.0,
        "path_cover": len(around & wanted) / len(wanted) if wanted else 0.0,
        "test": float(is_test_path(path) and not query.about_tests),
        "aside": float(is_aside(path)),
        "depth": depth,
        "init": init,
    }


@lru_cache(maxsize=1 << 16)
def _path_facts(path: str) -> tuple[frozenset[str], frozenset[str], float, float]:
    """What the path says whatever is asked: stems of the file's name and of all names, depth, whether others are behind it."""
    pure = PurePosixPath(path)
    stem = name_stems(pure.name.split(".")[0])
    around = frozenset(term for word in path_words(path) for part in split(word) for term in terms_of(part)[:1])
    return stem, around, min(len(pure.parts), 10) / 10, float(pure.stem in _FRONTS)


def _places(file: FileCandidate, answer: Mapping[str, float]) -> list[tuple[float, FileCandidate, Candidate]]:
    """The places of one file: its best chunk at the file's score, each further one lower by what it is worse, and a step."""
    best = file.chunks[0].score
    return [
        (file.score - (answer["repeat"] + best - chunk.score) * min(at, 1), file, chunk) for at, chunk in enumerate(file.chunks)
    ]


def _dot(table: Mapping[str, float], features: Mapping[str, float]) -> float:
    total = 0.0
    for name, value in features.items():
        if value:  # most are zero
            total += table.get(name, 0.0) * value
    return total


def _squash(raw: float, answer: Mapping[str, float]) -> float:
    exponent = max(-30.0, min(30.0, answer["slope"] * (raw - answer["middle"])))
    return 1 / (1 + math.exp(-exponent))


def _top(scores: Iterable[float]) -> float:
    """The best of some scores, or 1 where none is positive, so that it can be divided by."""
    best = max(scores, default=0.0)
    return best if best > 0 else 1.0


@lru_cache(maxsize=1 << 16)
def name_stems(name: str) -> frozenset[str]:
    return frozenset(term for part in split(name) for term in terms_of(part)[:1])
