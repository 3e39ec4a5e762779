"""Trees, a small deterministic model, and a pool without processes, for the tests of the
indexer."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np

from codetriever_lsp.embed.embedder import Matrix, ModelInfo, Vector
from codetriever_lsp.errors import ModelError
from codetriever_lsp.index.fingerprint import embedding_rules, index_rules
from codetriever_lsp.index.jobs import FileTask, Outcome
from codetriever_lsp.index.prepare import Tools, prepare
from codetriever_lsp.index.workers.pool import Results
from codetriever_lsp.settings import IndexSettings
from codetriever_lsp.store.cache_layout import locate
from codetriever_lsp.store.store import Store
from codetriever_lsp.store.vectors.edge import EdgeFactory

DIMENSION = 8
INFO = ModelInfo("sample", DIMENSION, "sample-1", "tests", "static")
LONG_AGO = 1_600_000_000


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    for rel, content in files.items():
        path = root / rel
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def functions(count: int, seed: int = 0) -> str:
    """Python source that gives several chunks."""
    body = (
        "    total = 0\n"
        "    for item in items:\n"
        "        total += item * {n}\n"
        "    print('a long enough function {n}', total)\n"
        "    return total\n"
    )
    return "\n\n".join(
        f"def work_{seed}_{n}(items):\n{body.format(n=f'{seed}{n}') * 4}" for n in range(count)
    )


class SampleModel:
    """Each text's vector follows from its digest. Fails on texts that contain `poison`."""

    name, dimension, fingerprint, source = INFO.name, INFO.dimension, INFO.fingerprint, INFO.source

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.poison = ""

    def embed(self, texts: Sequence[str]) -> Matrix:
        if self.poison and any(self.poison in text for text in texts):
            raise ModelError("The model sample gave numbers that are not finite.")
        self.texts += texts
        return np.stack([self._vector(text) for text in texts])

    def embed_query(self, text: str) -> Vector:
        return self._vector(text)

    def _vector(self, text: str) -> Vector:
        seed = int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "little")
        vector = np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)
        return vector / np.linalg.norm(vector)


class Cache:
    """An embedding cache in memory."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}

    async def put(self, model: str, items: Mapping[bytes, bytes]) -> None:
        assert model == embedding_rules(INFO.fingerprint)
        self.rows.update(items)

    def get(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        return {digest: self.rows[digest] for digest in digests if digest in self.rows}


class LocalPool:
    """What the indexer needs of a `WorkerPool`, in this process. `before` is called before each
    batch."""

    def __init__(self, model: SampleModel | None = None, cache: Cache | None = None) -> None:
        self.sample = model or SampleModel()
        self.embeddings = cache or Cache()
        self.model = INFO
        self.size, self.batch_files, self.batch_bytes = 2, 8, 100_000
        self.paths: list[str] = []
        self.before: Callable[[Sequence[FileTask]], None] = lambda _files: None
        self.clock: Callable[[], int] = time.time_ns
        self.warmed = 0

    def warm(self) -> None:
        self.warmed += 1

    async def prepare(
        self,
        root: Path,
        settings: IndexSettings,
        files: Sequence[FileTask],
        *,
        urgent: bool = False,
    ) -> Results:
        self.before(files)
        self.paths += [task.path for task in files]
        tools = Tools(DIMENSION, lambda: self.sample, self.embeddings.get, clock=self.clock)
        return Results(
            [prepare(root, task, settings, tools) for task in files], dict(tools.seconds)
        )

    async def prepare_buffer(self, task: FileTask, settings: IndexSettings) -> Outcome:
        return (await self.prepare(Path(), settings, [task], urgent=True)).outcomes[0]


async def open_store(
    cache: Path,
    root: Path,
    *,
    fingerprint: str = INFO.fingerprint,
    dimension: int | None = DIMENSION,
) -> Store:
    rules = index_rules(fingerprint)
    return await Store.open(
        locate(cache, root, rules), fingerprint=rules, dimension=dimension, vectors=EdgeFactory()
    )


def age(root: Path) -> Callable[[], int]:
    """A clock so late that nothing below `root` was changed shortly before it."""
    newest = max(path.lstat().st_ctime_ns for path in (root, *root.rglob("*")))
    return lambda: newest + 10**12


def set_time(path: Path, seconds: int = LONG_AGO) -> None:
    os.utime(path, (seconds, seconds))
