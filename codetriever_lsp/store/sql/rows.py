"""What reads of the index give back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from codetriever_lsp.model import Span, Symbol
from codetriever_lsp.store.records import Prepared, file_id

__all__ = [
    "ChunkHead",
    "ChunkRow",
    "Counts",
    "FileRow",
    "Recovery",
    "SymbolMark",
    "SymbolName",
    "SymbolRow",
    "file_row",
]


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of the index. `chunks`, `symbols` and `problems` are how many it has."""

    id: int
    path: str
    language: str
    lines: int
    chunks: int
    symbols: int
    problems: int = 0


class ChunkHead(NamedTuple):
    """What a search ranks a chunk by: hundreds are read for a query, so its text and range stay
    where they are.

    `file` is the id of its file, `lines` how many it has; the other fields are as in `ChunkRecord`.
    """

    id: int
    file: int
    ordinal: int
    shape: str
    kind: str
    name: str
    lines: int
    mentions: bytes
    written: float = 0.0
    test: bool = False


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """A chunk with what is shown of it; fields as in `ChunkRecord`."""

    id: int
    path: str
    language: str
    ordinal: int
    span: Span
    shape: str
    kind: str
    name: str
    container: str
    symbol: int
    text: str


@dataclass(frozen=True, slots=True)
class SymbolRow:
    """A definition. `id` is good until its file changes and is never given to another; `chunk`
    holds its name.
    """

    id: int
    path: str
    chunk: int
    ordinal: int
    symbol: Symbol


SymbolName = tuple[int, str, str, str, str, int]
"""(row id, name, kind, container, path, chunk id): plain, since there are hundreds of thousands.
The chunk holds the name."""


class SymbolMark(NamedTuple):
    """What the definitions of a file were read from (the digest of its bytes), their lowest row id,
    and how many they are.

    As long as it is the same, so are they, row ids included: row ids are given to one file after
    the other.
    """

    digest: bytes
    first: int
    symbols: int


@dataclass(frozen=True, slots=True)
class Counts:
    """`problems` is the number of files that have any; `languages` the number of files of each."""

    files: int
    chunks: int
    symbols: int
    languages: dict[str, int]
    problems: int

    @classmethod
    def of(cls, files: Collection[FileRow]) -> Counts:
        languages = dict(Counter(row.language for row in files).most_common())
        chunks, symbols = sum(row.chunks for row in files), sum(row.symbols for row in files)
        return cls(len(files), chunks, symbols, languages, sum(1 for row in files if row.problems))


@dataclass(frozen=True, slots=True)
class Recovery:
    """What opening had to mend.

    `rebuilt` says why everything has to be indexed again ("" if not), `dropped` how many files have
    to be, because their points were missing or in doubt, and `swept` how many points belonged to no
    row.
    """

    rebuilt: str = ""
    dropped: int = 0
    swept: int = 0


def file_row(item: Prepared) -> FileRow:
    """The row of a file as it is committed."""
    record = item.file
    key, counts = (
        file_id(record.path),
        (record.lines, len(record.chunks), len(record.symbols), int(bool(record.problems))),
    )
    return FileRow(key, record.path, record.language, *counts)
