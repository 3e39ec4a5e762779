"""What is remembered of a file, as it travels from a worker to the store, and the ids that
everything is kept under.

Ids are 63-bit, so that SQLite and Qdrant hold the same number. Two bits of an id tell what it
names: bit 62 is set for what belongs to an owner (an open buffer; never in the manifest), bit 61
for a file rather than a chunk. The other 61 are a hash.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b

import msgspec
import numpy as np
from msgspec.structs import replace

from codetriever_lsp.model import Span, Symbol

__all__ = [
    "DIGEST_BYTES",
    "ChunkRecord",
    "FileRecord",
    "FileStamp",
    "Prepared",
    "Sparse",
    "SymbolRecord",
    "chunk_id",
    "content_digest",
    "file_id",
    "is_file",
    "is_owned",
    "owned_by",
]

DIGEST_BYTES = 16
_OWNED = 1 << 62
_FILE = 1 << 61
_HASH = _FILE - 1


class Record(msgspec.Struct, frozen=True, array_like=True):
    """Base of what crosses from a worker: immutable, comparable, encoded as an array."""


class Sparse(Record, frozen=True):
    """A sparse vector as two byte strings: cheap to send, and what numpy reads without a copy.

    `indices` are u32 little-endian, ascending and unique; `values` float32 little-endian, as many.
    """

    indices: bytes
    values: bytes

    @classmethod
    def of(cls, indices: Iterable[int], values: Iterable[float]) -> Sparse:
        """From parallel sequences in any order; values of a repeated index are added up. Indices
        must fit 32 bits.
        """
        keys = np.asarray(list(indices), dtype=np.uint64)
        weights = np.asarray(list(values), dtype=np.float64)
        if keys.shape != weights.shape:
            raise ValueError("a sparse vector needs as many values as indices")
        if keys.size and int(keys.max()) > 0xFFFFFFFF:
            raise ValueError("an index of a sparse vector must fit 32 bits")
        unique, where = np.unique(keys, return_inverse=True)
        sums = np.bincount(where.ravel(), weights=weights, minlength=len(unique))
        return cls(unique.astype("<u4").tobytes(), sums.astype("<f4").tobytes())

    def lists(self) -> tuple[list[int], list[float]]:
        """The indices and values as Python lists."""
        return np.frombuffer(self.indices, "<u4").tolist(), np.frombuffer(
            self.values, "<f4"
        ).tolist()


class ChunkRecord(Record, frozen=True):
    """One chunk of a file.

    `ordinal` is its place in the file. `symbol` is the ordinal among the file's symbols of the
    definition that the chunk is (-1 none); `kind`, `name` and `container` are that symbol's (""
    where there is none). `digest` is of the embedded text, `mentions` are the names that the text
    may use (see `text.terms.mentions`), `written` is the share of its comments and literals, `test`
    whether it is a test (see `text.nature`).
    """

    id: int
    ordinal: int
    span: Span
    shape: str
    kind: str
    name: str
    container: str
    symbol: int
    text: str
    digest: bytes
    mentions: bytes = b""
    written: float = 0.0
    test: bool = False


class SymbolRecord(Record, frozen=True):
    """One definition of a file; `ordinal` its place in document order, `chunk` the id of the chunk
    that holds its name.
    """

    ordinal: int
    chunk: int
    symbol: Symbol


class FileRecord(Record, frozen=True):
    """One file. `digest` is of its bytes, `mtime_ns` and `size` are what it had when these bytes
    were read.
    """

    path: str
    digest: bytes
    size: int
    mtime_ns: int
    language: str
    lines: int
    problems: tuple[str, ...]
    chunks: tuple[ChunkRecord, ...]
    symbols: tuple[SymbolRecord, ...]


class Prepared(Record, frozen=True):
    """A file ready to be committed.

    `lexical` and `prose` have one vector per chunk (`prose` may be empty); `file_vectors` the keys
    "file", "names" and "path". `embeddings` is float16, (chunks, dimension), C order; b"" without a
    model; `place` is that of the words of the path. `fresh` are the ordinals whose embedding was
    computed now (the cache lacks them), `fresh_place` is the digest of the path's words if they
    were.
    """

    file: FileRecord
    lexical: tuple[Sparse, ...]
    file_vectors: dict[str, Sparse]
    embeddings: bytes
    fresh: tuple[int, ...] = ()
    prose: tuple[Sparse, ...] = ()
    place: bytes = b""
    fresh_place: bytes = b""


class FileStamp(Record, frozen=True):
    """What tells cheaply whether a file may have changed."""

    digest: bytes
    size: int
    mtime_ns: int


def content_digest(data: bytes) -> bytes:
    """The 16 bytes that stand for `data`."""
    return blake2b(data, digest_size=DIGEST_BYTES).digest()


def file_id(path: str, owner: int = 0) -> int:
    """The id of a file's point. `owner` 0 is the index itself; any other owner gives ids that the
    index never has.
    """
    return _hash(path, owner, b"") | _FILE | (_OWNED if owner else 0)


def chunk_id(path: str, digest: bytes, occurrence: int, owner: int = 0) -> int:
    """The id of a chunk: it stays when the chunk only moves within its file. `occurrence` counts
    earlier chunks of the file with the same digest.
    """
    return _hash(path, owner, occurrence.to_bytes(4, "little") + digest) | (_OWNED if owner else 0)


def owned_by(item: Prepared, owner: int) -> Prepared:
    """The same file under the ids of an owner (not 0)."""
    seen: Counter[bytes] = Counter()
    ids = {0: 0}
    for chunk in item.file.chunks:
        ids[chunk.id] = chunk_id(item.file.path, chunk.digest, seen[chunk.digest], owner)
        seen[chunk.digest] += 1
    chunks = tuple(replace(chunk, id=ids[chunk.id]) for chunk in item.file.chunks)
    symbols = tuple(replace(symbol, chunk=ids[symbol.chunk]) for symbol in item.file.symbols)
    return replace(item, file=replace(item.file, chunks=chunks, symbols=symbols))


def is_owned(point: int) -> bool:
    """Whether the id belongs to an owner, that is, is not part of the index."""
    return bool(point & _OWNED)


def is_file(point: int) -> bool:
    """Whether the id belongs to a file rather than a chunk."""
    return bool(point & _FILE)


def _hash(path: str, owner: int, rest: bytes) -> int:
    key = (
        owner.to_bytes(8, "little", signed=True)
        + path.encode("utf-8", "surrogatepass")
        + b"\0"
        + rest
    )
    return int.from_bytes(blake2b(key, digest_size=8).digest(), "little") & _HASH
