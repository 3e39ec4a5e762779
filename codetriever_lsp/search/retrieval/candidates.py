"""Candidates of one folder from every source: meaning, words of chunks and files, names of files,
paths, defined names.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from codetriever_lsp.model import Filters, Mode
from codetriever_lsp.search.query import Query
from codetriever_lsp.search.ranking.features import Candidate, FileCandidate
from codetriever_lsp.search.retrieval.globs import PathFilter
from codetriever_lsp.search.retrieval.phrases import find_phrases
from codetriever_lsp.search.source import Source
from codetriever_lsp.store.sql.rows import ChunkHead, FileRow
from codetriever_lsp.store.vectors.interface import VectorFilter, VectorQuery
from codetriever_lsp.text.terms import prose_query, query_vector

__all__ = ["Ask", "Found", "gather", "narrow", "passing", "weigh"]

_CHUNKS = 200
"""Chunks taken from each of meaning, words and prose; at this depth 99.6 % of the development
queries have their answer among them."""
_PROSE = 60
_FILES = 100
_NAMED = 40
_ALIKE = 40
"""Names taken that are written like the query."""
_LOOKED_INTO = 6
"""The best files by their path, names and whole text: of those that no chunk was found of, the best
chunks are asked for."""
_MEASURED = 16
"""Words of a query that are looked up one by one."""
_NOISE = 1e-6
"""Of a score: what equals may differ by, for the store adds up what is packed and what is not in
different orders."""
_EQUALS = 2
"""As many again as the limit, divided by this, are asked for to see which are equal to the last
one."""
_RARE = 10.0
"""The least that a word is worth that no chunk has: more than most words that some have."""

Vector = NDArray[np.float32]
Scores = dict[str, dict[int, float]]


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked: `vector` is the embedded query, None without a model; `weighed` what `weigh`
    gave for each folder.
    """

    query: Query
    vector: Vector | None
    filters: Filters
    mode: Mode
    weighed: Sequence[Mapping[str, float]]

    @property
    def by_meaning(self) -> bool:
        return self.vector is not None and self.mode != "lexical"

    @property
    def by_words(self) -> bool:
        return self.mode != "semantic"


@dataclass(frozen=True, slots=True)
class Found:
    """The files of a folder that may answer, and the share of the query's words that are in none of
    its chunks.
    """

    files: list[FileCandidate]
    missing: float


async def weigh(source: Source, query: Query) -> dict[str, float]:
    """For each term of a query about what the best chunk scores for it alone: 0 for one that no
    chunk has.
    """
    measured = [term for term, weight in query.terms.items() if weight == 1.0] or list(query.terms)
    measured = measured[:_MEASURED]
    answers = await source.store.search(
        [VectorQuery("lexical", query_vector({term: 1.0}), 1) for term in measured]
    )
    return {
        term: answer[0][1] if answer else 0.0
        for term, answer in zip(measured, answers, strict=True)
    }


async def gather(source: Source, folder: int, ask: Ask) -> Found:
    """All files that may answer in one folder, the number `folder` of the answer, with their
    chunks.
    """
    files = source.files()
    where = narrow(files, ask.filters)
    (scores, farthest), (ideal, missing) = (
        await _scores(source, ask, where),
        _ideal(ask.weighed[folder]),
    )
    named = _named_chunks(source, ask.query) if ask.by_words else {}
    heads = await source.heads(
        scores["dense"].keys() | scores["lexical"].keys() | scores["prose"].keys() | named.keys()
    )
    chunks = _by_file(passing(heads.values(), files, where), scores, named, ideal, farthest)
    found = {
        file: FileCandidate(folder, files[file].path, files[file].lines, chunks=chunks[file])
        for file in chunks
    }
    for space, attribute in (
        ("file", "body"),
        ("names", "names"),
        ("path", "path_score"),
        ("place", "place"),
    ):
        for ident, score in scores[space].items():
            if ident not in found:
                if space == "place" or not (row := files.get(ident)):
                    continue
                found[ident] = FileCandidate(folder, row.path, row.lines)
            setattr(found[ident], attribute, score)
    more = _look_into(source, ask, found, where, ideal)
    if ask.by_words:
        with_chunks = [file for file in found.values() if file.chunks]
        await asyncio.gather(find_phrases(source, ask.query, with_chunks), more)
    else:
        await more
    return Found(list(found.values()), missing)


