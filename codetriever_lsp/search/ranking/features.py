"""What ranking knows of a candidate: the features of files and of the chunks in them.

Each retrieval score is divided by the best one of its kind in this answer, so that a weight means
the same for every query and every repository. All are kept in columns, for a query has hundreds of
candidates. The meaning of a chunk comes again, times what makes it say more or less: the length of
the query, its own length, the words it shares, the meaning of what calls it, the part of the query
that no chunk covers, how much of it is comments; and the best words count as much as they cover.
What its callers score counts too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from operator import attrgetter
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from codetriever_lsp.search.names.trigrams import LONGEST_NAME, letters_of
from codetriever_lsp.search.path_class import is_aside, is_test_path
from codetriever_lsp.search.query import QUALIFIED, Query
from codetriever_lsp.search.ranking.call_graph import calls_among
from codetriever_lsp.search.ranking.synonyms import said_otherwise
from codetriever_lsp.text.terms import path_words, split, terms_of

__all__ = [
    "KINDS",
    "SHAPES",
    "Candidate",
    "Column",
    "Features",
    "FileCandidate",
    "features_of",
    "name_stems",
]

Column = NDArray[np.float64]
"""A feature of each candidate, (candidates,)."""

_SCORES = ("dense", "lexical", "prose")
"""The best of these of its chunks is a feature of a file."""

_CHANCE_RUN, _LONG_RUN = 2, 6
"""Words that follow each other by chance, and how many more leave no doubt."""

_LEXICAL = attrgetter("lexical")

_CALLERS = ("dense", "lexical")
"""The best of these of a chunk's callers, in its file and elsewhere, is a feature of it."""

_SUMMED = 5
"""Chunks whose lexical scores are added up."""

SHAPES = ("definition", "outline", "text")
KINDS = (
    *("function", "method", "class", "variable", "constant", "property", "field"),
    *(
        "module",
        "struct",
        "enum",
        "enumMember",
        "interface",
        "constructor",
        "operator",
        "typeParameter",
    ),
)
"""Shapes of chunks and kinds of definitions whose weight is learned."""

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
    """Its lexical score as a share of what a chunk would get that is best at every word of the
    query."""
    mentions: bytes = b""
    """The names that its text may use (see `text.terms.mentions`)."""
    run: int = 0
    """The most words of the query that follow each other in its text (see `phrases`); 0 where that
    was not read."""
    written: float = 0.0
    """The share of comments and literals in its text."""
    test: bool = False
    score: float = 0.0
    """What it is worth among the chunks of its file."""
    at: int = 0
    """Its place in the columns of `Features`."""


@dataclass(slots=True)
class FileCandidate:
    """A file that may answer, with the scores of its whole text, its path by words and by meaning,
    and its chunks.
    """

    folder: int
    path: str
    lines: int
    body: float = 0.0
    names: float = 0.0
    path_score: float = 0.0
    place: float = 0.0
    chunks: list[Candidate] = field(default_factory=list)
    score: float = 0.0
    at: int = 0
    """Its place in the columns of `Features`."""


@dataclass(frozen=True, slots=True)
class Features:
    """What ranking knows, in columns by name: of files (files,), and of chunks (chunks,), file
    after file.

    `starts` (files,) are the first chunks of the files.
    """

    files: dict[str, Column]
    chunks: dict[str, Column]
    starts: NDArray[np.int64]

    def of_file(self, file: FileCandidate) -> dict[str, float]:
        return {name: float(column[file.at]) for name, column in self.files.items()}

    def of_chunk(self, chunk: Candidate) -> dict[str, float]:
        """Those that are not zero."""
        return {
            name: float(column[chunk.at])
            for name, column in self.chunks.items()
            if column[chunk.at]
        }


def features_of(files: Sequence[FileCandidate], query: Query) -> Features:
    """The features of all files, which have chunks, and of those; each retrieval score relative to
    the best one here.
    """
    chunks = [chunk for file in files for chunk in file.chunks]
    if not chunks:
        return Features({}, {}, np.zeros(0, np.int64))
    for at, file in enumerate(files):
        file.at = at
    for at, chunk in enumerate(chunks):
        chunk.at = at
    sizes = np.array([len(file.chunks) for file in files], np.int64)
    starts, home = np.cumsum(sizes) - sizes, np.repeat(np.arange(len(files)), sizes)
    scores = {name: np.maximum(_column(chunks, name), 0) for name in _SCORES}
    scores = {name: column / _top(column) for name, column in scores.items()}
    of_chunks = _of_chunks(chunks, query, scores)
    of_callers, linked = _add_callers(files, chunks, scores, home, of_chunks)
    best = {
        f"best_{name}": np.maximum.reduceat(column, starts)
        for name, column in (*scores.items(), *of_callers.items())
    }
    place = np.maximum(_column(files, "place"), 0)
    sums = np.array(
        [sum(sorted(map(_LEXICAL, file.chunks), reverse=True)[:_SUMMED]) for file in files]
    )
    of_files = {
        **_of_paths([file.path for file in files], query),
        "place": place**2 / _top(place),  # next to nothing where no path is near
        "chunk_sum": sums / _top(sums),
        "length": np.log1p(_column(files, "lines")) / 10,
        **best,
        "linked": linked,
    }
    return Features(of_files, of_chunks, starts)


