"""From one file to everything that the store remembers of it. Runs in a worker process; knows no
other file.

Same bytes, same rules, same model: same chunks, and no embedding call, for embeddings are kept by
the digest of their text.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from codetriever_lsp.embed.embedder import Embedder, Matrix
from codetriever_lsp.errors import ModelError
from codetriever_lsp.index.fingerprint import EMBEDDED_CHARACTERS
from codetriever_lsp.index.jobs import Failed, FileTask, Gone, Made, Outcome, Skip, Unchanged
from codetriever_lsp.model import Analysis
from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.store.records import (
    ChunkRecord,
    FileRecord,
    FileStamp,
    Prepared,
    Sparse,
    SymbolRecord,
    chunk_id,
    content_digest,
)
from codetriever_lsp.text.decode import decode
from codetriever_lsp.text.document import analyse
from codetriever_lsp.text.languages import HEAD_BYTES, detect
from codetriever_lsp.text.nature import marked_as_tests, written_share
from codetriever_lsp.text.terms import (
    chunk_vector,
    file_vectors,
    mentions,
    place_text,
    prose_vector,
)
from codetriever_lsp.workspace.entries import CHANGING, GONE, stamp_of
from codetriever_lsp.workspace.read import Skipped, read

__all__ = ["IN_DOUBT", "Lookup", "Tools", "prepare"]

IN_DOUBT = 0
"""Stands for the time of a file that changed so shortly before it was read that a later change may
look the same."""
_RACY_NS = 2_000_000_000
_NO_VECTORS = "The model fails on this file, so it is found by its words only."


class Lookup(Protocol):
    """Reads the embedding cache: float16 rows by digest; a digest that is not there is missing from
    the answer.
    """

    def __call__(self, digests: Sequence[bytes]) -> Mapping[bytes, bytes]: ...


def _nothing(_stage: str, _key: bytes) -> None:
    """Nobody wants to know how far it is."""


@dataclass(slots=True)
class Tools:
    """What a worker has at hand. `dimension` is 0 without a model, `embedder` loads the model when
    first called.

    `began` is told each stage that may hang or crash, before it starts. `seconds` adds up the time
    by stage.
    """

    dimension: int
    embedder: Callable[[], Embedder]
    lookup: Lookup
    began: Callable[[str, bytes], None] = _nothing
    quarantine: frozenset[bytes] = frozenset()
    clock: Callable[[], int] = time.time_ns
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))


def prepare(root: Path, task: FileTask, settings: IndexSettings, tools: Tools) -> Outcome:
    """What became of one file, or of one open buffer. Raises ModelError if the model cannot be
    loaded, and nothing else.
    """
    try:
        if task.text is not None:
            data = task.text.encode("utf-8", "replace")
            return _from_bytes(
                task, data, FileStamp(content_digest(data), len(data), IN_DOUBT), settings, tools
            )
        return _from_file(root, task, settings, tools)
    except ModelError:
        raise
    except _EmbeddingError as error:
        return Failed(task.path, str(error))
    except Exception as error:  # noqa: BLE001 - whatever one file does, the others go on
        return Failed(task.path, f"{type(error).__name__}: {error}"[:200])


class _EmbeddingError(Exception):
    """The model is there but failed on the texts of one file."""


def _from_file(root: Path, task: FileTask, settings: IndexSettings, tools: Tools) -> Outcome:
    with _timed(tools, "read"):
        now = tools.clock()
        try:
            size, changed = stamp_of((root / task.path).lstat())
        except (OSError, ValueError):
            return Gone(task.path)
        found = read(root, task.path, settings.max_file_bytes)
        if isinstance(found, Skipped) and found.reason == CHANGING:
            return Failed(task.path, found.reason)
        if isinstance(found, Skipped):
            return (
                Gone(task.path)
                if found.reason == GONE
                else Skip(task.path, found.reason, FileStamp(b"", size, changed))
            )
        stamp = FileStamp(
            content_digest(found.data),
            found.size,
            changed if changed < now - _RACY_NS else IN_DOUBT,
        )
    if task.known is not None and task.known.digest == stamp.digest:
        return Unchanged(task.path, stamp)
    return _from_bytes(task, found.data, stamp, settings, tools)


def _from_bytes(
    task: FileTask, data: bytes, stamp: FileStamp, settings: IndexSettings, tools: Tools
) -> Outcome:
    decoded = decode(data)
    if decoded.text is None:
        return Skip(task.path, "binary", stamp)
    language = detect(task.path, decoded.text[:HEAD_BYTES].encode("utf-8", "replace"))
    if language.name in settings.languages_off:
        return Skip(task.path, "language is off", stamp)
    key = stamp.digest + language.grammar.encode()
    with _timed(tools, "parse"):
        syntax = task.syntax and key not in tools.quarantine
        tools.began("parse" if syntax else "lines", key)
        analysis = analyse(task.path, decoded.text, syntax=syntax)
    problems = (*((decoded.problem,) if decoded.problem else ()), *analysis.problems)
    return Made(_assemble(task, stamp, analysis, problems, tools))


def _assemble(
    task: FileTask, stamp: FileStamp, analysis: Analysis, problems: tuple[str, ...], tools: Tools
) -> Prepared:
    texts = [
        f"{chunk.context}\n{chunk.text}" if chunk.context else chunk.text
        for chunk in analysis.chunks
    ]
    digests = [content_digest(text.encode("utf-8", "replace")) for text in texts]
    with _timed(tools, "terms"):
        lexical = tuple(
            _sparse(chunk_vector(task.path, analysis, chunk)) for chunk in analysis.chunks
        )
        prose = tuple(_sparse(prose_vector(chunk)) for chunk in analysis.chunks)
        whole = {
            name: _sparse(vector) for name, vector in file_vectors(task.path, analysis).items()
        }
    embedded = _embeddings(task, texts, digests, tools)
    # The store takes an equal digest for an equal vector, so a chunk that lacks its vector goes by
    # another one.
    chunks = _chunks(
        task,
        analysis,
        [content_digest(digest) if digest in embedded.blank else digest for digest in digests],
    )
    record = FileRecord(
        path=task.path,
        digest=stamp.digest,
        size=stamp.size,
        mtime_ns=stamp.mtime_ns,
        language=analysis.language,
        lines=analysis.lines,
        problems=(*problems, _NO_VECTORS) if embedded.blank else problems,
        chunks=chunks,
        symbols=_symbols(analysis, chunks),
    )
    return Prepared(
        record,
        lexical,
        whole,
        embedded.rows,
        embedded.fresh,
        prose,
        embedded.place,
        embedded.fresh_place,
    )


def _chunks(
    task: FileTask, analysis: Analysis, digests: Sequence[bytes]
) -> tuple[ChunkRecord, ...]:
    seen: Counter[bytes] = Counter()
    records = []
    for ordinal, (chunk, digest, is_test) in enumerate(
        zip(analysis.chunks, digests, marked_as_tests(analysis), strict=True)
    ):
        symbol = analysis.symbols[chunk.symbol] if chunk.symbol >= 0 else None
        records.append(
            ChunkRecord(
                id=chunk_id(task.path, digest, seen[digest], task.owner),
                ordinal=ordinal,
                span=chunk.span,
                shape=chunk.shape,
                kind=symbol.kind if symbol else "",
                name=symbol.name if symbol else "",
                container=symbol.container if symbol else "",
                symbol=chunk.symbol,
                text=chunk.text,
                digest=digest,
                mentions=mentions(chunk.text),
                written=round(written_share(chunk), 3),
                test=is_test,
            )
        )
        seen[digest] += 1
    return tuple(records)


def _symbols(analysis: Analysis, chunks: Sequence[ChunkRecord]) -> tuple[SymbolRecord, ...]:
    home = {
        symbol: record.id
        for chunk, record in zip(analysis.chunks, chunks, strict=True)
        for symbol in chunk.symbols
    }
    return tuple(
        SymbolRecord(place, home.get(place, 0), symbol)
        for place, symbol in enumerate(analysis.symbols)
    )


def _sparse(vector: tuple[list[int], list[float]]) -> Sparse:
    return Sparse(
        np.asarray(vector[0], dtype="<u4").tobytes(), np.asarray(vector[1], dtype="<f4").tobytes()
    )


@dataclass(frozen=True, slots=True)
class _Embedded:
    """Float16 rows of all chunks and of the path's words, the ordinals computed now, and the
    digests that got zeros.
    """

    rows: bytes = b""
    place: bytes = b""
    fresh: tuple[int, ...] = ()
    fresh_place: bytes = b""
    blank: frozenset[bytes] = frozenset()


def _embeddings(
    task: FileTask, texts: Sequence[str], digests: Sequence[bytes], tools: Tools
) -> _Embedded:
    if not tools.dimension or not texts:
        return _Embedded()
    with _timed(tools, "embed"):
        words = place_text(task.path)
        place = content_digest(words.encode("utf-8", "replace"))
        rows = dict(tools.lookup([*digests, place]))
        wanted = {
            digest: text
            for digest, text in zip([*digests, place], [*texts, words], strict=True)
            if digest not in rows
        }
        if not task.embed:
            zeros = bytes(2 * tools.dimension)
            known = b"".join(rows.get(digest, zeros) for digest in digests)
            return _Embedded(known, rows.get(place, b""), blank=frozenset(wanted) - {place})
        if wanted:
            tools.began("embed", b"")
            matrix = _embed(
                tools.embedder(), [text[:EMBEDDED_CHARACTERS] for text in wanted.values()]
            ).astype("<f2")
            rows.update(zip(wanted, (row.tobytes() for row in matrix), strict=True))
    first = {digest: ordinal for ordinal, digest in reversed(list(enumerate(digests)))}
    fresh = tuple(sorted(first[digest] for digest in wanted if digest in first))
    matrix_bytes = b"".join(rows[digest] for digest in digests)
    return _Embedded(matrix_bytes, rows[place], fresh, place if place in wanted else b"")


def _embed(embedder: Embedder, texts: Sequence[str]) -> Matrix:
    try:
        return embedder.embed(texts)
    except ModelError as error:
        raise _EmbeddingError(str(error)) from error


@contextmanager
def _timed(tools: Tools, stage: str) -> Iterator[None]:
    start = time.perf_counter()
    try:
        yield
    finally:
        tools.seconds[stage] += time.perf_counter() - start