def narrow(files: Mapping[int, FileRow], filters: Filters) -> VectorFilter | None:
    """The filter as the vector store takes it; None when nothing is narrowed."""
    paths = PathFilter(filters.paths) if filters.paths else None
    chosen = (
        tuple(ident for ident, row in files.items() if paths.matches(row.path)) if paths else None
    )
    where = VectorFilter(languages=filters.languages, kinds=filters.kinds, files=chosen)
    return where if where.narrows else None


def passing(
    heads: Iterable[ChunkHead], files: Mapping[int, FileRow], where: VectorFilter | None
) -> list[ChunkHead]:
    """Those that are in `files` and pass the filter, by which not all of them were found."""
    languages, kinds = (where.languages, where.kinds) if where else ((), ())
    inside = files.keys() if where is None or where.files is None else files.keys() & where.files
    return [
        head
        for head in heads
        if head.file in inside
        and (not languages or files[head.file].language in languages)
        and (not kinds or head.kind in kinds)
    ]


async def _scores(source: Source, ask: Ask, where: VectorFilter | None) -> tuple[Scores, float]:
    """The scores by point id of each space, and what no chunk is nearer than that was not found by
    meaning.
    """
    sparse = query_vector(ask.query.terms)
    queries: list[VectorQuery] = []
    if ask.by_meaning and ask.vector is not None:
        queries += [
            VectorQuery("dense", ask.vector, _CHUNKS),
            VectorQuery("place", ask.vector, 4 * _FILES),
        ]
    if ask.by_words:
        prose = prose_query(ask.query.text, ask.query.terms)
        queries += [VectorQuery("lexical", sparse, _CHUNKS), VectorQuery("prose", prose, _PROSE)]
        queries += [VectorQuery(space, sparse, _FILES) for space in ("file", "names", "path")]
    scores: Scores = {
        space: {} for space in ("dense", "place", "lexical", "prose", "file", "names", "path")
    }
    for asked, answer in zip(queries, await _best(source, queries, where), strict=True):
        scores[asked.using] = dict(answer)
    return scores, min(scores["dense"].values(), default=0.0)


