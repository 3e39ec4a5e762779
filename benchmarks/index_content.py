"""Everything that an index holds, read from its files, so that two indexes can be compared and a
difference named.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import qdrant_edge as qdrant

from codetriever_lsp.embed.load import describe
from codetriever_lsp.index.fingerprint import index_rules
from codetriever_lsp.settings import EngineSettings, IndexSettings
from codetriever_lsp.store.cache_layout import StoreLocation, locate
from codetriever_lsp.store.records import content_digest
from codetriever_lsp.store.sql.rows import Recovery
from codetriever_lsp.store.store import Store
from codetriever_lsp.store.vectors.edge import EdgeFactory
from codetriever_lsp.text.decode import decode
from codetriever_lsp.workspace.entries import Entry
from codetriever_lsp.workspace.ignore import IgnoreRules
from codetriever_lsp.workspace.paths import root_of
from codetriever_lsp.workspace.walk import walk

__all__ = ["Content", "content", "files_to_index", "stale_files"]

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Content:
    """Rows of files, chunks and symbols, and all vectors by point."""

    rows: dict[str, Any]
    vectors: dict[int, str]

    def difference(self, other: Content) -> str:
        """Where `other` is not the same, "" if it is."""
        for table, rows in self.rows.items():
            if rows != other.rows[table]:
                return f"{table} differ: {_first_difference(rows, other.rows[table])}"
        if self.vectors != other.vectors:
            return f"vectors differ: {_first_difference(self.vectors, other.vectors)}"
        return ""


def content(cache: Path, root: Path) -> Content:
    """What the index of `root` in `cache` holds. The engine must have left in peace: then there is
    nothing to be mended.
    """
    with tempfile.TemporaryDirectory() as place:
        _copy(cache / "stores", Path(place) / "stores")
        return asyncio.run(_read(_location(Path(place), root)))


def stale_files(cache: Path, root: Path) -> list[str]:
    """Files whose rows are not of the bytes on disk, indexed ones that are gone among them. The
    engine may be running.
    """
    with closing(
        sqlite3.connect(f"{_location(cache, root).manifest.as_uri()}?mode=ro", uri=True)
    ) as connection:
        indexed = dict(connection.execute("SELECT path, digest FROM files").fetchall())
    wanted = {path: content_digest((root / path).read_bytes()) for path in files_to_index(root)}
    return sorted(
        path for path in wanted.keys() | indexed.keys() if wanted.get(path) != indexed.get(path)
    )


def files_to_index(root: Path) -> list[str]:
    """The files below `root` that an index has to hold, by path."""
    entries = walk(root_of(root), IgnoreRules(root_of(root), IndexSettings()), IndexSettings())
    paths = [entry.path for entry in entries if isinstance(entry, Entry)]
    return [path for path in paths if decode((root / path).read_bytes()).text is not None]


def _location(cache: Path, root: Path) -> StoreLocation:
    rules = index_rules(describe(EngineSettings(cache_dir=str(cache))).fingerprint)
    return locate(cache, root_of(root), rules)


async def _read(location: StoreLocation) -> Content:
    model = describe(EngineSettings(cache_dir=str(location.cache_dir)))
    rules, dimension = index_rules(model.fingerprint), model.dimension or None
    store = await Store.open(
        location, fingerprint=rules, dimension=dimension, vectors=EdgeFactory()
    )
    try:
        if store.recovery != Recovery():
            raise SystemExit(
                f"VIOLATED: an index that was closed had to be mended: {store.recovery}"
            )
        rows = await store.dump()
    finally:
        await store.close()
    return Content(rows, _vectors(location))


def _vectors(location: StoreLocation) -> dict[int, str]:
    shard = qdrant.EdgeShard.load(str(location.vectors))
    found: dict[int, str] = {}
    offset = None
    try:
        while True:
            request = qdrant.ScrollRequest(
                offset=offset, limit=_PAGE, with_payload=True, with_vector=True
            )
            records, offset = shard.scroll(request)
            found.update((int(str(record.id)), _spelled(record)) for record in records)
            if offset is None:
                return found
    finally:
        shard.close()


def _spelled(record: Any) -> str:
    """Payload and vectors of a point in one fixed form."""
    return repr(sorted(record.payload.items())) + repr(
        sorted((name, repr(value)) for name, value in record.vector.items())
    )


def _copy(source: Path, target: Path) -> None:
    """Holes in the engine's files stay holes where `cp` can do that: they are most of what these
    seem to take.
    """
    if sys.platform == "linux":
        subprocess.run(["cp", "-a", "--sparse=always", str(source), str(target)], check=True)
    else:
        shutil.copytree(source, target)


def _first_difference(one: Any, other: Any) -> str:
    if isinstance(one, dict) and isinstance(other, dict):
        key = next(
            key for key in sorted(one.keys() | other.keys()) if one.get(key) != other.get(key)
        )
        return f"{key}: {str(one.get(key))[:300]} against {str(other.get(key))[:300]}"
    pairs = enumerate(zip(one, other, strict=False))
    at, pair = next(
        ((at, pair) for at, pair in pairs if pair[0] != pair[1]),
        (min(len(one), len(other)), ("…", "…")),
    )
    return f"{len(one)} against {len(other)} of them, at {at}: {str(pair[0])[:300]} against {str(pair[1])[:300]}"
