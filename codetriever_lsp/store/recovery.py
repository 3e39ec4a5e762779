"""Opening a store so that what comes out is sound: compared, swept, or, once, built anew.

What is dropped here is indexed again by whoever compares the stamps with the disk; the embeddings come from the cache.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
from dataclasses import dataclass, replace

from codetriever_lsp.errors import CodetrieverError, StoreCorrupt, StoreError
from codetriever_lsp.store.commit import call, delete_points, forget, write_meta
from codetriever_lsp.store.location import StoreLocation
from codetriever_lsp.store.manifest import Manifest
from codetriever_lsp.store.rows import Recovery
from codetriever_lsp.store.schema import refuse_newer, refuse_other
from codetriever_lsp.store.seal import begin_opening, break_seal, end_opening, give_up_opening, is_sealed
from codetriever_lsp.store.vectors import Vectors, VectorsFactory
from codetriever_lsp.store.whole import Built, built_whole, unmark

__all__ = ["Opened", "open_as_built", "open_sound"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    manifest: Manifest
    vectors: Vectors
    recovery: Recovery
    generation: int
    built: Built
    whole: bool


async def open_sound(location: StoreLocation, wanted: Built, factory: VectorsFactory) -> Opened:
    """Open the store, or build an empty one where it cannot be used. Tries twice and no more.

    Raises StoreTooNew (nothing touched), or StoreError where the environment does not let it be opened.
    """
    await asyncio.to_thread(refuse_newer, location.manifest)
    try:
        return await _open(location, wanted, factory)
    except StoreCorrupt as error:
        reason = str(error)
        log.warning("the index of %s is built anew: %s", location.root, reason)
    await asyncio.to_thread(_wipe, location, factory)
    try:
        opened = await _open(location, wanted, factory)
    except StoreCorrupt as error:
        raise StoreError(f"The index in {location.path} cannot be built: {error}. Delete that folder and try again.") from error
    return replace(opened, recovery=Recovery(rebuilt=reason))


async def open_as_built(location: StoreLocation, built: Built, factory: VectorsFactory) -> Opened:
    """Open a store of other rules or another model for reading. Nothing is brought up to date or built anew.

    Raises StoreError where it cannot be read as it is; whoever comes back to those rules finds it as it was.
    """
    await asyncio.to_thread(refuse_other, location.manifest)
    try:
        return await _open(location, built, factory)
    except StoreError:
        give_up_opening(location)
        raise


async def _open(location: StoreLocation, wanted: Built, factory: VectorsFactory) -> Opened:
    begin_opening(location)
    sealed = await asyncio.to_thread(is_sealed, location)
    break_seal(location)
    async with contextlib.AsyncExitStack() as stack:
        manifest = await Manifest.open(location.manifest)
        stack.push_async_callback(manifest.close)
        meta = await _check_format(manifest, wanted)
        if not sealed and (problem := await manifest.check()):
            raise StoreCorrupt(f"the manifest is damaged: {problem}")
        vectors = await asyncio.to_thread(_open_vectors, location, wanted.dimension, factory, again=not sealed and bool(meta))
        stack.callback(_close_quietly, vectors)
        recovery = await _reconcile(manifest, vectors, sealed=sealed)
        stack.pop_all()
    end_opening(location)
    generation = int(meta.get("generation", "0"))
    whole = generation > 0 and built_whole(location) == wanted
    return Opened(manifest, vectors, recovery, generation, wanted, whole)


def _open_vectors(location: StoreLocation, dimension: int | None, factory: VectorsFactory, *, again: bool) -> Vectors:
    """With `again` they are closed and opened a second time.

    What the engine's log brings back after a crash counts in the document frequencies even where it was deleted, until it is
    loaded from the segments that closing makes of it.
    """
    vectors = factory.open(location, dimension)
    if again:
        _close_quietly(vectors)
        vectors = factory.open(location, dimension)
    return vectors


async def _check_format(manifest: Manifest, wanted: Built) -> dict[str, str]:
    meta = await manifest.meta()
    if not meta:
        await write_meta(manifest, wanted.meta())
    elif any(meta.get(key) != value for key, value in wanted.meta().items()):
        raise StoreCorrupt("it was built with another model or other rules")
    return meta


async def _reconcile(manifest: Manifest, vectors: Vectors, *, sealed: bool) -> Recovery:
    """Make rows and points agree: drop files whose points are missing or in doubt, then sweep points without a row."""
    if sealed and await manifest.point_count() == await call(vectors, vectors.count):
        return Recovery()
    actual = await call(vectors, lambda: set(vectors.ids()))
    expected = await manifest.point_ids()
    doubtful = await manifest.owners(expected - actual) | await manifest.journal()
    if doubtful:
        expected -= await manifest.points_of(doubtful)
        await forget(manifest, doubtful)
    orphans = actual - expected
    await delete_points(vectors, orphans)
    if doubtful or orphans:
        log.info("opened with %d files to index again and %d points swept", len(doubtful), len(orphans))
    return Recovery(dropped=len(doubtful), swept=len(orphans))


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