def _of_chunks(
    chunks: Sequence[Candidate], query: Query, scores: Mapping[str, Column]
) -> dict[str, Column]:
    cover = max([chunk.cover for chunk in chunks], default=0.0)
    dense, lexical, lines = (
        scores["dense"],
        scores["lexical"],
        np.log1p(_column(chunks, "lines")) / 5,
    )
    shapes, kinds = _codes(chunks, "shape", SHAPES), _codes(chunks, "kind", KINDS)
    names, aliases, written = (
        _by_names(chunks, query),
        _by_aliases(chunks, query),
        _column(chunks, "written"),
    )
    return {
        "dense": dense,
        "dense_long": dense * query.length,
        "dense_lines": dense * lines,
        "dense_lexical": dense * lexical,
        "dense_uncovered": dense * (1 - cover),
        "lexical": lexical * cover,
        "lexical_squared": lexical * lexical,
        "prose": scores["prose"],
        "like": _column(chunks, "like"),
        "letters": _by_letters(chunks, query),
        "run": np.clip(_column(chunks, "run") - _CHANCE_RUN, 0, _LONG_RUN) / _LONG_RUN,
        "lines": lines,
        **dict(zip(("name_exact", "name_cover", "name_share"), names.T, strict=True)),
        **dict(zip(("alias_share", "alias_only", "alias_cover"), aliases.T, strict=True)),
        "named": names[:, 0] * query.single,
        "written": written,
        "written_lexical": written * lexical,
        "written_dense": written * dense,
        "test": np.array([chunk.test and not query.about_tests for chunk in chunks], np.float64),
        **{shape: (shapes == code).astype(np.float64) for code, shape in enumerate(SHAPES)},
        **{f"kind_{kind}": (kinds == code).astype(np.float64) for code, kind in enumerate(KINDS)},
    }


