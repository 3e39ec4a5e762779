"""From outcomes of workers to one commit of the store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from codetriever_lsp.index.dirty import Item
from codetriever_lsp.index.fingerprint import embedding_rules
from codetriever_lsp.index.indexed_files import Known
from codetriever_lsp.index.jobs import Failed, Gone, Made, Outcome, Skip, Unchanged
from codetriever_lsp.index.workers.pool import WorkerPool
from codetriever_lsp.store.records import FileStamp, Prepared

__all__ = ["Commit", "IndexStore", "Work", "save_fresh"]


class IndexStore(Protocol):
    """What the index layer asks of a store."""

    @property
    def generation(self) -> int: ...

    async def stamps(self) -> dict[str, FileStamp]: ...

    async def commit(
        self,
        prepared: Sequence[Prepared],
        removed: Collection[str] = ...,
        touched: Mapping[str, FileStamp] = ...,
    ) -> int: ...

    async def put_overlay(self, owner: int, prepared: Prepared) -> object: ...

    async def drop_overlay(self, owner: int, path: str) -> object: ...


@dataclass(slots=True)
class Work:
    """Items that were taken together, what became of those that were prepared, and the paths that
    are no files any more.
    """

    items: list[Item]
    outcomes: list[Outcome] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Commit:
    """What a few pieces of work come to."""

    prepared: list[Prepared] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    touched: dict[str, FileStamp] = field(default_factory=dict)
    skipped: list[Skip] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)

    @classmethod
    def of(cls, works: Iterable[Work], known: Known) -> Commit:
        commit = cls()
        for work in works:
            commit.removed += [path for path in work.removed if path in known]
            for outcome in work.outcomes:
                commit._add(outcome, known)
        return commit

    def __bool__(self) -> bool:
        """Whether the store has anything to do."""
        return bool(self.prepared or self.removed or self.touched)

    def apply(self, known: Known) -> None:
        """The store has done it."""
        for path in self.removed:
            known.drop(path)
        for path, stamp in self.touched.items():
            known.put(path, stamp)
        for item in self.prepared:
            known.put(
                item.file.path, FileStamp(item.file.digest, item.file.size, item.file.mtime_ns)
            )

    def _add(self, outcome: Outcome, known: Known) -> None:
        match outcome:
            case Made(prepared):
                self.prepared.append(prepared)
            case Unchanged(path, stamp):
                if path in known and known.get(path) != stamp:
                    self.touched[path] = stamp
            case Failed():
                self.failed.append(outcome)
            case Gone(path) | Skip(path):
                if path in known:
                    self.removed.append(path)
                if isinstance(outcome, Skip):
                    self.skipped.append(outcome)


async def save_fresh(pool: WorkerPool, prepared: Iterable[Prepared]) -> int:
    """Keep what was embedded now, so that it never is again; gives how many chunks that were."""
    files = list(prepared)
    fresh = [_fresh(item, pool.model.dimension) for item in files]
    items = {item.fresh_place: item.place for item in files if item.fresh_place}
    items.update((digest, row) for rows in fresh for digest, row in rows.items())
    if pool.embeddings is not None and items:
        await pool.embeddings.put(embedding_rules(pool.model.fingerprint), items)
    return sum(map(len, fresh))


def _fresh(prepared: Prepared, dimension: int) -> dict[bytes, bytes]:
    """The embeddings that were computed for this file, by digest."""
    row = 2 * dimension
    return {
        prepared.file.chunks[at].digest: prepared.embeddings[at * row : (at + 1) * row]
        for at in prepared.fresh
    }
