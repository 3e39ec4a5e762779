"""Candidates of one folder from every source: meaning, words of chunks and files, names of files, paths, defined names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codetriever_lsp.model import Filters, Mode
from codetriever_lsp.search.globs import PathFilter
from codetriever_lsp.search.query import Query
from codetriever_lsp.search.rank import Candidate, FileCandidate
from codetriever_lsp.search.source import Source
from codetriever_lsp.store.rows import ChunkHead, FileRow
from codetriever_lsp.store.vectors import VectorFilter, VectorQuery
from codetriever_lsp.text.terms import query_vector

__all__ = ["Ask", "gather", "narrow", "passing"]

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


async def gather(source: Source, folder: int, ask: Ask) -> list[FileCandidate]:
    """All files that may answer in one folder, the number `folder` of the answer, with their chunks."""
    files = source.files()
    where = narrow(files, ask.filters)
    scores = _scores(source, ask, where)
    named = _named_chunks(source, ask.query) if ask.mode != "semantic" else {}
    heads = await source.heads(scores["dense"].keys() | scores["lexical"].keys() | named.keys())
    chunks = _by_file(passing(heads.values(), files, where), scores, named)
    found = {file: FileCandidate(folder, files[file].path, files[file].lines, chunks=chunks[file]) for file in chunks}
    for space, attribute in (("file", "body"), ("names", "names"), ("path", "path_score")):
        for ident, score in scores[space].items():
            if row := files.get(ident):
                setattr(found.setdefault(ident, FileCandidate(folder, row.path, row.lines)), attribute, score)
    await _look_into(source, ask, found, where)
    return list(found.values())


def narrow(files: Mapping[int, FileRow], filters: Filters) -> VectorFilter | None:
    """The filter as the vector store takes it; None when nothing is narrowed."""
    paths = PathFilter(filters.paths) if filters.paths else None
    chosen = tuple(ident for ident, row in files.items() if paths.matches(row.path)) if paths else None
    where = VectorFilter(languages=filters.languages, kinds=filters.kinds, files=chosen)
    return where if where.narrows else None


def passing(heads: Iterable[ChunkHead], files: Mapping[int, FileRow], where: VectorFilter | None) -> list[ChunkHead]:
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
    entries = [entry for name in sorted(query.names) for entry in source.names.exact(name, _NAMED, buffers)]
    if query.single:
        entries += [match.entry for match in source.names.find(query.text, _NAMED, buffers)]
    return {entry.chunk: entry.name for entry in entries}


def _by_file(
    heads: Iterable[ChunkHead], scores: Mapping[str, Mapping[int, float]], named: Mapping[int, str]
) -> dict[int, list[Candidate]]:
    dense, lexical = scores["dense"], scores["lexical"]
    grouped: dict[int, list[Candidate]] = {}
    for head in heads:
        names = tuple(dict.fromkeys(name for name in (head.name, named.get(head.id)) if name))
        scored = (dense.get(head.id, 0.0), lexical.get(head.id, 0.0))
        grouped.setdefault(head.file, []).append(Candidate(head.id, head.ordinal, head.shape, names, *scored))
    return grouped


async def _look_into(source: Source, ask: Ask, found: Mapping[int, FileCandidate], where: VectorFilter | None) -> None:
    """Give the best files that no chunk was found of their best chunks."""
    bare = [(ident, file) for ident, file in found.items() if not file.chunks]
    bare.sort(key=lambda item: -(item[1].body + item[1].names + 2 * item[1].path_score))
    bare = bare[:_LOOKED_INTO]
    if not bare:
        return
    languages, kinds = (where.languages, where.kinds) if where else ((), ())
    inside = VectorFilter(languages, kinds, tuple(ident for ident, _ in bare))
    queries = [VectorQuery("lexical", query_vector(ask.query.terms), 4 * _LOOKED_INTO)]
    if ask.vector is not None:
        queries.append(VectorQuery("dense", ask.vector, 4 * _LOOKED_INTO))
    answers = [dict(answer) for answer in source.store.query(queries, inside)]
    scores = {"lexical": answers[0], "dense": answers[1] if len(answers) > 1 else {}}
    heads = await source.heads({ident for answer in answers for ident in answer})
    chunks = _by_file(heads.values(), scores, {})
    for ident, file in bare:
        file.chunks = chunks.get(ident, [])
