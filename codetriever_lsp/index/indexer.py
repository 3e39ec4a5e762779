"""Keeps the store of one folder equal to its files.

Hints and walks mark paths dirty; batches of them are prepared by workers, several at a time, while
what is prepared is committed. A hint is never believed: what the index says of a path is what a
worker read. A path marked while it is worked on is worked on again, never twice at once, so commits
of one path keep their order.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from codetriever_lsp.errors import NotReady
from codetriever_lsp.index.backoff import Trouble
from codetriever_lsp.index.batching import Commit, IndexStore, Work, save_fresh
from codetriever_lsp.index.dirty import Dirty, Item
from codetriever_lsp.index.indexed_files import Known
from codetriever_lsp.index.jobs import FileTask, Made, Skip
from codetriever_lsp.index.reconcile import Look, Scene, Sweep, look_at
from codetriever_lsp.index.throttle import Pace
from codetriever_lsp.index.workers.pool import WorkerPool
from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.workspace.ignore import IgnoreRules

__all__ = ["Indexer"]

_log = logging.getLogger(__name__)

COMMIT_FILES = 64
COMMIT_CHUNKS = 1_000
COMMIT_EVERY_S = 0.25
"""A commit is made when one of these is reached, or when nothing else is on its way."""

_LONGEST_RETRY_S = 300.0
_EMBED_ATTEMPTS = 2


class Indexer:
    """One per folder. `start` it, tell it what may have changed, `close` it. Nothing it meets in a
    file is fatal.

    `progress` is called with (files done, files in all, finished) of each run of work. `last_error`
    says what keeps it from working, "" if nothing does; `problems` what is wrong with single files,
    `skipped` counts what is left out by reason. `embedded` counts the texts embedded since `start`,
    `seconds` adds up the time by stage. `pace` slows down what nobody waits for; folders may share
    one.
    """

    def __init__(
        self,
        root: Path,
        store: IndexStore,
        pool: WorkerPool,
        settings: IndexSettings,
        *,
        progress: Callable[[int, int, bool], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.root = root
        self.rules = IgnoreRules(root, settings)
        self.problems: dict[str, str] = {}
        self.embedded = 0
        self.files_done = 0
        self.seconds: dict[str, float] = {}
        self._store, self._pool, self._settings = store, pool, settings
        self._progress, self._clock = progress, clock
        self.pace, self._waited_for = Pace(), 0
        self._dirty = Dirty()
        self._known = Known()
        self._skips: dict[str, Skip] = {}
        self._left_out: Counter[str] = Counter()
        self._scene = Scene(root, self.rules, settings, self._known, self._skips)
        self._prepared: asyncio.Queue[Work] = asyncio.Queue(maxsize=pool.size + 1)
        self._preparing = 0
        self._batches: set[asyncio.Task[None]] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._walk: asyncio.Task[None] | None = None
        self._walk_wanted = False
        self._walk_full = self._walk_failed = False
        self._walks = 0
        self._wake = asyncio.Event()
        self._pulse = asyncio.Event()
        self._trouble = Trouble(root)
        self._run: set[str] = (
            set()
        )  # paths done in this run of work: one looked at again is not one more
        self._closed = False

    async def start(self) -> None:
        """Begin to work; first it learns what the index holds. Nothing is compared yet: `mark_all`
        does that.
        """
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._dispatch()), loop.create_task(self._commit_all())]

    async def close(self) -> None:
        """Stop at once; what is not committed will be found by the next walk. Store and workers
        stay open.
        """
        self._closed = True
        running = [*self._tasks, *self._batches, *([self._walk] if self._walk else [])]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self._notify()

    @property
    def last_error(self) -> str:
        return self._trouble.message

    @property
    def pending(self) -> int:
        """Files that wait or are being worked on."""
        return len(self._dirty)

    def digest(self, path: str) -> bytes:
        """The digest of the bytes that are indexed under `path`, b"" if it is not indexed."""
        stamp = self._known.get(path)
        return stamp.digest if stamp else b""

    @property
    def busy(self) -> bool:
        return self._walk is not None or self._walk_wanted or self.pending > 0

    @property
    def skipped(self) -> dict[str, int]:
        return dict(self._left_out + Counter(skip.reason for skip in self._skips.values()))

    def mark(self, paths: Iterable[str], *, saved: bool = False) -> None:
        """These (relative, `/` between names) may have changed: files (`saved` in an editor?), or
        folders with all in them.
        """
        self._dirty.hint(paths, self._clock(), saved=saved)
        self._try_again()

    def mark_all(self, *, full: bool = False) -> None:
        """Compare every file with the index; with `full`, prepare each anew."""
        self._walk_wanted = True
        self._walk_full = self._walk_full or full
        self._try_again()

    async def sync(self, *, reconcile: bool = False, patient: bool = False) -> int:
        """Wait until everything marked before this call is committed; gives the generation then.

        For one who is `patient` nothing is hurried.

        With `reconcile` the folder is walked first, so that changes on disk count that nobody has
        told of yet. Raises what keeps the indexer from working, and NotReady when it is closed.
        Files that only fail by themselves are not waited for.
        """
        self._waited_for += not patient
        try:
            return await self._settled(reconcile=reconcile)
        finally:
            self._waited_for -= not patient

    async def _settled(self, *, reconcile: bool) -> int:
        if reconcile:
            self._walk_wanted = True
        trouble, walks, mark = self._trouble, self._walks, self._dirty.last_mark
        stumbles, earlier = (
            trouble.stumbles,
            {*self._batches, *([self._walk] if reconcile and self._walk else ())},
        )
        self._dirty.flush(self._clock())
        self._try_again()
        while True:
            if self._closed:
                raise NotReady(f"The folder {self.root} was closed.")
            if ended := {
                task for task in earlier if task.done()
            }:  # how they ended says nothing of how the folder is now
                earlier, stumbles = earlier - ended, trouble.stumbles
                self._try_again()
            if trouble.error is not None and trouble.stumbles != stumbles:
                raise trouble.error
            if self._walks != walks:  # what it found counts as marked before this call
                walks, mark = self._walks, self._dirty.last_mark
                self._dirty.flush(self._clock())
                self._wake.set()
            if self._walk is None and not self._walk_wanted and self._dirty.settled(mark):
                return self._store.generation
            await self._pulse.wait()

    # What follows runs in the indexer's own tasks.

    async def _dispatch(self) -> None:
        while True:
            self._wake.clear()
            if self._clock() >= self._trouble.hold_until and (
                self._known.learned or await self._learn()
            ):
                if self._walk_wanted and self._walk is None:
                    self._begin_walk()
                self._begin_batches(self._clock())
            await self._rest()

    async def _learn(self) -> bool:
        """What the index holds."""
        try:
            self._known.learn(await self._store.stamps())
        except Exception as error:  # noqa: BLE001 - reported, and tried again
            self._stumble([], error)
        else:
            self._trouble.recovered()
        return self._known.learned

    async def _rest(self) -> None:
        """Until something was marked or finished, or something is due."""
        full = len(self._batches) > self._pool.size
        next_due = self._dirty.next_due(self._walked_from())
        hold = self._trouble.hold_until
        again = hold if self._walk_wanted or not self._known.learned else None
        times = [due for due in (next_due, again) if due not in (None, math.inf)]
        timeout = None if full or not times else max(min(times), hold) - self._clock()
        try:
            async with asyncio.timeout(None if timeout is None else max(timeout, 0.0)):
                await self._wake.wait()
        except TimeoutError:
            return

    def _begin_batches(self, now: float) -> None:
        while len(self._batches) <= self._pool.size:
            share = -(-self.pending // (2 * self._pool.size)) or 1
            files, walked = min(self._pool.batch_files, share), self._walked_from() <= now
            items = self._dirty.take(now, files, self._pool.batch_bytes, walked=walked)
            if not items:
                return
            if items[0].paced:
                self.pace.begins()
            self._preparing += 1
            task = asyncio.get_running_loop().create_task(self._prepare(items))
            self._batches.add(task)
            task.add_done_callback(self._batch_ended)

    def _walked_from(self) -> float:
        """When files that a walk found may be worked on, and a crowd of hints; a few hints never
        wait.
        """
        if self._waited_for:
            return -math.inf
        if self._batches and self.pace.saving:
            return math.inf  # one batch at a time
        return self.pace.due()

    def _batch_ended(self, task: asyncio.Task[None]) -> None:
        self._batches.discard(task)
        self._wake.set()

    async def _prepare(self, items: list[Item]) -> None:
        began = self._clock()
        try:
            work = await self._look(items)
            tasks = [self._task(item) for item in items if item.known]
            if tasks:
                urgent = len(items) < self._pool.batch_files and not any(
                    item.size for item in items
                )
                results = await self._pool.prepare(self.root, self._settings, tasks, urgent=urgent)
                work.outcomes, work.seconds = results.outcomes, results.seconds
        except Exception as error:  # noqa: BLE001 - reported, and tried again
            self._preparing -= 1
            self._stumble(items, error)
            return
        self._preparing -= 1
        if items[0].paced:
            self.pace.ended(self._clock() - began)
        await self._prepared.put(work)

    def _task(self, item: Item) -> FileTask:
        known = None if item.force else self._known.get(item.path)
        return FileTask(item.path, known, embed=item.attempts < _EMBED_ATTEMPTS)

    async def _look(self, items: list[Item]) -> Work:
        """Stat what was only hinted at: files go to the workers, folders are entered, what is gone
        is removed.
        """
        work = Work(items)
        hinted = [item for item in items if not item.known]
        if hinted:
            looks = await asyncio.to_thread(look_at, self._scene, [item.path for item in hinted])
            for item, look in zip(hinted, looks, strict=True):
                self._sort_hint(item, look, work)
        return work

    def _sort_hint(self, item: Item, look: Look, work: Work) -> None:
        if self.rules.is_rules_file(item.path):
            self._walk_wanted = True
        if look.is_file:
            item.known = True
        else:
            work.removed.append(item.path)
            self._skips.pop(item.path, None)
            self.problems.pop(item.path, None)
        self._dirty.walked(look.differing, self._clock(), mark=item.mark)
        # Where a folder is gone, became something else, or lost some files.
        lost = [path for path in self._known.below(item.path) if path not in look.seen]
        self._dirty.hint(lost, self._clock(), mark=item.mark)

    def _begin_walk(self) -> None:
        full, self._walk_wanted, self._walk_full = self._walk_full, False, False
        if not len(self._known):
            self._pool.warm()
        self._walk = asyncio.get_running_loop().create_task(self._walk_over(full))

    async def _walk_over(self, full: bool) -> None:
        start = time.perf_counter()
        if full:
            self._skips.clear()
        try:
            sweep = Sweep(self._scene, full=full)
            while (found := await asyncio.to_thread(sweep.step)) is not None:
                self._dirty.walked(found, self._clock(), force=full)
                self._wake.set()
            self._dirty.hint(sweep.missing, self._clock(), mark=self._dirty.last_mark)
            self._left_out = sweep.skipped
            if self._walk_failed:
                self._walk_failed = False
                self._trouble.recovered()
            if not self._store.generation and not self.pending:
                await self._store.commit(())  # an empty folder is an answer, too
        except Exception as error:  # noqa: BLE001 - reported, and tried again
            self._walk_wanted = self._walk_failed = True
            self._walk_full = self._walk_full or full
            self._stumble([], error)
        finally:
            self._spent({"walk": time.perf_counter() - start})
            self._walk = None
            self._walks += 1
            self._wake.set()
            self._report()
            self._notify()

    async def _commit_all(self) -> None:
        while True:
            works = [await self._prepared.get()]
            limit = self._clock() + COMMIT_EVERY_S
            while self._worth_waiting(works) and (rest := limit - self._clock()) > 0:
                try:
                    async with asyncio.timeout(rest):
                        works.append(await self._prepared.get())
                except TimeoutError:
                    break
            await self._commit(works)

    def _worth_waiting(self, works: Sequence[Work]) -> bool:
        made = [
            outcome.prepared
            for work in works
            for outcome in work.outcomes
            if isinstance(outcome, Made)
        ]
        chunks = sum(len(prepared.file.chunks) for prepared in made)
        enough = sum(len(work.items) for work in works) >= COMMIT_FILES or chunks >= COMMIT_CHUNKS
        return not enough and (self._preparing > 0 or not self._prepared.empty())

    async def _commit(self, works: Sequence[Work]) -> None:
        items = [item for work in works for item in work.items]
        commit = Commit.of(works, self._known)
        start = time.perf_counter()
        try:
            self.embedded += await save_fresh(self._pool, commit.prepared)
            if commit:
                await self._store.commit(commit.prepared, commit.removed, commit.touched)
        except Exception as error:  # noqa: BLE001 - reported, and tried again
            self._stumble(items, error)
            return
        for seconds in (*(work.seconds for work in works), {"commit": time.perf_counter() - start}):
            self._spent(seconds)
        commit.apply(self._known)
        self._trouble.recovered()
        self._finish(items, commit)

    def _finish(self, items: Sequence[Item], commit: Commit) -> None:
        for prepared in commit.prepared:
            self._skips.pop(prepared.file.path, None)
            self.problems.pop(prepared.file.path, None)
            if prepared.file.problems:
                self.problems[prepared.file.path] = "; ".join(prepared.file.problems)
        for skip in commit.skipped:
            self._skips[skip.path] = skip
        failed = {failure.path: failure.message for failure in commit.failed}
        self.problems.update(failed)
        self._dirty.done(item for item in items if item.path not in failed)
        for item in items:
            if item.path in failed:
                wait = min(_LONGEST_RETRY_S, 2.0**item.attempts)
                self._dirty.again([item], self._clock() + wait, patient=True)
        self.files_done += len(items)
        self._run.update(item.path for item in items)
        self._report()
        self._wake.set()
        self._notify()

    def _stumble(self, items: Sequence[Item], error: Exception) -> None:
        """The surroundings failed, not a file: keep everything marked and wait, longer each time,
        or for the next mark.
        """
        now = self._clock()
        self._trouble.stumble(error, now)
        self._dirty.again(items, now)
        self._wake.set()
        self._notify()

    def _spent(self, seconds: Mapping[str, float]) -> None:
        for stage, time_s in seconds.items():
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time_s

    def _try_again(self) -> None:
        self._trouble.hold_until = 0.0
        self._wake.set()

    def _report(self) -> None:
        finished = not self.busy
        if self._progress and self._run:
            try:
                self._progress(
                    len(self._run), len(self._run) + self._dirty.besides(self._run), finished
                )
            except Exception:  # noqa: BLE001 - indexing does not depend on who watches it
                _log.exception("whoever follows the progress of %s failed", self.root)
        if finished:
            self._run = set()

    def _notify(self) -> None:
        """Wake up everyone in `sync`."""
        self._pulse.set()
        self._pulse = asyncio.Event()
