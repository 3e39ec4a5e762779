"""Which vector index the settings ask for."""

from __future__ import annotations

from codetriever_lsp.settings import EngineSettings
from codetriever_lsp.store.vectors.interface import VectorsFactory

__all__ = ["vectors_factory"]


def vectors_factory(settings: EngineSettings) -> VectorsFactory:
    """A Qdrant server where `qdrant_url` is set, else the engine in this process. One factory
    serves all stores.
    """
    if settings.qdrant_url:
        from codetriever_lsp.store.vectors.qdrant_server import QdrantFactory

        return QdrantFactory(settings.qdrant_url, settings.qdrant_api_key)
    from codetriever_lsp.store.vectors.edge import EdgeFactory

    return EdgeFactory()