async def _best(
    source: Source, queries: Sequence[VectorQuery], where: VectorFilter | None
) -> list[list[tuple[int, float]]]:
    """As `Store.search`, but which of some equals come last follows from their ids.

    The store gives them in the order in which they were written, so two indexes of the same files
    would differ. Where there are more equals than anybody wants to see, all of them stay out: what
    so many have says nothing.
    """
    most = [query.limit + query.limit // _EQUALS for query in queries]
    found = await source.store.search(
        [replace(query, limit=limit) for query, limit in zip(queries, most, strict=True)], where
    )
    return [
        _settled(*one) for one in zip(found, [query.limit for query in queries], most, strict=True)
    ]


def _settled(answer: list[tuple[int, float]], limit: int, asked: int) -> list[tuple[int, float]]:
    if len(answer) <= limit:
        return answer
    last = answer[limit - 1][1]
    most, least = last + _NOISE * abs(last), last - _NOISE * abs(last)
    if answer[limit][1] < least:  # nearly always
        return answer[:limit]
    above = [pair for pair in answer if pair[1] > most]
    if len(answer) == asked and answer[-1][1] >= least:
        return above or answer[:limit]
    equals = sorted(ident for ident, score in answer if least <= score <= most)
    return above + [(ident, last) for ident in equals[: limit - len(above)]]


def _ideal(weighed: Mapping[str, float]) -> tuple[float, float]:
    """What a chunk would score that is best at every word of the query, and the share of its words
    that no chunk has.
    """
    if not weighed:
        return 1.0, 0.0
    rare = max([_RARE, *weighed.values()])
    return sum(score or rare for score in weighed.values()), sum(
        not score for score in weighed.values()
    ) / len(weighed)


def _named_chunks(source: Source, query: Query) -> dict[int, tuple[str, float]]:
    """Chunks that define a name of the query, exactly or, when the query is one name, nearly, or
    one written like the query.

    Each with that name, and how alike it is.
    """
    buffers = source.buffer_names()
    entries = [
        entry for name in sorted(query.names) for entry in source.names.exact(name, _NAMED, buffers)
    ]
    if query.single:
        entries += [match.entry for match in source.names.find(query.text, _NAMED, buffers)]
    found = {entry.chunk: (entry.name, 0.0) for entry in entries}
    for entry, alike in source.names.like(query.text, _ALIKE, buffers):
        name, before = found.get(entry.chunk, (entry.name, 0.0))
        found[entry.chunk] = (name, max(before, alike))
    return found


def _by_file(
    heads: Iterable[ChunkHead],
    scores: Scores,
    named: Mapping[int, tuple[str, float]],
    ideal: float,
    farthest: float = 0.0,
) -> dict[int, list[Candidate]]:
    """The candidates by file, in an order that follows from the files alone: sums of floats depend
    on it.
    """
    dense, lexical, prose = scores["dense"], scores["lexical"], scores["prose"]
    grouped: dict[int, list[Candidate]] = {}
    unnamed = ("", 0.0)
    for head in sorted(heads, key=attrgetter("file", "ordinal")):
        ident, words = head.id, lexical.get(head.id, 0.0)
        name, alike = named.get(ident, unnamed)
        candidate = Candidate(
            ident,
            head.ordinal,
            head.shape,
            _names_of(head.name, name),
            head.kind,
            head.lines,
            dense.get(ident, farthest),
            words,
            prose.get(ident, 0.0),
            alike,
            words / ideal,
            head.mentions,
            written=head.written,
            test=bool(head.test),
        )
        grouped.setdefault(head.file, []).append(candidate)
    return grouped


def _names_of(own: str, found_by: str) -> tuple[str, ...]:
    if not own or own == found_by:
        return (found_by,) if found_by else ()
    return (own, found_by) if found_by else (own,)


async def _look_into(
    source: Source,
    ask: Ask,
    found: Mapping[int, FileCandidate],
    where: VectorFilter | None,
    ideal: float,
) -> None:
    """Give those of the best files that no chunk was found of their best chunks."""
    best = nsmallest(
        _LOOKED_INTO,
        found.items(),
        key=lambda item: (-(item[1].body + item[1].names + 2 * item[1].path_score), item[1].path),
    )
    bare = [(ident, file) for ident, file in best if not file.chunks]
    if not bare:
        return
    languages, kinds = (where.languages, where.kinds) if where else ((), ())
    inside = VectorFilter(languages, kinds, tuple(ident for ident, _ in bare))
    queries = [VectorQuery("lexical", query_vector(ask.query.terms), 4 * _LOOKED_INTO)]
    if ask.by_meaning and ask.vector is not None:
        queries.append(VectorQuery("dense", ask.vector, 4 * _LOOKED_INTO))
    answers = [dict(answer) for answer in await _best(source, queries, inside)]
    scores: Scores = {
        "lexical": answers[0],
        "dense": answers[1] if len(answers) > 1 else {},
        "prose": {},
    }
    heads = await source.heads({ident for answer in answers for ident in answer})
    chunks = _by_file(heads.values(), scores, {}, ideal)
    for ident, file in bare:
        file.chunks = chunks.get(ident, [])
