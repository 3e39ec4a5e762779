"""Candidates of one folder from every source: meaning, words of chunks and files, names of files, paths, defined names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codetriever_lsp.model import Filters, Mode
from codetriever_lsp.search.globs import PathFilter
from codetriever_lsp.search.query import Query
from codetriever_lsp.search.rank import Candidate, FileCandidate
from codetriever_lsp.search.source import Source
from codetriever_lsp.store.rows import ChunkRow, FileRow
from codetriever_lsp.store.vectors import VectorFilter, VectorQuery
from codetriever_lsp.text.terms import query_vector

__all__ = ["Ask", "Found", "gather"]

_CHUNKS = 200
"""Chunks taken from each of meaning and words; at this depth 99.6 % of the development queries have their answer among them."""
_FILES = 100
_NAMED = 40
_LOOKED_INTO = 12
"""Files found by their path, names or whole text alone whose best chunks are asked for."""

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked: `vector` is the embedded query, None without a model."""

    query: Query
    vector: Vector | None
    filters: Filters
    mode: Mode


@dataclass(slots=True)
class Found:
    """The candidates of one folder: files with their chunks, and the rows of all chunks by id."""

    files: list[FileCandidate]
    rows: dict[int, ChunkRow]


async def gather(source: Source, folder: int, ask: Ask) -> Found:
    """All that may answer in one folder, the number `folder` of the answer."""
    files = await source.files()
    where = narrow(files, ask.filters)
    scores = _scores(source, ask, where)
    named = _named_chunks(source, ask.query) if ask.mode != "semantic" else {}
    wanted = scores["dense"].keys() | scores["lexical"].keys() | named.keys()
    rows = {ident: row for ident, row in (await source.chunks(wanted)).items() if passes(row, files, where)}
    candidates = _group(rows, scores, named)
    found = {path: FileCandidate(folder, path, 0, chunks=chunks) for path, chunks in candidates.items()}
    for space, attribute in (("file", "body"), ("names", "names"), ("path", "path_score")):
        for ident, score in scores[space].items():
            if row := files.get(ident):
                setattr(found.setdefault(row.path, FileCandidate(folder, row.path, 0)), attribute, score)
    for row in files.values():
        if candidate := found.get(row.path):
            candidate.lines = row.lines
    await _look_into(source, ask, Found(list(found.values()), rows), files, where)
    return Found(list(found.values()), rows)


def narrow(files: Mapping[int, FileRow], filters: Filters) -> VectorFilter | None:
    """The filter as the vector store takes it; None when nothing is narrowed."""
    paths = PathFilter(filters.paths) if filters.paths else None
    chosen = tuple(ident for ident, row in files.items() if paths.matches(row.path)) if paths else None
    where = VectorFilter(languages=filters.languages, kinds=filters.kinds, files=chosen)
    return where if where.narrows else None


def passes(row: ChunkRow, files: Mapping[int, FileRow], where: VectorFilter | None) -> bool:
    """Whether a chunk that was found by another way than the filtered vectors passes the filter."""
    if where is None:
        return True
    if where.languages and row.language not in where.languages:
        return False
    if where.kinds and row.kind not in where.kinds:
        return False
    return where.files is None or any(files[ident].path == row.path for ident in where.files if ident in files)


def _scores(source: Source, ask: Ask, where: VectorFilter | None) -> dict[str, dict[int, float]]:
    """The scores by point id of each space, from one batch of queries."""
    sparse = query_vector(ask.query.terms)
    queries: list[VectorQuery] = []
    if ask.vector is not None and ask.mode != "lexical":
        queries.append(VectorQuery("dense", ask.vector, _CHUNKS))
    if ask.mode != "semantic":
        queries.append(VectorQuery("lexical", sparse, _CHUNKS))
        queries += [VectorQuery(space, sparse, _FILES) for space in ("file", "names", "path")]
    scores: dict[str, dict[int, float]] = {space: {} for space in ("dense", "lexical", "file", "names", "path")}
    for asked, answer in zip(queries, source.store.query(queries, where), strict=True):
        scores[asked.using] = dict(answer)
    return scores


def _named_chunks(source: Source, query: Query) -> dict[int, str]:
    """Chunks that define a name of the query, exactly or, when the query is one name, nearly."""
    buffers = source.buffer_names()
    entries = [entry for name in query.names for entry in source.names.exact(name, buffers)[:_NAMED]]
    if query.single:
        entries += [match.entry for match in source.names.find(query.text, _NAMED, buffers)]
    return {entry.chunk: entry.name for entry in entries}


def _group(
    rows: Mapping[int, ChunkRow], scores: Mapping[str, Mapping[int, float]], named: Mapping[int, str]
) -> dict[str, list[Candidate]]:
    grouped: dict[str, list[Candidate]] = {}
    for ident, row in rows.items():
        candidate = _candidate(row, named.get(ident, ""))
        candidate.dense = scores["dense"].get(ident, 0.0)
        candidate.lexical = scores["lexical"].get(ident, 0.0)
        grouped.setdefault(row.path, []).append(candidate)
    return grouped


def _candidate(row: ChunkRow, name: str = "") -> Candidate:
    names = tuple(dict.fromkeys(found for found in (row.name, name) if found))
    return Candidate(row.id, row.ordinal, row.shape, names)


async def _look_into(source: Source, ask: Ask, found: Found, files: Mapping[int, FileRow], where: VectorFilter | None) -> None:
    """Give the best files that no chunk was found of their best chunks."""
    bare = [file for file in found.files if not file.chunks]
    bare = sorted(bare, key=lambda file: -(file.body + file.names + 2 * file.path_score))[:_LOOKED_INTO]
    if not bare:
        return
    idents = {row.path: ident for ident, row in files.items()}
    inside = VectorFilter(
        where.languages if where else (), where.kinds if where else (), tuple(idents[file.path] for file in bare)
    )
    queries = [VectorQuery("lexical", query_vector(ask.query.terms), 4 * _LOOKED_INTO)]
    if ask.vector is not None:
        queries.append(VectorQuery("dense", ask.vector, 4 * _LOOKED_INTO))
    answers = [dict(answer) for answer in source.store.query(queries, inside)]
    scores: dict[str, dict[int, float]] = {"lexical": answers[0], "dense": answers[1] if len(answers) > 1 else {}}
    rows = await source.chunks({ident for answer in answers for ident in answer})
    grouped = _group(rows, scores, {})
    for file in bare:
        file.chunks = grouped.get(file.path, [])
        found.rows.update({chunk.id: rows[chunk.id] for chunk in file.chunks})
