"""What all folders of an engine share: the cache directory, the model, the worker processes, the
embeddings.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from codetriever_lsp.embed.embedder import Embedder, ModelInfo
from codetriever_lsp.embed.load import NO_MODEL, describe, load
from codetriever_lsp.engine.activity import Answering
from codetriever_lsp.engine.battery import PowerSaving
from codetriever_lsp.engine.ipc.fallback_dir import refuge_problem
from codetriever_lsp.errors import ModelError
from codetriever_lsp.index.fingerprint import index_rules
from codetriever_lsp.index.throttle import Pace
from codetriever_lsp.index.workers.pool import WorkerPool
from codetriever_lsp.settings import EngineSettings
from codetriever_lsp.store.cache_layout import StoreLocation, locate, prepare_cache
from codetriever_lsp.store.embeddings import EmbeddingCache
from codetriever_lsp.store.vectors.factory import vectors_factory
from codetriever_lsp.store.vectors.interface import VectorsFactory

__all__ = ["QueryEmbedder", "Shared"]

log = logging.getLogger(__name__)


class QueryEmbedder:
    """The model as queries need it: loaded once in a thread, used by one thread at a time, missing
    rather than failing.
    """

    def __init__(self, settings: EngineSettings, model: ModelInfo) -> None:
        self.problem = ""
        self._settings = settings
        self._model = model
        self._loading: asyncio.Task[Embedder | None] | None = None
        self._turn = asyncio.Lock()

    def warm(self) -> None:
        """Begin to load the model."""
        if self._loading is None:
            self._loading = asyncio.create_task(self._load())

    async def embed(self, text: str) -> NDArray[np.float32] | None:
        """The vector of a query; None without a model, and then `problem` says why if it should be
        there.
        """
        self.warm()
        assert self._loading is not None  # noqa: S101 - for the type checker
        embedder = await asyncio.shield(self._loading)
        if embedder is None:
            return None
        try:
            if self._model.kind == "static":
                return embedder.embed_query(
                    text
                )  # a tenth of a millisecond: less than a thread costs
            async with self._turn:
                return await asyncio.to_thread(embedder.embed_query, text)
        except ModelError as error:
            self.problem = str(error)
            return None

    async def _load(self) -> Embedder | None:
        try:
            return await asyncio.to_thread(load, self._settings)
        except Exception as error:  # noqa: BLE001 - words and names still answer, and the status says why
            log.warning("the model cannot be loaded: %s", error)
            self.problem = str(error)
            return None


@dataclass(slots=True)
class Shared:
    """Opened once by the engine. `problem` says what it lacks: a model that was asked for, a place
    for what it keeps.
    """

    settings: EngineSettings
    cache: Path
    model: ModelInfo
    pool: WorkerPool
    embeddings: EmbeddingCache
    vectors: VectorsFactory
    query: QueryEmbedder
    pace: Pace
    answering: Answering
    problem: str = ""

    @classmethod
    async def open(cls, settings: EngineSettings) -> Shared:
        """Raises StoreError if the cache directory cannot be written. A model that cannot be had is
        a problem, no error.
        """
        cache = await asyncio.to_thread(prepare_cache, Path(settings.cache_dir))
        settings, model, problem = await asyncio.to_thread(_describe, settings)
        embeddings = EmbeddingCache(cache)
        pool = WorkerPool(settings, model, embeddings=embeddings)
        query = QueryEmbedder(settings, model)
        problem = f"{refuge_problem(cache)} {problem}".strip()
        pace = Pace(PowerSaving()) if settings.battery_saver else Pace()
        return cls(
            settings,
            cache,
            model,
            pool,
            embeddings,
            vectors_factory(settings),
            query,
            pace,
            Answering(),
            problem,
        )

    @property
    def fingerprint(self) -> str:
        """What an index depends on besides the files."""
        return index_rules(self.model.fingerprint)

    def location(self, root: Path) -> StoreLocation:
        return locate(self.cache, root, self.fingerprint)

    async def close(self) -> None:
        await self.pool.close()
        await self.embeddings.close()


def _describe(settings: EngineSettings) -> tuple[EngineSettings, ModelInfo, str]:
    try:
        return settings, describe(settings), ""
    except ModelError as error:
        log.warning("no model: %s", error)
        without = msgspec.structs.replace(settings, model=NO_MODEL, model_path="")
        return without, replace(describe(without), name=settings.model), str(error)
