"""Opening a store so that what comes out is sound: compared, swept, or, once, built anew.

A store that was not closed cleanly can be read at once, but is to be compared before anything is
written: rows whose points are missing, and points without a row, only make answers poorer until
then. What is dropped here is indexed again by whoever compares the stamps with the disk; the
embeddings come from the cache.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from codetriever_lsp.errors import CodetrieverError, StoreCorrupt, StoreError
from codetriever_lsp.store.cache_layout import StoreLocation
from codetriever_lsp.store.commit import call, delete_points, forget, write_meta
from codetriever_lsp.store.durability.checksums import (
    begin_opening,
    break_seal,
    end_opening,
    give_up_opening,
    is_sealed,
)
from codetriever_lsp.store.durability.completeness import Built, built_whole, unmark
from codetriever_lsp.store.durability.lock import StoreLock
from codetriever_lsp.store.sql.manifest import Manifest
from codetriever_lsp.store.sql.rows import FileRow, Recovery
from codetriever_lsp.store.sql.schema import refuse_newer, refuse_other
from codetriever_lsp.store.vectors.interface import Vectors, VectorsFactory

__all__ = ["Opened", "compare", "open_as_built", "open_locked", "open_sound"]

log = logging.getLogger(__name__)
S = TypeVar("S")

_IDS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Opened:
    """`sound` where rows and points are known to agree; else it is to be compared before anything
    is written to it.
    """

    location: StoreLocation
    manifest: Manifest
    vectors: Vectors
    files: dict[int, FileRow]
    recovery: Recovery
    generation: int
    built: Built
    whole: bool
    sound: bool


async def open_sound(
    location: StoreLocation, wanted: Built, factory: VectorsFactory, *, later: bool = False
) -> Opened:
    """Open the store, or build an empty one where it cannot be used. Tries twice and no more.

    With `later` it is left to the caller to `compare` it. Raises StoreTooNew (nothing touched), or
    StoreError where the environment does not let it be opened.
    """
    await asyncio.to_thread(refuse_newer, location.manifest)
    try:
        return await (
            _open(location, wanted, factory) if later else _open_compared(location, wanted, factory)
        )
    except StoreCorrupt as error:
        reason = str(error)
        log.warning("the index of %s is built anew: %s", location.root, reason)
    await asyncio.to_thread(_wipe, location, factory)
    try:
        opened = await _open(location, wanted, factory)
    except StoreCorrupt as error:
        raise StoreError(
            f"The index in {location.path} cannot be built: {error}. Delete that folder and try again."
        ) from error
    return replace(opened, recovery=Recovery(rebuilt=reason))


async def open_as_built(location: StoreLocation, built: Built, factory: VectorsFactory) -> Opened:
    """Open a store of other rules or another model for reading. Nothing is brought up to date or
    built anew.

    Raises StoreError where it cannot be read as it is; whoever comes back to those rules finds it
    as it was.
    """
    await asyncio.to_thread(refuse_other, location.manifest)
    try:
        return await _open_compared(location, built, factory)
    except StoreError:
        give_up_opening(location)
        raise


async def open_locked(
    location: StoreLocation,
    opening: Callable[[], Awaitable[Opened]],
    make: Callable[[StoreLock, Opened], S],
) -> S:
    """The store that `make` makes of what `opening` opens; from before that until it is closed
    nobody else has it.
    """
    lock = StoreLock(location.path)
    lock.acquire()
    try:
        return make(lock, await opening())
    except BaseException:
        lock.release()
        raise


async def compare(opened: Opened) -> tuple[Recovery, set[int]]:
    """Make rows and points agree: drop files whose points are missing (their ids are given), and
    sweep points without a row.

    Raises StoreCorrupt if the manifest is damaged.
    """
    manifest, vectors = opened.manifest, opened.vectors
    if problem := await manifest.check():
        raise StoreCorrupt(f"the manifest is damaged: {problem}")
    actual = await _all_ids(vectors)
    expected = await manifest.point_ids()
    doubtful = await manifest.owners(expected - actual)
    if doubtful:
        expected -= await manifest.points_of(doubtful)
        await forget(manifest, doubtful)
    orphans = actual - expected
    await delete_points(vectors, orphans)
    if doubtful or orphans:
        log.info(
            "%s: %d files to index again, %d points swept",
            opened.location.root,
            len(doubtful),
            len(orphans),
        )
    end_opening(opened.location)
    before = opened.recovery
    return replace(before, dropped=before.dropped + len(doubtful), swept=len(orphans)), doubtful


async def _open_compared(location: StoreLocation, wanted: Built, factory: VectorsFactory) -> Opened:
    opened = await _open(location, wanted, factory)
    if opened.sound:
        return opened
    try:
        recovery, dropped = await compare(opened)
    except BaseException:
        _close_quietly(opened.vectors)
        await opened.manifest.close()
        raise
    files = {ident: row for ident, row in opened.files.items() if ident not in dropped}
    return replace(opened, recovery=recovery, files=files, sound=True)


async def _open(location: StoreLocation, wanted: Built, factory: VectorsFactory) -> Opened:
    begin_opening(location)
    sealed = await asyncio.to_thread(is_sealed, location)
    break_seal(location)
    async with contextlib.AsyncExitStack() as stack:
        manifest = await Manifest.open(location.manifest)
        stack.push_async_callback(manifest.close)
        meta = await _check_format(manifest, wanted)
        vectors = await asyncio.to_thread(factory.open, location, wanted.dimension)
        stack.callback(_close_quietly, vectors)
        dropped = await _drop_journal(manifest)
        files = {row.id: row for row in await manifest.files()}
        sound = (sealed or not meta) and await manifest.point_count() == await call(
            vectors, vectors.count
        )
        stack.pop_all()
    if sound:
        end_opening(location)
    generation = int(meta.get("generation", "0"))
    whole = generation > 0 and built_whole(location) == wanted
    return Opened(
        location,
        manifest,
        vectors,
        files,
        Recovery(dropped=dropped),
        generation,
        wanted,
        whole,
        sound,
    )


async def _check_format(manifest: Manifest, wanted: Built) -> dict[str, str]:
    meta = await manifest.meta()
    if not meta:
        await write_meta(manifest, wanted.meta())
    elif any(meta.get(key) != value for key, value in wanted.meta().items()):
        raise StoreCorrupt("it was built with another model or other rules")
    return meta


async def _drop_journal(manifest: Manifest) -> int:
    """Files whose points were being replaced in place may have any of both: they are indexed
    again.
    """
    doubtful = await manifest.journal()
    if doubtful:
        await forget(manifest, doubtful)
    return len(doubtful)


async def _all_ids(vectors: Vectors) -> set[int]:
    """Of all points, read in parts, so that searches get their turn."""
    if vectors.remote:
        return await asyncio.to_thread(lambda: set(vectors.ids()))
    ids, found = vectors.ids(), set[int]()
    while part := set(islice(ids, _IDS_AT_ONCE)):
        found |= part
        await asyncio.sleep(0)
    return found


def _wipe(location: StoreLocation, factory: VectorsFactory) -> None:
    try:
        unmark(location)
        location.names.unlink(missing_ok=True)
        factory.discard(location)
        shutil.rmtree(location.vectors, ignore_errors=True)
        for suffix in ("", "-wal", "-shm", "-journal"):
            location.manifest.with_name(location.manifest.name + suffix).unlink(missing_ok=True)
        break_seal(location)
        end_opening(location)
    except OSError as error:
        raise StoreError(
            f"The damaged index in {location.path} cannot be replaced: {error.strerror}. Delete that folder and try again."
        ) from error


def _close_quietly(vectors: Vectors) -> None:
    with contextlib.suppress(CodetrieverError):
        vectors.close()