def _add_callers(
    files: Sequence[FileCandidate],
    chunks: Sequence[Candidate],
    scores: Mapping[str, Column],
    home: NDArray[np.int64],
    of_chunks: dict[str, Column],
) -> tuple[dict[str, Column], Column]:
    """Add the features of the callers of chunks to `of_chunks`.

    Gives for each chunk the best of its callers by each score, and for each file what the files
    score together that use it.
    """
    names = [chunk.names[0] if chunk.names else "" for chunk in chunks]
    folders = [file.folder for file in files]
    calls = calls_among(
        names, [chunk.mentions for chunk in chunks], [folders[at] for at in home.tolist()]
    )
    here = home[calls.caller] == home[calls.callee]
    of_callers = {}
    for name in _CALLERS:
        near, far = calls.best(scores[name], here), calls.best(scores[name], ~here)
        of_chunks[f"caller_{name}_here"], of_chunks[f"caller_{name}_there"] = near, far
        of_callers[f"caller_{name}"] = np.maximum(near, far)
    of_chunks["dense_callers"] = of_callers["caller_dense"] * scores["dense"]
    of_chunks["callers"] = np.log1p(calls.counts()) / 4
    worth = np.zeros(len(files))
    np.maximum.at(worth, home, sum(scores[name] for name in _CALLERS) / len(_CALLERS))
    pairs = np.unique(home[calls.caller[~here]] * len(files) + home[calls.callee[~here]])
    linked = np.bincount(
        pairs % len(files), worth[pairs // len(files)], minlength=len(files)
    ).astype(np.float64)
    return of_callers, linked / _top(linked)


def _by_names(chunks: Sequence[Candidate], query: Query) -> Column:
    """Whether one of the names of each chunk is in the query, how much of the query the best one
    says, and how much of a name is in it: (candidates, 3). Who asks for a name wants to see where
    it is defined: the later parts of a long definition do not count.
    """
    wanted, found = query.stems, np.zeros((len(chunks), 3))
    for at, chunk in enumerate(chunks):
        for name in chunk.names:
            if query.names and chunk.shape != "part" and name.casefold() in query.names:
                found[at, 0] = 1.0
            stems = name_stems(name)
            if not stems.isdisjoint(wanted):
                common = len(stems & wanted)
                found[at, 1:] = np.maximum(
                    found[at, 1:], (common / len(wanted), common / len(stems))
                )
    return found


def _by_aliases(chunks: Sequence[Candidate], query: Query) -> Column:
    """What a name of each chunk has in common with the query, in other words too (see `aliases`),
    (candidates, 3): the share of its words that the query says, the share that it says in other
    words only, and how much of the query these are.
    """
    wanted, said, found = query.stems, said_otherwise(query.stems), np.zeros((len(chunks), 3))
    others = said.keys() - wanted
    either = wanted | others

    @cache
    def of_stems(stems: frozenset[str]) -> tuple[float, float, float]:
        same, other = len(stems & wanted), [said[stem] for stem in stems & others]
        if not other:
            return same / len(stems), 0.0, 0.0
        only = (
            other[0].worth if len(other) == 1 else math.fsum([one.worth for one in other])
        ) / len(stems)
        by = {stem for one in other for stem in one.by} - stems
        return same / len(stems) + only, only, len(by) / len(wanted)

    for at, chunk in enumerate(chunks):
        best = (0.0, 0.0, 0.0)
        for name in chunk.names:
            stems = name_stems(name)
            if not stems.isdisjoint(either):
                best = max(best, of_stems(stems))
        if best[0]:
            found[at] = best
    return found


def _by_letters(chunks: Sequence[Candidate], query: Query) -> Column:
    """How near a name of each chunk is to a query that is one name, by letters left out, put in,
    exchanged or swapped (Damerau, 1964): 1 for the same letters, 0 where half of them differ.
    """
    near = np.zeros(len(chunks))
    wanted = letters_of(query.text)
    if query.single and len(wanted) <= LONGEST_NAME:
        from rapidfuzz.distance import OSA  # costs 40 ms, and sentences do without it

        for at, chunk in enumerate(chunks):
            forms = {
                letters_of(form)
                for name in chunk.names
                for form in (name, QUALIFIED.split(name)[-1])
            }
            near[at] = max(
                [OSA.normalized_similarity(wanted, form, score_cutoff=0.5) for form in forms],
                default=0.0,
            )
    return np.clip(2 * near - 1, 0, 1)


def _of_paths(paths: Sequence[str], query: Query) -> dict[str, Column]:
    facts = [_path_facts(path) for path in paths]
    wanted, sought = query.stems, query.stems | query.joined
    cover = [len(around & wanted) / len(wanted) if wanted else 0.0 for around, _, _ in facts]
    columns = {
        "stem_equal": [whole in sought for _, _, whole in facts],
        "path_cover": cover,
        "test": [is_test_path(path) and not query.about_tests for path in paths],
        "aside": [is_aside(path) for path in paths],
        "front": [front for _, front, _ in facts],
    }
    return {name: np.array(values, np.float64) for name, values in columns.items()}


@lru_cache(maxsize=1 << 16)
def _path_facts(path: str) -> tuple[frozenset[str], float, str]:
    """What the path says whatever is asked: stems of its names, whether the file stands for the
    folder around it, and its name as one word. The name of a file that stands for its folder is the
    folder's.
    """
    pure = PurePosixPath(path)
    name = pure.name.split(".")[0]
    front = name in _FRONTS
    if front and len(pure.parts) > 1:
        name = pure.parts[-2]
    around = frozenset(
        term for word in path_words(path) for part in split(word) for term in terms_of(part)[:1]
    )
    whole = "".join(split(name))
    return around, float(front), "".join(terms_of(whole)[:1])


@lru_cache(maxsize=1 << 16)
def name_stems(name: str) -> frozenset[str]:
    """The stemmed words of a name."""
    return frozenset(term for part in split(name) for term in terms_of(part)[:1])


def _codes(chunks: Sequence[Candidate], name: str, known: Sequence[str]) -> NDArray[np.int64]:
    """The place of a label of each chunk among those that are known, -1 for another:
    (candidates,).
    """
    places = {label: place for place, label in enumerate(known)}
    return np.fromiter(
        (places.get(getattr(chunk, name), -1) for chunk in chunks), np.int64, len(chunks)
    )


def _column(candidates: Sequence[Candidate] | Sequence[FileCandidate], name: str) -> Column:
    return np.fromiter(map(attrgetter(name), candidates), np.float64, len(candidates))


def _top(scores: Column) -> float:
    """The best of some scores, or 1 where none is positive, so that it can be divided by."""
    best = float(scores.max(initial=0.0))
    return best if best > 0 else 1.0
