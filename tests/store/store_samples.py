"""Made-up files for the tests of the store."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np

from codetriever_lsp.model import Mark, Span, Symbol
from codetriever_lsp.store.cache_layout import StoreLocation, locate
from codetriever_lsp.store.records import (
    ChunkRecord,
    FileRecord,
    Prepared,
    Sparse,
    SymbolRecord,
    chunk_id,
    content_digest,
    file_id,
)
from codetriever_lsp.store.store import Store
from codetriever_lsp.store.vectors.edge import EdgeFactory
from codetriever_lsp.store.vectors.interface import (
    VectorFilter,
    VectorPoint,
    VectorQuery,
    Vectors,
    VectorsFactory,
)

FORMAT_FILES = {
    "src/a.py": ["def alpha", "def beta", "def beta"],
    "src/größe.py": ["def gamma"],
    "empty.txt": [],
}
"""What the stores of `formats` hold."""

DIMENSION = 8
FINGERPRINT = "model-1/rules-1"
_SCRATCH: dict[str, tuple[dict[str, object], object]] = {}


def line_span(line: int, width: int = 5) -> Span:
    return Span(Mark(line, 0, 0, 0), Mark(line, width, width, width))


def term(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=4).digest(), "little")


def words(text: str) -> Sparse:
    counted = Counter(text.split())
    return Sparse.of([term(word) for word in counted], [float(count) for count in counted.values()])


def embed(text: str, dimension: int = DIMENSION) -> np.ndarray:
    seed = int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "little")
    vector = np.random.default_rng(seed).standard_normal(dimension)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def prepare(
    path: str,
    texts: Sequence[str],
    *,
    language: str = "python",
    kind: str = "function",
    owner: int = 0,
    dimension: int | None = DIMENSION,
    mtime_ns: int = 1,
    problems: tuple[str, ...] = (),
) -> Prepared:
    """A file with one chunk per text, each the definition named by its first word."""
    seen: Counter[bytes] = Counter()
    chunks: list[ChunkRecord] = []
    symbols: list[SymbolRecord] = []
    for ordinal, text in enumerate(texts):
        digest = content_digest(text.encode())
        key = chunk_id(path, digest, seen[digest], owner)
        seen[digest] += 1
        name = text.split()[0] if text.split() else ""
        chunks.append(
            ChunkRecord(
                key,
                ordinal,
                line_span(ordinal),
                "definition",
                kind,
                name,
                "a.b",
                ordinal,
                text,
                digest,
            )
        )
        symbols.append(
            SymbolRecord(
                ordinal,
                key,
                Symbol(name, kind, "a.b", line_span(ordinal), line_span(ordinal, 2), text),
            )
        )
    joined = "\n".join(texts)
    record = FileRecord(
        path,
        content_digest(joined.encode()),
        len(joined),
        mtime_ns,
        language,
        len(texts),
        problems,
        tuple(chunks),
        tuple(symbols),
    )
    matrix = (
        np.array([embed(text, dimension) for text in texts], "<f2")
        if dimension and texts
        else np.zeros((0, 1), "<f2")
    )
    file_vectors = {
        "file": words(joined),
        "names": words(" ".join(chunk.name for chunk in chunks)),
        "path": words(path.replace("/", " ")),
    }
    return Prepared(
        record,
        tuple(words(text) for text in texts),
        file_vectors,
        matrix.tobytes() if dimension else b"",
    )


def location_in(
    cache: Path, root: str = "/work/project", fingerprint: str = FINGERPRINT
) -> StoreLocation:
    return locate(cache, root, fingerprint)


async def open_store(
    cache: Path,
    factory: VectorsFactory | None = None,
    dimension: int | None = DIMENSION,
    *,
    later: bool = False,
) -> Store:
    vectors = factory or EdgeFactory()
    return await Store.open(
        location_in(cache),
        fingerprint=FINGERPRINT,
        dimension=dimension,
        vectors=vectors,
        later=later,
    )


async def scratch(
    cache: Path, files: Mapping[str, Sequence[str]], **options: object
) -> tuple[dict[str, object], object]:
    """What a store that was built from scratch holds and answers; made once for the same files."""
    key = repr((sorted(files.items()), sorted(options.items())))
    if key in _SCRATCH:
        return _SCRATCH[key]
    store = await open_store(cache)
    await store.commit([prepare(path, texts, **options) for path, texts in files.items()])
    _SCRATCH[key] = await store.dump(), answers(store)
    await store.close()
    return _SCRATCH[key]


def answers(store: Store) -> list[list[tuple[int, float]]]:
    """A fingerprint of what searches give: in every space, unfiltered, ties in a fixed order."""
    vector = embed("def alpha")
    sparse = [
        VectorQuery(space, words("alpha beta gamma src py").lists(), 50)
        for space in ("lexical", "file", "names", "path")
    ]
    found = store.query([VectorQuery("dense", vector, 50), *sparse])
    return [sorted((key, round(score, 3)) for key, score in hits) for hits in found]


def copy_tree(source: Path, target: Path) -> None:
    """A copy of a store's files as they are now: what a killed process would leave behind. Holes
    stay holes where `cp` can."""
    if sys.platform == "linux":
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", "--sparse=always", str(source), str(target)], check=True)
    else:
        shutil.copytree(source, target)


class CountingVectors:
    """Any `Vectors`, with the ids of all upserts and deletes."""

    def __init__(self, inner: Vectors) -> None:
        self.inner = inner
        self.remote = inner.remote
        self.upserted: list[int] = []
        self.deleted: list[int] = []
        self.fail_upserts: Exception | None = None

    def upsert(self, points: Sequence[VectorPoint]) -> None:
        if self.fail_upserts is not None:
            raise self.fail_upserts
        self.upserted += [point.id for point in points]
        self.inner.upsert(points)

    def delete(self, ids: Sequence[int]) -> None:
        self.deleted += ids
        self.inner.delete(ids)

    def query(
        self, queries: Sequence[VectorQuery], where: VectorFilter | None = None
    ) -> list[list[tuple[int, float]]]:
        return self.inner.query(queries, where)

    def count(self) -> int:
        return self.inner.count()

    def ids(self) -> Iterator[int]:
        return self.inner.ids()

    def flush(self) -> None:
        self.inner.flush()

    def close(self) -> None:
        self.inner.close()

    def size_bytes(self) -> int:
        return self.inner.size_bytes()


class CountingFactory:
    def __init__(self) -> None:
        self.inner = EdgeFactory()
        self.opened: list[CountingVectors] = []

    @property
    def last(self) -> CountingVectors:
        return self.opened[-1]

    def open(self, location: StoreLocation, dimension: int | None) -> CountingVectors:
        self.opened.append(CountingVectors(self.inner.open(location, dimension)))
        return self.last

    def discard(self, location: StoreLocation) -> None:
        self.inner.discard(location)


__all__ = [
    "DIMENSION",
    "FINGERPRINT",
    "CountingFactory",
    "CountingVectors",
    "answers",
    "chunk_id",
    "content_digest",
    "copy_tree",
    "embed",
    "file_id",
    "location_in",
    "open_store",
    "prepare",
    "scratch",
    "term",
    "words",
]
